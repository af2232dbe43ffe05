internal import CRM
internal import EventModel
internal import Schema

/// A record as the events applied so far make it, and what each of them changed.
struct RecordFold {
  let key: RecordKey
  private(set) var state: any Aggregate
  private(set) var fields: [RecordField] = []
  private(set) var last: EventSummary?
  private(set) var eventCount = 0
  /// Of the record's subject, once a personal part was seen.
  private var subjectKey: KeyID?

  init(_ key: RecordKey) throws(AuditError) {
    guard let state = Aggregates.empty(key.type) else { throw .unknownRecordType(key.typeName) }
    self.key = key
    self.state = state
  }

  /// Applies the record's next event.
  ///
  /// - Returns: what every list shows of it, and the fields that it changed. A personal part
  ///   that can't be read is one change of a field `personal`.
  mutating func apply(_ decoded: DecodedEvent) -> (summary: EventSummary, changes: [FieldDiff]) {
    let parts = decoded.personalParts(subjectKey: subjectKey)
    if subjectKey == nil { subjectKey = parts.first?.keyID }
    let summary = EventSummary(decoded, personal: parts)
    last = summary
    eventCount += 1
    guard let payload = decoded.payload else { return (summary, []) }
    let personal = parts.map { part in
      part.content.flatMap { content -> Sealed<PersonalPayload> in
        guard case .personal(let payload) = content else { return .hidden }
        return .value(payload)
      }
    }
    state.apply(
      Fact(
        payload: payload.upcast, personal: personal, position: summary.position,
        revision: summary.revision, recordedAt: summary.recordedAt,
        occurredAt: summary.occurredAt, actor: ActorID(summary.actor) ?? Self.unnamed))
    let new = RecordFields.fields(of: state)
    var changes = FieldDiff.between(fields, new)
    fields = new
    if let unread = personal.first(where: { $0.opened == nil }),
      !changes.contains(where: { $0.field == "personal" })
    {
      changes.append(FieldDiff(field: "personal", from: nil, to: unread.map { _ in "" }))
    }
    return (summary, changes)
  }

  /// Stands for an actor that is not of the writer's grammar, as a foreign log may have.
  private static let unnamed = ActorID(system: "unnamed")
}
