internal import CLMDB

/// Changes to bytewise tables.
extension WriteTransaction {
  /// Adds an entry behind the last key of `table`.
  ///
  /// - Parameters:
  ///   - value: 0 bytes or more; LMDB copies them into the map.
  ///   - key: 1...511 bytes, bytewise greater than every key in `table`.
  ///   - table: where to; any table of this transaction's environment.
  /// - Throws: ``LMDBError``: cause `keyExists` when `key` is not the greatest, `mapFull`
  ///   when the map has no room. The transaction can only be given up then.
  /// - Complexity: O(1) pages; no page is split. The cursor at the table's end is kept for the
  ///   transaction, so that a run of appends costs what it costs in C.
  ///
  /// Source: lmdb.h 0.9.24, `mdb_cursor_put` with `MDB_APPEND`.
  package mutating func append(
    _ value: Span<UInt8>, forKey key: Span<UInt8>, to table: Table
  ) throws(LMDBError) {
    try unsafe appendEntry(table.handle) { cursor in
      unsafe key.withMDBValue { keyValue in
        unsafe value.withMDBValue { dataValue in
          unsafe mdb_cursor_put(cursor, &keyValue, &dataValue, UInt32(MDB_APPEND))
        }
      }
    }
  }

  /// Puts `value` at `key`, over one that is there.
  package mutating func put(
    _ value: Span<UInt8>, forKey key: Span<UInt8>, in table: Table
  ) throws(LMDBError) {
    let index = unsafe handle.index(of: table.handle)
    let code = unsafe key.withMDBValue { keyValue in
      unsafe value.withMDBValue { dataValue in
        unsafe mdb_put(handle.pointer, index, &keyValue, &dataValue, 0)
      }
    }
    try LMDBError.check(code, .put)
  }

  /// Takes `key` and its value out of `table`; says whether it was there.
  @discardableResult
  package mutating func delete(_ key: Span<UInt8>, from table: Table) throws(LMDBError) -> Bool {
    let index = unsafe handle.index(of: table.handle)
    let code = unsafe key.withMDBValue { keyValue in
      unsafe mdb_del(handle.pointer, index, &keyValue, nil)
    }
    return try LMDBError.found(code, .del)
  }

  /// Takes all entries out of `table`; its handle stays valid.
  ///
  /// - Complexity: O(pages of the table), which are free for later transactions.
  package mutating func empty(_ table: Table) throws(LMDBError) {
    try unsafe LMDBError.check(mdb_drop(handle.pointer, handle.index(of: table.handle), 0), .drop)
  }

  fileprivate mutating func appendEntry(
    _ table: TableHandle, _ put: (OpaquePointer) -> CInt
  ) throws(LMDBError) {
    let index = unsafe handle.index(of: table)
    let cursor = try unsafe appending.cursor(of: index, in: handle.pointer)
    try unsafe LMDBError.check(put(cursor), .cursorPut)
  }
}

/// Changes to integer tables.
extension WriteTransaction {
  /// Adds an entry behind the last key of `table`; otherwise like the bytewise form.
  package mutating func append(
    _ value: Span<UInt8>, forKey key: UInt64, to table: IntegerTable
  ) throws(LMDBError) {
    try unsafe appendEntry(table.handle) { cursor in
      unsafe key.withMDBValue { keyValue in
        unsafe value.withMDBValue { dataValue in
          unsafe mdb_cursor_put(cursor, &keyValue, &dataValue, UInt32(MDB_APPEND))
        }
      }
    }
  }

  /// Puts `value` at `key`, over one that is there.
  package mutating func put(
    _ value: Span<UInt8>, forKey key: UInt64, in table: IntegerTable
  ) throws(LMDBError) {
    let index = unsafe handle.index(of: table.handle)
    let code = unsafe key.withMDBValue { keyValue in
      unsafe value.withMDBValue { dataValue in
        unsafe mdb_put(handle.pointer, index, &keyValue, &dataValue, 0)
      }
    }
    try LMDBError.check(code, .put)
  }

  /// Takes `key` and its value out of `table`; says whether it was there.
  @discardableResult
  package mutating func delete(_ key: UInt64, from table: IntegerTable) throws(LMDBError) -> Bool {
    let index = unsafe handle.index(of: table.handle)
    let code = unsafe key.withMDBValue { keyValue in
      unsafe mdb_del(handle.pointer, index, &keyValue, nil)
    }
    return try LMDBError.found(code, .del)
  }

  /// Takes all entries out of `table`; its handle stays valid.
  package mutating func empty(_ table: IntegerTable) throws(LMDBError) {
    try unsafe LMDBError.check(mdb_drop(handle.pointer, handle.index(of: table.handle), 0), .drop)
  }
}

extension LMDBError {
  /// Whether `code` says that something was there; throws for any other failure.
  static func found(_ code: CInt, _ call: Call) throws(LMDBError) -> Bool {
    if code == MDB_NOTFOUND { return false }
    try check(code, call)
    return true
  }
}
