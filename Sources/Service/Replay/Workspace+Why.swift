internal import Audit
internal import CRM
internal import EventModel
internal import Foundation

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
    let zone = try timeZone()
    let moment = try moment(view, in: zone)
    let causes = try audited { auditor throws(AuditError) in
      try auditor.why(key, field: field, asOf: moment)
    }
    guard let first = causes.first, case .set(let change) = first.link else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "\(key) had no “\(field)” from this point of view: ask for a later moment.")
    }
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
        ? ["No person is behind it as far as the log says: automation had no cause recorded."] : [],
      timeZone: zone.identifier)
  }

  /// What differs between a record at two moments.
  public func difference(
    of record: String, from first: Moment, to second: Moment
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let zone = try timeZone()
    let (start, end) = (
      try recorded(first, .start, in: zone), try recorded(second, .end, in: zone)
    )
    let changes = try audited { auditor throws(AuditError) in
      try auditor.difference(of: key, from: start, to: end)
    }
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
