package import EventModel
internal import Schema

/// A lead as it stands: `lead`.
package struct LeadRow: TableRow {
  package static let shape = TableShape("lead", indexes: [["status", "owner_id"], ["account_id"]])
  package var leadID = ""
  /// An organisation's; a person's name stands sealed.
  package var companyName = ""
  package var region = ""
  package var industryCode = ""
  package var urgency = ""
  package var sourceChannel = ""
  package var campaignID = ""
  package var status = ""
  package var sourceStatus = ""
  package var statusAt = Timestamp(microseconds: 0)
  package var rating = ""
  package var score: Int64?
  package var owner = OwnerColumns()
  package var ownedAt: Timestamp?
  package var capturedPosition = Position(0)
  package var capturedAt = Timestamp(microseconds: 0)
  package var responseDueAt: Timestamp?
  package var respondedAt: Timestamp?
  package var elapsedSeconds: Int64?
  /// 0 or 1; null while no deadline was set.
  package var respondedWithin: Int64?
  package var isBreached = false
  package var nurtureProgramID = ""
  package var reevaluateAt: Timestamp?
  package var qualifiedAt: Timestamp?
  package var convertedAt: Timestamp?
  package var accountID = ""
  package var contactID = ""
  package var opportunityID = ""
  package var disqualifiedReason = ""
  package var feedbackRating: Int64?
  package var mergedInto = ""
  package var lastActivityAt: Timestamp?
  package var activityCount: Int64 = 0
  package var sealed = SealedReference()

  package var key: String { leadID }

  package init() {}

  init(_ captured: LeadCaptured, _ event: ProjectedEvent) {
    leadID = event.recordID
    companyName = captured.companyName
    region = captured.region
    industryCode = captured.industryCode
    urgency = captured.urgency
    sourceChannel = Codes.sourceChannel[captured.source.channel]
    campaignID = captured.source.campaignID
    capturedPosition = event.position
    capturedAt = event.occurredAt
    sealed = SealedReference(event)
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("lead_id", &leadID)
    coder.code("company_name", &companyName)
    coder.code("region", &region)
    coder.code("industry_code", &industryCode)
    coder.code("urgency", &urgency)
    coder.code("source_channel", &sourceChannel)
    coder.code("campaign_id", &campaignID)
    coder.code("status", &status)
    coder.code("source_status", &sourceStatus)
    coder.code("status_us", &statusAt)
    coder.code("rating", &rating)
    coder.code("score", &score)
    coder.code(&owner)
    coder.code("owned_us", &ownedAt)
    coder.code("captured_position", &capturedPosition)
    coder.code("captured_us", &capturedAt)
    coder.code("first_response_due_us", &responseDueAt)
    coder.code("first_responded_us", &respondedAt)
    coder.code("elapsed_seconds", &elapsedSeconds)
    coder.code("first_responded_within", &respondedWithin)
    coder.code("is_first_response_breached", &isBreached)
    coder.code("nurture_program_id", &nurtureProgramID)
    coder.code("reevaluate_us", &reevaluateAt)
    coder.code("qualified_us", &qualifiedAt)
    coder.code("converted_us", &convertedAt)
    coder.code("account_id", &accountID)
    coder.code("contact_id", &contactID)
    coder.code("opportunity_id", &opportunityID)
    coder.code("disqualified_reason", &disqualifiedReason)
    coder.code("feedback_rating", &feedbackRating)
    coder.code("merged_into", &mergedInto)
    coder.code("last_activity_us", &lastActivityAt)
    coder.code("activity_count", &activityCount)
    coder.code(&sealed)
  }
}

/// A step of a lead: `lead_status_history`.
package struct LeadStep: CodedRow {
  package static let shape = TableShape("lead_status_history", indexes: [["lead_id"]])
  package var leadID = ""
  package var position = Position(0)
  package var recordedAt = Timestamp(microseconds: 0)
  package var occurredAt = Timestamp(microseconds: 0)
  /// Empty for the capture.
  package var fromStatus = ""
  package var toStatus = ""
  package var sourceStatus = ""
  package var actor = ""

  package init() {}

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("lead_id", &leadID)
    coder.code("position", &position)
    coder.code("recorded_us", &recordedAt)
    coder.code("occurred_us", &occurredAt)
    coder.code("from_status", &fromStatus)
    coder.code("to_status", &toStatus)
    coder.code("source_status", &sourceStatus)
    coder.code("actor", &actor)
  }
}
