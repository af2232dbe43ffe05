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

  /// Writes the rows behind those that are there.
  mutating func flush(in database: Database) throws(StorageError) {
    if pending.isEmpty { return }
    let last = try RowStatement("SELECT max(ordinal) FROM \(sql.table)", in: database)
    var ordinal = try last.step() ? last.integer(at: 0) : 0
    last.reset()
    let insert = try RowStatement(sql.insert, in: database)
    for index in pending.indices {
      ordinal += 1
      var binder = RowBinder(insert)
      binder.code("ordinal", &ordinal)
      pending[index].code(&binder)
      try insert.run()
    }
  }

  mutating func settle() { pending.removeAll(keepingCapacity: true) }
  mutating func discard() { pending.removeAll() }
}
