internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// Records as they are and were, and what was done to them.
extension Workspace {
  /// A record as it is, when it was shown to the same user a moment ago and nothing has happened.
  ///
  /// It waits for no file. `nil` otherwise, and when the access log has to catch up: then
  /// ``show(_:id:from:)`` answers.
  package func shownAgain(_ kind: String, id: String) throws(ServiceError) -> ShownRecord? {
    guard isWriter, recorder?.isBehind != true else { return nil }
    let key = ShownRecords.Key(user: try actingUser().text, kind: kind, id: id)
    guard let shown = shownRecords.find(key, size: log.size, at: clock()) else { return nil }
    try record(shown.traces)
    return shown
  }

  /// A record from a point of view.
  public func show(
    _ kind: String, id: String, from view: PointOfView
  ) throws(ServiceError) -> Answer {
    let (size, epoch) = (log.size, shownRecords.epoch)
    let gate = try gate()
    let answer = try show(kind, id: id, from: view, through: gate)
    if view == .now, isWriter, let traces = gate.traces {
      shownRecords.keep(
        answer, traces, for: ShownRecords.Key(user: gate.user, kind: kind, id: id), size: size,
        epoch: epoch, within: gate.span)
    }
    return answer
  }

  private func show(
    _ kind: String, id: String, from view: PointOfView, through gate: AccessGate
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
    let facts = try gate.readable(key, path: .show)
    let zone = try timeZone()
    let moment = try moment(view, in: zone)
    let snapshot = try auditing { auditor throws(AuditError) in
      try auditor.record(key, asOf: moment)
    }
    guard snapshot.exists, let last = snapshot.last else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no \(kind) “\(id)” from this point of view: check the identifier, or ask for a "
          + "later moment.")
    }
    var answer = Answer("\(kind) \(id)", timeZone: zone.identifier)
    let shown = gate.filtered(snapshot.fields, of: facts, on: .show)
    answer.facts = shown.fields.map { .init($0.name, $0.name, Value.shown($0.value)) }
    answer.facts += [
      .init("asOfPosition", "As of position", .integer(Int64(last.position.rawValue))),
      .init("lastChangedAt", "Last changed", .moment(last.recordedAt)),
      .init("events", "Events", .integer(Int64(snapshot.eventCount))),
    ]
    answer.notes += shown.notes
    if type == .account { try addSurroundings(of: id, moment, through: gate, to: &answer) }
    try gate.viewed(key, fields: shown.kinds, path: "show")
    return answer
  }

  /// Who did what to a record.
  public func history(
    of record: String, field: String?, period: Period
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let gate = try gate()
    let facts = try gate.readable(key, path: .history)
    let zone = try timeZone()
    let range = try self.period(period, in: zone)
    guard let field else { return try timeline(of: key, range, zone, gate) }
    guard gate.evaluator.delivery(gate.user, of: field, facts, on: .history) != .withheld else {
      throw try gate.denied("history", key, "the field \(field) is hidden from them")
    }
    let entries = try auditing { auditor throws(AuditError) in
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
          gate.filtered(entry.change, of: facts, on: .history)?.from.map(Value.init) ?? .none,
          gate.filtered(entry.change, of: facts, on: .history)?.to.map(Value.init) ?? .none,
          .named(entry.event.reasonCode),
        ]
      })
    try gate.viewed(key, fields: [facts.sensitivity(of: field)], path: "history")
    return Answer("Who set \(field) of \(key)", tables: [table], timeZone: zone.identifier)
  }

  private func timeline(
    of key: RecordKey, _ range: Audit.Period, _ zone: TimeZone, _ gate: AccessGate
  ) throws(ServiceError) -> Answer {
    let all = try auditing { auditor throws(AuditError) in
      try auditor.timeline(of: key, in: range)
    }
    var rows: [[Value]] = []
    var kinds: Set<Sensitivity.Code> = []
    var others: Set<RecordKey> = []
    for entry in all {
      guard let facts = try gate.seen(entry.record, on: .history) else { continue }
      let changes = gate.changes(entry.changes, of: facts, on: .history)
      kinds.formUnion(changes.map { facts.sensitivity(of: $0.field) })
      if facts.key != key { others.insert(facts.key) }
      rows.append(
        Self.row(of: entry.event) + [
          .text(entry.record), .text(changes.map(\.words).joined(separator: "; ")),
        ])
    }
    guard !rows.isEmpty else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND", "Nothing is recorded of \(key) in that period.")
    }
    let table = Answer.Table(
      "history", "",
      columns: Self.eventColumns + [.init("record", "Record"), .init("changes", "Changes")],
      rows: rows)
    try gate.viewed(key, fields: Array(kinds), path: "history")
    for other in others { try gate.viewed(other, .related, fields: Array(kinds), path: "history") }
    let notes = Self.withheldNote(all.count - rows.count)
    return Answer(
      "History of \(key)", tables: [table], notes: notes, timeZone: zone.identifier)
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
    let gate = try gate()
    let entries = try auditing { auditor throws(AuditError) in
      try auditor.deeds(of: actor, in: range, limit: limit)
    }
    var rows: [[Value]] = []
    var seen: Set<RecordKey> = []
    for entry in entries {
      guard let facts = try gate.seen(entry.record, on: .history) else { continue }
      seen.insert(facts.key)
      let changes = gate.changes(entry.changes, of: facts, on: .history)
      rows.append(
        Self.row(of: entry.event) + [
          .text(entry.part.rawValue), .text(entry.record),
          .text(changes.map(\.words).joined(separator: "; ")),
        ])
    }
    let table = Answer.Table(
      "actions", "",
      columns: Self.eventColumns + [
        .init("part", "Part"), .init("record", "Record"), .init("changes", "Changes"),
      ], rows: rows)
    try gate.record(
      .listed(
        type: "", path: "actor", records: seen.map(\.description).sorted(), classes: [],
        results: rows.count))
    let notes =
      (entries.count == limit ? ["There may be more: raise --limit, or narrow the period."] : [])
      + Self.withheldNote(entries.count - rows.count)
    let looks = try looks(of: actor, period, gate)
    var answer = Answer(
      "What \(user) did", tables: [table] + looks, notes: notes, timeZone: zone.identifier)
    answer.isCut = entries.count == limit
    return answer
  }

  /// What a list says of rows that were kept back; how many there are is no secret of a record that
  /// may be seen.
  static func withheldNote(_ count: Int) -> [String] {
    count == 0 ? [] : ["\(count) entries are of records that you may not see."]
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

  /// A field for people: a moment as one, so that it is told in the organisation's zone.
  static func shown(_ sealed: Sealed<String>) -> Value {
    if case .value(let text) = sealed, text.hasSuffix("Z"), let time = Timestamp(text) {
      return .moment(time)
    }
    return Value(sealed)
  }

  init(_ sealed: Sealed<String>) {
    switch sealed {
    case .value(let text): self = .text(text)
    case .erased(let receipt): self = .erased(position: Int64(receipt.rawValue))
    case .hidden: self = .hidden
    }
  }
}
