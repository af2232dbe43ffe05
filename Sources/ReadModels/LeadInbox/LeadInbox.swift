internal import Schema

/// Leads with their owner, rating and the clock of the first response (RM-07).
package enum LeadInbox: Projector {
  package static let name = "lead-inbox"
  package static let version: UInt32 = 2
  package static let messages = [
    ActivityEvent.protoMessageName, LeadEvent.protoMessageName, OwnershipEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var leads = RowCache<LeadRow>()
    var history = RowJournal<LeadStep>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&leads)
      try visitor.visit(&history)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .lead(let change): try apply(change, event, &tables)
    case .ownership(let change):
      guard event.category == "lead", let owner = OwnerColumns(after: change),
        let slot = try tables.leads.find(event.recordID)
      else { return }
      tables.leads[slot].owner = owner
      tables.leads[slot].ownedAt = event.occurredAt
      // A lead is assigned as soon as a person has it (crm-domain.md B1).
      if owner.kind == "user", tables.leads[slot].status == "new" {
        take("assigned", "", event, slot, &tables)
      }
    case .activity(let change):
      if case .activityLogged(let logged) = change { try note(logged, event, &tables) }
    case .account, .businessCalendar, .contact, .dispute, .disputeRuleBook, .duplicateCase,
      .export, .handover, .import, .opportunity, .organization, .permission, .pipeline, .pool,
      .registration, .slaPolicy, .tag, .task, .team, .ticket, .user:
      return
    }
  }

  /// An activity about a lead, unless it is only planned.
  private static func note(
    _ logged: ActivityLogged, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    if logged.planned { return }
    for subject in logged.subjectRefs where subject.objectType == .lead {
      guard let slot = try tables.leads.find(subject.id) else { continue }
      let last = tables.leads[slot].lastActivityAt ?? event.occurredAt
      tables.leads[slot].lastActivityAt = max(last, event.occurredAt)
      tables.leads[slot].activityCount += 1
    }
  }
}
