internal import Audit
internal import CRM
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// Records as they are and were, and what was done to them.
extension Workspace {
  /// A record from a point of view.
  public func show(
    _ kind: String, id: String, from view: PointOfView
  ) throws(ServiceError) -> Answer {
    guard let type = ObjectType.Code.allCases.first(where: { $0.streamCategory == kind }),
      type != .objectTypeUnspecified
    else {
      throw ServiceError(
        .usage, code: "VALIDATION.RECORD_TYPE",
        "“\(kind)” is no kind of record: ask for an account, contact, lead, opportunity, ticket, "
          + "activity, task, user, team, pipeline or organization.")
    }
    let key = RecordKey(type, id)
    let zone = try timeZone()
    let moment = try moment(view, in: zone)
    let snapshot = try audited { auditor throws(AuditError) in
      try auditor.record(key, asOf: moment)
    }
    guard snapshot.exists, let last = snapshot.last else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no \(kind) “\(id)” from this point of view: check the identifier, or ask for a "
          + "later moment.")
    }
    var answer = Answer("\(kind) \(id)", timeZone: zone.identifier)
    answer.facts = snapshot.fields.map { .init($0.name, $0.name, Value($0.value)) }
    answer.facts += [
      .init("asOfPosition", "As of position", .integer(Int64(last.position.rawValue))),
      .init("lastChangedAt", "Last changed", .moment(last.recordedAt)),
      .init("events", "Events", .integer(Int64(snapshot.eventCount))),
    ]
    if type == .account { try addSurroundings(of: id, moment, to: &answer) }
    return answer
  }

  /// Who did what to a record.
  public func history(
    of record: String, field: String?, period: Period
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let zone = try timeZone()
    let range = try self.period(period, in: zone)
    guard let field else { return try timeline(of: key, range, zone) }
    let entries = try audited { auditor throws(AuditError) in
      try auditor.blame(key, field: field, in: range)
    }
    let table = Answer.Table(
      "changes", "",
      columns: [
        .init("position", "Position"), .init("recordedAt", "Recorded"),
        .init("occurredAt", "Occurred"), .init("actor", "Who"), .init("onBehalfOf", "For"),
        .init("type", "What"), .init("from", "From"), .init("to", "To"), .init("reason", "Reason"),
      ],
      rows: entries.map { entry in
        [
          .integer(Int64(entry.event.position.rawValue)), .moment(entry.event.recordedAt),
          .moment(entry.event.occurredAt), .text(entry.event.actor),
          .named(entry.event.onBehalfOf), .text(entry.event.type),
          entry.change.from.map(Value.init) ?? .none, entry.change.to.map(Value.init) ?? .none,
          .named(entry.event.reasonCode),
        ]
      })
    return Answer("Who set \(field) of \(key)", tables: [table], timeZone: zone.identifier)
  }

  private func timeline(
    of key: RecordKey, _ range: Audit.Period, _ zone: TimeZone
  ) throws(ServiceError) -> Answer {
    let entries = try audited { auditor throws(AuditError) in
      try auditor.timeline(of: key, in: range)
    }
    guard !entries.isEmpty else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND", "Nothing is recorded of \(key) in that period.")
    }
    let table = Answer.Table(
      "history", "",
      columns: Self.eventColumns + [.init("record", "Record"), .init("changes", "Changes")],
      rows: entries.map { entry in
        Self.row(of: entry.event) + [
          .text(entry.record), .text(entry.changes.map(\.words).joined(separator: "; ")),
        ]
      })
    return Answer("History of \(key)", tables: [table], timeZone: zone.identifier)
  }

  /// Everything a person did, and what was done on their behalf.
  public func actions(
    of user: String, period: Period, limit: Int
  ) throws(ServiceError) -> Answer {
    guard let actor = ActorID(user) else {
      throw ServiceError(
        .usage, code: "VALIDATION.ACTOR", "“\(user)” is no actor: give one such as usr_….")
    }
    let zone = try timeZone()
    let range = try self.period(period, in: zone)
    let entries = try audited { auditor throws(AuditError) in
      try auditor.deeds(of: actor, in: range, limit: limit)
    }
    let table = Answer.Table(
      "actions", "",
      columns: Self.eventColumns + [
        .init("part", "Part"), .init("record", "Record"), .init("changes", "Changes"),
      ],
      rows: entries.map { entry in
        Self.row(of: entry.event) + [
          .text(entry.part.rawValue), .text(entry.record),
          .text(entry.changes.map(\.words).joined(separator: "; ")),
        ]
      })
    let notes =
      entries.count == limit ? ["There may be more: raise --limit, or narrow the period."] : []
    return Answer(
      "What \(user) did", tables: [table], notes: notes, timeZone: zone.identifier)
  }

  static let eventColumns: [Answer.Table.Column] = [
    .init("position", "Position"), .init("recordedAt", "Recorded"),
    .init("occurredAt", "Occurred"), .init("actor", "Who"), .init("onBehalfOf", "For"),
    .init("type", "What"), .init("reason", "Reason"),
  ]

  static func row(of event: EventSummary) -> [Value] {
    [
      .integer(Int64(event.position.rawValue)), .moment(event.recordedAt),
      .moment(event.occurredAt), .text(event.actor), .named(event.onBehalfOf), .text(event.type),
      .named(event.reasonCode),
    ]
  }
}

extension Value {
  /// Text, or none when it is empty.
  static func named(_ text: String) -> Value { text.isEmpty ? .none : .text(text) }

  init(_ sealed: Sealed<String>) {
    switch sealed {
    case .value(let text): self = .text(text)
    case .erased(let receipt): self = .erased(position: Int64(receipt.rawValue))
    case .hidden: self = .hidden
    }
  }
}
