internal import CLMDB

extension Transaction where Self: ~Copyable {
  /// Calls `body` with the value at `key`, or with `nil` when there is none.
  ///
  /// The value stays in the map: `body` can read it, and can't keep it.
  package borrowing func withValue<Result: ~Copyable, Failure: LMDBFailure>(
    forKey key: Span<UInt8>, in table: Table,
    _ body: (Span<UInt8>?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var data = unsafe MDB_val()
    let index = unsafe handle.index(of: table.handle)
    let code = unsafe key.withMDBValue { keyValue in
      unsafe mdb_get(handle.pointer, index, &keyValue, &data)
    }
    switch code {
    case MDB_SUCCESS: return unsafe try body(data.buffer.span)
    case MDB_NOTFOUND: return try body(nil)
    default: throw Failure(LMDBError(call: .get, code: code))
    }
  }

  /// Calls `body` with the value at `key`, or with `nil` when there is none.
  package borrowing func withValue<Result: ~Copyable, Failure: LMDBFailure>(
    forKey key: UInt64, in table: IntegerTable,
    _ body: (Span<UInt8>?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var data = unsafe MDB_val()
    let index = unsafe handle.index(of: table.handle)
    let code = unsafe key.withMDBValue { keyValue in
      unsafe mdb_get(handle.pointer, index, &keyValue, &data)
    }
    switch code {
    case MDB_SUCCESS: return unsafe try body(data.buffer.span)
    case MDB_NOTFOUND: return try body(nil)
    default: throw Failure(LMDBError(call: .get, code: code))
    }
  }

  /// How many entries `table` has.
  package borrowing func entryCount(of table: Table) throws(LMDBError) -> Int {
    try statistics(of: table.handle).entryCount
  }

  /// How many entries `table` has.
  package borrowing func entryCount(of table: IntegerTable) throws(LMDBError) -> Int {
    try statistics(of: table.handle).entryCount
  }

  package borrowing func statistics(of table: Table) throws(LMDBError) -> TableStatistics {
    try statistics(of: table.handle)
  }

  package borrowing func statistics(of table: IntegerTable) throws(LMDBError) -> TableStatistics {
    try statistics(of: table.handle)
  }

  private borrowing func statistics(
    of table: TableHandle
  ) throws(LMDBError) -> TableStatistics {
    var found = MDB_stat()
    let index = unsafe handle.index(of: table)
    try unsafe LMDBError.check(mdb_stat(handle.pointer, index, &found), .stat)
    return TableStatistics(
      entryCount: Int(found.ms_entries),
      pageCount: Int(found.ms_branch_pages + found.ms_leaf_pages + found.ms_overflow_pages),
      depth: Int(found.ms_depth))
  }
}

/// What one table occupies.
package struct TableStatistics: Hashable, Sendable {
  package let entryCount: Int
  package let pageCount: Int
  /// Pages from the root to a leaf; 0 for an empty table.
  package let depth: Int
}
