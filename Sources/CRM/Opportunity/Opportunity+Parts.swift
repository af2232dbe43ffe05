internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Deliverables, people, competitors and help.
extension Opportunity {
  func submit(
    _ command: SubmitDeliverable, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let version = try pipeline(in: context).requireCurrent(at: context.now)
    let codes = version.stages.flatMap(\.requiredDeliverables)
    guard codes.contains(command.deliverableCode) else {
      throw .unknownCode(command.deliverableCode, field: "deliverableCode")
    }
    try FieldRule.required(
      command.attachment.attachmentID, "attachment.attachmentId", of: "The deliverable")
    let submitted = OpportunityDeliverableSubmitted.with {
      $0.deliverableCode = command.deliverableCode
      $0.attachmentID = command.attachment.attachmentID
    }
    guard !deliverables.contains(submitted) else { return [] }
    return [
      event(
        .opportunityDeliverableSubmitted(submitted), .with { $0.attachment = command.attachment })
    ]
  }

  func reject(_ command: RejectDeliverable) throws(Refusal) -> [DecidedEvent] {
    let found = deliverables.first { $0.deliverableCode == command.deliverableCode }
    guard let found else {
      throw Refusal(
        .notFound,
        "The opportunity \(id) has no deliverable \(command.deliverableCode) submitted; check the "
          + "code.", field: "deliverableCode")
    }
    return [
      event(
        .deliverableRejected(
          .with {
            ($0.deliverableCode, $0.attachmentID) = (found.deliverableCode, found.attachmentID)
          }))
    ]
  }

  func setContactRole(
    _ command: SetOpportunityContactRole, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command.role {
    case .opportunityContactRoleUnspecified: throw .required("role", of: "The command")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "role")
    case .economicBuyer, .technicalBuyer, .user, .influencer, .champion, .gatekeeper: break
    }
    guard (-2...2) ~= command.stance else {
      throw Refusal(
        .range, "stance is \(command.stance); give -2 (against) to 2 (for).", field: "stance")
    }
    let contact = try context.require(Contact.self, command.contactID, field: "contactId")
    try contact.requireActive()
    guard contact.accountID == accountID else {
      throw Refusal(
        .reference,
        "The contact \(contact.id) is no contact of the account \(accountID); move it there first.",
        field: "contactId")
    }
    let set = OpportunityContactRoleSet.with {
      $0.contactID = command.contactID
      $0.role = command.role
      $0.isDecisionMaker = command.isDecisionMaker
      $0.stance = command.stance
    }
    return contactRoles.contains(set) ? [] : [event(.opportunityContactRoleSet(set))]
  }

  func setCompetitor(_ command: SetCompetitor) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(command.competitorID, "competitorId", of: "The command")
    try FieldRule.text(command.competitorID, "competitorId", limit: 100)
    switch command.threat {
    case .threatLevelUnspecified: throw .required("threat", of: "The command")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "threat")
    case .none, .low, .medium, .high: break
    }
    let set = OpportunityCompetitorSet.with {
      ($0.competitorID, $0.threat) = (command.competitorID, command.threat)
    }
    return competitors.contains(set) ? [] : [event(.opportunityCompetitorSet(set))]
  }

  func requestHelp(
    _ command: RequestHelp, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(command.helpID, "helpId", of: "The request")
    guard !helpIDs.contains(command.helpID) else {
      throw Refusal(
        .alreadyExists,
        "The opportunity \(id) has the request \(command.helpID) already; use another identifier.",
        field: "helpId")
    }
    switch command.kind {
    case .helpKindUnspecified: throw .required("kind", of: "The request")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "kind")
    case .technical, .management, .pricing, .legal: break
    }
    try FieldRule.text(command.note, "note", limit: FieldRule.longByteLimit)
    if command.to.objectType == .team {
      try context.require(Team.self, command.to.id, field: "to").requireUsable()
    } else {
      guard command.to.objectType == .user else { throw .required("to", of: "The request") }
      try OwnerRule.check(.user(command.to.id), field: "to", in: context)
    }
    let requested = OpportunityHelpRequested.with {
      $0.helpID = command.helpID
      $0.kind = command.kind
      $0.to = command.to
    }
    return [event(.opportunityHelpRequested(requested), .with { $0.note = command.note })]
  }

  func fulfil(_ command: FulfilHelp) throws(Refusal) -> [DecidedEvent] {
    guard helpIDs.contains(command.helpID) else {
      throw Refusal(
        .notFound,
        "The opportunity \(id) has no request \(command.helpID); check the identifier.",
        field: "helpId")
    }
    guard openHelpIDs.contains(command.helpID) else { return [] }
    return [event(.helpFulfilled(.with { $0.helpID = command.helpID }))]
  }
}

/// Its name and its place.
extension Opportunity {
  /// A closed opportunity keeps its stage and status (OP-8).
  func move(
    _ command: MoveOpportunityToAccount, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.accountID != accountID else { return [] }
    let target = try context.require(Account.self, command.accountID, field: "accountId")
    try target.requireActive()
    return [
      event(.opportunityMovedToAccount(.with { ($0.from, $0.to) = (accountID, command.accountID) }))
    ]
  }

  func changeDetails(
    _ command: ChangeOpportunityDetails, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard !command.hasPartnerID || command.partnerID.isEmpty else {
      throw .notAvailable("ChangeOpportunityDetails with partnerId", needs: "partners")
    }
    guard command.hasName else { return [] }
    try FieldRule.required(command.name, "name", of: "The opportunity")
    try FieldRule.text(command.name, "name")
    let account = context.records.state(Account.self, accountID)
    var changes = FieldChanges()
    if account?.type == .individual {
      guard let current = profile.content.opened else {
        throw Refusal(
          .status, "The name of the opportunity \(id) can't be read any more; create another one.")
      }
      changes.text("name", current.name, command.name.trimmed)
      guard !changes.isEmpty else { return [] }
      let personal = OpportunityPersonal.with {
        $0.name = command.name.trimmed
        $0.changes = changes.changes
      }
      // A name from the time when the account was an organisation's goes.
      var plain = FieldChanges()
      plain.text("name", name, "")
      return [event(.opportunityDetailsChanged(.with { $0.changes = plain.changes }), personal)]
    }
    changes.text("name", name, command.name.trimmed)
    guard !changes.isEmpty else { return [] }
    return [event(.opportunityDetailsChanged(.with { $0.changes = changes.changes }))]
  }
}
