package import Schema

extension Lead: OwnedAggregate {
  package static var objectType: ObjectType.Code { .lead }
  package var exists: Bool { !id.isEmpty }
  package var subject: RecordKey { .lead(id) }
  var key: RecordKey { .lead(id) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .lead(let event):
      let personal = fact.sealedPart { part in
        if case .lead(let message) = part { message } else { nil }
      }
      note(event, at: fact.position)
      apply(event, personal: personal, at: fact.occurredAt)
    case .ownership(let event): apply(event, by: fact)
    case .permission(let event): ownership.apply(event)
    case .tag(let event): tags.apply(event)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .opportunity, .organization, .pipeline, .pool,
      .registration, .slaPolicy, .task, .team, .ticket, .user:
      break
    }
  }

  package static func target(of command: LeadCommand.OneOf_Command) -> String {
    switch command {
    case .captureLead(let command): command.leadID
    case .changeLeadDetails(let command): command.leadID
    case .normalizeLeadData(let command): command.leadID
    case .scoreLead(let command): command.leadID
    case .rateLead(let command): command.leadID
    case .setFirstResponseDeadline(let command): command.leadID
    case .breachFirstResponse(let command): command.leadID
    case .takeInLead(let command): command.leadID
    case .noteNurtureReevaluation(let command): command.leadID
    case .recordFirstResponse(let command): command.leadID
    case .startWorkingLead(let command): command.leadID
    case .startNurture(let command): command.leadID
    case .sendNurtureTouch(let command): command.leadID
    case .reevaluateNurture(let command): command.leadID
    case .qualifyLead(let command): command.leadID
    case .convertLead(let command): command.leadID
    case .disqualifyLead(let command): command.leadID
    case .reopenLead(let command): command.leadID
    case .giveLeadQualityFeedback(let command): command.leadID
    case .mergeLeads(let command): command.survivorID
    case .unmergeLead(let command): command.leadID
    }
  }

  package static func identify(
    _ command: inout LeadCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .captureLead(var capture) = command, capture.leadID.isEmpty {
      capture.leadID = make("led")
      command = .captureLead(capture)
    } else if case .convertLead(var convert) = command {
      if convert.hasNewAccount, convert.accountID.isEmpty {
        convert.accountID =
          convert.newAccount.accountID.isEmpty ? make("acc") : convert.newAccount.accountID
      }
      if convert.hasNewContact, convert.contactID.isEmpty {
        convert.contactID =
          convert.newContact.contactID.isEmpty ? make("con") : convert.newContact.contactID
      }
      if convert.hasNewOpportunity, convert.newOpportunity.opportunityID.isEmpty {
        convert.newOpportunity.opportunityID = make("opp")
      }
      command = .convertLead(convert)
    }
  }

  package func needs(
    for command: LeadCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .captureLead(let command):
      command.hasOwner ? OwnerRule.needs(command.owner, isSet: true, in: context) : []
    case .mergeLeads(let command): command.mergedIds.map { .lead($0) }
    case .unmergeLead(let command):
      MergeDecision.needs(toUnmerge: Lead.self, command.mergedID, in: context)
    case .recordFirstResponse(let command): [RecordKey(.activity, command.activityID)]
    case .convertLead(let command): conversionNeeds(command, in: context)
    case .setFirstResponseDeadline: context.calendarNeeds
    case .takeInLead: LeadIntake(lead: self, context: context).needs
    case .changeLeadDetails, .normalizeLeadData, .scoreLead, .rateLead, .breachFirstResponse,
      .noteNurtureReevaluation, .startWorkingLead, .startNurture, .sendNurtureTouch,
      .reevaluateNurture, .qualifyLead,
      .disqualifyLead, .reopenLead, .giveLeadQualityFeedback:
      []
    }
  }

  package func counters(
    for command: LeadCommand.OneOf_Command, in context: DecisionContext
  ) -> [GuardCounter] {
    guard case .takeInLead = command else { return [] }
    return LeadIntake(lead: self, context: context).counters
  }

  package static func looksAtPools(_ command: LeadCommand.OneOf_Command) -> Bool {
    if case .takeInLead = command { true } else { false }
  }
}
