internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// LD-3: a lead becomes an account, a contact and, where there is business, an opportunity; all of
/// them or none, once.
extension Lead {
  func conversionNeeds(_ command: ConvertLead, in context: DecisionContext) -> [RecordKey] {
    var keys: [RecordKey] = []
    if let owner = ownership.owner, owner.kind == .user { keys.append(.user(owner.id)) }
    if command.hasNewAccount {
      keys.append(.account(command.accountID))
      let parent = command.newAccount.parentAccountID
      if !parent.isEmpty { keys.append(.account(parent)) }
      let registration = command.newAccount.registrationID
      if !registration.isEmpty { keys.append(.registration(registration)) }
    } else if !command.accountID.isEmpty {
      keys.append(.account(command.accountID))
    }
    if !command.contactID.isEmpty { keys.append(.contact(command.contactID)) }
    if command.hasNewOpportunity {
      let create = opportunity(of: command)
      keys.append(.opportunity(create.opportunityID))
      keys += Opportunity().needs(for: .createOpportunity(create), in: context)
    }
    return keys
  }

  func convert(
    _ command: ConvertLead, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status == .qualified else {
      throw Refusal(.status, "The lead \(id) is not qualified; qualify it before it is converted.")
    }
    try OwnershipRule.requireNotFrozen(ownership, key)
    guard let owner = ownership.owner, owner.kind == .user else {
      throw Refusal(
        .ownershipNotOwner,
        "The lead \(id) has no user as its owner; assign it before it is "
          + "converted.")
    }
    var context = context
    // The lead itself is what the new records come from.
    context.records.insert(self, for: key)
    var events = try account(of: command, owner: owner, in: &context)
    events += try contact(of: command, in: &context)
    if command.hasNewOpportunity {
      let create = opportunity(of: command)
      let existing = context.records.state(Opportunity.self, create.opportunityID) ?? Opportunity()
      events += try existing.decide(.createOpportunity(create), in: context)
    }
    let converted = LeadConverted.with {
      $0.accountID = command.accountID
      $0.accountCreated = command.hasNewAccount
      $0.contactID = command.contactID
      $0.contactCreated = command.hasNewContact
      $0.opportunityID = command.newOpportunity.opportunityID
    }
    return [event(.leadConverted(converted))] + events
  }

  private func account(
    of command: ConvertLead, owner: OwnerRef, in context: inout DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard !command.accountID.isEmpty else {
      throw .required("accountId or newAccount", of: "The conversion")
    }
    guard command.hasNewAccount else {
      let account = try context.require(Account.self, command.accountID, field: "accountId")
      try account.requireActive()
      return []
    }
    let (create, sealedUnder) = try newAccount(of: command, owner: owner)
    let existing = context.records.state(Account.self, create.accountID) ?? Account()
    let events = try existing.create(create, in: context, subject: sealedUnder)
    var account = Account()
    for event in events { account.apply(event.fact(in: context)) }
    context.records.insert(account, for: .account(create.accountID))
    return events
  }

  /// What the lead's account is made with, and under whom it is sealed if not under itself.
  private func newAccount(
    of command: ConvertLead, owner: OwnerRef
  ) throws(Refusal) -> (CreateAccount, RecordKey?) {
    var create = command.newAccount
    create.accountID = command.accountID
    create.sourceLeadID = id
    create.owner = owner
    if !create.hasSource { create.source = source }
    if create.industryCode.isEmpty { create.industryCode = industryCode }
    if create.sizeBand.isEmpty { create.sizeBand = sizeBand }
    if create.website.isEmpty { create.website = website }
    if create.accountType == .accountTypeUnspecified {
      create.accountType = companyName.isEmpty && create.name.isEmpty ? .individual : .organization
    }
    var sealedUnder: RecordKey?
    if create.accountType == .individual {
      // The person is the lead's: erasing the one erases the other.
      sealedUnder = key
      try takeOver(&create)
    } else if create.name.isEmpty {
      create.name = companyName
    }
    if command.confirmNotDuplicate { create.confirmNotDuplicate = true }
    return (create, sealedUnder)
  }

  /// The account as the conversion would make it; `nil` when it makes none.
  func probe(_ command: ConvertLead) throws(Refusal) -> MatchProbe? {
    guard command.hasNewAccount, let owner = ownership.owner else { return nil }
    return try Account.probe(try newAccount(of: command, owner: owner).0)
  }

  private func takeOver(_ create: inout CreateAccount) throws(Refusal) {
    let person = try profile.readable(key)
    if create.name.isEmpty, !create.hasPersonName { create.personName = person.personName }
    if create.phones.isEmpty { create.phones = person.phones }
    if create.emails.isEmpty { create.emails = person.emails }
    if create.ims.isEmpty { create.ims = person.ims }
    if !create.hasAddress, person.hasAddress { create.address = person.address }
  }

  /// A converted contact keeps the lead's subject.
  private func contact(
    of command: ConvertLead, in context: inout DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.hasNewContact else {
      guard !command.contactID.isEmpty else { return [] }
      let contact = try context.require(Contact.self, command.contactID, field: "contactId")
      try contact.requireActive()
      guard contact.accountID == command.accountID else {
        throw Refusal(
          .reference,
          "The contact \(contact.id) is no contact of the account "
            + "\(command.accountID); move it there first.", field: "contactId")
      }
      return []
    }
    let person = try profile.readable(key)
    var create = command.newContact
    create.contactID = command.contactID
    create.accountID = command.accountID
    if !create.hasName { create.name = person.personName }
    if create.title.isEmpty { create.title = person.title }
    if create.phones.isEmpty { create.phones = person.phones }
    if create.emails.isEmpty { create.emails = person.emails }
    if create.ims.isEmpty { create.ims = person.ims }
    if !create.hasAddress, person.hasAddress { create.address = person.address }
    if !create.hasSource { create.source = source }
    let existing = context.records.state(Contact.self, create.contactID) ?? Contact()
    return try existing.create(create, in: context, subject: key, sourceLeadID: id)
  }

  private func opportunity(of command: ConvertLead) -> CreateOpportunity {
    let new = command.newOpportunity
    return .with {
      $0.opportunityID = new.opportunityID
      $0.accountID = command.accountID
      $0.name = new.name.isEmpty ? companyName : new.name
      $0.pipelineID = new.pipelineID
      $0.stageID = new.stageID
      if new.hasAmount { $0.amount = new.amount }
      $0.expectedCloseDate = new.expectedCloseDate
      $0.source = source
      $0.sourceLeadID = id
      if let owner = ownership.owner { $0.owner = owner }
    }
  }
}
