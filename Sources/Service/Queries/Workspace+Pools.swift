internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// Pools: their rules, what waits in them, and who may take how much.
extension Workspace {
  /// The pools there are, each with its rules' version and how much waits in it.
  ///
  /// - Returns: a row a pool, in the order of their making.
  /// - Throws: ``ServiceError`` when the actor may not ask, or nothing can be read.
  public func pools() throws(ServiceError) -> Answer {
    let gate = try gate()
    try gate.require(.list, .pool, path: "pool")
    let zone = try timeZone()
    var rows: [[Value]] = []
    for id in try poolIDs() {
      let pool = try pool(id)
      let pooled = try asking { reader throws(QueryError) in try reader.records(ofPool: id) }
      rows.append([
        .text(id), .text(pool.name), .text(pool.recordType.streamCategory), .named(pool.scope),
        .integer(Int64(pooled.value.count)), .integer(Int64(pool.rules?.version ?? 0)),
        .flag(pool.isDisabled),
      ])
    }
    return Answer(
      "Pools",
      tables: [
        .init(
          "pools", "",
          columns: [
            .init("pool", "Pool"), .init("name", "Name"), .init("objectType", "Of"),
            .init("scope", "Scope"), .init("records", "Records"),
            .init("ruleVersion", "Rules"), .init("isDisabled", "Disabled"),
          ], rows: rows)
      ], timeZone: zone.identifier)
  }

  /// A pool with its rules, the records that wait in it, and what its members have taken today.
  ///
  /// - Parameter id: the pool's identifier.
  /// - Returns: facts of the pool, and the tables `recycle`, `records` and `members`.
  /// - Throws: ``ServiceError`` when there is no such pool, or the actor may not ask.
  ///
  /// Of the records only those that the principal may list; of the members only the principal, unless
  /// it administers the pool, runs the workspace or sees everything.
  public func pool(show id: String) throws(ServiceError) -> Answer {
    let gate = try gate()
    try gate.require(.read, .pool, path: "pool")
    let zone = try timeZone()
    let pool = try pool(id)
    guard pool.exists else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND", "There is no pool \(id): `deed pool list` names them.")
    }
    let all = try asking { reader throws(QueryError) in try reader.records(ofPool: id) }.value
    var pooled: [OwnershipRow] = []
    for row in all {
      guard let key = RecordKey(text: "\(row.recordType):\(row.recordID)"),
        try gate.may(.list, key)
      else { continue }
      pooled.append(row)
    }
    try gate.record(
      .listed(
        type: pool.recordType.streamCategory, path: "pool",
        records: pooled.map { "\($0.recordType):\($0.recordID)" }.sorted(), classes: [],
        results: pooled.count))
    let claim = pool.rules?.claim ?? ClaimRules()
    return Answer(
      "Pool \(id)", facts: Self.facts(of: pool, claim),
      tables: [
        Self.recycleTable(pool), try recordTable(pooled, claim, pool),
        try memberTable(pool, gate),
      ],
      notes: (pool.rules == nil
        ? ["No rules are published: nobody can claim from it yet."] : [])
        + Self.withheldNote(all.count - pooled.count),
      timeZone: zone.identifier)
  }

  private static func facts(of pool: Pool, _ claim: ClaimRules) -> [Answer.Fact] {
    [
      .init("name", "Name", .text(pool.name)),
      .init("objectType", "Of", .text(pool.recordType.streamCategory)),
      .init("scope", "Scope", .named(pool.scope)),
      .init("isDisabled", "Disabled", .flag(pool.isDisabled)),
      .init("ruleVersion", "Rules", .integer(Int64(pool.rules?.version ?? 0))),
      .init("maxClaimsPerDay", "Claims a day", .integer(Int64(claim.maxClaimsPerDay))),
      .init(
        "maxHoldings", "Holdings", claim.hasMaxHoldings ? .integer(Int64(claim.maxHoldings)) : .none
      ),
      .init(
        "previousOwnerCooldownDays", "Cool-down in days",
        .integer(Int64(claim.previousOwnerCooldownDays))),
      .init("newEntryLockHours", "Lock in hours", .integer(Int64(claim.newEntryLockHours))),
      .init(
        "protectionDaysAfterClaim", "Protection in days",
        .integer(Int64(claim.protectionDaysAfterClaim))),
      .init("admins", "Admins", .list((pool.rules?.adminIds ?? []).map { .text($0) })),
    ]
  }

  private static func recycleTable(_ pool: Pool) -> Answer.Table {
    .init(
      "recycle", "Recycling",
      columns: [
        .init("rule", "Rule"), .init("basis", "When"), .init("grades", "Grades"),
        .init("days", "Days"), .init("warnDaysBefore", "Warns before"), .init("target", "Into"),
      ],
      rows: (pool.rules?.recycle ?? []).map { rule in
        [
          .text(rule.ruleID), .text("\(rule.basis)"),
          .list(rule.appliesTo.grades.map { .text("\($0)".uppercased()) }),
          .integer(Int64(rule.days)),
          .integer(Int64(rule.warnDaysBefore)),
          .text(rule.targetPoolID.isEmpty ? pool.id : rule.targetPoolID),
        ]
      })
  }

  private func recordTable(
    _ pooled: [OwnershipRow], _ claim: ClaimRules, _ pool: Pool
  ) throws(ServiceError) -> Answer.Table {
    var earlier: [String: Int64] = [:]
    for event in try claims(from: pool) { earlier[event.stream, default: 0] += 1 }
    let now = clock()
    let lock = Int64(claim.newEntryLockHours) * 3_600_000_000
    return .init(
      "records", "Records",
      columns: [
        .init("record", "Record"), .init("since", "Since"), .init("days", "Days"),
        .init("cause", "Cause"), .init("claims", "Claimed before"),
        .init("claimableFrom", "From"), .init("position", "Position"),
      ],
      rows: pooled.map { row in
        let since = row.start.recordedAt
        return [
          .text("\(row.recordType):\(row.recordID)"), .moment(since),
          .integer(max(0, now.microseconds - since.microseconds) / 86_400_000_000),
          .named(row.method), .integer(earlier["\(row.recordType)-\(row.recordID)"] ?? 0),
          .moment(since.advanced(byMicroseconds: lock)),
          .integer(Int64(row.start.position.rawValue)),
        ]
      })
  }

  private func claims(from pool: Pool) throws(ServiceError) -> [RecordedEvent] {
    try readEvents(
      .tags(
        [pool.key.tag].compactMap(\.self), types: ["OwnershipClaimed"].compactMap(EventType.init)),
      limit: 100_000)
  }

  /// Those who claimed from the pool, with what is left of their day.
  private func memberTable(
    _ pool: Pool, _ gate: AccessGate
  ) throws(ServiceError) -> Answer.Table {
    let seesAll =
      gate.isUnrestricted || pool.isAdmin(gate.user)
      || gate.evaluator.directory.activeAdministrators.contains(gate.user)
    let today = ZoneDay.day(of: clock(), in: try timeZone()).description
    var users = (pool.rules?.members.userIds ?? [])
    let claims = try claims(from: pool)
    var todays: [String: Int64] = [:]
    var totals: [String: Int64] = [:]
    for event in claims {
      guard case .ownership(.ownershipClaimed(let claimed)) = try payload(event),
        claimed.poolID == pool.id
      else { continue }
      totals[claimed.by, default: 0] += 1
      if claimed.localDate == today { todays[claimed.by, default: 0] += 1 }
      if !users.contains(claimed.by) { users.append(claimed.by) }
    }
    var rows: [[Value]] = []
    for user in users where seesAll || user == gate.user {
      let held = try asking { reader throws(QueryError) in
        try reader.holdings(ofUser: user, type: pool.recordType.streamCategory)
      }.value
      rows.append([
        .text(user), .integer(todays[user] ?? 0), .integer(totals[user] ?? 0),
        .integer(Int64(held)),
      ])
    }
    return .init(
      "members", "Members",
      columns: [
        .init("user", "User"), .init("claimsToday", "Claims today"), .init("claims", "Claims"),
        .init("holdings", "Holds"),
      ], rows: rows)
  }

  private func payload(_ event: RecordedEvent) throws(ServiceError) -> Payload? {
    do throws(PayloadError) { return try event.payload() } catch {
      throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description)
    }
  }

  private func poolIDs() throws(ServiceError) -> [String] {
    try readEvents(.types(["PoolCreated"].compactMap(EventType.init)), limit: 1000).compactMap {
      StreamName($0.stream)?.id
    }
  }

  private func pool(_ id: String) throws(ServiceError) -> Pool {
    let state = try auditing { auditor throws(AuditError) in try auditor.record(.pool(id)) }.state
    return state as? Pool ?? Pool()
  }
}

/// The day of a moment in a zone.
private enum ZoneDay {
  static func day(of time: Timestamp, in zone: TimeZone) -> CalendarDate {
    let seconds = time.microseconds / 1_000_000
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds)))
    let local = seconds + Int64(offset)
    return CalendarDate(daysSince1970: Int((local - (local < 0 ? 86_399 : 0)) / 86_400))
  }
}
