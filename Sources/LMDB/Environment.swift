internal import CLMDB
internal import Glibc
internal import Synchronization

/// An open LMDB environment: a data file, its lock file, and the memory map.
///
/// Noncopyable, so that it has one owner, and `deinit` closes it once. A process opens a
/// folder at most once: a second opening would drop the first one's file locks (lmdb.h), and
/// is refused.
@safe package struct Environment: ~Copyable, @unchecked Sendable {
  // @unchecked: any thread may use an MDB_env; `handle` never changes, and each
  // transaction stays inside one synchronous call.
  @unsafe let handle: OpaquePointer
  /// The thread inside `write`, or 0; LMDB would wait on itself for ever.
  let writingThread = Atomic<UInt>(0)
  /// Tables may be opened in one transaction of a process at a time (lmdb.h, `mdb_dbi_open`).
  let isOpeningTables = Atomic<Bool>(false)
  /// When dead readers' slots were freed last, in seconds since the machine started.
  let readersCheckedAt: Atomic<Int>
  /// Marks the tables of this environment.
  let number: UInt32
  private let identity: OpenFolders.Identity
  package let folder: String
  package let options: Options

  /// Opens the environment in `folder`, making folder (0700) and files (0600) if absent.
  ///
  /// - Throws: ``LMDBError``: cause `alreadyOpen` when this process has the folder open,
  ///   `noFile` when the parent is absent, or anything is and the options say read-only.
  package init(folder: String, options: Options) throws(LMDBError) {
    if !options.isReadOnly { try OpenFolders.make(folder) }
    let identity = try OpenFolders.take(folder)
    do throws(LMDBError) {
      unsafe handle = try Self.open(folder, options)
    } catch {
      OpenFolders.give(back: identity)
      throw error
    }
    self.identity = identity
    self.folder = folder
    self.options = options
    number = OpenFolders.nextEnvironment()
    readersCheckedAt = Atomic(Self.monotonicSeconds)
  }

  private static func open(_ folder: String, _ options: Options) throws(LMDBError) -> OpaquePointer
  {
    var made: OpaquePointer?
    try unsafe LMDBError.check(mdb_env_create(&made), .envCreate, folder: folder)
    guard let made = unsafe made else { preconditionFailure("mdb_env_create gave no handle") }
    do throws(LMDBError) {
      try unsafe LMDBError.check(
        mdb_env_set_mapsize(made, options.mapSizeBytes), .envSetMapSize, folder: folder)
      try unsafe LMDBError.check(
        mdb_env_set_maxdbs(made, options.tableLimit), .envSetMaxTables, folder: folder)
      try unsafe LMDBError.check(
        mdb_env_set_maxreaders(made, options.readerLimit), .envSetMaxReaders, folder: folder)
      try unsafe LMDBError.check(
        mdb_env_open(made, folder, options.flags, 0o600), .envOpen, folder: folder)
      try unsafe Self.requireLength(made, folder)
      // What a process that was killed left behind.
      try unsafe LMDBError.check(mdb_reader_check(made, nil), .readerCheck, folder: folder)
    } catch {
      unsafe mdb_env_close(made)
      throw error
    }
    return unsafe made
  }

  /// How many pages at a file's end may be missing: such that a commit took and gave back are free,
  /// and were never written; a log adds up to 1,024 such pages at a time.
  private static let spareCount = 1_024 + 256

  /// Refuses a file that is shorter than it says itself: to read what is missing would end the
  /// process (SIGBUS, mmap(2)).
  private static func requireLength(
    _ handle: OpaquePointer, _ folder: String
  ) throws(LMDBError) {
    var information = unsafe MDB_envinfo()
    var statistics = MDB_stat()
    var descriptor: mdb_filehandle_t = -1
    try unsafe LMDBError.check(mdb_env_info(handle, &information), .envOpen, folder: folder)
    try unsafe LMDBError.check(mdb_env_stat(handle, &statistics), .envOpen, folder: folder)
    try unsafe LMDBError.check(mdb_env_get_fd(handle, &descriptor), .envOpen, folder: folder)
    var file = Glibc.stat()
    guard unsafe fstat(descriptor, &file) == 0 else {
      throw LMDBError(call: .envOpen, code: errno, folder: folder)
    }
    let pages = Int(file.st_size) / Int(statistics.ms_psize)
    guard pages + spareCount > Int(clamping: unsafe information.me_last_pgno) else {
      throw LMDBError(call: .envOpen, cause: .cutOff, folder: folder)
    }
  }

  deinit {
    unsafe mdb_env_close(handle)
    OpenFolders.give(back: identity)
  }
}

extension Environment {
  package struct Options: Hashable, Sendable {
    /// The most the data file can grow to, in bytes: a multiple of the page size.
    package var mapSizeBytes: Int
    /// The most tables that can be open at once.
    package var tableLimit: UInt32
    /// The most snapshots at once, over all processes; the first opening decides.
    package var readerLimit: UInt32
    /// Whether writing is refused; the files must exist then.
    package var isReadOnly: Bool
    /// Whether a commit waits for the disk; without it, a power failure can damage the file.
    package var isSynced: Bool
    /// A write checks for dead readers when the last check is so many seconds old.
    package var readerCheckSeconds = 60

    package init(
      mapSizeBytes: Int, tableLimit: UInt32, readerLimit: UInt32 = 126, isReadOnly: Bool = false,
      isSynced: Bool = true
    ) {
      self.mapSizeBytes = mapSizeBytes
      self.tableLimit = tableLimit
      self.readerLimit = readerLimit
      self.isReadOnly = isReadOnly
      self.isSynced = isSynced
    }

    var flags: UInt32 {
      // NOTLS ties a reader slot to its transaction instead of its thread, which may hold
      // several: tasks share threads. Scans read ahead themselves, see `ScanAhead`.
      UInt32(MDB_NOTLS) | UInt32(MDB_NORDAHEAD) | (isReadOnly ? UInt32(MDB_RDONLY) : 0)
        | (isSynced ? 0 : UInt32(MDB_NOSYNC))
    }
  }
}
