internal import Schema

/// Tickets by owner and team with their clocks, and every step they took (RM-14).
package enum TicketQueue: Projector {
  package static let name = "ticket-queue"
  package static let version: UInt32 = 2
  package static let messages = [
    OwnershipEvent.protoMessageName, TicketEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var tickets = RowCache<TicketRow>()
    var history = RowJournal<TicketStep>()
    var escalations = RowJournal<TicketEscalationRow>()
    var teamChanges = RowJournal<TicketTeamRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&tickets)
      try visitor.visit(&history)
      try visitor.visit(&escalations)
      try visitor.visit(&teamChanges)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .ticket(let change): try apply(change, event, &tables)
    case .ownership(let change):
      guard event.category == "ticket", let slot = try tables.tickets.find(event.recordID) else {
        return
      }
      tables.tickets[slot].touch(event)
      if let owner = OwnerColumns(after: change) { tables.tickets[slot].owner = owner }
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team, .user:
      return
    }
  }
}
