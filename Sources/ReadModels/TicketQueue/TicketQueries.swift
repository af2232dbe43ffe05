/// Which tickets, and how many.
package struct TicketFilter: Hashable, Sendable {
  /// Any status when empty.
  package var statuses: [String] = []
  /// Any when `nil`; tickets of nobody, or of no team, for the empty text.
  package var ownerID: String?
  package var teamID: String?
  package var accountID: String?
  package var limit = 100
  /// Tickets behind this one, in the order of ids.
  package var after: String?

  package init() {}
}

extension ModelReader {
  /// Tickets in the order of their ids.
  package func tickets(_ filter: TicketFilter) throws(QueryError) -> Answer<[TicketRow]> {
    try ask(TicketQueue.self, asOf: .latest) { model throws(StorageError) in
      var conditions = ["1"]
      var arguments: [SQLValue] = []
      if !filter.statuses.isEmpty {
        let places = filter.statuses.map { _ in "?" }.joined(separator: ", ")
        conditions.append("status IN (\(places))")
        arguments += filter.statuses.map { .text($0) }
      }
      let equals = [
        ("owner_id", filter.ownerID), ("team_id", filter.teamID), ("account_id", filter.accountID),
      ]
      for (column, value) in equals {
        guard let value else { continue }
        conditions.append("\(column) = ?")
        arguments.append(.text(value))
      }
      if let after = filter.after {
        conditions.append("ticket_id > ?")
        arguments.append(.text(after))
      }
      let condition = conditions.joined(separator: " AND ")
      return try model.rows(
        TicketRow.self, from: "ticket",
        where: "\(condition) ORDER BY ticket_id LIMIT \(max(0, filter.limit))", arguments)
    }
  }

  /// The ticket `id` with every step it took; `nil` when there is none.
  package func ticket(
    _ id: String
  ) throws(QueryError) -> Answer<(ticket: TicketRow, steps: [TicketStep])?> {
    try ask(TicketQueue.self, asOf: .latest) { model throws(StorageError) in
      guard
        let ticket = try model.rows(
          TicketRow.self, from: "ticket", where: "ticket_id = ?", [.text(id)]
        ).first
      else { return nil }
      let steps = try model.rows(
        TicketStep.self, from: "ticket_status_history",
        where: "ticket_id = ? ORDER BY ordinal", [.text(id)])
      return (ticket, steps)
    }
  }
}
