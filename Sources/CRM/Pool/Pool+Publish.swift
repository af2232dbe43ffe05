internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// A pool's rules: checked and spelled out when they are published, so that what was decided by
/// them can be told from the log alone.
extension Pool {
  static let claimsPerDayLimit: UInt32 = 1000
  static let dayLimit: UInt32 = 3650
  static let ruleLimit = 50

  func publish(
    _ command: PublishPoolRules, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try checkMembers(command, in: context)
    let claim = try Self.claimRules(command.claim)
    let recycle = try recycleRules(command, in: context)
    let published = PoolRulesPublished.with {
      $0.poolID = id
      $0.version = (rules?.version ?? 0) + 1
      $0.members = command.members
      $0.adminIds = command.adminIds
      $0.claim = claim
      $0.recycle = recycle
    }
    if var current = rules {
      current.version += 1
      if current == published { return [] }
    }
    return [DecidedEvent(key, .pool(.poolRulesPublished(published)))]
  }

  private func checkMembers(
    _ command: PublishPoolRules, in context: DecisionContext
  ) throws(Refusal) {
    let members = command.members
    for (ids, field) in [
      (command.adminIds, "adminIds"), (members.userIds, "members.userIds"),
      (members.teamIds, "members.teamIds"), (members.departmentIds, "members.departmentIds"),
    ] {
      guard Set(ids).count == ids.count else {
        throw Refusal(.inconsistent, "\(field) has an entry twice; keep one.", field: field)
      }
      guard ids.count <= 1000 else {
        throw Refusal(
          .range, "\(field) has \(ids.count) entries; give 1000 at the most.", field: field)
      }
    }
    for id in command.adminIds {
      _ = try context.require(User.self, id, field: "adminIds").requireNotDeactivated()
    }
    for id in members.userIds {
      _ = try context.require(User.self, id, field: "members.userIds").requireNotDeactivated()
    }
    for id in members.teamIds {
      try context.require(Team.self, id, field: "members.teamIds").requireUsable()
    }
    guard
      members.everyone || !members.userIds.isEmpty || !members.teamIds.isEmpty
        || !members.departmentIds.isEmpty || !command.adminIds.isEmpty
    else {
      throw Refusal(
        .required, "The pool \(id) has no members; name users, teams or departments, or everyone.",
        field: "members")
    }
  }

  private static func claimRules(_ draft: ClaimRulesDraft) throws(Refusal) -> ClaimRules {
    let rules = ClaimRules.with {
      $0.maxClaimsPerDay = draft.hasMaxClaimsPerDay ? draft.maxClaimsPerDay : 10
      $0.maxPoolViewsPerDay = draft.hasMaxPoolViewsPerDay ? draft.maxPoolViewsPerDay : 100
      if draft.hasMaxHoldings { $0.maxHoldings = draft.maxHoldings }
      if draft.hasHoldingsExempt { $0.holdingsExempt = draft.holdingsExempt }
      $0.previousOwnerCooldownDays =
        draft.hasPreviousOwnerCooldownDays ? draft.previousOwnerCooldownDays : 30
      $0.newEntryLockHours = draft.hasNewEntryLockHours ? draft.newEntryLockHours : 0
      $0.maskBeforeClaim = draft.maskBeforeClaim
      $0.protectionDaysAfterClaim =
        draft.hasProtectionDaysAfterClaim ? draft.protectionDaysAfterClaim : 7
    }
    for (value, limit, field) in [
      (rules.maxClaimsPerDay, claimsPerDayLimit, "maxClaimsPerDay"),
      (rules.maxPoolViewsPerDay, 100_000, "maxPoolViewsPerDay"),
      (rules.maxHoldings, 1_000_000, "maxHoldings"),
      (rules.previousOwnerCooldownDays, dayLimit, "previousOwnerCooldownDays"),
      (rules.newEntryLockHours, 24 * 366, "newEntryLockHours"),
      (rules.protectionDaysAfterClaim, 366, "protectionDaysAfterClaim"),
    ] where value > limit {
      throw Refusal(
        .range, "claim.\(field) is \(value); give \(limit) at the most.", field: "claim.\(field)")
    }
    guard rules.maskBeforeClaim.count <= 100 else {
      throw Refusal(
        .range, "claim.maskBeforeClaim has more than 100 fields; give fewer.",
        field: "claim.maskBeforeClaim")
    }
    return rules
  }

  /// The rules of crm-domain.md 3.4.4, for those who ask for them.
  private static let defaultRules: [RecycleRule] = [
    rule("recycle-a", .a, 30), rule("recycle-b", .b, 60), rule("recycle-c", .c, 90),
    .with {
      ($0.ruleID, $0.basis, $0.days, $0.warnDaysBefore) = ("recycle-never-won", .notWon, 180, 3)
      $0.exempt = [.openOpportunity]
    },
  ]

  private static func rule(_ id: String, _ grade: Grade.Code, _ days: UInt32) -> RecycleRule {
    .with {
      ($0.ruleID, $0.basis, $0.days, $0.warnDaysBefore) = (id, .noFollowUp, days, 3)
      $0.appliesTo.grades = [grade]
      $0.exempt = [.openOpportunity]
    }
  }

  private func recycleRules(
    _ command: PublishPoolRules, in context: DecisionContext
  ) throws(Refusal) -> [RecycleRule] {
    var rules: [RecycleRule] = []
    for draft in command.recycle { rules.append(try recycleRule(draft, in: context)) }
    if command.defaultRecycle { rules += Self.defaultRules }
    guard rules.isEmpty || recordType != .ticket else {
      throw Refusal(
        .ownershipKind,
        "recycle has rules, and the pool \(id) is of tickets, which are a queue; "
          + "leave them out.", field: "recycle")
    }
    guard rules.count <= Self.ruleLimit else {
      throw Refusal(
        .range, "recycle has \(rules.count) rules; give \(Self.ruleLimit) at the most.",
        field: "recycle")
    }
    guard Set(rules.map(\.ruleID)).count == rules.count else {
      throw Refusal(
        .inconsistent, "recycle names a rule twice; give each an identifier of its own.",
        field: "recycle.ruleId")
    }
    return rules
  }

  private func recycleRule(
    _ draft: RecycleRuleDraft, in context: DecisionContext
  ) throws(Refusal) -> RecycleRule {
    try FieldRule.required(draft.ruleID, "recycle.ruleId", of: "A rule")
    try FieldRule.text(draft.ruleID, "recycle.ruleId", limit: 80)
    switch draft.basis {
    case .noFollowUp: break
    case .noOpportunity, .notWon:
      guard recordType == .account else {
        throw Refusal(
          .inconsistent,
          "The rule \(draft.ruleID) goes by opportunities, which a lead has none of; use "
            + "noFollowUp.", field: "recycle.basis")
      }
    case .contractEnded: throw .notAvailable("The recycle basis contractEnded", needs: "contracts")
    case .noOrder: throw .notAvailable("The recycle basis noOrder", needs: "orders")
    case .recycleBasisUnspecified: throw .required("recycle.basis", of: "The rule \(draft.ruleID)")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "recycle.basis")
    }
    let warn = draft.hasWarnDaysBefore ? draft.warnDaysBefore : min(3, max(draft.days, 1) - 1)
    guard (1...Self.dayLimit) ~= draft.days, warn < draft.days else {
      throw Refusal(
        .range,
        "The rule \(draft.ruleID) has \(draft.days) days and warns \(warn) days before; give 1 to "
          + "\(Self.dayLimit) days, and fewer for the warning.", field: "recycle.days")
    }
    if !draft.targetPoolID.isEmpty, draft.targetPoolID != id {
      let target = try context.require(
        Pool.self, draft.targetPoolID, field: "recycle.targetPoolId")
      guard target.recordType == recordType else {
        throw Refusal(
          .ownershipKind,
          "recycle.targetPoolId names the pool \(target.id), which takes records of another type; "
            + "name one for \(recordType.streamCategory).", field: "recycle.targetPoolId")
      }
    }
    return .with {
      ($0.ruleID, $0.basis, $0.days) = (draft.ruleID, draft.basis, draft.days)
      $0.warnDaysBefore = warn
      if draft.hasAppliesTo { $0.appliesTo = draft.appliesTo }
      $0.exempt = draft.exempt
      $0.targetPoolID = draft.targetPoolID
    }
  }
}
