import EventModel
import ReadModels
import Schema
import Synchronization

/// What a wrong line in a projector does: each is planted in ``Desk`` and must be found.
protocol Flaw {
  static var version: UInt32 { get }
  /// What the row becomes by a change of priority.
  static func priority(_ to: TicketPriority.Code, _ event: ProjectedEvent) -> String
  /// How many escalations an escalation adds.
  static func escalations(_ event: ProjectedEvent) -> Int64
  /// Whether a ticket gets a row.
  static func opens(_ event: ProjectedEvent) -> Bool
}

extension Flaw {
  static func priority(_ to: TicketPriority.Code, _ event: ProjectedEvent) -> String { "\(to)" }
  static func escalations(_ event: ProjectedEvent) -> Int64 { 1 }
  static func opens(_ event: ProjectedEvent) -> Bool { true }
}

enum NoFlaw: Flaw { static let version: UInt32 = 1 }

/// A small model of tickets whose projector may have a wrong line.
enum Desk<F: Flaw>: Projector {
  static var name: String { "ticket-desk" }
  static var version: UInt32 { F.version }
  static var messages: [String] { ["deed.crm.v1.TicketEvent"] }
  static var views: [String] { [] }

  struct Tables: ModelTables {
    var tickets = RowCache<DeskRow>()
    var moves = RowJournal<DeskMove>()

    mutating func visit<V: TableVisitor>(_ visitor: inout V) throws(V.Failure) {
      try visitor.visit(&tickets)
      try visitor.visit(&moves)
    }
  }

  static func apply(
    _ event: ProjectedEvent, to tables: inout Tables
  ) throws(ProjectionFailure) {
    guard case .ticket(let change) = event.payload else { return }
    if case .ticketOpened(let opened) = change {
      guard F.opens(event) else { return }
      var row = DeskRow()
      row.id = event.recordID
      row.priority = "\(opened.priority)"
      row.amount = 10
      row.currency = "EUR"
      tables.tickets.put(row)
    }
    guard let slot = try tables.tickets.find(event.recordID) else {
      throw .misplaced("the ticket \(event.recordID) was not opened before it")
    }
    if case .ticketPriorityChanged(let changed) = change {
      tables.tickets[slot].priority = F.priority(changed.to, event)
    }
    if case .ticketEscalated = change {
      tables.tickets[slot].escalations += F.escalations(event)
      tables.tickets[slot].amount += 5
    }
    if case .ticketClosed = change { tables.tickets[slot].isClosed = true }
    var move = DeskMove()
    move.id = event.recordID
    move.position = event.position
    move.type = event.type
    move.priority = tables.tickets[slot].priority
    tables.moves.append(move)
  }
}

struct DeskRow: TableRow {
  static let shape = TableShape("desk_ticket")
  var id = ""
  var priority = ""
  var escalations: Int64 = 0
  var amount: Int64 = 0
  var currency = ""
  var isClosed = false
  var key: String { id }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &id)
    coder.code("priority", &priority)
    coder.code("escalations", &escalations)
    coder.code("amount_minor", &amount)
    coder.code("currency", &currency)
    coder.code("is_closed", &isClosed)
  }
}

struct DeskMove: CodedRow {
  static let shape = TableShape("desk_move")
  var id = ""
  var position = Position(0)
  var type = ""
  var priority = ""

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("ticket_id", &id)
    coder.code("position", &position)
    coder.code("type", &type)
    coder.code("priority", &priority)
  }
}

/// Tickets with steps of every kind, as a seed has it.
func deskHistory(_ tickets: Int) throws -> EventScript {
  var script = EventScript()
  for number in 1...tickets { try script.ticket("t\(number)", team: "A") }
  for number in 1...tickets {
    var priority = TicketPriorityChanged()
    priority.to = number % 2 == 0 ? .urgent : .low
    try script.add(.ticket(.ticketPriorityChanged(priority)), on: "ticket-t\(number)")
    if number % 3 == 0 {
      try script.add(.ticket(.ticketEscalated(TicketEscalated())), on: "ticket-t\(number)")
    }
    if number % 4 == 0 {
      try script.add(.ticket(.ticketClosed(TicketClosed())), on: "ticket-t\(number)")
    }
  }
  return script
}
