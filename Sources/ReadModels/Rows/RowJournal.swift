internal import GRDB

/// Rows that are written once and not looked at again while projecting, such as closed intervals.
///
/// They are numbered in the order in which they came, from 1.
package struct RowJournal<Row: CodedRow> {
  private var pending: [Row] = []
  private let sql = TableSQL(Row.self, isJournal: true)

  package init() {}

  package mutating func append(_ row: Row) { pending.append(row) }
}

extension RowJournal {
  var definition: TableSQL { sql }

  /// Takes the new rows, to be written behind those that are there; `nil` for none.
  mutating func takeChanges() -> TableWrite? {
    if pending.isEmpty { return nil }
    let taken = pending
    pending = []
    let sql = sql
    return { database throws(StorageError) in try Self.write(taken, sql, database) }
  }

  private static func write(
    _ rows: [Row], _ sql: TableSQL, _ database: Database
  ) throws(StorageError) {
    let last = try RowStatement("SELECT max(ordinal) FROM \(sql.table)", in: database)
    var ordinal = try last.step() ? last.integer(at: 0) : 0
    last.reset()
    let insert = try RowStatement(sql.insert, in: database)
    for var row in rows {
      ordinal += 1
      var binder = RowBinder(insert)
      binder.code("ordinal", &ordinal)
      row.code(&binder)
      try insert.run()
    }
  }

  mutating func discard() { pending.removeAll() }
}
