internal import CRM
internal import Commands
internal import EventModel
internal import Schema

/// One event of a history that another system kept, as its source says it.
struct SourceEvent: Hashable, Sendable {
  /// Fields sealed under one data subject.
  struct Personal: Hashable, Sendable {
    /// The record whose subject it is, as its stream; `nil` for what the event itself says.
    let subject: StreamName?
    /// The members of the aggregate's personal message, in the JSON mapping of proto3.
    let data: JSONValue
  }

  /// Names the event in its source: the same each time, so that it is appended once.
  let key: String
  let type: EventType
  let stream: StreamName
  let actor: ActorID
  var onBehalfOf: ActorID?
  let occurredAt: Timestamp
  /// The members of the event's message, in the JSON mapping of proto3.
  let data: JSONValue
  var personal: Personal?
  /// The record whose key sealed its parts in the log that it was exported from.
  var sealedUnder: StreamName?
  var reasonCode = ""
  /// Free text beside the code; sealed.
  var reasonText = ""
  var transactionID = ""
}

extension SourceEvent {
  /// The event as the catalogue has it, and as a log takes it that knows of no moment beyond `now`.
  func recorded(at now: Timestamp?) throws(RowRefusal) -> HistoryEvent {
    let event = try recorded()
    guard let now else { return event }
    do throws(Refusal) { try event.check(at: now) } catch { throw .refusedByLog(error.message) }
    return event
  }

  private func recorded() throws(RowRefusal) -> HistoryEvent {
    guard let entry = EventCatalogue.entry(type.text) else { throw .unknownType(type.text) }
    guard Self.categories(of: entry.messageName).contains(stream.category) else {
      throw .badPayload(
        type: type.text, reason: "it does not belong in a stream of “\(stream.category)”")
    }
    let payload: Payload
    var sealed: PersonalPayload?
    do throws(PayloadError) {
      payload = try Payload(typeName: type.text, json: Array(data.compact.utf8))
      try payload.checkValues()
      if let personal {
        guard let message = entry.personalMessageName else {
          throw PayloadError.malformed(message: type.text, reason: "it has nothing personal")
        }
        let content = try PersonalPayload(
          messageName: message, json: Array(personal.data.compact.utf8))
        try content.checkValues()
        sealed = content
      }
    } catch {
      throw .badPayload(type: type.text, reason: Self.reason(error))
    }
    var event = HistoryEvent(
      key: key, stream: stream, payload: payload, personal: sealed,
      subject: sealedUnder ?? personal?.subject, actor: actor, actorKind: Self.kind(of: actor),
      onBehalfOf: onBehalfOf, occurredAt: occurredAt, reason: reason, transactionID: transactionID)
    event.isSubjectFinal = sealedUnder != nil
    return event
  }

  private var reason: Reason? {
    reasonCode.isEmpty && reasonText.isEmpty ? nil : Reason(code: reasonCode, text: reasonText)
  }

  private static func reason(_ error: PayloadError) -> String {
    guard case .malformed(let message, let reason) = error else { return error.description }
    return "\(reason) (\(message))"
  }

  private static func kind(of actor: ActorID) -> ActorKind.Code {
    if actor.text.hasPrefix("system:") { return .system }
    return actor.text.hasPrefix("cli_") ? .apiClient : .user
  }

  /// The categories of the streams that hold events of `message`.
  private static func categories(of message: String) -> [String] {
    switch message {
    case "deed.crm.v1.OwnershipEvent", "deed.crm.v1.TagEvent":
      return ["lead", "account", "contact", "opportunity", "ticket"]
    case "deed.crm.v1.ImportEvent":
      return ["import", "lead", "account", "contact", "opportunity", "ticket", "activity", "user"]
    default:
      let name = message.split(separator: ".").last.map(String.init) ?? ""
      let aggregate = name.dropLast("Event".count)
      return [aggregate.prefix(1).lowercased() + aggregate.dropFirst()]
    }
  }
}
