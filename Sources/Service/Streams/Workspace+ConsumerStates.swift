internal import EventLog
internal import EventModel
internal import LMDB
internal import Subscriptions

/// What durable subscriptions say of themselves.
extension Workspace {
  /// All of them: where each stands, and why it waits.
  public func listConsumers() throws(ServiceError) -> Answer {
    try requireGroups()
    try requireOperator("subscription")
    let records = try consumerRecords().filter { !$0.isDeleted }
    let rows = try records.map { record throws(ServiceError) -> [Value] in
      let definition = record.definition
      let status = try status(of: definition)
      return [
        .text(definition.name), .text(definition.kind.rawValue), .text(status.state.rawValue),
        status.checkpoint == 0 ? .none : .integer(Int64(status.checkpoint - 1)),
        .integer(Int64(status.lag)), .integer(Int64(status.inFlight)),
        .integer(Int64(status.retrying)), .integer(Int64(status.parked)), .text(status.reason),
      ]
    }
    return Answer(
      "Subscriptions",
      tables: [
        .init(
          "subscriptions", "",
          columns: [
            .init("name", "Name"), .init("kind", "Kind"), .init("state", "State"),
            .init("position", "Position"), .init("lag", "Behind"),
            .init("inFlight", "In flight"), .init("retrying", "To retry"),
            .init("parked", "Parked"), .init("reason", "Why"),
          ], rows: rows)
      ])
  }

  /// One of them, with its rules and its connected consumers.
  public func showConsumer(_ name: String) throws(ServiceError) -> Answer {
    try requireGroups()
    try requireOperator("subscription")
    let record = try consumerRecord(name)
    let definition = record.definition
    let status = try status(of: definition)
    var facts: [Answer.Fact] = [
      .init("name", "Name", .text(name)),
      .init("kind", "Kind", .text(definition.kind.rawValue)),
      .init("state", "State", .text(status.state.rawValue)),
      .init("reason", "Why", .text(status.reason)),
      .init(
        "position", "Position",
        status.checkpoint == 0 ? .none : .integer(Int64(status.checkpoint - 1))),
      .init("logSize", "Events in the log", .integer(Int64(status.logSize))),
      .init("lag", "Behind", .integer(Int64(status.lag))),
      .init("inFlight", "In flight", .integer(Int64(status.inFlight))),
      .init("ready", "Waiting for room", .integer(Int64(status.ready))),
      .init("retrying", "To be tried again", .integer(Int64(status.retrying))),
      .init("parked", "Parked", .integer(Int64(status.parked))),
      .init("filter", "Filter", .list(try Self.lines(definition).map { .text($0) })),
      .init("user", "Reads as", .text(definition.user)),
      .init("strategy", "Strategy", .text(definition.rules.strategy.rawValue)),
      .init("ackSeconds", "Seconds to answer", .integer(definition.rules.ackSeconds)),
      .init("attemptLimit", "Attempts", .integer(Int64(definition.rules.attemptLimit))),
      .init("start", "Begins with", .integer(Int64(definition.start))),
      .init("generation", "Generation", .integer(Int64(definition.generation))),
      .init("createdBy", "Made by", .text(record.createdBy)),
      .init("createdAt", "Made at", .time(microseconds: record.createdAt.microseconds)),
      .init("changedBy", "Changed by", .text(record.changedBy)),
      .init("changedAt", "Changed at", .time(microseconds: record.changedAt.microseconds)),
      .init("asOf", "As of", .time(microseconds: status.at)),
    ]
    if let webhook = definition.webhook {
      facts += [
        .init("url", "URL", .text(webhook.url)),
        .init("concurrency", "Deliveries at a time", .integer(Int64(webhook.concurrency))),
        .init(
          "earlierSecretUntil", "The secret before signs until",
          webhook.earlierUntil.map { .time(microseconds: $0) } ?? .none),
      ]
    }
    return Answer(
      "Subscription \(name)", facts: facts,
      tables: [
        .init(
          "consumers", "Connected consumers",
          columns: [
            .init("name", "Name"), .init("inFlight", "In flight"), .init("credit", "Room for"),
            .init("since", "Since"),
          ],
          rows: status.members.map {
            [
              .text($0.name), .integer(Int64($0.inFlight)), .integer(Int64($0.credit)),
              .time(microseconds: $0.joinedAt),
            ]
          })
      ])
  }

  private static func lines(_ definition: ConsumerDefinition) throws(ServiceError) -> [String] {
    do throws(FilterError) { return try definition.filter.lines } catch {
      throw ServiceError(.failed, code: "VALIDATION.FILTER", error.description)
    }
  }

  /// What the consumer said last, or what can be said of it while it doesn't run.
  func status(of definition: ConsumerDefinition) throws(ServiceError) -> GroupStatus {
    let now = clock().microseconds
    var status = GroupStatus(
      checkpoint: definition.start, logSize: log.size, lastProgressAt: now, at: now)
    var saved: SavedGroup?
    do throws(LMDBError) {
      let store = try consumerShelf.store()
      saved = try store.group(
        definition.name, origin: log.origin, generation: definition.generation)
      // What another process says is a second old; what this one ended is not said any more.
      if !isWriter || consumerShelf.running(definition.name) != nil,
        let said = try store.status(of: definition.name)
      {
        status = said
        status.logSize = log.size
      }
    } catch {
      guard error.cause == .noFile else { throw ServiceError(storage: error) }
    }
    guard let saved else {
      status.state = .stopped
      status.reason = ConsumerFailure.stateMissing(definition.name).description
      return status
    }
    status.checkpoint = saved.checkpoint
    status.parked = saved.parkedCount
    if saved.checkpoint > log.size {
      status.state = .stopped
      status.reason =
        ConsumerFailure.logBehind(
          definition.name, checkpoint: saved.checkpoint, size: log.size
        ).description
    } else if definition.isPaused {
      status.state = .paused
      status.reason =
        definition.pauseReason ?? "It is paused: nothing is handed out until it is resumed."
    } else if consumerShelf.running(definition.name) == nil, isWriter {
      status.retrying = saved.pending.count
      status.state = .waitingForConsumers
      status.reason =
        definition.kind == .webhook
        ? "No server runs that posts its events." : "No consumer is connected."
    }
    return status
  }

  /// How long nothing may move before a subscription that waits for an answer is stuck.
  private static let patienceMicroseconds: Int64 = 300_000_000

  /// Each as a monitor sees it.
  func subscriptionHealth() throws(ServiceError) -> [WorkspaceHealth.Subscription] {
    guard kind == .crm else { return [] }
    return try consumerRecords().filter { !$0.isDeleted }.map { record throws(ServiceError) in
      let status = try status(of: record.definition)
      let waits =
        status.state == .waitingForAnswers
        && status.at - status.lastProgressAt > Self.patienceMicroseconds
      return WorkspaceHealth.Subscription(
        name: record.definition.name, state: status.state.rawValue, lag: status.lag,
        parked: status.parked, isStuck: status.state.isStuck || waits)
    }
  }

  /// The events that were put aside, with the reason of each.
  public func parkedEvents(
    of name: String, after: UInt64? = nil, limit: Int = 100
  ) throws(ServiceError) -> Answer {
    try requireOperator("subscription")
    _ = try consumerRecord(name)
    guard limit > 0 else {
      throw ServiceError(.usage, code: "VALIDATION.LIMIT", "--limit is \(limit): give 1 or more.")
    }
    let store = try consumerStore()
    let found: [(position: UInt64, event: ParkedEvent)]
    do throws(LMDBError) {
      found = try store.parkedEvents(of: name, after: after, limit: limit)
    } catch { throw ServiceError(storage: error) }
    var rows: [[Value]] = []
    for (position, parked) in found {
      let event = try event(at: position)
      rows.append([
        .integer(Int64(position)), .text(event?.type ?? ""), .text(event?.stream ?? ""),
        .integer(Int64(parked.attempts)), .time(microseconds: parked.at), .text(parked.reason),
      ])
    }
    return Answer(
      "Parked events of \(name)",
      tables: [
        .init(
          "parked", "",
          columns: [
            .init("position", "Position"), .init("type", "Type"), .init("stream", "Stream"),
            .init("attempts", "Attempts"), .init("at", "Parked at"), .init("reason", "Why"),
          ], rows: rows)
      ], notes: found.count == limit ? ["There may be more: raise --limit."] : [])
  }

  private func event(at position: UInt64) throws(ServiceError) -> RecordedEvent? {
    do throws(LMDBError) {
      return try log.events(
        EventSelection(from: Position(position), through: Position(position), limit: 1)
      ).first
    } catch { throw ServiceError(storage: error) }
  }

  /// Hands parked events out again, ahead of what is new, or gives them up.
  ///
  /// - Parameters:
  ///   - name: the subscription's.
  ///   - positions: which; all, as far as there is room for them, when `nil`.
  ///   - replaying: whether they are handed out, or given up.
  /// - Returns: how many there were.
  /// - Throws: ``ServiceError`` when it can't be kept.
  public func settleParked(
    of name: String, _ positions: [UInt64]?, replaying: Bool
  ) async throws(ServiceError) -> Answer {
    try requireConfigure("subscription")
    try requireWriter()
    let record = try consumerRecord(name)
    let count: Int
    do throws(ConsumerFailure) {
      let group = try await consumerShelf.group(record.definition)
      count = try await group.settleParked(positions, replaying: replaying)
    } catch { throw ServiceError(error) }
    return Answer(
      replaying ? "Parked events are handed out again" : "Parked events are given up",
      facts: [.init("events", "Events", .integer(Int64(count)))])
  }
}
