package import EventModel

/// What one command asks of the log: all of its events, or none.
package struct AppendRequest: Hashable, Sendable {
  /// The leaf's `correlation_id`: the idempotency key if it is a UUID, else the first 16 bytes
  /// of SHA-256(principal ‖ 00 ‖ key).
  package let command: CommandID
  /// A digest of the command's body (zeros when it has none).
  ///
  /// A repeat with another digest is refused. It also stands in the metadata of each event.
  package let bodyDigest: Digest
  /// To any streams, in this order.
  package let events: [NewEvent]
  package let conditions: [AppendCondition]
  package let guards: [GuardChange]

  package init(
    command: CommandID, bodyDigest: Digest = .zero, events: [NewEvent],
    conditions: [AppendCondition] = [], guards: [GuardChange] = []
  ) {
    self.command = command
    self.bodyDigest = bodyDigest
    self.events = events
    self.conditions = conditions
    self.guards = guards
  }
}

/// What must hold in the log for an append to happen.
package enum AppendCondition: Hashable, Sendable {
  /// The stream, written or not, stands as expected before this append.
  case stream(StreamName, ExpectedRevision)
  /// No event behind `after` (none at all when `nil`) matches the query.
  case noMatch(EventQuery, after: Position?)
}

/// Where a stream is expected to stand.
package enum ExpectedRevision: Hashable, Sendable {
  case any
  /// The stream has no event.
  case none
  /// The stream has an event.
  case exists
  /// The stream's last event has this revision.
  case exactly(Revision)
}

/// A change to a guard: a rule over many streams, checked and kept in the append's transaction.
///
/// Changes are pure functions of the events they come with, so that guards can be rebuilt from
/// the log and compared with it.
package enum GuardChange: Hashable, Sendable {
  /// `key` becomes `value`; refused when it has another value.
  case claim(GuardKey, value: [UInt8])
  /// `key` loses its value; nothing happens when it has another one, or none.
  case release(GuardKey, value: [UInt8])
  /// The counter at `key` (0 at first) moves by `amount`; refused when it would pass `limit`
  /// or fall below 0.
  case count(GuardKey, by: Int64, limit: Int64)
  /// `member` joins the set at `key`; joining twice changes nothing.
  case insert(GuardKey, member: [UInt8])
  /// `member` joins the set at `key`; refused when that would have more than `limit` members.
  case insertWithin(GuardKey, member: [UInt8], limit: Int64)
  /// `member` leaves the set at `key`; refused when fewer than `leaving` members would remain.
  case remove(GuardKey, member: [UInt8], leaving: Int64)
  /// Refused unless the set at `key` is empty (its members are shown).
  case requireEmpty(GuardKey)
}

/// A guard's name, such as `G-CODE`, and what it is about.
package struct GuardKey: Hashable, Sendable {
  /// 1…16 bytes.
  package let guardName: String
  /// 1…300 bytes.
  package let subject: String

  package init(_ guardName: String, _ subject: String) {
    precondition((1...16).contains(guardName.utf8.count), "a guard's name has 1 to 16 bytes")
    precondition((1...300).contains(subject.utf8.count), "a guard's subject has 1 to 300 bytes")
    self.guardName = guardName
    self.subject = subject
  }
}

/// What an append did, now or when it was first asked.
package struct AppendResult: Hashable, Sendable {
  /// Where the first event stands.
  package let first: Position
  package let count: Int
  /// The first event's time; all events of a group have one.
  package let recordedAt: Timestamp
  /// Whether the command had been carried out before: nothing was appended now.
  package let isRepeat: Bool

  package init(first: Position, count: Int, recordedAt: Timestamp, isRepeat: Bool) {
    self.first = first
    self.count = count
    self.recordedAt = recordedAt
    self.isRepeat = isRepeat
  }

  /// Where the last event stands.
  package var last: Position { Position(first.rawValue + UInt64(count) - 1) }
}
