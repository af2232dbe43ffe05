internal import EventModel

extension ModelReader {
  /// What waits for a user, the first due first; what is due at no time comes last.
  ///
  /// - Parameters:
  ///   - userID: whose.
  ///   - dueBy: only what is due by then; all when `nil`.
  ///   - limit: at most so many.
  /// - Returns: the items with the model's position.
  /// - Throws: ``QueryError`` when the model can't be asked.
  package func work(
    of userID: String, dueBy: Int64?, limit: Int
  ) throws(QueryError) -> Answer<[WorkItemRow]> {
    try ask(Worklist.self, asOf: .latest) { model throws(StorageError) in
      var condition = "user_id = ? AND is_done = 0"
      var arguments: [SQLValue] = [.text(userID)]
      if let dueBy {
        condition += " AND due_us <= ?"
        arguments.append(.integer(dueBy))
      }
      return try model.rows(
        WorkItemRow.self, from: "work_item",
        where: "\(condition) ORDER BY due_us IS NULL, due_us, item_id LIMIT \(max(0, limit))",
        arguments)
    }
  }
}
