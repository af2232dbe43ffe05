/// A consumer while it is connected.
package struct ConsumerID: Hashable, Comparable, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// An event that was read for a group.
package struct Arrival: Hashable, Sendable {
  package let position: UInt64
  /// Equal for events of one stream.
  package let stream: UInt64

  package init(position: UInt64, stream: UInt64) {
    self.position = position
    self.stream = stream
  }
}

/// An event handed to a consumer.
package struct Assignment: Hashable, Sendable {
  package let consumer: ConsumerID
  package let position: UInt64
  /// 1 for the first time.
  package let attempt: Int
}

/// What a consumer says of an event.
package enum ConsumerAnswer: Hashable, Sendable {
  case done
  /// Again, after `seconds`, or after the wait that the rules have.
  case retry(reason: String, seconds: Int64?)
  /// Aside, for a person to look at.
  case park(reason: String)
  /// Never again.
  case skip
  /// Not yet: it needs so many seconds more from now on.
  case extend(seconds: Int64)
}

/// An event that was handed out and comes again.
package struct PendingEvent: Hashable, Sendable, Codable {
  package var stream: UInt64
  package var attempts: Int
  /// Microseconds since 1970.
  package var dueAt: Int64
  package var reason: String?

  package init(stream: UInt64, attempts: Int, dueAt: Int64, reason: String?) {
    self.stream = stream
    self.attempts = attempts
    self.dueAt = dueAt
    self.reason = reason
  }
}

/// An event that was put aside.
package struct ParkedEvent: Hashable, Sendable, Codable {
  package var stream: UInt64
  package var attempts: Int
  package var reason: String
  /// Microseconds since 1970.
  package var at: Int64

  package init(stream: UInt64, attempts: Int, reason: String, at: Int64) {
    self.stream = stream
    self.attempts = attempts
    self.reason = reason
    self.at = at
  }
}

/// What is stored of a group.
package struct SavedGroup: Hashable, Sendable {
  package var checkpoint: UInt64
  package var done: Set<UInt64> = []
  package var pending: [UInt64: PendingEvent] = [:]
  package var parkedCount = 0

  package init(checkpoint: UInt64) { self.checkpoint = checkpoint }
}

/// What changed of a group, to be stored in one transaction.
package struct GroupChanges: Hashable, Sendable {
  package var checkpoint: UInt64?
  package var done: Set<UInt64> = []
  /// Taken out of the settled ones: the checkpoint passed them.
  package var undone: Set<UInt64> = []
  /// `nil` removes.
  package var pending: [UInt64: PendingEvent?] = [:]
  /// `nil` removes.
  package var parked: [UInt64: ParkedEvent?] = [:]

  package init() {}

  package var isEmpty: Bool { self == GroupChanges() }

  /// These and then `later` as one.
  func followed(by later: GroupChanges) -> GroupChanges {
    var all = self
    all.checkpoint = later.checkpoint ?? checkpoint
    all.done = done.subtracting(later.undone).union(later.done)
    all.undone.formUnion(later.undone)
    all.pending.merge(later.pending) { $1 }
    all.parked.merge(later.parked) { $1 }
    return all
  }
}
