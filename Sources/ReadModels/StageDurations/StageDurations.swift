internal import Schema

/// How long opportunities stay in each stage, and every move they made (RM-10).
package enum StageDurations: Projector {
  package static let name = "stage-durations"
  package static let version: UInt32 = 1
  package static let messages = [
    OpportunityEvent.protoMessageName, OwnershipEvent.protoMessageName,
    PipelineEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var present = RowCache<StagePresent>()
    var visits = RowJournal<StageVisit>()
    var moves = RowJournal<StageMove>()
    var stages = RowCache<StageLimit>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&present)
      try visitor.visit(&visits)
      try visitor.visit(&moves)
      try visitor.visit(&stages)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .opportunity(let change): try apply(change, event, &tables)
    case .ownership:
      if event.category == "opportunity" { try touch(event, &tables) }
    case .pipeline(let change): apply(change, &tables)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .organization, .permission, .pool,
      .registration, .slaPolicy, .tag, .task, .team, .ticket, .user:
      return
    }
  }
}
