internal import CLMDB
internal import Synchronization

/// An open LMDB environment: a data file, its lock file, and the memory map.
///
/// Noncopyable, so that it has one owner, and `deinit` closes it once. A process opens a
/// folder at most once: a second opening would drop the first one's file locks (lmdb.h).
@safe package struct Environment: ~Copyable, @unchecked Sendable {
  // @unchecked: any thread may use an MDB_env; `handle` never changes, and each
  // transaction stays inside one synchronous call.
  @unsafe let handle: OpaquePointer
  /// The thread inside `write`, or 0; LMDB would wait on itself for ever.
  let writingThread = Atomic<UInt>(0)

  /// Opens the environment in the folder `path`, making its files if absent.
  package init(path: String, options: Options) throws(LMDBError) {
    var made: OpaquePointer?
    try unsafe LMDBError.check(mdb_env_create(&made), .envCreate)
    guard let made = unsafe made else { preconditionFailure("mdb_env_create gave no handle") }
    do throws(LMDBError) {
      try unsafe LMDBError.check(mdb_env_set_mapsize(made, options.mapSizeBytes), .envSetMapSize)
      try unsafe LMDBError.check(mdb_env_set_maxdbs(made, options.tableLimit), .envSetMaxTables)
      // NOTLS ties a reader slot to its transaction instead of its thread, which may hold
      // several: tasks share threads.
      try unsafe LMDBError.check(mdb_env_open(made, path, UInt32(MDB_NOTLS), 0o600), .envOpen)
    } catch {
      unsafe mdb_env_close(made)
      throw error
    }
    unsafe handle = made
  }

  deinit { unsafe mdb_env_close(handle) }
}

extension Environment {
  package struct Options: Sendable {
    /// The most the data file can grow to, in bytes: a multiple of the page size.
    package var mapSizeBytes: Int
    /// The most tables that can be open at once.
    package var tableLimit: UInt32

    package init(mapSizeBytes: Int, tableLimit: UInt32) {
      self.mapSizeBytes = mapSizeBytes
      self.tableLimit = tableLimit
    }
  }
}
