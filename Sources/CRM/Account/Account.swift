package import EventModel
package import Schema

/// A customer, a company or an individual: the sum of its stream's events.
package struct Account: Equatable, Sendable {
  package internal(set) var id = ""
  package internal(set) var type = AccountType.Code.accountTypeUnspecified
  package internal(set) var status = AccountStatus.Code.accountStatusUnspecified
  /// Of an organisation; an individual's stands in ``profile``.
  package internal(set) var name = ""
  package internal(set) var legalName = ""
  package internal(set) var unifiedSocialCreditCode = ""
  package internal(set) var industryCode = ""
  package internal(set) var sizeBand = ""
  package internal(set) var source = Source()
  package internal(set) var website = ""
  package internal(set) var domain = ""
  package internal(set) var partnerID = ""
  package internal(set) var parentAccountID = ""
  package internal(set) var primaryContactID = ""
  package internal(set) var sourceLeadID = ""
  package internal(set) var grade = Grade.Code.gradeUnspecified
  package internal(set) var tier = ""
  package internal(set) var lifecycleStage = LifecycleStage.Code.lifecycleStageUnspecified
  /// Plain fields whose value came from enrichment and from no person.
  package internal(set) var enrichedFields: [String] = []
  package internal(set) var customFields: [CustomField] = []
  package internal(set) var externalIDs: [ExternalId] = []
  /// The record whose subject seals the personal sections.
  package internal(set) var subject = RecordKey.account("")
  package internal(set) var openNeedIDs: [String] = []
  package internal(set) var openCommitmentIDs: [String] = []
  /// The account that this one was merged into.
  package internal(set) var survivorID = ""
  /// The contested case until whose end this account stands under reserve (ACC-5).
  package internal(set) var provisionalCaseID = ""
  /// The merges into this record that are in force, in their order.
  package internal(set) var merges: [MergeNote<AccountPersonal>] = []
  package internal(set) var createdAt: Timestamp?
  package internal(set) var tags = RecordTags()
  package internal(set) var ownership = Ownership()
  /// Name, phones, addresses: what is sealed under the subject.
  package internal(set) var profile = Profile<AccountPersonal>()

  package init() {}
}
