internal import GRDB

/// Rows that are written once and not looked at again while projecting, such as closed intervals.
///
/// They are numbered in the order in which they came, from 1.
package struct RowJournal<Row: CodedRow> {
  private var pending = PackedRows()
  private let sql = TableSQL(Row.self, isJournal: true)

  package init() {}

  package mutating func append(_ row: Row) {
    var row = row
    pending.append(&row)
  }

  /// Appends what `version` was until the event of `end`.
  mutating func append<Version>(
    _ version: inout Version, until end: VersionStart
  ) where Row == ClosedVersion<Version> {
    var end = end
    pending.begin()
    Row.code(&version, &end, &pending)
  }
}

extension RowJournal {
  var definition: TableSQL { sql }

  /// Takes the new rows, to be written behind those that are there; `nil` for none.
  mutating func takeChanges() -> TableWrite? {
    if pending.isEmpty { return nil }
    let taken = pending
    pending = PackedRows()
    pending.reserve(taken.count, sql.columns)
    let sql = sql
    return { database throws(StorageError) in try Self.write(taken, sql, database) }
  }

  private static func write(
    _ rows: PackedRows, _ sql: TableSQL, _ database: Database
  ) throws(StorageError) {
    let last = try RowStatement("SELECT max(ordinal) FROM \(sql.table)", in: database)
    let ordinal = try last.step() ? last.integer(at: 0) : 0
    last.reset()
    let columns = Array(sql.columns.dropFirst())
    try RowWriter(rows, sql.insert, sql.insertMany, columns).write(
      0..<rows.count, after: ordinal, in: database)
  }

  mutating func discard() { pending.removeAll() }

  /// Shows the new rows instead of writing them.
  mutating func drain(_ body: (Row) -> Void) {
    for index in 0..<pending.count { body(pending.row(Row.self, at: index)) }
    pending.removeAll()
  }
}
