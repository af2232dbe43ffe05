internal import Audit
internal import CRM
internal import EventModel
internal import ReadModels
internal import Schema

/// What stands around a customer: Account360.
extension Workspace {
  func addSurroundings(
    of account: String, _ moment: Audit.Moment?, through gate: AccessGate,
    to answer: inout Answer
  ) throws(ServiceError) {
    if case .effective = moment {
      answer.notes.append(
        "What stands around the account goes by recorded time: ask with --as-of for it.")
      return
    }
    let asOf = try modelMoment(moment)
    let found = try asking { reader throws(QueryError) in try reader.account(account, asOf: asOf) }
    guard let view = found.value else { return }
    let tables: [(ObjectType.Code, Answer.Table)] = [
      (.contact, Self.contacts(view)), (.opportunity, Self.opportunities(view)),
      (.ticket, Self.tickets(view)), (.activity, Self.activities(view)),
    ]
    for (type, table) in tables {
      let shown = try listed(table, of: type, through: gate)
      if !shown.rows.isEmpty { answer.tables.append(shown) }
    }
  }

  /// The rows of the records that may be listed, by the identifier that each begins with, without
  /// the columns that are hidden.
  private func listed(
    _ table: Answer.Table, of type: ObjectType.Code, through gate: AccessGate
  ) throws(ServiceError) -> Answer.Table {
    var shown = table
    shown.rows = []
    var records: [String] = []
    for row in table.rows {
      guard case .text(let id)? = row.first, let facts = try gate.facts(RecordKey(type, id)),
        gate.evaluator.may(gate.user, .list, on: facts)
      else { continue }
      records.append("\(facts.key)")
      shown.rows.append(
        zip(table.columns, row).map { column, value in
          let delivery = gate.evaluator.delivery(
            gate.user, of: column.name, facts, on: .list)
          return delivery == .value || value == .none ? value : .hidden
        })
    }
    guard !records.isEmpty else { return shown }
    try gate.record(
      .listed(
        type: type.streamCategory, path: "show", records: records, classes: [],
        results: records.count))
    return shown
  }

  private static func contacts(_ view: AccountView) -> Answer.Table {
    .init(
      "contacts", "Contacts",
      columns: [.init("id", "Contact"), .init("role", "Role"), .init("status", "Status")],
      rows: view.contacts.map { [.text($0.contactID), .named($0.role), .named($0.status)] })
  }

  private static func opportunities(_ view: AccountView) -> Answer.Table {
    .init(
      "opportunities", "Opportunities",
      columns: [
        .init("id", "Opportunity"), .init("name", "Name"), .init("stage", "Stage"),
        .init("status", "Status"), .init("amount", "Amount"), .init("owner", "Owner"),
      ],
      rows: view.opportunities.map {
        [
          .text($0.opportunityID), .named($0.name), .named($0.stageID), .named($0.status),
          Value($0.amount), .named($0.owner.id),
        ]
      })
  }

  private static func tickets(_ view: AccountView) -> Answer.Table {
    .init(
      "tickets", "Tickets",
      columns: [
        .init("id", "Ticket"), .init("ticketNo", "Number"), .init("status", "Status"),
        .init("priority", "Priority"), .init("owner", "Owner"),
      ],
      rows: view.tickets.map {
        [
          .text($0.ticketID), .named($0.ticketNo), .named($0.status), .named($0.priority),
          .named($0.owner.id),
        ]
      })
  }

  private static func activities(_ view: AccountView) -> Answer.Table {
    .init(
      "activities", "Last activities",
      columns: [
        .init("id", "Activity"), .init("kind", "Kind"), .init("occurredAt", "Occurred"),
        .init("recordedAt", "Recorded"), .init("by", "By"), .init("crossOwner", "By another"),
      ],
      rows: view.activities.map {
        [
          .text($0.activityID), .named($0.kind), .moment($0.occurredAt), .moment($0.recordedAt),
          .named($0.performedBy), .flag($0.isCrossOwner),
        ]
      })
  }
}
