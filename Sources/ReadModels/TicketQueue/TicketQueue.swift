internal import Schema

/// Tickets by owner and team with their clocks, and every step they took (RM-14).
package enum TicketQueue: Projector {
  package static let name = "ticket-queue"
  package static let version: UInt32 = 3
  package static let messages = [
    AccountEvent.protoMessageName, OwnershipEvent.protoMessageName, TicketEvent.protoMessageName,
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
    case .account(.accountMerged(let merged)):
      try follow(merged.relinked, event.recordID, &tables)
    case .account(.accountUnmerged(let unmerged)) where unmerged.mergedID != event.recordID:
      try follow(unmerged.relinkedBack, unmerged.mergedID, &tables)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team, .user:
      return
    }
  }

  /// Tickets have no event of their own for it: they go with their account.
  private static func follow(
    _ records: [RecordRef], _ accountID: String, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    for record in records where record.objectType == .ticket {
      guard let slot = try tables.tickets.find(record.id) else { continue }
      tables.tickets[slot].accountID = accountID
    }
  }
}
