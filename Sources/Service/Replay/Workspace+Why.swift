internal import Audit
internal import CRM
internal import EventModel
internal import Foundation
internal import Schema

/// Why things are as they are.
extension Workspace {
  /// Why a field of a record has its value: who set it, and what caused that, back to a person.
  ///
  /// - Parameters:
  ///   - record: such as `acc_…`.
  ///   - field: as `deed show` names it.
  ///   - view: from when it is asked.
  /// - Returns: a row for each cause, the newest first.
  /// - Throws: ``ServiceError`` when the record has never had the field.
  public func why(
    _ record: String, field: String, from view: PointOfView
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let gate = try gate()
    let facts = try gate.readable(key, path: .history)
    let zone = try timeZone()
    let moment = try moment(view, in: zone)
    let all = try auditing { auditor throws(AuditError) in
      try auditor.why(key, field: field, asOf: moment)
    }
    // A cause in a record that may not be seen is as if it weren't there.
    var causes = all
    if !gate.isUnrestricted {
      causes = []
      for cause in all where try isReadable(cause.event.stream, gate) { causes.append(cause) }
    }
    guard let first = all.first, case .set(let set) = first.link,
      let change = gate.filtered(set, of: facts, on: .history)
    else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "\(key) had no “\(field)” from this point of view: ask for a later moment.")
    }
    try gate.viewed(key, fields: [facts.sensitivity(of: field)], path: "why")
    let human = causes.first { $0.isHuman }
    return Answer(
      "Why \(field) of \(key) is so",
      facts: [
        .init("record", "Record", .text(key.description)),
        .init("field", "Field", .text(field)),
        .init("value", "Value", change.to.map(Value.init) ?? .none),
        .init("before", "Before", change.from.map(Value.init) ?? .none),
        .init("human", "Who is behind it", human.map { .text($0.event.actor) } ?? .none),
        .init(
          "humanAt", "At position",
          human.map { .integer(Int64($0.event.position.rawValue)) } ?? .none),
      ],
      tables: [
        .init(
          "causes", "Causes, the newest first",
          columns: Self.eventColumns + [
            .init("command", "Command"), .init("authorization", "By what right"),
            .init("policies", "Rules"), .init("signed", "Signed"), .init("stream", "Stream"),
          ],
          rows: causes.map { cause in
            Self.row(of: cause.event) + [
              .named(cause.event.commandName), .named(cause.authorization),
              .list(cause.policies.map { .text($0) }), .flag(cause.isSigned),
              .text(cause.event.stream),
            ]
          })
      ],
      notes: human == nil
        ? ["No person is behind it as far as the log says: automation had no cause recorded."]
        : Self.withheldNote(all.count - causes.count), timeZone: zone.identifier)
  }

  private func isReadable(_ stream: String, _ gate: AccessGate) throws(ServiceError) -> Bool {
    guard let key = StreamName(stream).flatMap({ RecordKey($0) }) else { return false }
    return try gate.may(.read, key)
  }

  /// What differs between a record at two moments.
  public func difference(
    of record: String, from first: Moment, to second: Moment
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let gate = try gate()
    let facts = try gate.readable(key, path: .history)
    let zone = try timeZone()
    let (start, end) = (
      try recorded(first, .start, in: zone), try recorded(second, .end, in: zone)
    )
    let all = try auditing { auditor throws(AuditError) in
      try auditor.difference(of: key, from: start, to: end)
    }
    let changes = gate.changes(all, of: facts, on: .history)
    try gate.viewed(key, fields: changes.map { facts.sensitivity(of: $0.field) }, path: "diff")
    return Answer(
      "\(key) between two moments", tables: [Self.table(of: changes)],
      notes: changes.isEmpty ? ["Nothing differs."] : [], timeZone: zone.identifier)
  }

  static func table(of changes: [FieldDiff], _ label: String = "") -> Answer.Table {
    .init(
      "changes", label,
      columns: [.init("field", "Field"), .init("from", "From"), .init("to", "To")],
      rows: changes.map {
        [.text($0.field), $0.from.map(Value.init) ?? .none, $0.to.map(Value.init) ?? .none]
      })
  }
}
