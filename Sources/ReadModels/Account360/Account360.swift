internal import EventModel
internal import Schema

/// A customer with everything around it, at any position (RM-01).
package enum Account360: Projector {
  package static let name = "account-360"
  package static let version: UInt32 = 3
  package static let messages = [
    AccountEvent.protoMessageName, ActivityEvent.protoMessageName, ContactEvent.protoMessageName,
    OpportunityEvent.protoMessageName, OwnershipEvent.protoMessageName, TagEvent.protoMessageName,
    TicketEvent.protoMessageName,
  ]
  package static let views: [String] = []

  package struct Tables: ModelTables {
    var accounts = VersionTable<AccountRow>()
    var contacts = VersionTable<AccountContactRow>()
    var opportunities = VersionTable<AccountOpportunityRow>()
    var tickets = VersionTable<AccountTicketRow>()
    var tags = VersionTable<RecordTagRow>()
    var promises = VersionTable<AccountPromiseRow>()
    var consents = VersionTable<ContactConsentRow>()
    var activities = RowJournal<AccountActivityRow>()

    package init() {}

    package mutating func visit<Visitor: TableVisitor>(
      _ visitor: inout Visitor
    ) throws(Visitor.Failure) {
      try visitor.visit(&accounts)
      try visitor.visit(&contacts)
      try visitor.visit(&opportunities)
      try visitor.visit(&tickets)
      try visitor.visit(&tags)
      try visitor.visit(&promises)
      try visitor.visit(&consents)
      try visitor.visit(&activities)
    }
  }

  package static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    switch event.payload {
    case .account(let change): try apply(change, event, &tables)
    case .contact(let change): try apply(change, event, &tables)
    case .opportunity(let change): try apply(change, event, &tables)
    case .ticket(let change): try apply(change, event, &tables)
    case .ownership(let change): try apply(change, event, &tables)
    case .tag(let change): try apply(change, event, &tables)
    case .activity(let change):
      if case .activityLogged(let logged) = change { try note(logged, event, &tables) }
    case .businessCalendar, .dispute, .disputeRuleBook, .duplicateCase, .export, .handover,
      .import, .lead, .organization, .permission, .pipeline, .pool, .registration, .slaPolicy,
      .task, .team, .user:
      return
    }
  }

  private static func apply(
    _ change: TagEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .tagApplied(let applied):
      var row = RecordTagRow()
      row.record = "\(event.category)-\(event.recordID)"
      row.tagID = applied.tagID
      try tables.tags.put(row, at: event)
    case .tagRemoved(let removed):
      let record = "\(event.category)-\(event.recordID)"
      try tables.tags.end(TextPair(record, removed.tagID), at: event)
    }
  }

  /// An activity belongs to every account that its subjects belong to, once.
  private static func note(
    _ logged: ActivityLogged, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    if logged.planned { return }
    var accounts: [String] = []
    for subject in logged.subjectRefs {
      let account = try account(of: subject, &tables)
      if let account, !account.isEmpty, !accounts.contains(account) { accounts.append(account) }
    }
    for account in accounts {
      tables.activities.append(AccountActivityRow(account, logged, event))
    }
  }

  private static func account(
    of subject: RecordRef, _ tables: inout Tables
  ) throws(ProjectionFailure) -> String? {
    switch subject.objectType {
    case .account: return subject.id
    case .contact:
      guard let slot = try tables.contacts.find(subject.id) else { return nil }
      return tables.contacts[slot].accountID
    case .opportunity:
      guard let slot = try tables.opportunities.find(subject.id) else { return nil }
      return tables.opportunities[slot].accountID
    case .ticket:
      guard let slot = try tables.tickets.find(subject.id) else { return nil }
      return tables.tickets[slot].accountID
    case .lead, .quote, .contract, .order, .payment, .subscription, .activity, .task, .campaign,
      .partner, .user, .team, .pipeline, .organization, .pool, .registration, .dispute, .handover,
      .UNRECOGNIZED, .businessCalendar, .disputeRuleBook, .duplicateCase, .export, .import,
      .objectTypeUnspecified, .permissions, .slaPolicy:
      return nil
    }
  }
}
