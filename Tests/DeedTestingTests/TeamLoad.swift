import ReadModels
import Schema

/// How many tickets each team has open.
enum TeamLoad: Projector {
  static let name = "team-load"
  static let version: UInt32 = 1
  static let messages = ["deed.crm.v1.TicketEvent"]
  static let views: [String] = []

  struct Tables: ModelTables {
    var tickets = RowCache<LoadTicket>()
    var teams = RowCache<LoadTeam>()

    mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&tickets)
      try visitor.visit(&teams)
    }
  }

  static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    guard case .ticket(let change) = event.payload else { return }
    if case .ticketOpened(let opened) = change {
      var ticket = LoadTicket()
      ticket.ticketID = event.recordID
      ticket.teamID = opened.teamID
      tables.tickets.put(ticket)
      try tables.count(opened.teamID, by: 1)
      return
    }
    guard let slot = try tables.tickets.find(event.recordID) else {
      throw .misplaced("the ticket \(event.recordID) was not opened before it")
    }
    let before = tables.tickets[slot]
    let after = before.changed(by: change)
    guard after.teamID != before.teamID || after.isOpen != before.isOpen else { return }
    tables.tickets[slot] = after
    if before.isOpen { try tables.count(before.teamID, by: -1) }
    if after.isOpen { try tables.count(after.teamID, by: 1) }
  }
}

extension TeamLoad.Tables {
  fileprivate mutating func count(_ teamID: String, by number: Int64) throws(ProjectionFailure) {
    var team = try teams.row(teamID) ?? LoadTeam()
    team.teamID = teamID
    team.openTickets += number
    teams.put(team)
  }
}

/// A ticket, which may be reopened when it is closed: `load_ticket`.
struct LoadTicket: TableRow {
  static let shape = TableShape("load_ticket")
  var ticketID = ""
  var teamID = ""
  var isOpen = true
  var key: String { ticketID }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &ticketID)
    coder.code("team_id", &teamID)
    coder.code("is_open", &isOpen)
  }

  fileprivate func changed(by change: TicketEvent.OneOf_Event) -> LoadTicket {
    var ticket = self
    if case .ticketTeamChanged(let moved) = change { ticket.teamID = moved.to }
    if case .ticketClosed = change { ticket.isOpen = false }
    if case .ticketMergedInto = change { ticket.isOpen = false }
    if case .ticketReopened(let reopened) = change {
      ticket.take(reopened.handlingTeamID)
      ticket.isOpen = true
    }
    if case .ticketResolved(let resolved) = change { ticket.take(resolved.handlingTeamID) }
    if case .ticketStatusChangedV2(let changed) = change {
      ticket.take(changed.handlingTeamID)
      ticket.isOpen = changed.to != .closed
    }
    return ticket
  }

  /// A step names the team that handled it, where that is another.
  private mutating func take(_ team: String) {
    if !team.isEmpty { teamID = team }
  }
}

/// A team with its number of open tickets: `team_load`.
struct LoadTeam: TableRow {
  static let shape = TableShape("team_load")
  var teamID = ""
  var openTickets: Int64 = 0
  var key: String { teamID }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("team_id", &teamID)
    coder.code("open_tickets", &openTickets)
  }
}
