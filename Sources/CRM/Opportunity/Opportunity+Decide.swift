internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Opportunity {
  package func decide(
    _ command: OpportunityCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .createOpportunity(let create) = command { return try self.create(create, in: context) }
    guard exists else { throw .notFound(.opportunity(Self.target(of: command))) }
    switch command {
    case .createOpportunity: return []
    case .changeStage(let command): return try changeStage(command, in: context)
    case .winOpportunity(let command): return try win(command, in: context)
    case .loseOpportunity(let command): return try lose(command, in: context)
    case .reopenOpportunity(let command): return try reopen(command, in: context)
    case .moveOpportunityToAccount(let command): return try move(command, in: context)
    case .changeOpportunityDetails(let command): return try changeDetails(command, in: context)
    case .markOpportunityStalled: return try markStalled(in: context)
    case .endOpportunityStall: return try endStall(in: context)
    case .changeOpportunityHealthBand:
      throw .notAvailable("ChangeOpportunityHealthBand", needs: "the health policy")
    case .changeAmount, .setExpectedCloseDate, .overrideProbability, .removeProbabilityOverride,
      .setForecastCategory, .addOpportunityLine, .changeOpportunityLine, .removeOpportunityLine,
      .submitDeliverable, .rejectDeliverable, .setOpportunityContactRole, .setCompetitor,
      .rateFit, .requestHelp, .fulfilHelp, .setAmountMode:
      try requireOpen()
      return try decideOpen(command, in: context)
    }
  }

  /// What only an open opportunity allows.
  private func decideOpen(
    _ command: OpportunityCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command {
    case .changeAmount(let command): try changeAmount(command, in: context)
    case .setAmountMode(let command): try setAmountMode(command)
    case .setExpectedCloseDate(let command): try setCloseDate(command, in: context)
    case .overrideProbability(let command): try overrideProbability(command, in: context)
    case .removeProbabilityOverride: try removeOverride()
    case .setForecastCategory(let command): try setForecastCategory(command, in: context)
    case .addOpportunityLine(let command): try add(command.line)
    case .changeOpportunityLine(let command): try change(command.line)
    case .removeOpportunityLine(let command): try removeLine(command.lineID)
    case .submitDeliverable(let command): try submit(command, in: context)
    case .rejectDeliverable(let command): try reject(command)
    case .setOpportunityContactRole(let command): try setContactRole(command, in: context)
    case .setCompetitor(let command): try setCompetitor(command)
    case .rateFit(let command): try rate(command)
    case .requestHelp(let command): try requestHelp(command, in: context)
    case .fulfilHelp(let command): try fulfil(command)
    case .createOpportunity, .changeStage, .winOpportunity, .loseOpportunity, .reopenOpportunity,
      .moveOpportunityToAccount, .changeOpportunityDetails, .markOpportunityStalled,
      .endOpportunityStall, .changeOpportunityHealthBand:
      []
    }
  }

  /// OP-2.
  func requireOpen() throws(Refusal) {
    switch status {
    case .open: return
    case .won, .lost, .opportunityStatusUnspecified, .UNRECOGNIZED:
      throw Refusal(.status, "The opportunity \(id) is \(status); reopen it first.")
    }
  }

  func event(
    _ event: OpportunityEvent.OneOf_Event, _ personal: OpportunityPersonal? = nil,
    policyRefs: [PolicyRef] = []
  ) -> DecidedEvent {
    DecidedEvent(
      key, .opportunity(event),
      personal: personal.map { [DecidedPersonal(subject, .opportunity($0))] } ?? [],
      related: accountID.isEmpty ? [] : [.account(accountID)], policyRefs: policyRefs)
  }

  func pipeline(in context: DecisionContext) throws(Refusal) -> Pipeline {
    try context.require(Pipeline.self, pipelineID, field: "pipelineId")
  }
}
