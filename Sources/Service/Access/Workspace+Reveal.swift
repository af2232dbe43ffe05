internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import LMDB
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
      try requirePoolViewsLeft(facts.poolID, gate)
    }
    try self.record(
      atOnce: .sensitiveFieldRevealed(
        .with {
          ($0.record, $0.field, $0.reasonCode) = ("\(key)", field, reason)
          $0.poolID = facts.poolID
        }))
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
    let count = try performed("SensitiveFieldRevealed", by: gate.user, atMost: limit)
    guard count < limit else {
      try gate.record(.denied(path: "reveal", target: "", code: "QUOTA.EXCEEDED"))
      throw ServiceError(
        .refused, code: "QUOTA.EXCEEDED",
        "\(gate.user) revealed \(count) fields in the last day, and \(limit) are allowed: try "
          + "tomorrow, or ask an administrator.")
    }
  }

  /// O-12: what members look at of a pool's records counts against its rules.
  private func requirePoolViewsLeft(
    _ poolID: String, _ gate: AccessGate
  ) throws(ServiceError) {
    guard !poolID.isEmpty, let rules = gate.evaluator.directory.pool(poolID)?.rules,
      let accessLog, let actor = ActorID(gate.user),
      let type = EventType("SensitiveFieldRevealed")
    else { return }
    let limit = Int(rules.claim.maxPoolViewsPerDay)
    let since = clock().advanced(byMicroseconds: -Self.dayMicroseconds)
    let query = EventQuery([EventQuery.Item(types: [type], actors: [actor])])
    let recent: [RecordedEvent]
    do throws(LMDBError) {
      let last = EventSelection(query, direction: .backwards, limit: Self.recentLimit)
      recent = Array(try accessLog.log.events(last).prefix { $0.recordedAt >= since })
    } catch { throw ServiceError(storage: error) }
    var count = 0
    for event in recent {
      if case .sensitiveFieldRevealed(let revealed)? = try RecordedAccess(event)?.event.event,
        revealed.poolID == poolID
      {
        count += 1
      }
    }
    guard count < limit else {
      try gate.record(.denied(path: "reveal", target: poolID, code: "QUOTA.EXCEEDED"))
      throw ServiceError(
        .refused, code: "QUOTA.EXCEEDED",
        "\(gate.user) revealed \(count) fields of the pool \(poolID) in the last day, and its rules "
          + "allow \(limit): claim a record, or try tomorrow.")
    }
  }

  /// More than any rule of a pool allows in a day.
  private static let recentLimit = 100_001

  /// How often `user` did in the last day what leaves an access event of `type`, up to `limit`.
  ///
  /// - Complexity: O(limit), however long the access log is.
  private func performed(
    _ type: String, by user: String, atMost limit: Int
  ) throws(ServiceError) -> Int {
    guard limit > 0, let accessLog, let actor = ActorID(user), let type = EventType(type) else {
      return 0
    }
    let since = clock().advanced(byMicroseconds: -Self.dayMicroseconds)
    let query = EventQuery([EventQuery.Item(types: [type], actors: [actor])])
    do throws(LMDBError) {
      return try accessLog.log.events(
        EventSelection(query, direction: .backwards, limit: limit)
      ).prefix { $0.recordedAt >= since }.count
    } catch { throw ServiceError(storage: error) }
  }

  /// The search before a record is made is for making one, not for reading the customers' directory.
  func requireLookupsLeft(_ gate: AccessGate) throws(ServiceError) {
    let state: (any Aggregate)?
    do throws(CommandFailure) {
      state = try executor.record(Organization.key)?.state
    } catch { throw ServiceError(error) }
    let limit = ((state as? Organization)?.settings ?? OrganizationSettings()).matchLookupsPerDay
    var count = try performed("MatchLookupPerformed", by: gate.user, atMost: limit)
    if count < limit, count + AccessRecorder.windowEntries >= limit {
      // What stands in an open window counts as well.
      try flushAccessLog()
      count = try performed("MatchLookupPerformed", by: gate.user, atMost: limit)
    }
    guard count >= limit else { return }
    try gate.record(.denied(path: "match", target: "", code: "QUOTA.EXCEEDED"))
    throw ServiceError(
      .refused, code: "QUOTA.EXCEEDED",
      "\(gate.user) searched \(count) times in the last day, and the switch matchLookupsPerDay "
        + "allows \(limit): try tomorrow, or ask an administrator.")
  }
}
