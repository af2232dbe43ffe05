package import EventModel
package import Schema

extension Contact {
  /// Takes one event of the contact's own; `personal` is its sealed part, as far as it opens.
  package mutating func apply(
    _ event: ContactEvent.OneOf_Event, personal: Sealed<ContactPersonal>?, at time: Timestamp
  ) {
    switch event {
    case .contactCreated(let created): create(created, personal, at: time)
    case .contactDetailsChanged(let changed):
      for change in changed.changes { customFields.set(change.field, to: change.to) }
      profile.change(personal)
    case .contactMovedToAccount(let moved): accountID = moved.to
    case .contactReportsToSet(let set): reportsToID = set.to
    case .contactRoleSet(let set): (role, influence) = (set.role, set.influence)
    case .contactArchived: status = .archived
    case .contactRestored: status = .active
    case .contactMergedInto(let merged): (status, survivorID) = (.merged, merged.survivorID)
    case .contactUnmerged(let unmerged) where unmerged.mergedID == id:
      (status, survivorID) = (.active, "")
    case .consentGranted(let granted): grant(granted)
    case .consentWithdrawn(let withdrawn):
      consents.removeAll { $0.purpose == withdrawn.purpose && $0.channel == withdrawn.channel }
      withdrawals.append(Withdrawal(purpose: withdrawn.purpose, channel: withdrawn.channel))
    case .contactVerified, .contactMerged, .contactUnmerged: break
    }
  }

  private mutating func create(
    _ created: ContactCreated, _ personal: Sealed<ContactPersonal>?, at time: Timestamp
  ) {
    id = created.contactID
    status = .active
    accountID = created.accountID
    source = created.source
    sourceLeadID = created.sourceLeadID
    customFields = created.customFields
    externalIDs = created.externalIds
    subject = created.hasSubject ? RecordKey(created.subject) : .contact(created.contactID)
    createdAt = time
    profile = Profile(personal)
  }

  private mutating func grant(_ granted: ConsentGranted) {
    consents.removeAll { $0.purpose == granted.purpose && $0.channel == granted.channel }
    withdrawals.removeAll { $0.purpose == granted.purpose && $0.channel == granted.channel }
    consents.append(
      Consent(
        purpose: granted.purpose, channel: granted.channel, basis: granted.basis,
        validUntil: granted.hasValidUntil ? Timestamp(granted.validUntil) : nil))
  }
}
