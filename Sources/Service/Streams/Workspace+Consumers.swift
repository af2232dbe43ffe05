internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Subscriptions

/// Making, changing and ending durable subscriptions; each is an event of the log.
extension Workspace {
  /// Makes a durable subscription; a webhook's secret is in the answer, and nowhere else again.
  public func createConsumer(_ new: NewConsumer) async throws(ServiceError) -> Answer {
    try requireGroups()
    try requireConfigure("subscription")
    try requireWriter()
    _ = try Self.consumerStream(new.name)
    return try await consumerShelf.changing(new.name) { () throws(ServiceError) in
      try await create(new)
    }
  }

  private func create(_ new: NewConsumer) async throws(ServiceError) -> Answer {
    let old = try consumerRecords(new.name).first
    guard old?.isDeleted ?? true else {
      throw ServiceError(
        .refused, code: "CONFLICT.DUPLICATE",
        "There is a subscription “\(new.name)” already: change it, or give another name.")
    }
    var definition = try definition(of: new)
    try requireReader(definition.user, "subscription")
    definition.generation = (old?.definition.generation ?? 0) + 1
    var secret: WebhookSecret?
    if new.webhook != nil {
      let made = WebhookSecret(random: random)
      definition.webhook?.secretMark = made.mark
      secret = made
    }
    if let secret { try store([secret], of: new.name) }
    try recordConsumer(.consumerCreated, definition, after: old?.revision)
    try begin(definition)
    try await startWebhook(definition)
    var answer = try showConsumer(new.name)
    answer.title = "Subscription \(new.name) is made"
    if let secret {
      answer.facts.append(.init("secret", "Secret", .text(secret.text)))
      answer.notes.append("The secret is shown once: the receiver checks signatures with it.")
    }
    return answer
  }

  private func definition(of new: NewConsumer) throws(ServiceError) -> ConsumerDefinition {
    try Self.requireKnown(new.filter)
    let user: ActorID
    if let text = new.user { user = try Self.actor(text) } else { user = try actingUser() }
    var rules = ConsumerRules()
    var endpoint: WebhookEndpoint?
    if let webhook = new.webhook {
      rules = .webhook
      endpoint = try Self.endpoint(webhook)
    }
    var terms = ConsumerDefinition.Terms()
    terms.types = new.filter.types
    terms.categories = new.filter.categories
    terms.streams = new.filter.streams
    terms.tags = new.filter.tags
    terms.actors = new.filter.actors
    return ConsumerDefinition(
      name: new.name, kind: endpoint == nil ? .group : .webhook, terms: terms,
      rules: try new.rules.applied(to: rules), user: user.text,
      start: try position(of: new.start), webhook: endpoint)
  }

  /// Refuses a filter that can't be read, and types that there are no events of: a group for them
  /// would wait for ever.
  private static func requireKnown(_ filter: StreamFilter) throws(ServiceError) {
    _ = try filter.checked()
    for type in filter.types
    where EventCatalogue.entry(type) == nil && SystemEventType(rawValue: type) == nil {
      throw ServiceError(
        .usage, code: "VALIDATION.UNKNOWN_CODE",
        "There are no events of the type “\(type.prefix(80))”: give one of the catalogue, such as "
          + "TeamCreated.")
    }
  }

  private func position(of start: StreamStart) throws(ServiceError) -> UInt64 {
    let size = log.size
    switch try located(start) {
    case .beginning: return 0
    case .end: return size
    case .after(let position):
      guard position < size else { throw .notThere(position, size: size) }
      return position + 1
    case .cursor:
      throw ServiceError(
        .usage, code: "VALIDATION.START",
        "A cursor is of one stream: give the position that it begins with.")
    case .time: preconditionFailure("a time is a position by now")
    }
  }

  private func begin(_ definition: ConsumerDefinition) throws(ServiceError) {
    let store = try consumerStore()
    do throws(LMDBError) {
      try store.begin(
        definition.name, origin: log.origin, generation: definition.generation,
        checkpoint: definition.start)
    } catch { throw ServiceError(storage: error) }
  }

  /// Changes a subscription's filter or rules; what it has done stays.
  public func changeConsumer(
    _ name: String, filter: StreamFilter? = nil, rules: ConsumerSettings = ConsumerSettings(),
    url: String? = nil
  ) async throws(ServiceError) -> Answer {
    try await change(name) { definition throws(ServiceError) in
      if let filter {
        try Self.requireKnown(filter)
        definition.terms.types = filter.types
        definition.terms.categories = filter.categories
        definition.terms.streams = filter.streams
        definition.terms.tags = filter.tags
        definition.terms.actors = filter.actors
      }
      if let url {
        guard let old = definition.webhook else {
          throw ServiceError(
            .usage, code: "VALIDATION.URL", "“\(name)” is no webhook, so it has no URL.")
        }
        definition.webhook = try Self.endpoint(
          NewWebhook(url: url, concurrency: old.concurrency))
        definition.webhook?.secretMark = old.secretMark
        definition.webhook?.earlierMark = old.earlierMark
        definition.webhook?.earlierUntil = old.earlierUntil
      }
      definition.rules = try rules.applied(to: definition.rules)
    }
  }

  /// Stops handing out events, or goes on.
  public func pauseConsumer(_ name: String, _ isPaused: Bool) async throws(ServiceError) -> Answer {
    try await change(name) { definition throws(ServiceError) in
      definition.isPaused = isPaused
      definition.pauseReason = nil
    }
  }

  /// Begins anew at `start`: what was settled, tried again or parked is forgotten.
  public func resetConsumer(
    _ name: String, to start: StreamStart
  ) async throws(ServiceError) -> Answer {
    let position = try position(of: start)
    return try await change(name) { definition throws(ServiceError) in
      definition.generation += 1
      definition.start = position
    }
  }

  private func change(
    _ name: String, _ change: (inout ConsumerDefinition) throws(ServiceError) -> Void
  ) async throws(ServiceError) -> Answer {
    try requireGroups()
    try requireConfigure("subscription")
    try requireWriter()
    return try await consumerShelf.changing(name) { () throws(ServiceError) in
      try await carryOut(name, change)
    }
  }

  /// Changes a subscription while nobody else does.
  func carryOut(
    _ name: String, _ change: (inout ConsumerDefinition) throws(ServiceError) -> Void
  ) async throws(ServiceError) -> Answer {
    let record = try consumerRecord(name)
    var definition = record.definition
    try change(&definition)
    guard definition != record.definition else { return try showConsumer(name) }
    if let endpoint = definition.webhook {
      // What goes to another place is what its user may see.
      if endpoint.url != record.definition.webhook?.url {
        try requireReader(definition.user, "subscription")
      }
      if !definition.isPaused { _ = try secrets(of: definition) }
    }
    try recordConsumer(.consumerChanged, definition, after: record.revision)
    await consumerShelf.close(name)
    if definition.generation != record.definition.generation { try begin(definition) }
    try await startWebhook(definition)
    return try showConsumer(name)
  }

  /// Pauses a webhook by the product itself, because its receiver is gone.
  func disableWebhook(_ name: String, _ reason: String) throws(ServiceError) {
    let record = try consumerRecord(name)
    var definition = record.definition
    definition.isPaused = true
    definition.pauseReason = reason
    try recordConsumer(
      .consumerChanged, definition, after: record.revision, by: ActorID(system: "webhooks"))
  }

  /// Ends a subscription, and forgets what it did; that it was stays in the log.
  public func deleteConsumer(_ name: String) async throws(ServiceError) -> Answer {
    try requireConfigure("subscription")
    try requireWriter()
    return try await consumerShelf.changing(name) { () throws(ServiceError) in
      let record = try consumerRecord(name)
      try recordConsumer(.consumerDeleted, record.definition, after: record.revision)
      await consumerShelf.close(name)
      let store = try consumerStore()
      do throws(LMDBError) { try store.remove(name) } catch { throw ServiceError(storage: error) }
      if record.definition.webhook != nil { try destroySecret(of: name) }
      return Answer("Subscription \(name) is deleted")
    }
  }

  /// Ends all running subscriptions, keeping where they stand: before the workspace is closed.
  public func closeConsumers() async { await consumerShelf.close() }
}
