internal import CLMDB

/// An open `MDB_cursor` with the entry it stands on: closed by `deinit`, so before its
/// transaction ends.
@safe struct RawCursor: ~Copyable {
  @unsafe private let handle: OpaquePointer
  @unsafe private(set) var key = unsafe MDB_val()
  @unsafe private(set) var data = unsafe MDB_val()
  private(set) var hasEntry = false

  init<Parent: Transaction & ~Copyable>(
    over table: TableHandle, in transaction: borrowing Parent
  ) throws(LMDBError) {
    var opened: OpaquePointer?
    let index = unsafe transaction.handle.index(of: table)
    let code = unsafe mdb_cursor_open(transaction.handle.pointer, index, &opened)
    try LMDBError.check(code, .cursorOpen)
    guard let opened = unsafe opened else { preconditionFailure("mdb_cursor_open gave no handle") }
    unsafe handle = opened
  }

  deinit { unsafe mdb_cursor_close(handle) }

  mutating func move(_ operation: MDB_cursor_op) throws(LMDBError) -> Bool {
    let code = unsafe mdb_cursor_get(handle, &key, &data, operation)
    hasEntry = false
    hasEntry = try LMDBError.found(code, .cursorGet)
    return hasEntry
  }

  /// Moves by `operation` to where `sought`, which lives through the call, says.
  mutating func seek(_ sought: MDB_val, _ operation: MDB_cursor_op) throws(LMDBError) -> Bool {
    unsafe key = sought
    return try move(operation)
  }

  /// Lets the value's first bytes come from memory while something else is done.
  mutating func prefetch() { unsafe deed_prefetch(&data) }

  func requireEntry() { precondition(hasEntry, "the cursor stands on no entry: seek first") }
}
