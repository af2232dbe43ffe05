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
  /// A dead reader's slot keeps old pages from being used again, so the file grows. Readers are
  /// checked at opening, before a write when the last time was long ago, and where slots are short.
  package borrowing func checkReaders() throws(LMDBError) -> Int {
    var dead: CInt = 0
    try unsafe LMDBError.check(mdb_reader_check(handle, &dead), .readerCheck, folder: folder)
    return Int(dead)
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

extension Environment {
  /// Checks readers, unless that was done less than ``Options/readerCheckSeconds`` ago.
  borrowing func checkReadersWhenDue() throws(LMDBError) {
    let now = Self.monotonicSeconds
    guard now >= readersCheckedAt.load(ordering: .relaxed) + options.readerCheckSeconds else {
      return
    }
    readersCheckedAt.store(now, ordering: .relaxed)
    _ = try checkReaders()
  }

  /// Seconds since the machine started.
  static var monotonicSeconds: Int {
    var time = timespec()
    // Safe: the call fills the value that it is given.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return time.tv_sec
  }
}
