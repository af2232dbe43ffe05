internal import EventModel
internal import Schema

/// What waits for each person: tasks, first answers, deals that are due, clocks of tickets,
/// answers to disputes, what was handed over (RM-27).
package enum Worklist: Projector {
  package static let name = "worklist"
  package static let version: UInt32 = 2
  package static let messages = [
    DisputeEvent.protoMessageName, DuplicateCaseEvent.protoMessageName,
    HandoverEvent.protoMessageName, LeadEvent.protoMessageName, OpportunityEvent.protoMessageName,
    OwnershipEvent.protoMessageName, RegistrationEvent.protoMessageName,
    TaskEvent.protoMessageName, TicketEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var items = RowCache<WorkItemRow>()
    var anchors = RowCache<WorkAnchorRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&items)
      try visitor.visit(&anchors)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .task(let change): try apply(change, event, &tables)
    case .lead(let change): try apply(change, event, &tables)
    case .opportunity(let change): try apply(change, event, &tables)
    case .ticket(let change): try apply(change, event, &tables)
    case .ownership(let change): try apply(change, event, &tables)
    case .dispute(let change): try apply(change, event, &tables)
    case .handover(let change): try apply(change, event, &tables)
    case .registration(let change): try apply(change, event, &tables)
    case .duplicateCase(let change): try apply(change, event, &tables)
    case .account, .activity, .businessCalendar, .contact, .disputeRuleBook, .export, .import,
      .organization, .permission, .pipeline, .pool, .slaPolicy, .tag, .team, .user:
      return
    }
  }
}

/// What the events do to items.
extension Worklist {
  static func put(
    _ event: ProjectedEvent, _ kind: String, due: Timestamp?, user: String? = nil,
    _ tables: inout Tables
  ) throws(ProjectionFailure) {
    let owner = try tables.anchors.row(WorkAnchorRow.key(event))?.userID ?? ""
    tables.items.put(WorkItemRow(event, kind, user: user ?? owner, due: due))
  }

  static func change(
    _ event: ProjectedEvent, _ kind: String, _ tables: inout Tables,
    _ body: (inout WorkItemRow) -> Void
  ) throws(ProjectionFailure) {
    guard let slot = try tables.items.find(WorkItemRow.id(event, kind)) else { return }
    body(&tables.items[slot])
  }

  static func finish(
    _ event: ProjectedEvent, _ kinds: [String], _ tables: inout Tables
  ) throws(ProjectionFailure) {
    for kind in kinds { try change(event, kind, &tables) { $0.isDone = true } }
  }

  static func anchor(
    _ event: ProjectedEvent, _ tables: inout Tables, _ body: (inout WorkAnchorRow) -> Void
  ) throws(ProjectionFailure) {
    var row = try tables.anchors.row(WorkAnchorRow.key(event)) ?? WorkAnchorRow(event)
    body(&row)
    tables.anchors.put(row)
  }

  /// Kinds of items that go to the next owner with their record.
  static let ownedKinds = ["firstResponse", "nurture", "close", "stalled", "resolution"]
}
