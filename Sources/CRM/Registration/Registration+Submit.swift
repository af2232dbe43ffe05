internal import EventModel
package import Matching
package import Schema
internal import SwiftProtobuf

/// REG-1: a complete declaration, compared with what there is at that moment.
extension Registration {
  /// How many registrations of one claimant may be open.
  static let openLimit = 50

  static func claimant(of command: SubmitRegistration, in context: DecisionContext) -> OwnerRef? {
    if command.hasClaimant { return command.claimant }
    return context.actorKind == .user ? .user(context.effectiveActorID) : nil
  }

  func submit(
    _ command: SubmitRegistration, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.registration(command.registrationID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "reg", field: "registrationId")
    let claimant = try checkedClaimant(command, in: context)
    try Self.check(command, in: context)
    let personal = try Self.personalContent(of: command)
    let code = try FieldRule.unifiedSocialCreditCode(command.unifiedSocialCreditCode)
    try requireNotTooSoon(claimant, command.kind, in: context)
    let open = context.count(.openRegistrations(claimant: claimant.id)).count
    guard open < Self.openLimit else {
      throw Refusal(
        .quota,
        "\(claimant.id) has \(open) open registrations, and \(Self.openLimit) are allowed; let one "
          + "expire, or convert it.")
    }
    let submitted = RegistrationSubmitted.with {
      ($0.registrationID, $0.kind, $0.claimant) = (key.id, command.kind, claimant)
      $0.legalName = command.legalName.trimmed
      $0.unifiedSocialCreditCode = code
      ($0.domain, $0.region) = (command.domain, command.region)
      $0.projectName = command.projectName
      if command.hasExpectedAmount { $0.expectedAmount = command.expectedAmount }
      $0.expectedCloseOn = command.expectedCloseOn
      $0.identityKeys = ContactPoints.keys(
        unifiedSocialCreditCode: code, domain: command.domain, externalIDs: command.externalIds)
      if command.hasRecord { $0.record = command.record }
      $0.hasDeposit_p = command.hasDeposit_p
      $0.openCount = UInt32(open) + 1
      $0.openLimit = UInt32(Self.openLimit)
      $0.externalIds = command.externalIds
    }
    let declared = DecidedEvent(
      key, .registration(.registrationSubmitted(submitted)),
      personal: [DecidedPersonal(key, .registration(personal))])
    let collisions = Self.collisions(of: claimant, in: context)
    guard !collisions.isEmpty else { return [declared] }
    let detected = RegistrationCollisionDetected.with {
      ($0.registrationID, $0.collisions) = (key.id, collisions)
      $0.asOfSize = context.logSize
    }
    return [
      declared,
      DecidedEvent(key, .registration(.registrationCollisionDetected(detected))),
    ]
  }

  private func checkedClaimant(
    _ command: SubmitRegistration, in context: DecisionContext
  ) throws(Refusal) -> OwnerRef {
    guard let claimant = Self.claimant(of: command, in: context) else {
      throw .required("claimant", of: "The registration")
    }
    switch claimant.kind {
    case .user:
      let user = try context.require(User.self, claimant.id, field: "claimant")
      guard user.status == .active else {
        throw Refusal(
          .ownershipInactive,
          "claimant names the user \(claimant.id), who is not active; name an active user.",
          field: "claimant")
      }
    case .partner:
      try FieldRule.required(claimant.id, "claimant.id", of: "The registration")
      try FieldRule.text(claimant.id, "claimant.id", limit: 100)
    case .pool, .ownerKindUnspecified, .UNRECOGNIZED:
      throw Refusal(
        .ownershipKind, "claimant is neither a user nor a partner; name one.", field: "claimant")
    }
    return claimant
  }

  private static func check(
    _ command: SubmitRegistration, in context: DecisionContext
  ) throws(Refusal) {
    guard command.isDeclaredTrue else {
      throw Refusal(
        .required,
        "The declaration is not said to be complete and true; set isDeclaredTrue when it is.",
        field: "isDeclaredTrue")
    }
    switch command.kind {
    case .account: break
    case .opportunity:
      try FieldRule.required(command.projectName, "projectName", of: "The registration of a deal")
    case .registrationKindUnspecified: throw .required("kind", of: "The registration")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "kind")
    }
    try FieldRule.name(command.legalName, "legalName", of: .organization)
    guard
      !command.unifiedSocialCreditCode.isEmpty || !command.domain.isEmpty
        || !command.phones.isEmpty || !command.emails.isEmpty
    else {
      throw Refusal(
        .required,
        "The registration says nothing that the customer is recognised by; give a unified social "
          + "credit code, a domain, a phone or an e-mail.", field: "phones")
    }
    for (text, field) in [
      (command.domain, "domain"), (command.region, "region"),
      (command.projectName, "projectName"),
    ] {
      try FieldRule.text(text, field)
    }
    try FieldRule.text(command.note, "note", limit: FieldRule.longByteLimit)
    try FieldRule.date(command.expectedCloseOn, "expectedCloseOn")
    if command.hasExpectedAmount { try MoneyRule.check(command.expectedAmount, "expectedAmount") }
    try FieldRule.externalIDs(command.externalIds)
    if command.hasRecord {
      let key = RecordKey(command.record)
      guard key.type == .account || key.type == .opportunity else {
        throw Refusal(
          .ownershipKind, "record names \(key); name an account or an opportunity.",
          field: "record")
      }
      guard context.records.anyState(key) != nil else { throw .missing(key, field: "record") }
    }
  }

  static func personalContent(
    of command: SubmitRegistration
  ) throws(Refusal) -> RegistrationPersonal {
    let phones = try ContactPoints.phones(command.phones)
    let emails = try ContactPoints.emails(command.emails)
    return .with {
      ($0.phones, $0.emails) = (phones, emails)
      if command.hasContactName { $0.contactName = command.contactName }
      $0.evidence = command.evidence
      $0.note = command.note
    }
  }

  /// REG-5: others may declare it at once, the same claimant after a while.
  private func requireNotTooSoon(
    _ claimant: OwnerRef, _ kind: RegistrationKind.Code, in context: DecisionContext
  ) throws(Refusal) {
    let cooldown = Self.resubmitCooldownDays * 86_400_000_000
    for finding in context.matches where finding.isStrong {
      guard let other = context.records.anyState(finding.record) as? Registration,
        other.claimant == claimant, other.kind == kind
      else { continue }
      guard !other.isOpen else {
        throw Refusal(
          .duplicate,
          "\(claimant.id) has declared this customer already, as \(other.id); wait for its answer, "
            + "or have it extended.")
      }
      guard other.status != .converted, let ended = other.endedAt else { continue }
      let until = ended.advanced(byMicroseconds: cooldown)
      guard until <= context.now else {
        throw Refusal(
          .ownershipCooldown,
          "\(claimant.id) declared this customer as \(other.id), which ended at \(ended); submit "
            + "it again after \(until).")
      }
    }
  }

  /// What the declared customer may be that is not the claimant's own.
  private static func collisions(
    of claimant: OwnerRef, in context: DecisionContext
  ) -> [RegistrationCollision] {
    context.matches.filter(\.isSuspect).compactMap { finding -> RegistrationCollision? in
      let state = context.records.anyState(finding.record)
      var collision = RegistrationCollision.with {
        $0.against = finding.record.reference
        $0.keys = finding.kinds.map(\.code)
        $0.score = "\(finding.score)"
      }
      if let other = state as? Registration {
        guard other.isOpen, other.claimant != claimant else { return nil }
        collision.owner = other.claimant
        if let until = other.until { collision.protectedUntil = until.message }
        return collision
      }
      guard let owned = state as? any OwnedAggregate, let owner = owned.ownership.owner,
        owner != claimant
      else { return nil }
      collision.owner = owner
      let protection = owned.ownership.protections.filter { context.now < $0.until }
        .max { $0.until < $1.until }
      if let protection { collision.protectedUntil = protection.until.message }
      return collision
    }
  }
}

/// What of a registration is compared, also when it has ended: who was first is asked for ever.
extension Registration: MatchedAggregate {
  package var survivorID: String { "" }

  package var matchProfile: MatchProfile? {
    guard exists else { return nil }
    return Self.matchProfile(
      name: submitted.legalName, code: submitted.unifiedSocialCreditCode,
      domain: submitted.domain, region: submitted.region, externalIDs: submitted.externalIds,
      profile.compared)
  }

  package func probe(
    for command: RegistrationCommand.OneOf_Command
  ) throws(Refusal) -> MatchProbe? {
    if case .approveRegistration = command, exists, let profile = matchProfile {
      // What happened since it was declared counts as well.
      return MatchProbe(record: key, profile: profile, types: Self.comparedTypes)
    }
    guard case .submitRegistration(let command) = command else { return nil }
    let code = command.unifiedSocialCreditCode
    return MatchProbe(
      record: .registration(command.registrationID),
      profile: Self.matchProfile(
        name: command.legalName, code: UnifiedSocialCreditCode(code)?.text ?? code,
        domain: command.domain, region: command.region, externalIDs: command.externalIds,
        try Self.personalContent(of: command)),
      types: Self.comparedTypes)
  }

  private static let comparedTypes: [ObjectType.Code] = [.account, .lead, .registration]

  private static func matchProfile(
    name: String, code: String, domain: String, region: String, externalIDs: [ExternalId],
    _ personal: RegistrationPersonal
  ) -> MatchProfile {
    MatchProfile(
      companyName: name,
      keys: (code.isEmpty ? [] : [MatchKey(.unifiedSocialCreditCode, code)])
        + IdentityKeys.external(externalIDs) + IdentityKeys.domain(domain, website: "")
        + IdentityKeys.phones(personal.phones)
        + IdentityKeys.emails(personal.emails), city: region)
  }
}
