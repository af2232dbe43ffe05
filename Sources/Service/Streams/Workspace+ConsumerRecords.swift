internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Subscriptions

/// A consumer as its events make it.
struct ConsumerRecord {
  var definition: ConsumerDefinition
  var revision: Revision
  var isDeleted = false
  var createdBy: String
  var createdAt: Timestamp
  var changedBy: String
  var changedAt: Timestamp
}

/// What the log has of consumers: who made, changed and deleted them, and when.
extension Workspace {
  static func consumerStream(_ name: String) throws(ServiceError) -> StreamName {
    guard ConsumerDefinition.isName(name), let stream = StreamName("consumer-\(name)") else {
      throw ServiceError(
        .usage, code: "VALIDATION.CONSUMER",
        "“\(name.prefix(80))” can't name a subscription: give 1 to 60 of a–z, 0–9 and “-”, a "
          + "letter first.")
    }
    return stream
  }

  /// All of them, the deleted ones too, by name.
  func consumerRecords(_ name: String? = nil) throws(ServiceError) -> [ConsumerRecord] {
    let query: EventQuery =
      if let name { .stream(try Self.consumerStream(name)) } else { .category("consumer") }
    var records: [String: ConsumerRecord] = [:]
    for event in try readEvents(query, limit: .max) {
      guard let content = event.plain(0)?.content,
        let definition = ConsumerDefinition(json: content)
      else {
        throw ServiceError(
          .failed, code: "LOG.UNREADABLE",
          "The event at position \(event.position) is a consumer's and can't be read: it is newer "
            + "than this program, or damaged.")
      }
      let isNew = records[definition.name]?.isDeleted ?? true
      records[definition.name] = ConsumerRecord(
        definition: definition, revision: event.revision,
        isDeleted: event.type == SystemEventType.consumerDeleted.rawValue,
        createdBy: isNew ? event.actor : records[definition.name]?.createdBy ?? event.actor,
        createdAt: isNew
          ? event.recordedAt : records[definition.name]?.createdAt ?? event.recordedAt,
        changedBy: event.actor, changedAt: event.recordedAt)
    }
    return records.values.sorted { $0.definition.name < $1.definition.name }
  }

  /// The consumer of this name; refused when there is none.
  func consumerRecord(_ name: String) throws(ServiceError) -> ConsumerRecord {
    guard let record = try consumerRecords(name).first, !record.isDeleted else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no subscription “\(name)”: see `deed subscription list`.")
    }
    return record
  }

  /// Appends what becomes of a consumer; refused when somebody else changed it meanwhile.
  func recordConsumer(
    _ type: SystemEventType, _ definition: ConsumerDefinition, after revision: Revision?,
    by author: ActorID? = nil
  ) throws(ServiceError) {
    let stream = try Self.consumerStream(definition.name)
    let maker = SystemEventMaker(random: random)
    let now = clock()
    let actor: ActorID
    if let author { actor = author } else { actor = try actingUser() }
    let event = maker.event(type, in: stream, by: actor, json: definition.json, at: now)
    _ = try append(
      maker.request(
        [event], at: now,
        conditions: [.stream(stream, revision.map { .exactly($0) } ?? .none)]))
  }

  /// Refuses whoever may not configure the workspace.
  func requireConfigure(_ path: String) throws(ServiceError) {
    try requireCRM()
    let gate = try gate()
    let facts = RecordFacts(RecordKey(.organization, "org_main"))
    guard gate.evaluator.may(gate.user, .configure, on: facts) else {
      throw try gate.denied(path, nil, "it is for administrators")
    }
  }

  /// Refuses a workspace that has no users, and so no groups either.
  func requireGroups() throws(ServiceError) {
    guard kind == .crm else {
      throw ServiceError(
        .refused, code: "WORKSPACE.KIND",
        "The workspace “\(folder.workspace)” is an event store, which has no subscriptions of this "
          + "kind: its clients keep their places with the tracking information of umadb.v1.DCB.")
    }
  }

  /// Refuses whoever is neither the consumer's user nor an administrator.
  func requireConsumer(_ definition: ConsumerDefinition) throws(ServiceError) {
    if try actingUser().text == definition.user { return }
    try requireConfigure("subscription")
  }

  /// Refuses whoever would get what `user` may see without being that user.
  ///
  /// An administrator sets subscriptions up, and does not read with the rights of others. At the
  /// machine's console they are set up for others.
  func requireReader(_ user: String, _ path: String) throws(ServiceError) {
    guard try actingUser().text != user, principal.channel != .console else { return }
    throw try gate().denied(
      path, nil,
      "it reads as \(user): use a key of that user's, or set it up with deed subscription where "
        + "the data is")
  }

  func consumerStore() throws(ServiceError) -> ConsumerStore {
    do throws(LMDBError) { return try consumerShelf.store() } catch {
      throw ServiceError(storage: error)
    }
  }
}

extension ServiceError {
  init(_ error: ConsumerFailure) {
    switch error {
    case .filter: self.init(.usage, code: "VALIDATION.FILTER", error.description)
    case .storage(let storage): self.init(storage: storage)
    case .stateMissing, .logBehind:
      self.init(.refused, code: "SUBSCRIPTION.STATE", error.description)
    }
  }
}
