internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Out of a pool (O-5 to O-8, O-10).
extension OwnedRecord {
  func claim(
    _ command: ClaimFromPool, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let owner = ownership.owner, owner.kind == .pool,
      command.poolID.isEmpty || command.poolID == owner.id
    else {
      throw Refusal(
        .ownershipNotPooled,
        "The \(key.typeName) \(key.id) is not in \(command.poolID.isEmpty ? "a pool" : command.poolID)"
          + " now; only what a pool has can be claimed.", field: "record")
    }
    let pool = try context.require(Pool.self, owner.id, field: "poolId")
    try OwnershipRule.requireNotFrozen(ownership, key)
    try pool.requireUsable(for: key)
    let userID = try claimant(from: pool, in: context)
    guard let rules = pool.rules else { return [] }
    if key.type != .ticket {
      try checkLock(rules.claim, in: context)
      try checkCooldown(of: userID, in: context)
      try OwnershipRule.requireNotProtected(ownership, key, from: userID, in: context)
    }
    return try events(of: userID, pool, rules, in: context)
  }

  /// O-5.
  private func claimant(from pool: Pool, in context: DecisionContext) throws(Refusal) -> String {
    let userID = context.effectiveActorID
    guard context.actorKind == .user || context.onBehalfOf != nil else {
      throw Refusal(
        .ownershipKind, "A claim is a user's, and \(userID) is none; use AssignOwnership.")
    }
    guard pool.isMember(userID, in: context.records) else {
      throw Refusal(
        .permissionScope,
        "\(userID) is no member of the pool \(pool.id); ask one of its admins.")
    }
    if let user = context.records.state(User.self, userID), user.restrictedRights.contains("claim")
    {
      throw Refusal(
        .permissionScope, "\(userID) may claim nothing while their records are handed over.")
    }
    return userID
  }

  private func checkLock(_ rules: ClaimRules, in context: DecisionContext) throws(Refusal) {
    guard rules.newEntryLockHours > 0, let since = ownership.since else { return }
    let open = since.advanced(byMicroseconds: Int64(rules.newEntryLockHours) * 3_600_000_000)
    guard context.now < open else { return }
    throw Refusal(
      .ownershipNewEntryLock,
      "The \(key.typeName) \(key.id) came into its pool at \(since) and may be claimed from "
        + "\(open) on; wait until then.")
  }

  /// O-8: every earlier owner, not only the last one.
  private func checkCooldown(of userID: String, in context: DecisionContext) throws(Refusal) {
    guard let until = ownership.cooldowns[userID], context.now < until else { return }
    throw Refusal(
      .ownershipCooldown,
      "\(userID) owned the \(key.typeName) \(key.id) and may claim it from \(until) on; colleagues "
        + "may at once.")
  }

  private func events(
    of userID: String, _ pool: Pool, _ rules: PoolRulesPublished, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let day = context.today.description
    var claimed = OwnershipClaimed.with {
      ($0.poolID, $0.by, $0.ruleVersion) = (pool.id, userID, rules.version)
      $0.localDate = day
    }
    guard key.type != .ticket else { return [event(.ownershipClaimed(claimed))] }
    let claims = context.count(.claims(userID: userID, poolID: pool.id, day: day)).count
    guard claims < rules.claim.maxClaimsPerDay else {
      throw Refusal(
        .quota,
        "\(userID) has claimed \(claims) records from the pool \(pool.id) on \(day), and its rules "
          + "allow \(rules.claim.maxClaimsPerDay) a day; claim again tomorrow.")
    }
    claimed.claimNoToday = UInt32(claims) + 1
    let limit = try holdingsLimit(of: userID, rules.claim, in: context)
    claimed.holdings = UInt32(context.count(.holdings(userID: userID, key.type)).count) + 1
    if let limit { claimed.maxHoldings = limit }
    let ref = PolicyRef.with {
      ($0.kind, $0.id, $0.version) = ("poolRules", pool.id, rules.version)
    }
    let days = Int64(rules.claim.protectionDaysAfterClaim)
    guard days > 0 else { return [event(.ownershipClaimed(claimed), policyRefs: [ref])] }
    let until = context.now.advanced(byMicroseconds: days * 86_400_000_000).message
    claimed.protectionUntil = until
    let granted = ProtectionGranted.with {
      $0.protectionID = "claim-\(pool.id)-\(day)-\(claimed.claimNoToday)-\(userID)"
      ($0.holder, $0.until, $0.basis, $0.basisRef) = (.user(userID), until, .claim, pool.id)
    }
    return [
      event(.ownershipClaimed(claimed), policyRefs: [ref]),
      event(.protectionGranted(granted), policyRefs: [ref]),
    ]
  }

  /// O-7: how many records the user may hold with those that don't count; `nil` for any number.
  ///
  /// - Throws: ``Refusal`` when one more would pass the limit.
  func holdingsLimit(
    of userID: String, _ rules: ClaimRules, in context: DecisionContext
  ) throws(Refusal) -> UInt32? {
    guard rules.hasMaxHoldings else { return nil }
    let held = context.count(.holdings(userID: userID, key.type))
    var exempt = 0
    if rules.hasHoldingsExempt, held.count >= rules.maxHoldings {
      exempt = held.members.count { member in
        guard let record = context.records.anyState(member) as? any OwnedAggregate else {
          return false
        }
        return rules.holdingsExempt.matches(record)
      }
    }
    guard held.count - exempt < Int(rules.maxHoldings) else {
      throw Refusal(
        .quota,
        "\(userID) holds \(held.count - exempt) records of the type \(key.typeName) that count, and "
          + "the rules allow \(rules.maxHoldings); give some back first, or ask an administrator.")
    }
    return rules.maxHoldings + UInt32(exempt)
  }
}
