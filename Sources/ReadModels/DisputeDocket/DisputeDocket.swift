internal import EventModel
internal import Schema

/// Disputes with their states, deadlines, packs and rulings (RM-25).
package enum DisputeDocket: Projector {
  package static let name = "dispute-docket"
  package static let version: UInt32 = 2
  package static let messages = [DisputeEvent.protoMessageName]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var disputes = RowCache<DisputeRow>()
    var packs = RowJournal<DisputePackRow>()
    var rulings = RowJournal<DisputeRulingRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&disputes)
      try visitor.visit(&packs)
      try visitor.visit(&rulings)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    guard case .dispute(let change) = event.payload else { return }
    if case .disputeOpened(let opened) = change {
      tables.disputes.put(DisputeRow(opened, event))
      return
    }
    guard let slot = try tables.disputes.find(event.recordID) else {
      throw .misplaced("the dispute \(event.recordID) was not opened before it")
    }
    tables.disputes[slot].apply(change, event)
    if case .disputeEvidencePackSealed(let sealed) = change {
      tables.packs.append(DisputePackRow(sealed, event))
    } else if case .disputeRuled(let ruled) = change {
      tables.rulings.append(DisputeRulingRow(ruled, event))
    }
  }
}
