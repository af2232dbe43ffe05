internal import CLMDB

/// A named table of the environment; LMDB calls it a database.
package struct Table: Hashable, Sendable {
  let index: UInt32
}

extension WriteTransaction {
  /// Opens the table `name`, making it if absent; its keys order bytewise.
  package mutating func table(named name: String) throws(LMDBError) -> Table {
    var index: MDB_dbi = 0
    try unsafe LMDBError.check(
      mdb_dbi_open(handle.pointer, name, UInt32(MDB_CREATE), &index), .dbiOpen)
    return Table(index: index)
  }

  /// Adds an entry behind the last key of `table`.
  ///
  /// - Parameters:
  ///   - value: 0 bytes or more; LMDB copies them into the map.
  ///   - key: 1...511 bytes, bytewise greater than every key in `table`.
  ///   - table: where to; any table of this transaction's environment.
  /// - Throws: ``LMDBError``: `isKeyExists` when `key` is not the greatest, `isMapFull`
  ///   when the map has no room. The transaction can only be given up then.
  /// - Complexity: O(1) pages; no page is split.
  ///
  /// Source: lmdb.h 0.9.24, `mdb_put` with `MDB_APPEND`.
  package mutating func append(
    _ value: Span<UInt8>, forKey key: Span<UInt8>, to table: Table
  ) throws(LMDBError) {
    let code = unsafe key.withMDBValue { keyValue in
      unsafe value.withMDBValue { dataValue in
        unsafe mdb_put(handle.pointer, table.index, &keyValue, &dataValue, UInt32(MDB_APPEND))
      }
    }
    try LMDBError.check(code, .put)
  }
}

extension Transaction where Self: ~Copyable {
  /// Calls `body` with the value at `key`, or with `nil` when there is none.
  ///
  /// The value stays in the map: `body` can read it, and can't keep it.
  package borrowing func withValue<Result: ~Copyable, Failure: LMDBFailure>(
    forKey key: Span<UInt8>, in table: Table,
    _ body: (Span<UInt8>?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var data = unsafe MDB_val()
    let code = unsafe key.withMDBValue { keyValue in
      unsafe mdb_get(handle.pointer, table.index, &keyValue, &data)
    }
    switch code {
    case MDB_SUCCESS: return unsafe try body(data.buffer.span)
    case MDB_NOTFOUND: return try body(nil)
    default: throw Failure(LMDBError(call: .get, code: code))
    }
  }
}
