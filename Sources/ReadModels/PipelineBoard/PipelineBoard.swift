internal import Schema

/// The opportunities in each stage, with amounts and ages, at any position (RM-08).
package enum PipelineBoard: Projector {
  package static let name = "pipeline-board"
  package static let version: UInt32 = 1
  package static let messages = [
    OpportunityEvent.protoMessageName, OwnershipEvent.protoMessageName,
    PipelineEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var opportunities = VersionTable<BoardRow>()
    var stages = RowCache<StageRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&opportunities)
      try visitor.visit(&stages)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .opportunity(let change): try apply(change, event, &tables)
    case .ownership(let change):
      guard event.category == "opportunity", let owner = OwnerColumns(after: change),
        let slot = try tables.opportunities.revise(event.recordID, at: event)
      else { return }
      tables.opportunities[slot].owner = owner
    case .pipeline(let change): tables.stages.apply(change, event)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .organization, .permission, .pool,
      .registration, .slaPolicy, .tag, .task, .team, .ticket, .user:
      return
    }
  }
}
