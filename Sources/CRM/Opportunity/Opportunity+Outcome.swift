internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Won, lost, and open again.
extension Opportunity {
  /// OP-7.
  func win(_ command: WinOpportunity, in context: DecisionContext) throws(Refusal) -> [DecidedEvent]
  {
    try requireOpen()
    guard command.contractID.isEmpty else {
      throw .notAvailable("WinOpportunity with contractId", needs: "contracts")
    }
    guard !accountID.isEmpty else {
      throw Refusal(.required, "The opportunity \(id) has no account; move it to one first.")
    }
    let amount = try wonAmount(command)
    let wonAt = try Self.closing(
      command.hasWonAt ? Timestamp(command.wonAt) : nil, "wonAt", in: context)
    let pipeline = try pipeline(in: context)
    let version = try pipeline.requireCurrent(at: context.now)
    guard let stage = version.wonStage, let last = version.openStages.last else {
      throw Refusal(.status, "The pipeline \(pipeline.id) has no won stage; publish one.")
    }
    try requireDeliverables(of: last)
    let checks = try check(
      last.exitCriteria + stage.entryCriteria, command.attestations, in: context)
    let won = OpportunityWon.with {
      $0.wonAt = wonAt.message
      $0.amount = amount
      $0.reasonCodes = command.reasonCodes
      $0.competitorIds = command.competitorIds
      $0.stageID = stage.stageID
      $0.fromStageID = stageID
      $0.pipelineVersion = version.number
      $0.criteriaChecked = checks
    }
    return [event(.opportunityWon(won), policyRefs: [pipeline.policy(version.number)])]
  }

  private func wonAmount(_ command: WinOpportunity) throws(Refusal) -> Money {
    guard let won = command.hasAmount ? command.amount : amount else {
      throw Refusal(
        .required, "The opportunity \(id) has no amount; give one of more than 0.",
        field: "amount")
    }
    try MoneyRule.check(won, "amount", atLeast: 1)
    guard amountMode != .lines || won == amount else {
      throw Refusal(
        .inconsistent,
        "The amount of the opportunity \(id) is the sum of its lines; change the lines instead.",
        field: "amount")
    }
    return won
  }

  private static func closing(
    _ time: Timestamp?, _ field: String, in context: DecisionContext
  ) throws(Refusal) -> Timestamp {
    guard let time else { return context.occurredAt }
    guard time <= context.now else {
      throw Refusal(
        .range, "\(field) is \(time) and lies in the future; give a time that has come.",
        field: field)
    }
    return time
  }

  /// OP-8.
  func lose(
    _ command: LoseOpportunity, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    try FieldRule.required(command.reasonCode, "reasonCode", of: "The loss")
    try FieldRule.text(command.reasonCode, "reasonCode", limit: 80)
    try FieldRule.text(command.note, "note", limit: FieldRule.longByteLimit)
    let lostAt = try Self.closing(
      command.hasLostAt ? Timestamp(command.lostAt) : nil, "lostAt", in: context)
    let pipeline = try pipeline(in: context)
    let version = try pipeline.requireCurrent(at: context.now)
    guard let stage = version.lostStage else {
      throw Refusal(.status, "The pipeline \(pipeline.id) has no lost stage; publish one.")
    }
    let lost = OpportunityLost.with {
      $0.lostAt = lostAt.message
      $0.reasonCode = command.reasonCode
      $0.competitorID = command.competitorID
      $0.stageID = stage.stageID
      $0.fromStageID = stageID
      $0.pipelineVersion = version.number
      if let amount { $0.amount = amount }
    }
    return [
      event(
        .opportunityLost(lost), .with { $0.note = command.note },
        policyRefs: [pipeline.policy(version.number)])
    ]
  }

  func reopen(
    _ command: ReopenOpportunity, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch status {
    case .won, .lost: break
    case .open, .opportunityStatusUnspecified, .UNRECOGNIZED: return []
    }
    try context.requireReason(for: "ReopenOpportunity")
    let pipeline = try pipeline(in: context)
    let version = try pipeline.requireCurrent(at: context.now)
    let wanted = command.toStageID.isEmpty ? closedFromStageID : command.toStageID
    guard let stage = version.openStages.first(where: { $0.stageID == wanted }) else {
      throw Refusal(
        .unknownCode,
        "toStageId names \(wanted), which is no open stage of version \(version.number); use one "
          + "of \(version.openStages.map(\.stageID).joined(separator: ", ")).", field: "toStageId")
    }
    let reopened = OpportunityReopened.with {
      $0.toStageID = stage.stageID
      $0.fromStatus = status
      $0.pipelineVersion = version.number
      $0.probabilityPct = stage.defaultProbabilityPct
      $0.forecastCategory = stage.forecastCategory
    }
    return [event(.opportunityReopened(reopened), policyRefs: [pipeline.policy(version.number)])]
  }
}
