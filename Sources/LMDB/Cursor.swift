internal import CLMDB

/// What a visitor wants next.
package enum Continuation: Sendable { case proceed, stop }

extension Transaction where Self: ~Copyable {
  /// Visits the entries of `table` in key order.
  ///
  /// - Parameters:
  ///   - table: any table of this transaction's environment.
  ///   - start: 1...511 bytes; the first entry visited has this key, or the next one.
  ///   - visit: gets a key's and its value's bytes, and says whether to go on.
  /// - Throws: what `visit` throws, and an ``LMDBError`` as a `Failure`.
  /// - Complexity: O(log n) to seek, then O(1) an entry, without copying.
  ///
  /// Source: lmdb.h 0.9.24, `mdb_cursor_get` with `MDB_SET_RANGE` and `MDB_NEXT`.
  package borrowing func scan<Failure: LMDBFailure>(
    _ table: Table, from start: Span<UInt8>,
    _ visit: (_ key: Span<UInt8>, _ value: Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    let cursor: Cursor
    do throws(LMDBError) {
      cursor = try Cursor(over: table, in: self)
    } catch {
      throw Failure(error)
    }
    try cursor.scan(from: start, visit)
  }
}

/// An open `MDB_cursor`: closed by `deinit`, so before its transaction ends.
@safe private struct Cursor: ~Copyable {
  @unsafe private let handle: OpaquePointer

  init<Parent: Transaction & ~Copyable>(
    over table: Table, in transaction: borrowing Parent
  ) throws(LMDBError) {
    var opened: OpaquePointer?
    let code = unsafe mdb_cursor_open(transaction.handle.pointer, table.index, &opened)
    try LMDBError.check(code, .cursorOpen)
    guard let opened = unsafe opened else { preconditionFailure("mdb_cursor_open gave no handle") }
    unsafe handle = opened
  }

  deinit { unsafe mdb_cursor_close(handle) }

  borrowing func scan<Failure: LMDBFailure>(
    from start: Span<UInt8>, _ visit: (Span<UInt8>, Span<UInt8>) throws(Failure) -> Continuation
  ) throws(Failure) {
    var key = unsafe MDB_val()
    var data = unsafe MDB_val()
    var code = unsafe start.withMDBValue { startValue in
      unsafe key = startValue
      return unsafe mdb_cursor_get(handle, &key, &data, MDB_SET_RANGE)
    }
    while code == MDB_SUCCESS {
      guard unsafe try visit(key.buffer.span, data.buffer.span) == .proceed else { return }
      code = unsafe mdb_cursor_get(handle, &key, &data, MDB_NEXT)
    }
    guard code == MDB_NOTFOUND else { throw Failure(LMDBError(call: .cursorGet, code: code)) }
  }
}
