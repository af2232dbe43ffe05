internal import EventModel
internal import Matching
internal import Schema
internal import SwiftProtobuf

extension Contact {
  /// Makes the contact, by a name that is one (CA-1).
  ///
  /// A contact of no account carries ownership of its own; the others follow their account.
  func create(
    _ command: CreateContact, in context: DecisionContext, subject: RecordKey? = nil,
    sourceLeadID: String = ""
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.contact(command.contactID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "con", field: "contactId")
    if !command.accountID.isEmpty {
      let account = try context.require(Account.self, command.accountID, field: "accountId")
      try account.requireActive()
    }
    let personal = try Self.personalContent(of: command)
    try FieldRule.source(command.source)
    try FieldRule.externalIDs(command.externalIds)
    let isPersonal = command.accountID.isEmpty
    let outcome = try Self.match(
      MatchRule(
        record: key,
        owner: isPersonal
          ? OwnerRule.chosen(command.owner, isSet: command.hasOwner, in: context)
          : context.records.state(Account.self, command.accountID)?.ownership.owner,
        isConfirmed: command.confirmNotDuplicate, trigger: .create, context: context),
      accountID: command.accountID)
    let created = ContactCreated.with {
      $0.contactID = command.contactID
      $0.accountID = command.accountID
      $0.source = command.source
      $0.externalIds = command.externalIds
      $0.sourceLeadID = sourceLeadID
      if let subject, subject != key { $0.subject = subject.reference }
      if let check = outcome.check { $0.matchCheck = check }
    }
    let event = DecidedEvent(
      key, .contact(.contactCreated(created)),
      personal: [DecidedPersonal(subject ?? key, .contact(personal))])
    guard command.accountID.isEmpty else {
      guard !command.hasOwner else {
        throw Refusal(
          .inconsistent,
          "owner and accountId are both given; a contact follows its account's "
            + "owner.", field: "owner")
      }
      return [event] + outcome.events
    }
    let owner = try OwnerRule.ofNew(command.owner, isSet: command.hasOwner, in: context)
    return [event, OwnerRule.assigned(key, to: owner)] + outcome.events
  }

  /// The same person at the same account is asked about; whoever else resembles the contact is
  /// noted, for people share telephones and change their employers.
  static func match(_ rule: MatchRule, accountID: String) throws(Refusal) -> MatchOutcome {
    let same = rule.context.matches.filter { finding in
      guard finding.isSuspect, finding.kinds.contains(.name) else { return false }
      return rule.context.records.state(Contact.self, finding.record.id)?.accountID == accountID
    }
    return same.isEmpty ? rule.note() : try rule.about(same).check()
  }

  /// The contact as the command would make it.
  static func probe(_ command: CreateContact) throws(Refusal) -> MatchProbe {
    let profile = matchProfile(
      try personalContent(of: command), accountID: command.accountID)
    return MatchProbe(record: .contact(command.contactID), profile: profile, types: [.contact])
  }

  static func personalContent(of command: CreateContact) throws(Refusal) -> ContactPersonal {
    try FieldRule.name(command.name.line, "name", of: .person)
    try FieldRule.text(command.title, "title")
    try FieldRule.date(command.birthday, "birthday")
    try FieldRule.customFields(command.customFields)
    let phones = try ContactPoints.phones(command.phones)
    let emails = try ContactPoints.emails(command.emails)
    let ims = try ContactPoints.ims(command.ims)
    return ContactPersonal.with {
      $0.name = command.name
      if $0.name.full.isEmpty { $0.name.full = command.name.line }
      $0.title = command.title
      ($0.phones, $0.emails, $0.ims) = (phones, emails, ims)
      $0.birthday = command.birthday
      if command.hasAddress { $0.address = command.address }
      $0.customFields = command.customFields
      $0.identityKeys = ContactPoints.keys(phones: phones, emails: emails, ims: ims)
    }
  }

  /// Everything that a command may change here is personal.
  private func personalChanges(
    _ command: ChangeContactDetails
  ) throws(Refusal) -> ContactPersonal? {
    let current = try profile.readable(key)
    var changes = FieldChanges()
    var new = ContactPersonal()
    if command.hasName {
      new.name = command.name
      if new.name.full.isEmpty { new.name.full = command.name.line }
      try FieldRule.name(new.name.full, "name", of: .person)
      if new.name != current.name { changes.text("name", current.name.line, new.name.line) }
    }
    if command.hasTitle {
      try FieldRule.text(command.title, "title")
      new.title = command.title
      changes.text("title", current.title, new.title)
    }
    if command.hasBirthday {
      try FieldRule.date(command.birthday, "birthday")
      new.birthday = command.birthday
      changes.text("birthday", current.birthday, new.birthday)
    }
    if command.hasPhones {
      new.phones = try ContactPoints.phones(command.phones.values)
      changes.list("phones", current.phones.map(\.line), new.phones.map(\.line))
    }
    if command.hasEmails {
      new.emails = try ContactPoints.emails(command.emails.values)
      changes.list("emails", current.emails.map(\.line), new.emails.map(\.line))
    }
    if command.hasIms {
      new.ims = try ContactPoints.ims(command.ims.values)
      changes.list("ims", current.ims.map(\.line), new.ims.map(\.line))
    }
    if command.hasAddress, command.address != current.address {
      new.address = command.address
      changes.text("address", current.address.line, new.address.line)
    }
    try FieldRule.customFields(command.customFields)
    for field in command.customFields {
      let value = field.value.value == nil ? nil : field.value
      changes.add(field.key, current.customFields.value(of: field.key), value)
    }
    guard !changes.isEmpty else { return nil }
    new.customFields = command.customFields.filter { changes.fields.contains($0.key) }
    new.identityKeys = ContactPoints.keys(phones: new.phones, emails: new.emails, ims: new.ims)
    new.changes = changes.changes
    return new
  }

  /// The contact as it would be; `nil` when nothing changes that it is recognised by.
  func probe(_ command: ChangeContactDetails) throws(Refusal) -> MatchProbe? {
    guard
      command.hasName || command.hasPhones || command.hasEmails || command.hasIms
        || command.hasBirthday || command.hasAddress,
      let personal = try personalChanges(command)
    else { return nil }
    var changed = self
    changed.apply(
      .contactDetailsChanged(ContactDetailsChanged()), personal: .value(personal),
      at: Timestamp(microseconds: 0))
    guard let profile = changed.matchProfile, profile != matchProfile else { return nil }
    return MatchProbe(record: key, profile: profile, types: [.contact])
  }

  func changeDetails(
    _ command: ChangeContactDetails, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let personal = try personalChanges(command) else { return [] }
    let owner =
      accountID.isEmpty
      ? ownership.owner : context.records.state(Account.self, accountID)?.ownership.owner
    let outcome = try Self.match(
      MatchRule(
        record: key, owner: owner, isConfirmed: command.confirmNotDuplicate, trigger: .update,
        context: context), accountID: accountID)
    let changed = ContactDetailsChanged.with {
      if let check = outcome.check { $0.matchCheck = check }
    }
    return [event(.contactDetailsChanged(changed), personal)] + outcome.events
  }
}
