package import EventModel
package import Schema

/// A person at a customer: the sum of its stream's events.
package struct Contact: Hashable, Sendable {
  package struct Consent: Hashable, Sendable {
    package let purpose: String
    package let channel: String
    package let basis: String
    /// `nil` for without end.
    package let validUntil: Timestamp?
  }

  package private(set) var id = ""
  package private(set) var status = ContactStatus.Code.contactStatusUnspecified
  /// Empty for a contact of no account, which carries ownership of its own.
  package private(set) var accountID = ""
  package private(set) var source = Source()
  package private(set) var sourceLeadID = ""
  package private(set) var reportsToID = ""
  package private(set) var role = ContactRole.Code.contactRoleUnspecified
  package private(set) var influence: UInt32 = 0
  package private(set) var customFields: [CustomField] = []
  package private(set) var externalIDs: [ExternalId] = []
  package private(set) var consents: [Consent] = []
  /// The record whose subject seals the personal sections; `nil` for the contact itself.
  package private(set) var subject: RecordRef?
  package private(set) var survivorID = ""
  package private(set) var createdAt: Timestamp?
  package internal(set) var tags = RecordTags()
  package internal(set) var ownership = Ownership()
  /// Name, title, phones, birthday: what is sealed under the subject.
  package private(set) var profile = Profile<ContactPersonal>()

  package init() {}

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
    subject = created.hasSubject ? created.subject : nil
    createdAt = time
    profile = Profile(personal)
  }

  private mutating func grant(_ granted: ConsentGranted) {
    consents.removeAll { $0.purpose == granted.purpose && $0.channel == granted.channel }
    consents.append(
      Consent(
        purpose: granted.purpose, channel: granted.channel, basis: granted.basis,
        validUntil: granted.hasValidUntil ? Timestamp(granted.validUntil) : nil))
  }
}
