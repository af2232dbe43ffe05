internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Showing what is masked, once and with a reason.
extension Workspace {
  private static let dayMicroseconds: Int64 = 86_400_000_000

  /// The value of a masked field; that it was revealed is in the access log before it is shown.
  ///
  /// - Parameters:
  ///   - field: as `deed show` names it.
  ///   - record: the record's identifier.
  ///   - reason: a code, such as `call-back`.
  /// - Returns: the value.
  /// - Throws: ``ServiceError`` `PERMISSION.FIELD` when the field may not be revealed to the
  ///   principal, `QUOTA.EXCEEDED` beyond the reveals that its roles allow in a day.
  public func reveal(
    _ field: String, of record: String, reason: String
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    guard !reason.isEmpty, reason.utf8.count <= 80 else {
      throw ServiceError(
        .usage, code: "VALIDATION.REASON_REQUIRED",
        "A reveal needs a reason of 1 to 80 bytes: give --reason CODE.")
    }
    let gate = try gate()
    let facts = try gate.readable(key, path: .show)
    let snapshot = try auditing { auditor throws(AuditError) in try auditor.record(key) }
    let access = gate.evaluator.access(gate.user, to: field, of: facts)
    guard let found = snapshot.fields.first(where: { $0.name == field }), access != .hidden else {
      throw ServiceError(
        .refused, code: "VALIDATION.FIELD",
        "The \(key.typeName) \(key.id) shows no field “\(field)” to \(gate.user): name one that "
          + "`deed show` lists.")
    }
    if access == .masked {
      guard gate.evaluator.mayReveal(gate.user, field, of: facts) else {
        try gate.record(.denied(path: "reveal", target: "\(key)", code: "PERMISSION.FIELD"))
        throw ServiceError(
          .refused, code: "PERMISSION.FIELD",
          "The field \(field) of \(key) may not be revealed to \(gate.user): ask its owner.")
      }
      try requireRevealsLeft(gate)
    }
    try self.record(
      atOnce: .sensitiveFieldRevealed(
        .with { ($0.record, $0.field, $0.reasonCode) = ("\(key)", field, reason) }))
    return Answer(
      "\(field) of \(key)",
      facts: [
        .init("record", "Record", .text("\(key)")), .init("field", "Field", .text(field)),
        .init("value", "Value", Value(found.value)), .init("reason", "Reason", .text(reason)),
      ])
  }

  private func requireRevealsLeft(_ gate: AccessGate) throws(ServiceError) {
    let limit =
      gate.evaluator.directory.roles(of: gate.user).map { Int($0.definition.dailyRevealLimit) }
      .max() ?? 0
    guard let accessLog, let actor = ActorID(gate.user),
      let type = EventType("SensitiveFieldRevealed")
    else { return }
    let since = clock().advanced(byMicroseconds: -Self.dayMicroseconds)
    let query = EventQuery([EventQuery.Item(types: [type], actors: [actor])])
    let count = try accessLog.events(query).filter { $0.recordedAt >= since }.count
    guard count < limit else {
      try gate.record(.denied(path: "reveal", target: "", code: "QUOTA.EXCEEDED"))
      throw ServiceError(
        .refused, code: "QUOTA.EXCEEDED",
        "\(gate.user) revealed \(count) fields in the last day, and \(limit) are allowed: try "
          + "tomorrow, or ask an administrator.")
    }
  }
}
