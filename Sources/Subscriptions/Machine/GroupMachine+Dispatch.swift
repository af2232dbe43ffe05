/// Handing out, answers, and the passing of time.
extension GroupMachine {
  /// Hands out what is ready to those with room, in the order of the log.
  ///
  /// - Complexity: O(events read and not settled).
  package mutating func dispatch(now: Int64) -> [Assignment] {
    guard !isPaused, !isStoppedByParked, !members.isEmpty else { return [] }
    var assignments: [Assignment] = []
    let consumers = members.keys.sorted()
    var free = members.values.reduce(0) { $0 + $1.credit - $1.inFlight }
    for position in order where free > 0 {
      guard var entry = entries[position], entry.phase == .ready,
        !rules.strategy.keepsStreamOrder || isNext(position, of: entry.stream),
        let consumer = consumer(for: entry, among: consumers)
      else { continue }
      entry.attempts += 1
      entry.phase = .inFlight(consumer, deadline: now + rules.ackSeconds * 1_000_000)
      entries[position] = entry
      members[consumer]?.inFlight += 1
      free -= 1
      assignments.append(
        Assignment(consumer: consumer, position: position, attempt: entry.attempts))
    }
    if !assignments.isEmpty { lastProgressAt = now }
    return assignments
  }

  private mutating func consumer(
    for entry: Entry, among consumers: [ConsumerID]
  ) -> ConsumerID? {
    switch rules.strategy {
    case .roundRobin:
      let start = consumers.firstIndex { $0.rawValue > turn } ?? 0
      for step in consumers.indices {
        let candidate = consumers[(start + step) % consumers.count]
        guard hasRoom(candidate) else { continue }
        turn = candidate.rawValue
        return candidate
      }
      return nil
    case .byStream:
      // The highest of a hash of both: when a consumer leaves, only its streams move.
      let chosen = consumers.max { weight($0, entry.stream) < weight($1, entry.stream) }
      return chosen.flatMap { hasRoom($0) ? $0 : nil }
    case .single: return consumers.first.flatMap { hasRoom($0) ? $0 : nil }
    }
  }

  /// Whether the event is the first of its stream, and no other one of it is with a consumer: a
  /// replayed event comes before one that is.
  private func isNext(_ position: UInt64, of stream: UInt64) -> Bool {
    guard let line = streams[stream], line.first == position else { return false }
    return !line.contains { other in
      if case .inFlight? = entries[other]?.phase { true } else { false }
    }
  }

  private func hasRoom(_ consumer: ConsumerID) -> Bool {
    members[consumer].map { $0.inFlight < $0.credit } ?? false
  }

  private func weight(_ consumer: ConsumerID, _ stream: UInt64) -> UInt64 {
    var value = stream ^ (consumer.rawValue &* 0x9E37_79B9_7F4A_7C15)
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// Takes a consumer's answer; `false` when it doesn't hold that event any more.
  package mutating func answer(
    _ answer: ConsumerAnswer, on position: UInt64, by consumer: ConsumerID, now: Int64
  ) -> Bool {
    guard var entry = entries[position], case .inFlight(consumer, _) = entry.phase else {
      return false
    }
    if case .extend(let seconds) = answer {
      entry.phase = .inFlight(consumer, deadline: now + max(1, min(seconds, 3_600)) * 1_000_000)
      entries[position] = entry
      return true
    }
    members[consumer]?.inFlight -= 1
    switch answer {
    case .done, .skip: settle(position, now: now)
    case .park(let reason): park(position, reason: reason, now: now)
    case .retry(let reason, let delay):
      guard entry.attempts < rules.attemptLimit else {
        park(position, reason: reason, now: now)
        return true
      }
      let seconds = delay ?? rules.retrySeconds(afterAttempt: entry.attempts)
      let due = now + max(0, min(seconds, 86_400 * 7)) * 1_000_000
      entry.phase = .waiting(until: due)
      entry.reason = reason
      entry.isKept = true
      entries[position] = entry
      changes.pending[position] = PendingEvent(
        stream: entry.stream, attempts: entry.attempts, dueAt: due, reason: reason)
      moveCheckpoint()
    case .extend: break
    }
    return true
  }

  /// Takes events back whose time is over, and makes those ready that have waited.
  package mutating func pass(to now: Int64) -> [(consumer: ConsumerID, position: UInt64)] {
    var expired: [(consumer: ConsumerID, position: UInt64)] = []
    for position in order {
      guard var entry = entries[position] else { continue }
      switch entry.phase {
      case .ready: break
      case .waiting(let until) where until <= now:
        entry.phase = .ready
        entries[position] = entry
      case .waiting: break
      case .inFlight(let consumer, let deadline) where deadline <= now:
        members[consumer]?.inFlight -= 1
        expired.append((consumer, position))
        let name = members[consumer]?.name ?? "that left"
        release(
          position, reason: "the consumer \(name) did not answer in \(rules.ackSeconds) s",
          now: now)
      case .inFlight: break
      }
    }
    return expired
  }

  /// When ``pass(to:)`` has something to do next; `nil` when time alone changes nothing.
  package var nextDue: Int64? {
    entries.values.compactMap { entry in
      switch entry.phase {
      case .ready: nil
      case .waiting(let until): until
      case .inFlight(_, let deadline): deadline
      }
    }.min()
  }
}
