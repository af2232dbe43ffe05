package import EventModel
internal import Schema

/// A step of a ticket beside the one before it, so that hand-overs, team transfers and moves are
/// counted by comparing columns: `ticket_status_history`.
package struct TicketStep: CodedRow {
  package static let shape = TableShape("ticket_status_history", indexes: [["ticket_id"]])
  package var ticketID = ""
  package var position = Position(0)
  package var recordedAt = Timestamp(microseconds: 0)
  package var occurredAt = Timestamp(microseconds: 0)
  /// 0 for the opening.
  package var stepNo: Int64 = 0
  package var status = ""
  /// The other system's own, where the ticket was imported.
  package var sourceStatus = ""
  package var sourceSubstatus = ""
  package var actor = ""
  package var onBehalfOf = ""
  package var teamID = ""
  /// Null for the opening, as are the others below.
  package var previousStatus: String?
  package var previousSourceStatus: String?
  package var previousSourceSubstatus: String?
  package var previousActor: String?
  package var previousTeamID: String?
  package var previousOccurredAt: Timestamp?

  package init() {}

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &ticketID)
    coder.code("position", &position)
    coder.code("recorded_us", &recordedAt)
    coder.code("occurred_us", &occurredAt)
    coder.code("step_no", &stepNo)
    coder.code("status", &status)
    coder.code("source_status", &sourceStatus)
    coder.code("source_substatus", &sourceSubstatus)
    coder.code("actor", &actor)
    coder.code("on_behalf_of", &onBehalfOf)
    coder.code("team_id", &teamID)
    coder.code("previous_status", &previousStatus)
    coder.code("previous_source_status", &previousSourceStatus)
    coder.code("previous_source_substatus", &previousSourceSubstatus)
    coder.code("previous_actor", &previousActor)
    coder.code("previous_team_id", &previousTeamID)
    coder.code("previous_occurred_us", &previousOccurredAt)
  }
}

/// An escalation: `ticket_escalation`.
package struct TicketEscalationRow: CodedRow {
  package static let shape = TableShape("ticket_escalation", indexes: [["ticket_id"]])
  package var ticketID = ""
  package var position = Position(0)
  package var occurredAt = Timestamp(microseconds: 0)
  package var level: Int64 = 0
  package var toUserID = ""
  package var toTeamID = ""
  package var cause = ""
  package var actor = ""

  package init() {}

  init(_ escalated: TicketEscalated, _ event: ProjectedEvent) {
    ticketID = event.recordID
    position = event.position
    occurredAt = event.occurredAt
    level = Int64(escalated.level)
    toUserID = escalated.toUserID
    toTeamID = escalated.toTeamID
    cause = Codes.escalationCause[escalated.cause]
    actor = event.actor
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &ticketID)
    coder.code("position", &position)
    coder.code("occurred_us", &occurredAt)
    coder.code("level", &level)
    coder.code("to_user_id", &toUserID)
    coder.code("to_team_id", &toTeamID)
    coder.code("cause", &cause)
    coder.code("actor", &actor)
  }
}

/// A change of the handling team: `ticket_team_history`.
package struct TicketTeamRow: CodedRow {
  package static let shape = TableShape("ticket_team_history", indexes: [["ticket_id"]])
  package var ticketID = ""
  package var position = Position(0)
  package var occurredAt = Timestamp(microseconds: 0)
  package var fromTeamID = ""
  package var toTeamID = ""
  package var actor = ""

  package init() {}

  init(_ changed: TicketTeamChanged, _ event: ProjectedEvent) {
    ticketID = event.recordID
    position = event.position
    occurredAt = event.occurredAt
    fromTeamID = changed.from
    toTeamID = changed.to
    actor = event.actor
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &ticketID)
    coder.code("position", &position)
    coder.code("occurred_us", &occurredAt)
    coder.code("from_team_id", &fromTeamID)
    coder.code("to_team_id", &toTeamID)
    coder.code("actor", &actor)
  }
}
