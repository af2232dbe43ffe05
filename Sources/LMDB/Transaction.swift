internal import CLMDB

/// What a read and a write transaction share: a live `MDB_txn`.
package protocol Transaction: ~Copyable {
  /// The raw handle; only this target can use it.
  @unsafe var handle: TransactionHandle { get }
}

/// A raw `MDB_txn`, opaque outside this target.
@unsafe package struct TransactionHandle {
  let pointer: OpaquePointer
  /// The environment's number, which its tables bear.
  let environment: UInt32

  init(in environment: borrowing Environment, flags: UInt32) throws(LMDBError) {
    var begun: OpaquePointer?
    try unsafe LMDBError.check(
      mdb_txn_begin(environment.handle, nil, flags, &begun), .txnBegin, folder: environment.folder)
    guard let begun = unsafe begun else { preconditionFailure("mdb_txn_begin gave no handle") }
    unsafe pointer = begun
    unsafe self.environment = environment.number
  }

  /// The number of `table` in this environment; traps for a table of another one.
  func index(of table: TableHandle) -> UInt32 {
    unsafe precondition(
      table.environment == environment,
      "table of another environment: open the table in the environment of its transaction")
    return table.index
  }
}

/// A snapshot: every read in it sees the same committed state.
@safe package struct ReadTransaction: ~Copyable, Transaction {
  @unsafe package let handle: TransactionHandle

  init(in environment: borrowing Environment) throws(LMDBError) {
    unsafe handle = try TransactionHandle(in: environment, flags: UInt32(MDB_RDONLY))
  }

  /// Ends the snapshot and keeps the tables opened in it; an aborted one would lose them.
  consuming func keepTables() throws(LMDBError) {
    let code = unsafe mdb_txn_commit(handle.pointer)
    discard self
    try LMDBError.check(code, .txnCommit)
  }

  deinit { unsafe mdb_txn_abort(handle.pointer) }
}

/// The one writer: its changes become durable together, or not at all.
@safe package struct WriteTransaction: ~Copyable, Transaction {
  @unsafe package let handle: TransactionHandle
  /// Cursors that stand at the end of tables appended to: a put through one costs no descent.
  var appending = AppendCursors()

  init(in environment: borrowing Environment) throws(LMDBError) {
    unsafe handle = try TransactionHandle(in: environment, flags: 0)
  }

  /// Makes the changes durable; LMDB frees the handle whether that succeeds or not.
  consuming func commit() throws(LMDBError) {
    appending.close()
    let code = unsafe mdb_txn_commit(handle.pointer)
    discard self
    try LMDBError.check(code, .txnCommit)
  }

  deinit {
    appending.close()
    unsafe mdb_txn_abort(handle.pointer)
  }
}

/// The open append cursors of one write transaction, at most eight at a time.
struct AppendCursors {
  @safe private struct Entry {
    let table: UInt32
    @unsafe let cursor: OpaquePointer
  }

  private var entries = InlineArray<8, Entry?>(repeating: nil)
  private var oldest = 0

  /// The cursor for the table `index`, opened when first asked for.
  mutating func cursor(
    of index: UInt32, in transaction: OpaquePointer
  ) throws(LMDBError) -> OpaquePointer {
    for slot in entries.indices {
      guard let entry = entries[slot] else { break }
      if entry.table == index { return unsafe entry.cursor }
    }
    var opened: OpaquePointer?
    try unsafe LMDBError.check(mdb_cursor_open(transaction, index, &opened), .cursorOpen)
    guard let opened = unsafe opened else { preconditionFailure("mdb_cursor_open gave no handle") }
    if let replaced = entries[oldest] { unsafe mdb_cursor_close(replaced.cursor) }
    entries[oldest] = unsafe Entry(table: index, cursor: opened)
    oldest = (oldest + 1) % entries.count
    return unsafe opened
  }

  /// Closes all; the transaction must be open still.
  func close() {
    for slot in entries.indices {
      if let entry = entries[slot] { unsafe mdb_cursor_close(entry.cursor) }
    }
  }
}
