internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
  /// Writes what the system still holds in memory to the disk; only needed when not synced.
  package borrowing func sync() throws(LMDBError) {
    try unsafe LMDBError.check(mdb_env_sync(handle, 1), .envSync, folder: folder)
  }

  /// Frees the slots of readers whose process died, and says how many.
  ///
  /// A dead reader's slot keeps old pages from being used again, so the file grows.
  package borrowing func checkReaders() throws(LMDBError) -> Int {
    var dead: CInt = 0
    try unsafe LMDBError.check(mdb_reader_check(handle, &dead), .readerCheck, folder: folder)
    return Int(dead)
  }

  /// Copies one snapshot into `target`, while others read and write.
  ///
  /// A plain copy begins when no write is running: inside a `write` only a compacting one can be
  /// made, and the other traps. The folder is made (0700) if absent; a data file in it is not overwritten (`EEXIST`).
  ///
  /// - Parameters:
  ///   - target: the folder of the copy.
  ///   - compacting: leaves free pages out; slower, and smaller.
  /// - Throws: ``LMDBError``; a copy that was begun stays, and is of no use.
  package borrowing func copy(to target: String, compacting: Bool) throws(LMDBError) {
    let thread = UInt(pthread_self())
    precondition(
      compacting || writingThread.load(ordering: .relaxed) != thread,
      "a plain copy inside a write would wait for itself")
    try OpenFolders.make(target)
    let flags = compacting ? UInt32(MDB_CP_COMPACT) : 0
    try unsafe LMDBError.check(mdb_env_copy2(handle, target, flags), .envCopy, folder: target)
    // LMDB makes the copy with the mode of the process's umask.
    guard unsafe chmod(target + "/data.mdb", 0o600) == 0 else {
      throw LMDBError(call: .envCopy, code: errno, folder: target)
    }
  }

  /// What the environment occupies, now.
  package struct Statistics: Hashable, Sendable {
    package let pageSizeBytes: Int
    package let mapSizeBytes: Int
    /// Pages the file has, used or free.
    package let pageCount: Int
    package let lastTransaction: UInt64
    package let readerLimit: Int
    /// Reader slots that are or were in use at once.
    package let readerSlotCount: Int

    package var fileBytes: Int { pageCount * pageSizeBytes }
  }

  package borrowing func statistics() throws(LMDBError) -> Statistics {
    var information = unsafe MDB_envinfo()
    try unsafe LMDBError.check(mdb_env_info(handle, &information), .stat, folder: folder)
    var main = MDB_stat()
    try unsafe LMDBError.check(mdb_env_stat(handle, &main), .stat, folder: folder)
    return unsafe Statistics(
      pageSizeBytes: Int(main.ms_psize), mapSizeBytes: Int(information.me_mapsize),
      pageCount: Int(information.me_last_pgno) + 1,
      lastTransaction: UInt64(information.me_last_txnid),
      readerLimit: Int(information.me_maxreaders),
      readerSlotCount: Int(information.me_numreaders))
  }
}
