internal import EventModel
internal import Matching
internal import Schema
internal import SwiftProtobuf

extension Lead {
  /// Makes the lead, if somebody can be reached (LD-1).
  ///
  /// A lead that names no owner stays new until it is assigned.
  func capture(
    _ command: CaptureLead, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.lead(command.leadID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "led", field: "leadId")
    try FieldRule.source(command.source)
    try FieldRule.externalIDs(command.externalIds)
    try checkTexts(command)
    guard context.channel != .publicForm || context.actorKind == .anonymous else {
      throw Refusal(
        .inconsistent,
        "A lead through a public form comes from an anonymous actor; use another "
          + "channel for one that a user enters.")
    }
    let personal = try Self.personalContent(of: command)
    let outcome = MatchRule(
      record: key, owner: command.hasOwner ? command.owner : nil, isConfirmed: false,
      trigger: .create, context: context
    ).note()
    let captured = LeadCaptured.with {
      $0.leadID = command.leadID
      $0.source = command.source
      $0.companyName = command.companyName.trimmed
      $0.region = command.region
      $0.industryCode = command.industryCode
      $0.sizeBand = command.sizeBand
      $0.urgency = command.urgency
      $0.website = command.website
      $0.identityKeys = ContactPoints.keys(
        unifiedSocialCreditCode: "", domain: "", externalIDs: command.externalIds)
      if command.hasConsent { $0.consent = command.consent }
      $0.externalIds = command.externalIds
      $0.interestProductIds = command.interestProductIds
      if let check = outcome.check { $0.matchCheck = check }
    }
    let event = DecidedEvent(
      key, .lead(.leadCaptured(captured)), personal: [DecidedPersonal(key, .lead(personal))])
    guard command.hasOwner else {
      return [event] + routed(key, in: context) + outcome.events
    }
    try OwnerRule.check(
      command.owner, field: "owner", in: context, mayBePooled: .lead(command.leadID))
    return [event, OwnerRule.assigned(key, to: command.owner)] + outcome.events
  }

  /// A lead of a customer whom somebody owns is that owner's, as far as a strong key says it.
  private func routed(_ key: RecordKey, in context: DecisionContext) -> [DecidedEvent] {
    for finding in context.matches where finding.record.type == .account && finding.isStrong {
      guard let account = context.records.state(Account.self, finding.record.id),
        let owner = account.ownership.owner, owner.kind == .user,
        context.records.state(User.self, owner.id)?.status == .active
      else { continue }
      let assigned = OwnershipAssigned.with {
        ($0.to, $0.method, $0.ruleID) = (owner, .rule, "identity-match")
        $0.ruleVersion = MatchModel.current.version
      }
      return [DecidedEvent(key, .ownership(.ownershipAssigned(assigned)))]
    }
    return []
  }

  /// The lead as the command would make it.
  static func probe(_ command: CaptureLead) throws(Refusal) -> MatchProbe {
    let personal = try personalContent(of: command)
    let profile = matchProfile(
      companyName: command.companyName, website: command.website, personal: personal)
    return MatchProbe(
      record: .lead(command.leadID), profile: profile, types: [.lead, .account])
  }

  private func checkTexts(_ command: CaptureLead) throws(Refusal) {
    if !command.companyName.isEmpty {
      try FieldRule.name(command.companyName, "companyName", of: .organization)
    }
    if !command.personName.line.isEmpty {
      try FieldRule.name(command.personName.line, "personName", of: .person)
    }
    for (text, field) in [
      (command.region, "region"), (command.industryCode, "industryCode"),
      (command.sizeBand, "sizeBand"), (command.urgency, "urgency"), (command.website, "website"),
      (command.title, "title"),
    ] {
      try FieldRule.text(text, field)
    }
    try FieldRule.text(command.need, "need", limit: FieldRule.longByteLimit)
    try FieldRule.customFields(command.customFields)
    if command.hasConsent {
      try FieldRule.required(command.consent.purpose, "consent.purpose", of: "The consent")
      try FieldRule.required(command.consent.channel, "consent.channel", of: "The consent")
    }
  }

  static func personalContent(of command: CaptureLead) throws(Refusal) -> LeadPersonal {
    let phones = try ContactPoints.phones(command.phones)
    let emails = try ContactPoints.emails(command.emails)
    let ims = try ContactPoints.ims(command.ims)
    guard !phones.isEmpty || !emails.isEmpty || !ims.isEmpty else {
      throw Refusal(
        .required,
        "The lead has no phone, e-mail address or other identity; give one, or nobody "
          + "can be reached.", field: "phones")
    }
    return LeadPersonal.with {
      if command.hasPersonName {
        $0.personName = command.personName
        if $0.personName.full.isEmpty { $0.personName.full = command.personName.line }
      }
      ($0.phones, $0.emails, $0.ims) = (phones, emails, ims)
      $0.need = command.need
      $0.raw = command.raw
      $0.identityKeys = ContactPoints.keys(phones: phones, emails: emails, ims: ims)
      $0.title = command.title
      if command.hasAddress { $0.address = command.address }
      $0.customFields = command.customFields
      $0.consentEvidence = command.consentEvidence
    }
  }
}
