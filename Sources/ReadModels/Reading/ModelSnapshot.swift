internal import EventModel
internal import GRDB

/// One commit of a model, as of a position; used inside one question.
struct ModelSnapshot {
  let database: Database
  /// The last position that counts.
  let asOf: Position?
  /// Whether everything counts: then present rows are all there is to look at.
  let isLatest: Bool

  /// What to select a versioned table's rows from.
  func relation<Row: VersionedRow>(_ row: Row.Type) -> String {
    if isLatest { return Row.shape.name }
    let limit = asOf.map { Int64($0.rawValue) } ?? -1
    return "(SELECT * FROM \(Row.shape.name)_versions WHERE valid_from <= \(limit) "
      + "AND (valid_to IS NULL OR valid_to > \(limit)))"
  }

  /// The last position that counts, for a comparison in SQL; -1 when none does.
  var limit: Int64 { asOf.map { Int64($0.rawValue) } ?? -1 }

  /// The rows that count and match `condition`.
  func present<Row: VersionedRow>(
    _ row: Row.Type, where condition: String, _ arguments: [SQLValue]
  ) throws(StorageError) -> [Row] {
    try rows(row, from: relation(row), where: condition, arguments)
  }

  /// The rows of a table or subquery; `condition` stands behind `WHERE`, with `?` for each
  /// argument.
  func rows<Row: CodedRow>(
    _ row: Row.Type, from relation: String, where condition: String, _ arguments: [SQLValue]
  ) throws(StorageError) -> [Row] {
    let names = TableSQL(Row.self).columns.map(\.name).joined(separator: ", ")
    let select = try RowStatement(
      "SELECT \(names) FROM \(relation) WHERE \(condition)", in: database)
    defer { select.reset() }
    bind(arguments, to: select)
    var rows: [Row] = []
    while try select.step() {
      var row = Row()
      var reader = RowReader(select)
      row.code(&reader)
      rows.append(row)
    }
    return rows
  }

  /// Visits what `sql` selects.
  func scan(
    _ sql: String, _ arguments: [SQLValue] = [],
    _ visit: (RowStatement) throws(StorageError) -> Void
  ) throws(StorageError) {
    let select = try RowStatement(sql, in: database)
    defer { select.reset() }
    bind(arguments, to: select)
    while try select.step() { try visit(select) }
  }

  private func bind(_ arguments: [SQLValue], to statement: RowStatement) {
    for (index, argument) in arguments.enumerated() {
      let index = Int32(index + 1)
      switch argument {
      case .null: statement.bindNull(at: index)
      case .integer(let value): statement.bind(value, at: index)
      case .text(let value): statement.bind(value, at: index)
      case .real(let value): statement.bind("\(value)", at: index)
      case .blob(let value): statement.bind(value.hex, at: index)
      }
    }
  }
}

/// A value as SQLite has it.
package enum SQLValue: Hashable, Sendable {
  case null
  case integer(Int64)
  /// Only in people's own SQL: no model has a column of this kind.
  case real(Double)
  case text(String)
  case blob([UInt8])
}
