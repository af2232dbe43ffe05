/// Which leads, and how many.
package struct LeadFilter: Hashable, Sendable {
  /// Any status when empty.
  package var statuses: [String] = []
  /// Any owner when `nil`; leads of nobody for the empty text.
  package var ownerID: String?
  package var limit = 100
  /// Leads behind this one, in the inbox's order of ids.
  package var after: String?

  package init() {}
}

extension ModelReader {
  /// Leads in the order of their ids.
  package func leads(_ filter: LeadFilter) throws(QueryError) -> Answer<[LeadRow]> {
    try ask(LeadInbox.self, asOf: .latest) { model throws(StorageError) in
      var conditions = ["1"]
      var arguments: [SQLValue] = []
      if !filter.statuses.isEmpty {
        let places = filter.statuses.map { _ in "?" }.joined(separator: ", ")
        conditions.append("status IN (\(places))")
        arguments += filter.statuses.map { .text($0) }
      }
      if let owner = filter.ownerID {
        conditions.append("owner_id = ?")
        arguments.append(.text(owner))
      }
      if let after = filter.after {
        conditions.append("lead_id > ?")
        arguments.append(.text(after))
      }
      let condition = conditions.joined(separator: " AND ")
      return try model.rows(
        LeadRow.self, from: "lead",
        where: "\(condition) ORDER BY lead_id LIMIT \(max(0, filter.limit))", arguments)
    }
  }

  /// The lead `id`; `nil` when there is none.
  package func lead(_ id: String) throws(QueryError) -> Answer<LeadRow?> {
    try ask(LeadInbox.self, asOf: .latest) { model throws(StorageError) in
      try model.rows(LeadRow.self, from: "lead", where: "lead_id = ?", [.text(id)]).first
    }
  }
}
