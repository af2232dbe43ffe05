internal import CLMDB

/// What a read and a write transaction share: a live `MDB_txn`.
package protocol Transaction: ~Copyable {
  /// The raw handle; only this target can use it.
  @unsafe var handle: TransactionHandle { get }
}

/// A raw `MDB_txn`, opaque outside this target.
@unsafe package struct TransactionHandle {
  let pointer: OpaquePointer

  init(in environment: borrowing Environment, flags: UInt32) throws(LMDBError) {
    var begun: OpaquePointer?
    try unsafe LMDBError.check(mdb_txn_begin(environment.handle, nil, flags, &begun), .txnBegin)
    guard let begun = unsafe begun else { preconditionFailure("mdb_txn_begin gave no handle") }
    unsafe pointer = begun
  }
}

/// A snapshot: every read in it sees the same committed state.
@safe package struct ReadTransaction: ~Copyable, Transaction {
  @unsafe package let handle: TransactionHandle

  init(in environment: borrowing Environment) throws(LMDBError) {
    unsafe handle = try TransactionHandle(in: environment, flags: UInt32(MDB_RDONLY))
  }

  deinit { unsafe mdb_txn_abort(handle.pointer) }
}

/// The one writer: its changes become durable together, or not at all.
@safe package struct WriteTransaction: ~Copyable, Transaction {
  @unsafe package let handle: TransactionHandle

  init(in environment: borrowing Environment) throws(LMDBError) {
    unsafe handle = try TransactionHandle(in: environment, flags: 0)
  }

  /// Makes the changes durable; LMDB frees the handle whether that succeeds or not.
  consuming func commit() throws(LMDBError) {
    let code = unsafe mdb_txn_commit(handle.pointer)
    discard self
    try LMDBError.check(code, .txnCommit)
  }

  deinit { unsafe mdb_txn_abort(handle.pointer) }
}
