internal import GRDB

/// Rows that are written once and never looked at again while projecting: closed intervals,
/// moves, hand-overs.
package struct RowJournal<Row: TableRow> {
  private var pending: [Row] = []
  private let sql = TableSQL(Row.self)

  package init() {}

  package mutating func append(_ row: Row) { pending.append(row) }
}

extension RowJournal {
  var definition: TableSQL { sql }

  mutating func flush(in database: Database) throws(StorageError) {
    let insert = try RowStatement(sql.insert, in: database)
    for index in pending.indices {
      var binder = RowBinder(insert)
      pending[index].code(&binder)
      try insert.run()
    }
  }

  mutating func settle() { pending.removeAll(keepingCapacity: true) }
  mutating func discard() { pending.removeAll() }
}
