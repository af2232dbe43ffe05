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
    try RowStatement.run(
      one: sql.insert, many: sql.insertMany, count: rows.count, in: database
    ) { index, binder in
      ordinal += 1
      var row = rows[index]
      binder.code("ordinal", &ordinal)
      row.code(&binder)
    }
  }

  mutating func discard() { pending.removeAll() }

  /// Shows the new rows instead of writing them.
  mutating func drain(_ body: (Row) -> Void) {
    for row in pending { body(row) }
    pending.removeAll(keepingCapacity: true)
  }
}
