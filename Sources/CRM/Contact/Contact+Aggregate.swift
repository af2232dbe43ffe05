package import Schema

extension Contact: OwnedAggregate {
  package static var objectType: ObjectType.Code { .contact }
  package var exists: Bool { !id.isEmpty }
  var key: RecordKey { .contact(id) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .contact(let event):
      let personal = fact.sealedPart { part in
        if case .contact(let message) = part { message } else { nil }
      }
      note(event, at: fact.position)
      apply(event, personal: personal, at: fact.occurredAt)
    case .ownership(let event): ownership.apply(event, by: fact)
    case .permission(let event): ownership.apply(event)
    case .tag(let event): tags.apply(event)
    case .account, .activity, .businessCalendar, .dispute, .disputeRuleBook, .duplicateCase,
      .export, .handover, .import, .lead, .opportunity, .organization, .pipeline, .pool,
      .registration, .slaPolicy, .task, .team, .ticket, .user:
      break
    }
  }

  package static func target(of command: ContactCommand.OneOf_Command) -> String {
    switch command {
    case .createContact(let command): command.contactID
    case .changeContactDetails(let command): command.contactID
    case .moveContactToAccount(let command): command.contactID
    case .setContactReportsTo(let command): command.contactID
    case .setContactRole(let command): command.contactID
    case .verifyContact(let command): command.contactID
    case .mergeContacts(let command): command.survivorID
    case .unmergeContact(let command): command.contactID
    case .archiveContact(let command): command.contactID
    case .restoreContact(let command): command.contactID
    case .grantConsent(let command): command.contactID
    case .withdrawConsent(let command): command.contactID
    }
  }

  package static func identify(
    _ command: inout ContactCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    guard case .createContact(var create) = command, create.contactID.isEmpty else { return }
    create.contactID = make("con")
    command = .createContact(create)
  }

  package func needs(
    for command: ContactCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .mergeContacts(let command): return command.mergedIds.map { .contact($0) }
    case .unmergeContact(let command):
      return MergeDecision.needs(toUnmerge: Contact.self, command.mergedID, in: context)
    case .createContact(let command):
      guard command.accountID.isEmpty else { return [.account(command.accountID)] }
      return OwnerRule.needs(command.owner, isSet: command.hasOwner, in: context)
    case .moveContactToAccount(let command):
      return [accountID, command.accountID].filter { !$0.isEmpty }.map { .account($0) }
    case .setContactReportsTo(let command):
      return Contact.line(from: command.reportsToID, in: context).map { .contact($0) }
    case .changeContactDetails, .setContactRole, .verifyContact,
      .archiveContact, .restoreContact, .grantConsent, .withdrawConsent:
      return []
    }
  }

  /// The contacts above and with `id`, as far as they are loaded, and the next one.
  static func line(from id: String, in context: DecisionContext) -> [String] {
    var line: [String] = []
    var next = id
    while !next.isEmpty, !line.contains(next), line.count < lineLimit {
      line.append(next)
      next = context.records.state(Contact.self, next)?.reportsToID ?? ""
    }
    return line
  }

  /// How many contacts may stand above one another.
  static let lineLimit = 32
}
