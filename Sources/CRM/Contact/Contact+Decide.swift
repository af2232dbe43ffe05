internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Contact {
  package func decide(
    _ command: ContactCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .createContact(let create) = command { return try self.create(create, in: context) }
    guard exists else { throw .notFound(.contact(Self.target(of: command))) }
    if case .restoreContact = command { return try restore() }
    try requireActive()
    switch command {
    case .createContact, .restoreContact: return []
    case .changeContactDetails(let change): return try changeDetails(change, in: context)
    case .moveContactToAccount(let move): return try self.move(move, in: context)
    case .setContactReportsTo(let set): return try setReportsTo(set, in: context)
    case .setContactRole(let set): return try setRole(set)
    case .verifyContact(let verification): return try verify(verification)
    case .archiveContact:
      try OwnershipRule.requireNotFrozen(ownership, key)
      return [event(.contactArchived(ContactArchived()))]
    case .grantConsent(let consent): return try grant(consent, in: context)
    case .withdrawConsent(let consent): return try withdraw(consent)
    case .mergeContacts(let merge):
      return try MergeDecision.merge(
        self, merge.mergedIds, merge.resolutions, "MergeContacts", in: context)
    case .unmergeContact(let unmerge):
      return try MergeDecision.unmerge(
        self, unmerge.mergedID, assigned: unmerge.assigned.map { RecordKey($0) }, "UnmergeContact",
        in: context)
    }
  }

  /// S-2.
  func requireActive() throws(Refusal) {
    switch status {
    case .active, .contactStatusUnspecified, .UNRECOGNIZED: return
    case .archived: throw Refusal(.archived, "The contact \(id) is archived; restore it first.")
    case .merged:
      throw Refusal(
        .merged, "The contact \(id) was merged into \(survivorID); change that one instead.")
    }
  }

  func event(
    _ event: ContactEvent.OneOf_Event, _ personal: ContactPersonal? = nil
  ) -> DecidedEvent {
    DecidedEvent(
      key, .contact(event),
      personal: personal.map { [DecidedPersonal(subject, .contact($0))] } ?? [])
  }

  private func restore() throws(Refusal) -> [DecidedEvent] {
    switch status {
    case .archived: return [event(.contactRestored(ContactRestored()))]
    case .active, .contactStatusUnspecified, .UNRECOGNIZED: return []
    case .merged:
      throw Refusal(
        .merged, "The contact \(id) was merged into \(survivorID); it is no archived one.")
    }
  }
}

/// Its place: account, superior, role.
extension Contact {
  /// A contact that leaves its last account becomes its owner's, for it follows none any more
  /// (O-1).
  private func move(
    _ move: MoveContactToAccount, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard move.accountID != accountID else { return [] }
    try OwnershipRule.requireNotFrozen(ownership, key)
    let moved = event(
      .contactMovedToAccount(.with { ($0.from, $0.to) = (accountID, move.accountID) }))
    guard move.accountID.isEmpty else {
      let account = try context.require(Account.self, move.accountID, field: "accountId")
      try account.requireActive()
      return [moved]
    }
    let account = try context.require(Account.self, accountID, field: "accountId")
    guard let owner = account.ownership.owner, owner != ownership.owner else { return [moved] }
    let assigned = OwnershipAssigned.with {
      $0.to = owner
      if let former = ownership.owner { $0.from = former }
      $0.method = .manual
    }
    return [moved, DecidedEvent(key, .ownership(.ownershipAssigned(assigned)))]
  }

  private func setReportsTo(
    _ set: SetContactReportsTo, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard set.reportsToID != reportsToID else { return [] }
    if !set.reportsToID.isEmpty {
      let superior = try context.require(Contact.self, set.reportsToID, field: "reportsToId")
      guard superior.accountID == accountID, superior.status == .active else {
        throw Refusal(
          .reference,
          "The contact \(superior.id) is no active contact of the same account; choose "
            + "one that is.", field: "reportsToId")
      }
      let line = Contact.line(from: superior.id, in: context)
      guard !line.contains(id), line.count < Contact.lineLimit else {
        throw Refusal(
          .cycle,
          "The contact \(superior.id) reports to \(id) already, or the line is longer than "
            + "\(Contact.lineLimit); choose another one.", field: "reportsToId")
      }
    }
    return [
      event(.contactReportsToSet(.with { ($0.from, $0.to) = (reportsToID, set.reportsToID) }))
    ]
  }

  private func setRole(_ set: SetContactRole) throws(Refusal) -> [DecidedEvent] {
    guard set.role != .contactRoleUnspecified else { throw .required("role", of: "The command") }
    guard set.influence <= 5 else {
      throw Refusal(
        .range, "influence is \(set.influence); give 0 to 5.", field: "influence")
    }
    guard set.role != role || set.influence != influence else { return [] }
    return [event(.contactRoleSet(.with { ($0.role, $0.influence) = (set.role, set.influence) }))]
  }

  private func verify(_ verification: VerifyContact) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(verification.method, "method", of: "The verification")
    guard !verification.fields.isEmpty else { throw .required("fields", of: "The verification") }
    let known: Set = ["name", "title", "phones", "emails", "ims", "birthday", "address"]
    for field in verification.fields where !known.contains(field) {
      throw .unknownCode(field, field: "fields")
    }
    return [
      event(
        .contactVerified(
          .with { ($0.fields, $0.method) = (verification.fields, verification.method) }))
    ]
  }
}

/// What the person agreed to (CA-2).
extension Contact {
  private func grant(
    _ consent: GrantConsent, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(consent.purpose, "purpose", of: "The consent")
    try FieldRule.required(consent.channel, "channel", of: "The consent")
    try FieldRule.required(consent.basis, "basis", of: "The consent")
    guard !consent.hasValidUntil || Timestamp(consent.validUntil) > context.now else {
      throw Refusal(
        .range, "validUntil is over already; give a later moment or none.", field: "validUntil")
    }
    return [
      event(
        .consentGranted(
          .with {
            ($0.purpose, $0.channel, $0.basis) = (consent.purpose, consent.channel, consent.basis)
            if consent.hasValidUntil { $0.validUntil = consent.validUntil }
          }), .with { $0.evidence = consent.evidence })
    ]
  }

  private func withdraw(_ consent: WithdrawConsent) throws(Refusal) -> [DecidedEvent] {
    let given = consents.first {
      $0.purpose == consent.purpose && $0.channel == consent.channel
    }
    guard let given else {
      throw Refusal(
        .permissionConsent,
        "The contact \(id) gave no consent to \(consent.purpose) through "
          + "\(consent.channel); there is nothing to withdraw.")
    }
    return [
      event(
        .consentWithdrawn(
          // As it was given: text that is equal may be written with other bytes.
          .with { ($0.purpose, $0.channel) = (given.purpose, given.channel) }))
    ]
  }
}
