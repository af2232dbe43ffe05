internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// O-11: what the rules of the pools say of a record that somebody owns, at this moment.
///
/// The scheduler asks when to look, and the commands ask whether they may: both get this one
/// answer.
struct RecycleCheck {
  enum Finding: Equatable {
    /// No rule takes the record from its owner, as things are.
    case nothing
    case later(Timestamp)
    case warn(RecycleVerdict)
    case release(RecycleVerdict)
  }

  /// The hour of the organisation's day at which records are warned of and released.
  static let hour = 2

  let key: RecordKey
  let record: any OwnedAggregate
  let context: DecisionContext

  func finding() -> Finding {
    guard let userID = record.ownership.ownerUserID, let since = record.ownership.since,
      let (pool, rule) = rule(for: userID)
    else { return .nothing }
    if isExempt(rule) { return .later(tomorrow) }
    guard let basis = basis(of: rule, since: since) else { return .later(tomorrow) }
    let calendar = context.calendar
    let begin = calendar.day(of: basis.moment)
    let releaseAt = calendar.moment(begin.adding(days: Int(rule.days)), hour: Self.hour)
    let verdict = RecycleVerdict(
      pool: pool, rule: rule, idleDays: context.today.daysSince1970 - begin.daysSince1970,
      lastFollowUp: basis.followUp)
    // A contact since the warning makes it void.
    let warning = record.ownership.warning.flatMap { warning in
      warning.ruleID == rule.ruleID && warning.warnedAt > basis.moment ? warning : nil
    }
    if let warning {
      let dueAt = max(warning.dueAt, releaseAt)
      return dueAt <= context.now ? .release(verdict) : .later(dueAt)
    }
    guard rule.warnDaysBefore > 0 else {
      return releaseAt <= context.now ? .release(verdict) : .later(releaseAt)
    }
    let warnAt = calendar.moment(
      begin.adding(days: Int(rule.days - rule.warnDaysBefore)), hour: Self.hour)
    guard warnAt <= context.now else { return .later(warnAt) }
    return .warn(verdict.due(max(releaseAt, noticeEnd(rule))))
  }

  /// A warning that comes late still leaves its days.
  private func noticeEnd(_ rule: RecycleRule) -> Timestamp {
    context.calendar.moment(
      context.today.adding(days: Int(rule.warnDaysBefore)), hour: Self.hour)
  }

  private var tomorrow: Timestamp {
    context.calendar.moment(context.today.adding(days: 1), hour: Self.hour)
  }

  /// The first rule that is about the record, of the pools that its owner is a member of.
  private func rule(for userID: String) -> (Pool, RecycleRule)? {
    for poolID in context.poolIDs {
      guard let pool = context.records.state(Pool.self, poolID), !pool.isDisabled,
        pool.recordType == key.type, pool.isMember(userID, in: context.records),
        let rules = pool.rules
      else { continue }
      for rule in rules.recycle where rule.appliesTo.matches(record) { return (pool, rule) }
    }
    return nil
  }

  private func isExempt(_ rule: RecycleRule) -> Bool {
    if record.ownership.isKept(at: context.now) { return true }
    return rule.exempt.contains(.openOpportunity) && opportunities.contains { $0.status == .open }
  }

  private var opportunities: [Opportunity] {
    context.records.children(of: key).compactMap {
      context.records.anyState($0) as? Opportunity
    }
    .filter { $0.accountID == key.id }
  }

  /// Since when the owner has let the record lie; `nil` when the rule doesn't hold at all.
  private func basis(
    of rule: RecycleRule, since: Timestamp
  ) -> (moment: Timestamp, followUp: FollowUp?)? {
    switch rule.basis {
    case .noFollowUp:
      let followUp = context.lastFollowUp.flatMap { $0.recordedAt > since ? $0 : nil }
      return (followUp?.recordedAt ?? since, followUp)
    case .noOpportunity:
      return opportunities.contains { ($0.createdAt ?? since) >= since } ? nil : (since, nil)
    case .notWon: return opportunities.contains { $0.status == .won } ? nil : (since, nil)
    case .contractEnded, .noOrder, .recycleBasisUnspecified, .UNRECOGNIZED: return nil
    }
  }
}

/// By which rule of which pool a record is taken, and on what it rests.
struct RecycleVerdict: Equatable {
  let pool: Pool
  let rule: RecycleRule
  let idleDays: Int
  let lastFollowUp: FollowUp?
  private(set) var dueAt: Timestamp?

  init(pool: Pool, rule: RecycleRule, idleDays: Int, lastFollowUp: FollowUp?) {
    self.pool = pool
    self.rule = rule
    self.idleDays = idleDays
    self.lastFollowUp = lastFollowUp
  }

  func due(_ time: Timestamp) -> RecycleVerdict {
    var verdict = self
    verdict.dueAt = time
    return verdict
  }

  var targetPoolID: String { rule.targetPoolID.isEmpty ? pool.id : rule.targetPoolID }
  var ruleVersion: UInt32 { pool.rules?.version ?? 0 }

  var basis: ReleaseBasis {
    .with {
      if let lastFollowUp { $0.lastFollowUpAt = lastFollowUp.recordedAt.message }
      $0.idleDays = UInt32(max(0, idleDays))
      $0.thresholdDays = rule.days
    }
  }

  var policyRef: PolicyRef {
    .with { ($0.kind, $0.id, $0.version) = ("poolRules", pool.id, ruleVersion) }
  }
}
