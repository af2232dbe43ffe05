package import EventModel
package import Schema

/// A person at a customer: the sum of its stream's events.
package struct Contact: Equatable, Sendable {
  package struct Consent: Hashable, Sendable {
    package let purpose: String
    package let channel: String
    package let basis: String
    /// `nil` for without end.
    package let validUntil: Timestamp?
  }

  package struct Withdrawal: Hashable, Sendable {
    package let purpose: String
    package let channel: String
  }

  package internal(set) var id = ""
  package internal(set) var status = ContactStatus.Code.contactStatusUnspecified
  /// Empty for a contact of no account, which carries ownership of its own.
  package internal(set) var accountID = ""
  package internal(set) var source = Source()
  package internal(set) var sourceLeadID = ""
  package internal(set) var reportsToID = ""
  package internal(set) var role = ContactRole.Code.contactRoleUnspecified
  package internal(set) var influence: UInt32 = 0
  package internal(set) var customFields: [CustomField] = []
  package internal(set) var externalIDs: [ExternalId] = []
  package internal(set) var consents: [Consent] = []
  /// What the person took back, until it is given again.
  package internal(set) var withdrawals: [Withdrawal] = []
  /// The record whose subject seals the personal sections.
  package internal(set) var subject = RecordKey.contact("")
  package internal(set) var survivorID = ""
  /// The merges into this record that are in force, in their order.
  package internal(set) var merges: [MergeNote<ContactPersonal>] = []
  package internal(set) var createdAt: Timestamp?
  package internal(set) var tags = RecordTags()
  package internal(set) var ownership = Ownership()
  /// Name, title, phones, birthday: what is sealed under the subject.
  package internal(set) var profile = Profile<ContactPersonal>()

  package init() {}
}
