internal import EventModel
internal import Schema

/// What is missing in customers, contacts and leads, how fresh they are, which have open cases of
/// duplicates, and how soon people write down what they did (RM-21).
///
/// Personal fields don't come here: what a record needs to be complete is what stands plain.
package enum DataQuality: Projector {
  package static let name = "data-quality"
  package static let version: UInt32 = 1
  package static let messages = [
    AccountEvent.protoMessageName, ActivityEvent.protoMessageName, ContactEvent.protoMessageName,
    DuplicateCaseEvent.protoMessageName, LeadEvent.protoMessageName,
    OwnershipEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var records = RowCache<QualityRecordRow>()
    var cases = RowCache<QualityCaseRow>()
    var logging = RowCache<QualityLoggingRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&records)
      try visitor.visit(&cases)
      try visitor.visit(&logging)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .account(let change): try apply(change, event, &tables)
    case .contact(let change): try apply(change, event, &tables)
    case .lead(let change): try apply(change, event, &tables)
    case .activity(let change): try apply(change, event, &tables)
    case .duplicateCase(let change): try apply(change, event, &tables)
    case .ownership(let change): try apply(change, event, &tables)
    case .businessCalendar, .dispute, .disputeRuleBook, .export, .handover, .import, .opportunity,
      .organization, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task,
      .team, .ticket, .user:
      return
    }
  }

  /// Changes the stream's record; one that was never made is noted.
  static func change(
    _ event: ProjectedEvent, _ tables: inout Tables, _ body: (inout QualityRecordRow) -> Void
  ) throws(ProjectionFailure) {
    let key = "\(event.category):\(event.recordID)"
    guard let slot = try tables.records.find(key) else {
      throw .misplaced("the \(event.category) \(event.recordID) was not made before it")
    }
    body(&tables.records[slot])
  }
}
