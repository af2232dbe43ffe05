internal import EventModel
internal import Schema

/// A lead as it stands: `lead`.
struct LeadRow: TableRow {
  static let shape = TableShape("lead", indexes: [["status", "owner_id"], ["account_id"]])
  var leadID = ""
  /// An organisation's; a person's name stands sealed.
  var companyName = ""
  var region = ""
  var industryCode = ""
  var urgency = ""
  var sourceChannel = ""
  var campaignID = ""
  var status = ""
  var sourceStatus = ""
  var statusAt = Timestamp(microseconds: 0)
  var rating = ""
  var score: Int64?
  var owner = OwnerColumns()
  var ownedAt: Timestamp?
  var capturedPosition = Position(0)
  var capturedAt = Timestamp(microseconds: 0)
  var responseDueAt: Timestamp?
  var respondedAt: Timestamp?
  var elapsedSeconds: Int64?
  /// 0 or 1; null while no deadline was set.
  var respondedWithin: Int64?
  var isBreached = false
  var nurtureProgramID = ""
  var reevaluateAt: Timestamp?
  var qualifiedAt: Timestamp?
  var convertedAt: Timestamp?
  var accountID = ""
  var contactID = ""
  var opportunityID = ""
  var disqualifiedReason = ""
  var feedbackRating: Int64?
  var mergedInto = ""
  var lastActivityAt: Timestamp?
  var activityCount: Int64 = 0
  var sealed = SealedReference()

  var key: String { leadID }

  init() {}

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

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
struct LeadStep: CodedRow {
  static let shape = TableShape("lead_status_history", indexes: [["lead_id"]])
  var leadID = ""
  var position = Position(0)
  var recordedAt = Timestamp(microseconds: 0)
  var occurredAt = Timestamp(microseconds: 0)
  /// Empty for the capture.
  var fromStatus = ""
  var toStatus = ""
  var sourceStatus = ""
  var actor = ""

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
