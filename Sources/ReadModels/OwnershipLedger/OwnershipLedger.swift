internal import EventModel
internal import Schema

/// Who owned each record from when to when, by what right and whose act (RM-02).
package enum OwnershipLedger: Projector {
  package static let name = "ownership-ledger"
  package static let version: UInt32 = 2
  package static let messages = [
    AccountEvent.protoMessageName, ContactEvent.protoMessageName, LeadEvent.protoMessageName,
    OwnershipEvent.protoMessageName, TicketEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var owners = VersionTable<OwnershipRow>()
    var protections = VersionTable<ProtectionRow>()
    var collaborators = VersionTable<CollaboratorRow>()
    var flags = VersionTable<OwnershipFlagRow>()
    var merges = VersionTable<MergeRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&owners)
      try visitor.visit(&protections)
      try visitor.visit(&collaborators)
      try visitor.visit(&flags)
      try visitor.visit(&merges)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .ownership(let change): try apply(change, event, &tables)
    case .account(let change):
      if case .accountMergedInto(let merged) = change {
        try merge(merged.survivorID, event, &tables)
      }
      if case .accountUnmerged(let unmerged) = change {
        try tables.merges.end(TextPair(event.category, unmerged.mergedID), at: event)
      }
    case .contact(let change):
      if case .contactMergedInto(let merged) = change {
        try merge(merged.survivorID, event, &tables)
      }
      if case .contactUnmerged(let unmerged) = change {
        try tables.merges.end(TextPair(event.category, unmerged.mergedID), at: event)
      }
    case .lead(let change):
      if case .leadMergedInto(let merged) = change {
        try merge(merged.survivorID, event, &tables)
      }
      if case .leadUnmerged(let unmerged) = change {
        try tables.merges.end(TextPair(event.category, unmerged.mergedID), at: event)
      }
    case .ticket(let change):
      if case .ticketMergedInto(let merged) = change {
        try merge(merged.survivorID, event, &tables)
      }
    case .activity, .businessCalendar, .dispute, .disputeRuleBook, .duplicateCase, .export,
      .handover, .import, .opportunity, .organization, .permission, .pipeline, .pool,
      .registration, .slaPolicy, .tag, .task, .team, .user:
      return
    }
  }

  /// From here on the survivor's owner is asked (crm-domain.md 3.4.8).
  private static func merge(
    _ survivor: String, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    var row = MergeRow()
    row.recordType = event.category
    row.recordID = event.recordID
    row.survivorID = survivor
    try tables.merges.put(row, at: event)
  }
}
