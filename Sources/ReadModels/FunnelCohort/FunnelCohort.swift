internal import Schema

/// Which stages each opportunity and lead reached, when and with which amount, for funnels over
/// any cohort at any position (RM-09).
package enum FunnelCohort: Projector {
  package static let name = "funnel-cohort"
  package static let version: UInt32 = 2
  package static let messages = [
    LeadEvent.protoMessageName, OpportunityEvent.protoMessageName,
    OwnershipEvent.protoMessageName, PipelineEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var opportunities = VersionTable<FunnelRow>()
    var entries = RowJournal<StageEntry>()
    var leads = RowCache<FunnelLead>()
    var stages = RowCache<StageRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&opportunities)
      try visitor.visit(&entries)
      try visitor.visit(&leads)
      try visitor.visit(&stages)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .opportunity(let change): try apply(change, event, &tables)
    case .lead(let change): try apply(change, event, &tables)
    case .ownership(let change):
      guard let owner = OwnerColumns(after: change) else { return }
      if event.category == "opportunity" {
        guard let slot = try tables.opportunities.revise(event.recordID, at: event) else { return }
        tables.opportunities[slot].owner = owner
      } else if event.category == "lead" {
        // In a pool a lead waits for somebody.
        guard owner.kind == "user" else { return }
        guard let slot = try tables.leads.find(event.recordID) else { return }
        tables.leads[slot].reach(.assigned, event)
      }
    case .pipeline(let change): tables.stages.apply(change, event)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .organization, .permission, .pool,
      .registration, .slaPolicy, .tag, .task, .team, .ticket, .user:
      return
    }
  }
}
