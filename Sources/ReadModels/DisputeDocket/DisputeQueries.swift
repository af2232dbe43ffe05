/// Which disputes.
package struct DisputeFilter: Hashable, Sendable {
  /// Any status when empty.
  package var statuses: [String] = []
  /// A party or the arbitrator; anybody when `nil`.
  package var userID: String?
  /// The contested record's identifier; any when `nil`.
  package var subjectID: String?
  package var limit = 100

  package init() {}
}

extension ModelReader {
  /// Disputes, the latest first.
  package func disputes(_ filter: DisputeFilter) throws(QueryError) -> Answer<[DisputeRow]> {
    try ask(DisputeDocket.self, asOf: .latest) { model throws(StorageError) in
      var conditions = ["1"]
      var arguments: [SQLValue] = []
      if !filter.statuses.isEmpty {
        let places = filter.statuses.map { _ in "?" }.joined(separator: ", ")
        conditions.append("status IN (\(places))")
        arguments += filter.statuses.map { .text($0) }
      }
      if let userID = filter.userID {
        conditions.append("(claimant_id = ? OR respondent_id = ? OR arbitrator_id = ?)")
        arguments += [.text(userID), .text(userID), .text(userID)]
      }
      if let subjectID = filter.subjectID {
        conditions.append("subject_id = ?")
        arguments.append(.text(subjectID))
      }
      let condition = conditions.joined(separator: " AND ")
      return try model.rows(
        DisputeRow.self, from: "dispute",
        where: "\(condition) ORDER BY opened_position DESC LIMIT \(max(0, filter.limit))",
        arguments)
    }
  }
}
