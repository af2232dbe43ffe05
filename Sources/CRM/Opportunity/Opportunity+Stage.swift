internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Moving through the stages.
extension Opportunity {
  /// OP-2 to OP-5.
  ///
  /// Criteria and deliverables of the stage left count when the move goes forward,
  /// those of the stage entered always: a step back is what follows when something is missing.
  func changeStage(
    _ command: ChangeStage, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    guard command.overrideApprovalID.isEmpty else {
      throw .notAvailable("ChangeStage with overrideApprovalId", needs: "approvals")
    }
    let pipeline = try pipeline(in: context)
    let version = try pipeline.requireCurrent(at: context.now)
    guard let to = version.stage(command.toStageID) else {
      throw Refusal(
        .unknownCode,
        "toStageId names \(command.toStageID), which is no stage of version \(version.number) of "
          + "the pipeline \(pipeline.id); use one of its stages.", field: "toStageId")
    }
    guard to.kind == .open else {
      throw Refusal(
        .status,
        "The stage \(to.stageID) is \(to.kind); use \(to.kind == .won ? "Win" : "Lose")Opportunity.",
        field: "toStageId")
    }
    guard to.stageID != stageID else { return [] }
    let from = pipeline.version(pipelineVersion)?.stage(stageID)
    let direction = Self.direction(from: from, to: to, in: version)
    if direction != .forward { try context.requireReason(for: "ChangeStage \(direction)") }
    let leaving = direction == .backward ? nil : from
    try requireDeliverables(of: leaving)
    let checks = try check(
      (leaving?.exitCriteria ?? []) + to.entryCriteria, command.attestations, in: context)
    let changed = OpportunityStageChanged.with {
      $0.fromStageID = stageID
      $0.toStageID = to.stageID
      $0.pipelineVersion = version.number
      $0.direction = direction
      $0.probabilityBeforePct = probability.description
      $0.probabilityAfterPct = overriddenProbability?.description ?? to.defaultProbabilityPct
      $0.stageProbabilityPct = to.defaultProbabilityPct
      if let amount { $0.amountAtChange = amount }
      $0.daysInFromStage = daysInStage(at: context.occurredAt)
      $0.criteriaChecked = checks
      $0.forecastCategoryAfter = to.forecastCategory
    }
    let stall: [DecidedEvent] =
      isStalled ? [event(.opportunityStallCleared(.with { $0.stageID = stageID }))] : []
    return [
      event(
        .opportunityStageChanged(changed),
        .with { $0.attestationNotes = Self.notes(command.attestations) },
        policyRefs: [pipeline.policy(version.number)])
    ] + stall
  }

  /// By the order in the newest version; a stage that it has no more counts by its old order.
  private static func direction(
    from: PipelineStage?, to: PipelineStage, in version: Pipeline.Version
  ) -> StageDirection.Code {
    guard let from else { return .skip }
    let order = version.stage(from.stageID)?.order ?? from.order
    if to.order < order { return .backward }
    let between = version.openStages.contains { order < $0.order && $0.order < to.order }
    return between ? .skip : .forward
  }

  /// Whole days of 24 hours since the stage was entered.
  func daysInStage(at time: Timestamp) -> UInt32 {
    guard let entered = stageEnteredAt, entered < time else { return 0 }
    let (elapsed, overflow) = time.microseconds.subtractingReportingOverflow(entered.microseconds)
    guard !overflow else { return .max }
    return UInt32(clamping: elapsed / 86_400_000_000)
  }

  static func notes(_ attestations: [Attestation]) -> [AttestationNote] {
    attestations.filter { !$0.note.isEmpty }.map { attestation in
      .with { ($0.criterionID, $0.note) = (attestation.criterionID, attestation.note) }
    }
  }
}

/// Criteria and deliverables.
extension Opportunity {
  /// OP-4.
  func requireDeliverables(of stage: PipelineStage?) throws(Refusal) {
    let submitted = deliverables.map(\.deliverableCode)
    let missing = (stage?.requiredDeliverables ?? []).filter { !submitted.contains($0) }
    guard let stage, !missing.isEmpty else { return }
    throw Refusal(
      .deliverables,
      "The stage \(stage.stageID) of the opportunity \(id) lacks "
        + "\(missing.joined(separator: ", ")); submit it first.")
  }

  /// OP-3: each criterion holds by its expression, or by an attestation.
  func check(
    _ criteria: [StageCriterion], _ attestations: [Attestation], in context: DecisionContext
  ) throws(Refusal) -> [CriterionCheck] {
    for attestation in attestations {
      let known = criteria.contains {
        $0.criterionID == attestation.criterionID && $0.kind == .attestation
      }
      guard known else {
        throw Refusal(
          .unknownCode,
          "attestations names \(attestation.criterionID), which this move doesn't ask for; leave "
            + "it out.", field: "attestations")
      }
      try FieldRule.text(attestation.note, "attestations.note", limit: FieldRule.longByteLimit)
    }
    var checks: [CriterionCheck] = []
    var missing: [String] = []
    for criterion in criteria {
      let isMet = try holds(criterion, attestations)
      if !isMet { missing.append("\(criterion.criterionID) (\(criterion.text))") }
      checks.append(
        .with {
          $0.criterionID = criterion.criterionID
          $0.ok = isMet
          $0.by = criterion.kind == .attestation ? context.effectiveActorID : "predicate"
        })
    }
    guard missing.isEmpty else {
      throw Refusal(
        .criteria,
        "The opportunity \(id) doesn't meet \(missing.joined(separator: "; ")); see to it, or "
          + "attest it.")
    }
    return checks
  }

  private func holds(
    _ criterion: StageCriterion, _ attestations: [Attestation]
  ) throws(Refusal) -> Bool {
    switch criterion.kind {
    case .attestation: return attestations.contains { $0.criterionID == criterion.criterionID }
    case .predicate:
      return try StagePredicate(criterion.expression).terms.allSatisfy(holds)
    case .criterionKindUnspecified, .UNRECOGNIZED: return false
    }
  }

  private func holds(_ term: StagePredicate.Term) -> Bool {
    switch term.field {
    // Larger amounts than a decimal can hold are as large as it can.
    case .amount:
      term.condition.holds(for: amount.map { .init(clampedWhole: $0.amountMinor) })
    case .fit: term.condition.holds(for: fit == 0 ? nil : .init(clampedWhole: Int64(fit)))
    case .lines: term.condition.holds(for: .init(clampedWhole: Int64(lines.count)))
    case .probabilityPct: term.condition.holds(for: probability)
    case .expectedCloseDate: !expectedCloseDate.isEmpty
    case .decisionMaker: contactRoles.contains { $0.isDecisionMaker }
    case .competitor: !competitors.isEmpty
    case .contactRole(let role): contactRoles.contains { $0.role == role }
    case .deliverable(let code): deliverables.contains { $0.deliverableCode == code }
    }
  }
}

extension ExactDecimal {
  fileprivate init(clampedWhole whole: Int64) {
    let (product, overflow) = whole.multipliedReportingOverflow(by: 1_000_000)
    self.init(millionths: overflow ? (whole < 0 ? .min : .max) : product)
  }
}
