internal import EventModel
internal import Matching
internal import Schema
internal import SwiftProtobuf

extension Lead {
  /// Plain fields change in the event, personal ones in its sealed part.
  ///
  /// What the lead resembles from then on is noted, never refused, as when it is captured.
  func changeDetails(
    _ command: ChangeLeadDetails, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let plain = try plainChanges(command)
    let personal = try personalChanges(command)
    guard !plain.isEmpty || !(personal?.changes.isEmpty ?? true) else { return [] }
    let outcome = MatchRule(
      record: key, owner: ownership.owner, isConfirmed: false, trigger: .update, context: context
    ).note()
    let changed = LeadDetailsChanged.with {
      $0.changes = plain.changes
      if let check = outcome.check { $0.matchCheck = check }
    }
    return [event(.leadDetailsChanged(changed), personal)] + outcome.events
  }

  /// The lead as it would be; `nil` when nothing changes that it is recognised by.
  func probe(_ command: ChangeLeadDetails) throws(Refusal) -> MatchProbe? {
    guard
      command.hasCompanyName || command.hasPersonName || command.hasPhones || command.hasEmails
        || command.hasIms || command.hasWebsite || command.hasAddress
    else { return nil }
    var changed = self
    let plain = try plainChanges(command)
    let details = LeadDetailsChanged.with { $0.changes = plain.changes }
    changed.apply(
      .leadDetailsChanged(details), personal: try personalChanges(command).map { .value($0) },
      at: Timestamp(microseconds: 0))
    guard let profile = changed.matchProfile, profile != matchProfile else { return nil }
    return MatchProbe(record: key, profile: profile, types: [.lead, .account])
  }

  private func plainChanges(_ command: ChangeLeadDetails) throws(Refusal) -> FieldChanges {
    if command.hasCompanyName, !command.companyName.isEmpty {
      try FieldRule.name(command.companyName, "companyName", of: .organization)
    }
    let texts: [(Bool, LeadField, String, String)] = [
      (command.hasCompanyName, .companyName, companyName, command.companyName.trimmed),
      (command.hasRegion, .region, region, command.region),
      (command.hasIndustryCode, .industryCode, industryCode, command.industryCode),
      (command.hasSizeBand, .sizeBand, sizeBand, command.sizeBand),
      (command.hasUrgency, .urgency, urgency, command.urgency),
      (command.hasWebsite, .website, website, command.website),
    ]
    var changes = FieldChanges()
    for (isGiven, field, from, to) in texts where isGiven {
      try FieldRule.text(to, field.rawValue)
      changes.text(field.rawValue, from, to)
    }
    return changes
  }

  /// `nil` when no personal field is named.
  private func personalChanges(_ command: ChangeLeadDetails) throws(Refusal) -> LeadPersonal? {
    guard
      command.hasPersonName || command.hasPhones || command.hasEmails || command.hasIms
        || command.hasNeed || command.hasTitle || command.hasAddress
        || !command.customFields.isEmpty
    else { return nil }
    let current = try profile.readable(key)
    var changes = FieldChanges()
    var new = LeadPersonal()
    if command.hasPersonName {
      new.personName = command.personName
      if new.personName.full.isEmpty { new.personName.full = command.personName.line }
      try FieldRule.name(new.personName.full, "personName", of: .person)
      if new.personName != current.personName {
        changes.text("personName", current.personName.line, new.personName.line)
      }
    }
    if command.hasTitle {
      try FieldRule.text(command.title, "title")
      new.title = command.title
      changes.text("title", current.title, new.title)
    }
    if command.hasNeed {
      try FieldRule.text(command.need, "need", limit: FieldRule.longByteLimit)
      new.need = command.need
      changes.text("need", current.need, new.need)
    }
    if command.hasAddress, command.address != current.address {
      new.address = command.address
      changes.text("address", current.address.line, new.address.line)
    }
    try changeContactPoints(command, current, &new, &changes)
    try FieldRule.customFields(command.customFields)
    for field in command.customFields {
      let value = field.value.value == nil ? nil : field.value
      changes.add(field.key, current.customFields.value(of: field.key), value)
    }
    new.customFields = command.customFields.filter { changes.fields.contains($0.key) }
    new.changes = changes.changes
    return changes.isEmpty ? LeadPersonal() : new
  }

  /// LD-1 holds for what remains as well.
  private func changeContactPoints(
    _ command: ChangeLeadDetails, _ current: LeadPersonal, _ new: inout LeadPersonal,
    _ changes: inout FieldChanges
  ) throws(Refusal) {
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
    new.identityKeys = ContactPoints.keys(phones: new.phones, emails: new.emails, ims: new.ims)
    let phones = command.hasPhones ? new.phones : current.phones
    let emails = command.hasEmails ? new.emails : current.emails
    let ims = command.hasIms ? new.ims : current.ims
    // An imported lead may have had none from the start: that is no reason to refuse a change.
    let isTouched = command.hasPhones || command.hasEmails || command.hasIms
    guard !isTouched || !phones.isEmpty || !emails.isEmpty || !ims.isEmpty else {
      throw Refusal(
        .required,
        "The lead \(id) would have no phone, e-mail address or other identity left; "
          + "keep one.", field: "phones")
    }
  }
}
