package import EventModel
internal import Schema

/// A ticket as it stands: `ticket`.
package struct TicketRow: TableRow {
  package static let shape = TableShape(
    "ticket", indexes: [["status", "team_id"], ["owner_id"], ["account_id"]])
  package var ticketID = ""
  package var ticketNo = ""
  package var accountID = ""
  package var contactID = ""
  package var productID = ""
  package var channel = ""
  package var categoryCode = ""
  package var priority = ""
  package var status = ""
  /// The other system's own status, in imported histories.
  package var sourceStatus = ""
  package var sourceSubstatus = ""
  package var owner = OwnerColumns()
  /// The team that handles it.
  package var teamID = ""
  package var openedPosition = Position(0)
  package var openedAt = Timestamp(microseconds: 0)
  /// Of all events of the ticket.
  package var firstOccurredAt = Timestamp(microseconds: 0)
  package var lastOccurredAt = Timestamp(microseconds: 0)
  package var eventCount: Int64 = 0
  package var responseDueAt: Timestamp?
  package var resolutionDueAt: Timestamp?
  package var respondedAt: Timestamp?
  /// 0 or 1; null while no target was set.
  package var respondedWithin: Int64?
  package var resolvedAt: Timestamp?
  package var resolvedWithin: Int64?
  package var resolutionCode = ""
  package var closedAt: Timestamp?
  package var isClockPaused = false
  package var isWarned = false
  package var isResponseBreached = false
  package var isResolutionBreached = false
  package var escalationLevel: Int64 = 0
  package var escalationCount: Int64 = 0
  package var reopenCount: Int64 = 0
  package var commentCount: Int64 = 0
  package var satisfactionScore: Int64?
  package var leadID = ""
  package var mergedInto = ""
  /// The last step's, to which the next one is compared.
  package var stepActor = ""
  package var stepTeamID = ""
  package var stepOccurredAt: Timestamp?
  package var stepCount: Int64 = 0
  package var sealed = SealedReference()

  package var key: String { ticketID }

  package init() {}

  init(_ opened: TicketOpened, _ event: ProjectedEvent) {
    ticketID = event.recordID
    ticketNo = opened.ticketNo
    accountID = opened.accountID
    contactID = opened.contactID
    productID = opened.productID
    channel = Codes.ticketChannel[opened.channel]
    categoryCode = opened.categoryCode
    priority = Codes.ticketPriority[opened.priority]
    teamID = opened.teamID
    openedPosition = event.position
    openedAt = event.occurredAt
    firstOccurredAt = event.occurredAt
    lastOccurredAt = event.occurredAt
    eventCount = 1
    sealed = SealedReference(event)
  }

  /// Any event of a ticket stretches the time that is known of it.
  package mutating func touch(_ event: ProjectedEvent) {
    firstOccurredAt = min(firstOccurredAt, event.occurredAt)
    lastOccurredAt = max(lastOccurredAt, event.occurredAt)
    eventCount += 1
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &ticketID)
    coder.code("ticket_no", &ticketNo)
    coder.code("account_id", &accountID)
    coder.code("contact_id", &contactID)
    coder.code("product_id", &productID)
    coder.code("channel", &channel)
    coder.code("category_code", &categoryCode)
    coder.code("priority", &priority)
    coder.code("status", &status)
    coder.code("source_status", &sourceStatus)
    coder.code("source_substatus", &sourceSubstatus)
    coder.code(&owner)
    coder.code("team_id", &teamID)
    coder.code("opened_position", &openedPosition)
    coder.code("opened_us", &openedAt)
    coder.code("first_occurred_us", &firstOccurredAt)
    coder.code("last_occurred_us", &lastOccurredAt)
    coder.code("event_count", &eventCount)
    coder.code("first_response_due_us", &responseDueAt)
    coder.code("resolution_due_us", &resolutionDueAt)
    coder.code("first_responded_us", &respondedAt)
    coder.code("first_responded_within", &respondedWithin)
    coder.code("resolved_us", &resolvedAt)
    coder.code("resolved_within", &resolvedWithin)
    coder.code("resolution_code", &resolutionCode)
    coder.code("closed_us", &closedAt)
    coder.code("is_clock_paused", &isClockPaused)
    coder.code("is_warned", &isWarned)
    coder.code("is_first_response_breached", &isResponseBreached)
    coder.code("is_resolution_breached", &isResolutionBreached)
    coder.code("escalation_level", &escalationLevel)
    coder.code("escalation_count", &escalationCount)
    coder.code("reopen_count", &reopenCount)
    coder.code("comment_count", &commentCount)
    coder.code("satisfaction_score", &satisfactionScore)
    coder.code("lead_id", &leadID)
    coder.code("merged_into", &mergedInto)
    coder.code("step_actor", &stepActor)
    coder.code("step_team_id", &stepTeamID)
    coder.code("step_occurred_us", &stepOccurredAt)
    coder.code("step_count", &stepCount)
    coder.code(&sealed)
  }
}
