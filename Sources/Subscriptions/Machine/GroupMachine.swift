internal import EventModel

/// A consumer group as a pure state machine: which events are read, with whom they are, which wait,
/// and what has to be kept so that a crash loses none.
///
/// Times are microseconds, given by the caller. Everything it holds is bounded by the rules' window
/// and the consumers' credits. What is to be stored is collected, and taken with
/// ``takeChanges()``.
package struct GroupMachine: Sendable {
  /// An event that is read and not settled.
  struct Entry: Sendable, Hashable {
    enum Phase: Sendable, Hashable {
      case ready
      case inFlight(ConsumerID, deadline: Int64)
      case waiting(until: Int64)
    }

    /// Equal for events of one stream.
    let stream: UInt64
    /// How often it was handed out.
    var attempts: Int
    var phase = Phase.ready
    var reason: String?
    /// Whether the store has it as pending, so that it doesn't hold the checkpoint.
    var isKept: Bool
  }

  struct Member: Sendable, Hashable {
    let name: String
    let credit: Int
    var inFlight = 0
    let joinedAt: Int64
  }

  package let rules: ConsumerRules
  /// Everything before this position is settled or kept as pending.
  package private(set) var checkpoint: UInt64
  /// The first position that was not looked at.
  package private(set) var nextToRead: UInt64
  package internal(set) var isPaused = false
  var entries: [UInt64: Entry] = [:]
  /// The positions of ``entries``, in order.
  var order: [UInt64] = []
  /// The positions of one stream's entries, in order.
  var streams: [UInt64: [UInt64]] = [:]
  /// Settled positions at or behind the checkpoint.
  var done: Set<UInt64>
  var members: [ConsumerID: Member] = [:]
  private var lastConsumer: UInt64 = 0
  /// Whose turn it is.
  var turn: UInt64 = 0
  /// How many events are parked.
  package internal(set) var parkedCount: Int
  /// When something last moved, for those who ask why nothing does.
  package internal(set) var lastProgressAt: Int64
  var changes = GroupChanges()

  package init(_ rules: ConsumerRules, restoring saved: SavedGroup, now: Int64) {
    self.rules = rules
    checkpoint = saved.checkpoint
    nextToRead = saved.checkpoint
    done = saved.done
    parkedCount = saved.parkedCount
    lastProgressAt = now
    // Numbers of an earlier run are not given again: late answers would be taken for others'.
    lastConsumer = UInt64(max(0, now))
    for (position, pending) in saved.pending {
      insert(
        position,
        Entry(
          stream: pending.stream, attempts: pending.attempts,
          phase: .waiting(until: pending.dueAt), reason: pending.reason, isKept: true))
    }
  }

  /// How many more events are wanted.
  package var room: Int {
    guard !isPaused, !isStoppedByParked, !members.isEmpty else { return 0 }
    return max(0, min(rules.window - entries.count, Self.doneLimit - done.count))
  }

  /// So many settled events are kept behind one that is not, before reading waits for it.
  private static let doneLimit = 20_000

  /// Whether so many events are parked that the group stops.
  package var isStoppedByParked: Bool { parkedCount >= rules.parkedLimit }

  /// Takes events that were read from ``nextToRead`` on, all that match below `end`.
  package mutating func load(_ arrivals: [Arrival], through end: UInt64) {
    for arrival in arrivals
    where arrival.position >= nextToRead && !done.contains(arrival.position)
      && entries[arrival.position] == nil
    {
      insert(arrival.position, Entry(stream: arrival.stream, attempts: 0, isKept: false))
    }
    nextToRead = max(nextToRead, end)
    moveCheckpoint()
  }

  private mutating func insert(_ position: UInt64, _ entry: Entry) {
    entries[position] = entry
    order.insert(position, at: order.place(of: position))
    var line = streams[entry.stream] ?? []
    line.insert(position, at: line.place(of: position))
    streams[entry.stream] = line
  }

  /// Takes an event out: it is settled.
  mutating func settle(_ position: UInt64, now: Int64) {
    guard let entry = entries.removeValue(forKey: position) else { return }
    order.removeSorted(position)
    streams[entry.stream]?.removeSorted(position)
    if streams[entry.stream]?.isEmpty == true { streams[entry.stream] = nil }
    lastProgressAt = now
    if entry.isKept {
      changes.pending[position] = .some(nil)
    }
    if position >= checkpoint {
      if done.insert(position).inserted { changes.done.insert(position) }
    }
    moveCheckpoint()
  }

  /// Moves the checkpoint up to the first event that holds it.
  mutating func moveCheckpoint() {
    let held = order.first { $0 >= checkpoint && entries[$0]?.isKept == false }
    let new = held ?? nextToRead
    guard new > checkpoint else { return }
    checkpoint = new
    changes.checkpoint = new
    for position in done where position < new {
      done.remove(position)
      if changes.done.remove(position) == nil { changes.undone.insert(position) }
    }
  }

  /// What has to be stored since this was last asked; nothing when it is empty.
  package mutating func takeChanges() -> GroupChanges {
    defer { changes = GroupChanges() }
    return changes
  }

  /// Gives back changes that could not be stored; newer ones hold.
  package mutating func giveBack(_ old: GroupChanges) { changes = old.followed(by: changes) }

  package var hasChanges: Bool { !changes.isEmpty }
}

/// Consumers come and go.
extension GroupMachine {
  /// A consumer that takes up to `credit` events at a time.
  package mutating func join(_ name: String, credit: Int, now: Int64) -> ConsumerID {
    lastConsumer += 1
    let id = ConsumerID(rawValue: lastConsumer)
    members[id] = Member(name: name, credit: max(1, credit), joinedAt: now)
    return id
  }

  /// What the consumer had is handed out again.
  package mutating func leave(_ id: ConsumerID, now: Int64) {
    guard let member = members.removeValue(forKey: id) else { return }
    for position in held(by: id) {
      release(position, reason: "the consumer \(member.name) left", now: now)
    }
  }

  func held(by id: ConsumerID) -> [UInt64] {
    order.filter { position in
      if case .inFlight(id, _)? = entries[position]?.phase { true } else { false }
    }
  }

  /// An event comes back without an answer: it is ready again, or parked after the last attempt.
  mutating func release(_ position: UInt64, reason: String, now: Int64) {
    guard var entry = entries[position] else { return }
    guard entry.attempts < rules.attemptLimit else {
      return park(position, reason: reason, now: now)
    }
    entry.phase = .ready
    entry.reason = reason
    entry.isKept = true
    entries[position] = entry
    changes.pending[position] = PendingEvent(
      stream: entry.stream, attempts: entry.attempts, dueAt: now, reason: reason)
    moveCheckpoint()
  }

  mutating func park(_ position: UInt64, reason: String, now: Int64) {
    guard let entry = entries[position] else { return }
    changes.parked[position] = ParkedEvent(
      stream: entry.stream, attempts: entry.attempts, reason: reason, at: now)
    parkedCount += 1
    settle(position, now: now)
  }

  /// Parked events enter again, ahead of what is new; their attempts count anew.
  package mutating func replay(_ events: [(position: UInt64, event: ParkedEvent)], now: Int64) {
    for (position, event) in events where entries[position] == nil {
      insert(
        position, Entry(stream: event.stream, attempts: 0, reason: event.reason, isKept: true))
      changes.pending[position] = PendingEvent(
        stream: event.stream, attempts: 0, dueAt: now, reason: event.reason)
      changes.parked[position] = .some(nil)
      parkedCount -= 1
    }
  }

  /// Parked events are given up.
  package mutating func discard(_ positions: [UInt64]) {
    for position in positions {
      changes.parked[position] = .some(nil)
      parkedCount -= 1
    }
  }
}

extension [UInt64] {
  /// Where `value` stands or would stand in this sorted array.
  func place(of value: UInt64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  mutating func removeSorted(_ value: UInt64) {
    let index = place(of: value)
    if index < count, self[index] == value { remove(at: index) }
  }
}
