internal import Glibc
internal import Synchronization

extension Environment {
  /// Runs `body` on a snapshot that lives exactly as long as the call.
  ///
  /// The scope is synchronous on purpose: a suspended reader would pin old pages
  /// and let the file grow. Throws cause `readersFull` when every slot is taken.
  package borrowing func read<Result: ~Copyable, Failure: LMDBFailure>(
    _ body: (inout ReadTransaction) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var transaction: ReadTransaction
    do throws(LMDBError) {
      transaction = try snapshot()
    } catch {
      throw Failure(error)
    }
    return try body(&transaction)
  }

  /// A snapshot; where every slot is taken, those of dead readers are freed first.
  private borrowing func snapshot() throws(LMDBError) -> ReadTransaction {
    do throws(LMDBError) { return try ReadTransaction(in: self) } catch {
      guard error.isReadersFull, try checkReaders() > 0 else { throw error }
      return try ReadTransaction(in: self)
    }
  }

  /// Runs `body` as the one writer: commits when it returns, aborts when it throws.
  ///
  /// Blocks the thread while another writer runs, and through the disk's sync. A `write`
  /// inside a `write` traps: one thread has one transaction (lmdb.h, `mdb_txn_begin`).
  package borrowing func write<Result: ~Copyable, Failure: LMDBFailure>(
    _ body: (inout WriteTransaction) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let thread = UInt(pthread_self())
    precondition(
      writingThread.load(ordering: .relaxed) != thread,
      "write inside a write: a thread has one write transaction at a time")
    var transaction: WriteTransaction
    do throws(LMDBError) {
      try checkReadersWhenDue()
      transaction = try WriteTransaction(in: self)
    } catch {
      throw Failure(error)
    }
    let result = try writing(as: thread, body, &transaction)
    do throws(LMDBError) {
      try transaction.commit()
    } catch {
      throw Failure(error.cause == .other(code: EIO) && isOutOfSpace ? error.asDiskFull : error)
    }
    return result
  }

  /// Whether the folder's disk has less than 1 MiB: LMDB calls a write that was cut short by a
  /// full disk `EIO`.
  private var isOutOfSpace: Bool {
    var status = statvfs()
    guard unsafe statvfs(folder, &status) == 0 else { return false }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 1 << 20
  }

  private borrowing func writing<Result: ~Copyable, Failure: Error>(
    as thread: UInt, _ body: (inout WriteTransaction) throws(Failure) -> Result,
    _ transaction: inout WriteTransaction
  ) throws(Failure) -> Result {
    writingThread.store(thread, ordering: .relaxed)
    defer { writingThread.store(0, ordering: .relaxed) }
    return try body(&transaction)
  }
}

extension LMDBError {
  fileprivate var asDiskFull: LMDBError { LMDBError(call: call, cause: .diskFull, folder: folder) }
}
