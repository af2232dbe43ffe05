internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Account {
  /// ACC-1, and the owner in the same command (O-1).
  func create(
    _ command: CreateAccount, in context: DecisionContext, subject: RecordKey? = nil
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.account(command.accountID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "acc", field: "accountId")
    try check(command, in: context)
    let owner = try OwnerRule.ofNew(
      command.owner, isSet: command.hasOwner, in: context, mayBePooled: key)
    let personal = try Self.personalContent(of: command)
    let outcome = try MatchRule(
      record: key, owner: owner, isConfirmed: command.confirmNotDuplicate, trigger: .create,
      context: context, registrationID: command.registrationID
    ).check()
    let registration =
      try command.registrationID.isEmpty
      ? nil : Registration.required(command.registrationID, for: owner, in: context)
    let code = try FieldRule.unifiedSocialCreditCode(command.unifiedSocialCreditCode)
    let isIndividual = command.accountType == .individual
    let created = AccountCreated.with {
      $0.accountID = command.accountID
      $0.accountType = command.accountType
      $0.name = isIndividual ? "" : command.name.trimmed
      $0.legalName = command.legalName
      $0.unifiedSocialCreditCode = code
      $0.industryCode = command.industryCode
      $0.sizeBand = command.sizeBand
      $0.source = command.source
      $0.website = command.website
      $0.domain = command.domain
      $0.sourceLeadID = command.sourceLeadID
      $0.identityKeys = ContactPoints.keys(
        unifiedSocialCreditCode: code, domain: command.domain, externalIDs: command.externalIds)
      $0.externalIds = command.externalIds
      $0.parentAccountID = command.parentAccountID
      if let subject, subject != key { $0.subject = subject.reference }
      if let check = outcome.check { $0.matchCheck = check }
      $0.provisionalCaseID = outcome.provisionalCaseID
      $0.registrationID = command.registrationID
    }
    return [
      DecidedEvent(
        key, .account(.accountCreated(created)),
        personal: [DecidedPersonal(subject ?? key, .account(personal))]),
      OwnerRule.assigned(key, to: owner),
    ] + outcome.events + (try registration?.made(key, in: context) ?? [])
  }

  private func check(_ command: CreateAccount, in context: DecisionContext) throws(Refusal) {
    switch command.accountType {
    case .organization: try FieldRule.name(command.name, "name", of: .organization)
    case .individual:
      let name = command.personName.line.isEmpty ? command.name : command.personName.line
      try FieldRule.name(name, command.personName.line.isEmpty ? "name" : "personName", of: .person)
    case .accountTypeUnspecified, .UNRECOGNIZED: throw .required("accountType", of: "The account")
    }
    try FieldRule.source(command.source)
    try FieldRule.externalIDs(command.externalIds)
    try FieldRule.customFields(command.customFields)
    for (text, field) in [
      (command.legalName, "legalName"), (command.industryCode, "industryCode"),
      (command.sizeBand, "sizeBand"), (command.website, "website"), (command.domain, "domain"),
    ] {
      try FieldRule.text(text, field)
    }
    guard command.partnerID.isEmpty else {
      throw .notAvailable("CreateAccount with partnerId", needs: "partners")
    }
    if !command.parentAccountID.isEmpty {
      let parent = try context.require(
        Account.self, command.parentAccountID, field: "parentAccountId")
      try parent.requireActive()
    }
    if !command.sourceLeadID.isEmpty {
      _ = try context.require(Lead.self, command.sourceLeadID, field: "sourceLeadId")
    }
  }

  /// Custom fields count as personal until their definitions say otherwise.
  static func personalContent(of command: CreateAccount) throws(Refusal) -> AccountPersonal {
    let phones = try ContactPoints.phones(command.phones)
    let emails = try ContactPoints.emails(command.emails)
    let ims = try ContactPoints.ims(command.ims)
    return AccountPersonal.with {
      if command.accountType == .individual {
        $0.name = command.personName
        if $0.name.full.isEmpty {
          $0.name.full = command.name.isEmpty ? command.personName.line : command.name.trimmed
        }
      }
      ($0.phones, $0.emails, $0.ims) = (phones, emails, ims)
      if command.hasAddress { $0.address = command.address }
      $0.customFields = command.customFields
      $0.identityKeys = ContactPoints.keys(phones: phones, emails: emails, ims: ims)
    }
  }
}
