package import EventModel
package import Schema

/// Interest that may become business: the sum of its stream's events.
package struct Lead: Equatable, Sendable {
  package struct Nurture: Hashable, Sendable {
    package let programID: String
    package let reasonCode: String
    package var reevaluateAt: Timestamp?
    /// Whether somebody was told that its time has come.
    package var isReevaluationDue = false
  }

  package struct Conversion: Hashable, Sendable {
    package let accountID: String
    package let contactID: String
    package let opportunityID: String
  }

  package internal(set) var id = ""
  package internal(set) var status = LeadStatus.Code.leadStatusUnspecified
  /// What the lead was before it was disqualified or merged.
  package internal(set) var earlierStatus = LeadStatus.Code.leadStatusUnspecified
  package internal(set) var source = Source()
  package internal(set) var companyName = ""
  package internal(set) var region = ""
  package internal(set) var industryCode = ""
  package internal(set) var sizeBand = ""
  package internal(set) var urgency = ""
  package internal(set) var website = ""
  package internal(set) var interestProductIDs: [String] = []
  package internal(set) var externalIDs: [ExternalId] = []
  package internal(set) var rating = Grade.Code.gradeUnspecified
  package internal(set) var score: UInt32?
  package internal(set) var firstResponseDueAt: Timestamp?
  package internal(set) var firstRespondedAt: Timestamp?
  package internal(set) var isFirstResponseBreached = false
  package internal(set) var nurture: Nurture?
  package internal(set) var conversion: Conversion?
  package internal(set) var survivorID = ""
  /// The merges into this record that are in force, in their order.
  package internal(set) var merges: [MergeNote<LeadPersonal>] = []
  package internal(set) var createdAt: Timestamp?
  package internal(set) var tags = RecordTags()
  package internal(set) var ownership = Ownership()
  /// Name, phones, addresses, need: what is sealed under the lead.
  package internal(set) var profile = Profile<LeadPersonal>()

  package init() {}
}

/// The plain fields that ``ChangeLeadDetails`` may change, by the names in their events.
package enum LeadField: String, CaseIterable, Sendable {
  case companyName, region, industryCode, sizeBand, urgency, website
}
