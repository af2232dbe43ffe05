internal import EventModel
package import Schema

extension Opportunity {
  package static func target(of command: OpportunityCommand.OneOf_Command) -> String {
    switch command {
    case .createOpportunity(let command): command.opportunityID
    case .changeStage(let command): command.opportunityID
    case .changeAmount(let command): command.opportunityID
    case .setExpectedCloseDate(let command): command.opportunityID
    case .overrideProbability(let command): command.opportunityID
    case .removeProbabilityOverride(let command): command.opportunityID
    case .setForecastCategory(let command): command.opportunityID
    case .addOpportunityLine(let command): command.opportunityID
    case .changeOpportunityLine(let command): command.opportunityID
    case .removeOpportunityLine(let command): command.opportunityID
    case .submitDeliverable(let command): command.opportunityID
    case .rejectDeliverable(let command): command.opportunityID
    case .setOpportunityContactRole(let command): command.opportunityID
    case .setCompetitor(let command): command.opportunityID
    case .rateFit(let command): command.opportunityID
    case .requestHelp(let command): command.opportunityID
    case .fulfilHelp(let command): command.opportunityID
    case .winOpportunity(let command): command.opportunityID
    case .loseOpportunity(let command): command.opportunityID
    case .reopenOpportunity(let command): command.opportunityID
    case .moveOpportunityToAccount(let command): command.opportunityID
    case .changeOpportunityDetails(let command): command.opportunityID
    case .setAmountMode(let command): command.opportunityID
    case .markOpportunityStalled(let command): command.opportunityID
    case .endOpportunityStall(let command): command.opportunityID
    case .changeOpportunityHealthBand(let command): command.opportunityID
    }
  }

  package static func identify(
    _ command: inout OpportunityCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .createOpportunity(var create) = command, create.opportunityID.isEmpty {
      create.opportunityID = make("opp")
      command = .createOpportunity(create)
    } else if case .addOpportunityLine(var add) = command, add.line.lineID.isEmpty {
      add.line.lineID = make("lin")
      command = .addOpportunityLine(add)
    } else if case .requestHelp(var request) = command, request.helpID.isEmpty {
      request.helpID = make("hlp")
      command = .requestHelp(request)
    }
  }

  package func needs(
    for command: OpportunityCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    let account = accountID.isEmpty ? [] : [RecordKey.account(accountID)]
    switch command {
    case .createOpportunity(let command): return Self.needs(toCreate: command, in: context)
    case .changeStage, .winOpportunity, .loseOpportunity, .reopenOpportunity,
      .submitDeliverable:
      return [.pipeline(pipelineID)]
    case .setOpportunityContactRole(let command): return [.contact(command.contactID)]
    case .requestHelp(let command): return [RecordKey(command.to)]
    case .moveOpportunityToAccount(let command): return account + [.account(command.accountID)]
    case .changeOpportunityDetails: return account
    case .changeAmount, .setExpectedCloseDate, .overrideProbability, .removeProbabilityOverride,
      .setForecastCategory, .addOpportunityLine, .changeOpportunityLine, .removeOpportunityLine,
      .rejectDeliverable, .setCompetitor, .rateFit, .fulfilHelp, .setAmountMode,
      .endOpportunityStall, .changeOpportunityHealthBand:
      return []
    case .markOpportunityStalled: return [.pipeline(pipelineID)]
    }
  }

  private static func needs(
    toCreate command: CreateOpportunity, in context: DecisionContext
  ) -> [RecordKey] {
    var keys = OwnerRule.needs(command.owner, isSet: command.hasOwner, in: context)
    if !command.accountID.isEmpty { keys.append(.account(command.accountID)) }
    let contested = context.records.state(Account.self, command.accountID)?.provisionalCaseID ?? ""
    if !contested.isEmpty { keys.append(.duplicateCase(contested)) }
    let pipeline =
      command.pipelineID.isEmpty ? context.settings.defaultPipelineID ?? "" : command.pipelineID
    if !pipeline.isEmpty { keys.append(.pipeline(pipeline)) }
    if !command.sourceLeadID.isEmpty { keys.append(.lead(command.sourceLeadID)) }
    guard !command.registrationID.isEmpty else { return keys }
    keys.append(.registration(command.registrationID))
    let registration = context.records.state(Registration.self, command.registrationID)
    if let record = registration.flatMap({ Registration.key(of: $0.protectedRecord) }) {
      keys.append(record)
    }
    return keys
  }
}
