/// What a group or a webhook says of itself: where it stands, and why it waits.
package struct GroupStatus: Sendable, Hashable, Codable {
  /// A connected consumer.
  package struct Member: Sendable, Hashable, Codable {
    package var name: String
    package var inFlight: Int
    package var credit: Int
    package var joinedAt: Int64
  }

  /// Everything before this position is settled or waits to be tried again.
  package var checkpoint: UInt64
  package var logSize: UInt64
  package var inFlight = 0
  package var ready = 0
  package var retrying = 0
  package var parked = 0
  package var members: [Member] = []
  /// A word for scripts.
  package var state = GroupState.waitingForEvents
  /// A sentence for people.
  package var reason = ""
  /// Microseconds since 1970.
  package var lastProgressAt: Int64
  /// When this was said.
  package var at: Int64

  package init(checkpoint: UInt64, logSize: UInt64, lastProgressAt: Int64, at: Int64) {
    self.checkpoint = checkpoint
    self.logSize = logSize
    self.lastProgressAt = lastProgressAt
    self.at = at
  }

  /// How many events of the log lie behind the checkpoint.
  package var lag: UInt64 { logSize > checkpoint ? logSize - checkpoint : 0 }
}

/// What a group is doing.
package enum GroupState: String, Sendable, Hashable, Codable {
  case delivering
  case waitingForEvents = "waiting-for-events"
  case waitingForConsumers = "waiting-for-consumers"
  case waitingForAnswers = "waiting-for-answers"
  case waitingToRetry = "waiting-to-retry"
  case paused
  case stopped

  /// Whether a person should look at it.
  package var isStuck: Bool {
    switch self {
    case .stopped, .waitingToRetry: true
    case .delivering, .waitingForEvents, .waitingForConsumers, .waitingForAnswers, .paused: false
    }
  }
}

extension GroupMachine {
  /// What is to be said of the group.
  package func status(logSize: UInt64, now: Int64) -> GroupStatus {
    var status = GroupStatus(
      checkpoint: checkpoint, logSize: logSize, lastProgressAt: lastProgressAt, at: now)
    var nextRetry: (position: UInt64, entry: Entry, until: Int64)?
    var oldest: (position: UInt64, consumer: ConsumerID, deadline: Int64, attempt: Int)?
    for position in order {
      guard let entry = entries[position] else { continue }
      switch entry.phase {
      case .ready: status.ready += 1
      case .waiting(let until):
        status.retrying += 1
        if nextRetry.map({ until < $0.until }) ?? true { nextRetry = (position, entry, until) }
      case .inFlight(let consumer, let deadline):
        status.inFlight += 1
        oldest = oldest ?? (position, consumer, deadline, entry.attempts)
      }
    }
    status.parked = parkedCount
    status.members = members.sorted { $0.key < $1.key }.map { _, member in
      GroupStatus.Member(
        name: member.name, inFlight: member.inFlight, credit: member.credit,
        joinedAt: member.joinedAt)
    }
    explain(&status, nextRetry, oldest, now: now)
    return status
  }

  private func explain(
    _ status: inout GroupStatus, _ nextRetry: (position: UInt64, entry: Entry, until: Int64)?,
    _ oldest: (position: UInt64, consumer: ConsumerID, deadline: Int64, attempt: Int)?, now: Int64
  ) {
    if isPaused {
      status.state = .paused
      status.reason = "It is paused: nothing is handed out until it is resumed."
    } else if isStoppedByParked {
      status.state = .stopped
      status.reason =
        "\(parkedCount) events are parked, the most that may be: replay or discard some."
    } else if members.isEmpty {
      status.state = .waitingForConsumers
      status.reason = "No consumer is connected."
    } else if let oldest {
      let seconds = max(0, (oldest.deadline - now) / 1_000_000)
      let name = members[oldest.consumer]?.name ?? ""
      status.state = status.ready > 0 ? .delivering : .waitingForAnswers
      status.reason =
        "The oldest event without an answer is \(oldest.position), with \(name), attempt "
        + "\(oldest.attempt), for \(seconds) s more."
    } else if let nextRetry {
      let seconds = max(0, (nextRetry.until - now) / 1_000_000)
      status.state = .waitingToRetry
      status.reason =
        "Event \(nextRetry.position) is tried again in \(seconds) s, attempt "
        + "\(nextRetry.entry.attempts + 1): \(nextRetry.entry.reason ?? "it was not answered")."
    } else if nextToRead >= status.logSize {
      status.state = .waitingForEvents
      status.reason = "Everything up to the log's end is settled."
    } else {
      status.state = .delivering
      status.reason = "It reads on from position \(nextToRead)."
    }
  }
}
