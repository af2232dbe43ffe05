internal import EventModel
internal import Matching
internal import Schema
internal import SwiftProtobuf

extension Account {
  /// Plain fields change in the event, personal ones in its sealed part.
  func changeDetails(
    _ command: ChangeAccountDetails, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let plain = try plainChanges(command)
    let personal = try personalChanges(command)
    guard !plain.isEmpty || !(personal?.changes.isEmpty ?? true) else { return [] }
    let outcome = try MatchRule(
      record: key, owner: ownership.owner, isConfirmed: command.confirmNotDuplicate,
      trigger: .update, context: context
    ).check()
    let changed = AccountDetailsChanged.with {
      $0.changes = plain.changes
      if let check = outcome.check { $0.matchCheck = check }
    }
    return [event(.accountDetailsChanged(changed), personal)] + outcome.events
  }

  /// The account as it would be; `nil` when nothing changes that it is recognised by.
  func probe(_ command: ChangeAccountDetails) throws(Refusal) -> MatchProbe? {
    guard
      command.hasName || command.hasPersonName || command.hasPhones || command.hasEmails
        || command.hasIms || command.hasUnifiedSocialCreditCode || command.hasDomain
        || command.hasWebsite || command.hasAddress
    else { return nil }
    let plain = try plainChanges(command)
    var changed = self
    let details = AccountDetailsChanged.with { $0.changes = plain.changes }
    changed.apply(
      .accountDetailsChanged(details), personal: try personalChanges(command).map { .value($0) },
      at: Timestamp(microseconds: 0))
    guard let profile = changed.matchProfile, profile != matchProfile else { return nil }
    return MatchProbe(record: key, profile: profile, types: [.account])
  }

  private func plainChanges(_ command: ChangeAccountDetails) throws(Refusal) -> FieldChanges {
    var changes = FieldChanges()
    if command.hasName, type != .individual {
      try FieldRule.name(command.name, "name", of: .organization)
      changes.text("name", name, command.name.trimmed)
    }
    if command.hasUnifiedSocialCreditCode {
      changes.text(
        "unifiedSocialCreditCode", unifiedSocialCreditCode,
        try FieldRule.unifiedSocialCreditCode(command.unifiedSocialCreditCode))
    }
    if command.hasPartnerID, command.partnerID != partnerID {
      throw .notAvailable("ChangeAccountDetails with partnerId", needs: "partners")
    }
    let texts: [(Bool, AccountField, String)] = [
      (command.hasLegalName, .legalName, command.legalName),
      (command.hasIndustryCode, .industryCode, command.industryCode),
      (command.hasSizeBand, .sizeBand, command.sizeBand),
      (command.hasWebsite, .website, command.website),
      (command.hasDomain, .domain, command.domain),
    ]
    for (isGiven, field, text) in texts where isGiven {
      try FieldRule.text(text, field.rawValue)
      changes.text(field.rawValue, value(of: field), text)
    }
    return changes
  }

  /// `nil` when no personal field is named.
  private func personalChanges(
    _ command: ChangeAccountDetails
  ) throws(Refusal) -> AccountPersonal? {
    let renamesPerson = type == .individual && (command.hasName || command.hasPersonName)
    guard
      renamesPerson || command.hasPhones || command.hasEmails || command.hasIms
        || command.hasAddress || !command.customFields.isEmpty
    else { return nil }
    let current = try profile.readable(key)
    var changes = FieldChanges()
    var new = AccountPersonal()
    if renamesPerson {
      new.name = command.personName
      if new.name.full.isEmpty {
        new.name.full = command.hasName ? command.name.trimmed : command.personName.line
      }
      try FieldRule.name(new.name.full, "personName", of: .person)
      if new.name != current.name { changes.text("name", current.name.line, new.name.line) }
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
    new.customFields = command.customFields.filter { changes.fields.contains($0.key) }
    new.identityKeys = ContactPoints.keys(phones: new.phones, emails: new.emails, ims: new.ims)
    new.changes = changes.changes
    return changes.isEmpty ? AccountPersonal() : new
  }
}
