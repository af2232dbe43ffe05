internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Into a pool: by hand or by its rules.
extension OwnedRecord {
  func release(
    _ command: ReleaseToPool, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(command.poolID, "poolId", of: "The command")
    let pool = try context.require(Pool.self, command.poolID, field: "poolId")
    if ownership.owner == .pool(pool.id) { return [] }
    try pool.requireUsable(for: key)
    switch command.cause {
    case .manual, .releaseCauseUnspecified: return try releaseByHand(to: pool, in: context)
    case .recycled: return try recycle(to: pool, in: context)
    case .unanswered: return try takeAway(to: pool, in: context)
    case .handover: throw comesWith("ExecuteHandoverItem", "handover")
    case .ruling: throw comesWith("RuleOnDispute", "ruling")
    case .deactivation: throw comesWith("DeactivateUser", "deactivation")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "cause")
    }
  }

  private func comesWith(_ command: String, _ cause: String) -> Refusal {
    Refusal(
      .inconsistent, "cause is \(cause), which \(command) alone says; use manual.", field: "cause")
  }

  private func releaseByHand(
    to pool: Pool, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try OwnershipRule.requireNotFrozen(ownership, key)
    try requireOwnerOrManager("ReleaseToPool", in: context)
    if !context.isSystem { try context.requireReason(for: "ReleaseToPool") }
    try OwnershipRule.requireNotProtected(
      ownership, key, from: context.effectiveActorID, in: context)
    if let lock = ownership.lockReasonCode {
      throw Refusal(
        .ownershipLocked,
        "The \(key.typeName) \(key.id) is locked (\(lock)); unlock it first.")
    }
    return endings(in: context) + [
      event(.ownershipReleasedToPool(released(to: pool, .manual, in: context)))
    ]
  }

  /// What protected the record for its owner ends when the owner gives it away.
  private func endings(in context: DecisionContext) -> [DecidedEvent] {
    ownership.protections.filter { $0.holder == ownership.owner }.map { protection in
      let cause: ProtectionEndCause.Code = protection.until <= context.now ? .expired : .revoked
      return event(.protectionEnded(.with { ($0.protectionID, $0.cause) = (protection.id, cause) }))
    }
  }

  private func recycle(to pool: Pool, in context: DecisionContext) throws(Refusal) -> [DecidedEvent]
  {
    try requireScheduler("recycled", in: context)
    let check = RecycleCheck(key: key, record: record, context: context)
    guard case .release(let verdict) = check.finding(), verdict.targetPoolID == pool.id else {
      return []
    }
    var released = released(to: pool, .recycled, in: context)
    (released.ruleID, released.ruleVersion) = (verdict.rule.ruleID, verdict.ruleVersion)
    released.basis = verdict.basis
    return endings(in: context) + [
      event(.ownershipReleasedToPool(released), policyRefs: [verdict.policyRef])
    ]
  }

  /// A lead that its owner left without an answer for twice its time.
  private func takeAway(
    to pool: Pool, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireScheduler("unanswered", in: context)
    guard !ownership.isKept(at: context.now), let lead = record as? Lead,
      lead.isAbandoned(in: context), lead.poolWhenAbandoned(in: context)?.id == pool.id
    else { return [] }
    return endings(in: context) + [
      event(.ownershipReleasedToPool(released(to: pool, .unanswered, in: context)))
    ]
  }

  /// O-11: the owner is told before.
  func warn(
    _ command: WarnOfRecycle, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireScheduler("a warning", in: context)
    let check = RecycleCheck(key: key, record: record, context: context)
    guard case .warn(let verdict) = check.finding(), let dueAt = verdict.dueAt else { return [] }
    let warned = OwnershipRecycleWarned.with {
      ($0.poolID, $0.ruleID) = (verdict.targetPoolID, verdict.rule.ruleID)
      $0.ruleVersion = verdict.ruleVersion
      $0.dueAt = dueAt.message
      $0.basis = verdict.basis
    }
    return [event(.ownershipRecycleWarned(warned), policyRefs: [verdict.policyRef])]
  }

  private func requireScheduler(_ what: String, in context: DecisionContext) throws(Refusal) {
    guard context.isSystem else {
      throw Refusal(
        .permissionScope,
        "\(what) is the scheduler's to say; use ReleaseToPool with the cause manual.",
        field: "cause")
    }
  }

  private func released(
    to pool: Pool, _ cause: ReleaseCause.Code, in context: DecisionContext
  ) -> OwnershipReleasedToPool {
    .with {
      ($0.poolID, $0.cause) = (pool.id, cause)
      if let owner = ownership.owner { $0.from = owner }
      let days = Int64(pool.rules?.claim.previousOwnerCooldownDays ?? 0)
      if days > 0, ownership.ownerUserID != nil {
        let until = context.now.advanced(byMicroseconds: days * 86_400_000_000)
        $0.previousOwnerCooldownUntil = until.message
      }
    }
  }
}
