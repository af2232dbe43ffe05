/// A selection as a statement: names come from tables' definitions, values are bound.
extension RowSelection {
  func sql(from relation: String) -> (text: String, arguments: [SQLValue]) {
    var parts: [String] = []
    var arguments: [SQLValue] = []
    for condition in conditions {
      parts.append("\(condition.column.comparable) \(condition.comparison.rawValue) ?")
      arguments.append(condition.value)
    }
    if let owners {
      let places = owners.map { _ in "?" }.joined(separator: ", ")
      parts.append("owner_id IN (\(places))")
      arguments += owners.map { .text($0) }
    }
    if let after { parts.append(behind(after, &arguments)) }
    let names = columns.map(\.name).joined(separator: ", ")
    let orders = order.map { "\($0.column.comparable)\($0.isDescending ? " DESC" : "")" }
    let condition = parts.isEmpty ? "1" : parts.joined(separator: " AND ")
    return (
      "SELECT \(names) FROM \(relation) WHERE \(condition) "
        + "ORDER BY \(orders.joined(separator: ", ")) LIMIT \(max(0, limit))", arguments
    )
  }

  /// Behind the row with these values: later by the first column that differs.
  private func behind(_ values: [SQLValue], _ arguments: inout [SQLValue]) -> String {
    var choices: [String] = []
    for (index, entry) in order.enumerated() {
      var equals: [String] = []
      for earlier in 0..<index {
        equals.append("\(order[earlier].column.comparable) = ?")
        arguments.append(values[earlier])
      }
      equals.append("\(entry.column.comparable) \(entry.isDescending ? "<" : ">") ?")
      arguments.append(values[index])
      choices.append("(\(equals.joined(separator: " AND ")))")
    }
    return "(\(choices.joined(separator: " OR ")))"
  }
}

extension ListedTable.Column {
  /// The column as it is compared: nothing comes before everything.
  fileprivate var comparable: String {
    guard isOptional else { return name }
    return isInteger ? "coalesce(\(name), -9223372036854775807)" : "coalesce(\(name), '')"
  }

  /// What ``comparable`` is for a row that has none.
  package var lowest: SQLValue { isInteger ? .integer(-9_223_372_036_854_775_807) : .text("") }
}

extension ModelSnapshot {
  func list(
    _ selection: RowSelection, from relation: String
  ) throws(StorageError) -> [[SQLValue]] {
    let (text, arguments) = selection.sql(from: relation)
    var rows: [[SQLValue]] = []
    try scan(text, arguments) { statement throws(StorageError) in
      rows.append(
        selection.columns.enumerated().map { index, column in
          let place = Int32(index)
          if statement.isNull(at: place) { return .null }
          return column.isInteger
            ? .integer(statement.integer(at: place)) : .text(statement.text(at: place))
        })
    }
    return rows
  }
}
