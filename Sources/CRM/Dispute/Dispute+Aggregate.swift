internal import EventModel
package import Schema

extension Dispute {
  package static func target(of command: DisputeCommand.OneOf_Command) -> String {
    switch command {
    case .openDispute(let command): command.disputeID
    case .sealDisputeEvidence(let command): command.disputeID
    case .attachDisputeEvidence(let command): command.disputeID
    case .respondToDispute(let command): command.disputeID
    case .assignArbitrator(let command): command.disputeID
    case .ruleOnDispute(let command): command.disputeID
    case .appealDispute(let command): command.disputeID
    case .withdrawDispute(let command): command.disputeID
    case .closeDispute(let command): command.disputeID
    case .noteOverdueResponse(let command): command.disputeID
    }
  }

  package static func identify(
    _ command: inout DisputeCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .openDispute(var open) = command {
      if open.disputeID.isEmpty { open.disputeID = make("dsp") }
      command = .openDispute(open)
    } else if case .sealDisputeEvidence(var seal) = command {
      if seal.pack.packID.isEmpty { seal.pack.packID = make("pck") }
      command = .sealDisputeEvidence(seal)
    } else if case .attachDisputeEvidence(var attach) = command {
      if attach.evidenceID.isEmpty { attach.evidenceID = make("evd") }
      command = .attachDisputeEvidence(attach)
    } else if case .ruleOnDispute(var rule) = command {
      if rule.transferID.isEmpty { rule.transferID = make("trf") }
      if rule.protectionID.isEmpty { rule.protectionID = make("prt") }
      command = .ruleOnDispute(rule)
    }
  }

  /// The contested record and whoever's states and rights the decision looks at.
  package func needs(
    for command: DisputeCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    let actor = context.isSystem ? [] : [RecordKey.user(context.effectiveActorID)]
    switch command {
    case .openDispute(let open): return Self.needs(toOpen: open, in: context)
    case .assignArbitrator(let assign): return actor + [.user(assign.arbitratorID), subject]
    case .ruleOnDispute(let rule): return actor + needs(toRule: rule, in: context)
    case .appealDispute, .withdrawDispute: return actor + [subject]
    case .attachDisputeEvidence, .closeDispute: return actor
    case .respondToDispute, .sealDisputeEvidence, .noteOverdueResponse: return []
    }
  }

  private static func needs(
    toOpen open: OpenDispute, in context: DecisionContext
  ) -> [RecordKey] {
    guard open.hasSubject else { return [] }
    let subject = RecordKey(open.subject)
    let claimant = claimantID(of: open, in: context)
    var keys = [subject, .user(claimant)] + context.calendarNeeds
    let record = context.records.anyState(subject) as? any OwnedAggregate
    let owner = record?.ownership.owner
    keys += OwnershipRule.needs(owner, claimant, in: context)
    keys += OwnershipRule.needs(.user(claimant), context.effectiveActorID, in: context)
    let respondent = open.respondentID.isEmpty ? record?.ownership.ownerUserID : open.respondentID
    return keys + (respondent.map { [.user($0)] } ?? [])
  }

  private func needs(
    toRule rule: RuleOnDispute, in context: DecisionContext
  ) -> [RecordKey] {
    var keys = [subject, DisputeRuleBook.key] + rule.awards.map { .user($0.userID) }
    keys += rule.creditOpportunityIds.map { .opportunity($0) }
    if rule.hasOwnerAfter, let owner = rule.ownerAfter.key { keys.append(owner) }
    return keys
  }

  /// Who claims: the one named, or else who acts.
  static func claimantID(of open: OpenDispute, in context: DecisionContext) -> String {
    open.claimantID.isEmpty ? context.effectiveActorID : open.claimantID
  }

  /// The record whose participants the decision asks for; `nil` when it asks for none.
  package static func participants(
    for command: DisputeCommand.OneOf_Command
  ) -> RecordKey? {
    guard case .openDispute(let open) = command, open.hasSubject else { return nil }
    return RecordKey(open.subject)
  }

  /// The record whose children go along with a ruling; `nil` when none do.
  package func parent(for command: DisputeCommand.OneOf_Command) -> RecordKey? {
    guard exists, case .ruleOnDispute(let rule) = command, !rule.cascade.isEmpty else { return nil }
    return subject
  }
}
