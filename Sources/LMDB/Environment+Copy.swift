internal import CLMDB
internal import Glibc
internal import Synchronization

extension Environment {
  /// Copies one snapshot into `target`, while others read and write.
  ///
  /// A plain copy begins when no write is running: inside a `write` only a compacting one can be
  /// made, and the other traps. The folder is made (0700) if absent; a data file in it is not
  /// overwritten (`EEXIST`). The data file gets its name when all of it is on the disk: a copy that
  /// is cut off leaves a `data.mdb.part` at the most, which the next one writes over.
  ///
  /// - Parameters:
  ///   - target: the folder of the copy.
  ///   - compacting: leaves free pages out; slower, and smaller.
  /// - Throws: ``LMDBError``, cause `diskFull` before anything is written where there is no room;
  ///   nothing of the copy stays.
  ///
  /// Source: lmdb.h 0.9.24, `mdb_env_copyfd2`, which syncs nothing.
  package borrowing func copy(to target: String, compacting: Bool) throws(LMDBError) {
    let thread = UInt(pthread_self())
    precondition(
      compacting || writingThread.load(ordering: .relaxed) != thread,
      "a plain copy inside a write would wait for itself")
    try OpenFolders.make(target)
    var part = try PartFile(in: target)
    let room: UInt64
    do throws(FileError) { room = try DurableFile.freeBytes(at: target) } catch {
      throw LMDBError(call: .envCopy, code: error.code, folder: target)
    }
    guard room >= UInt64(try neededBytes(compacting)) else {
      throw LMDBError(call: .envCopy, cause: .diskFull, folder: target)
    }
    let flags = compacting ? UInt32(MDB_CP_COMPACT) : 0
    try unsafe LMDBError.check(
      mdb_env_copyfd2(handle, part.descriptor, flags), .envCopy, folder: target)
    try part.keep()
  }

  /// How large a copy is: every page but, when compacting, the free ones.
  private borrowing func neededBytes(_ compacting: Bool) throws(LMDBError) -> Int {
    let statistics = try statistics()
    let free = compacting ? try freePageCount() : 0
    return (statistics.pageCount - free) * statistics.pageSizeBytes
  }

  /// Source: mdb_stat.c 0.9.24, `-f`: an entry of table 0 is a list of pages, its length first.
  private borrowing func freePageCount() throws(LMDBError) -> Int {
    try read { reader throws(LMDBError) in
      var opened: OpaquePointer?
      try unsafe LMDBError.check(mdb_cursor_open(reader.handle.pointer, 0, &opened), .cursorOpen)
      defer { unsafe mdb_cursor_close(opened) }
      var (key, value) = unsafe (MDB_val(), MDB_val())
      var count = 0
      while true {
        let code = unsafe mdb_cursor_get(opened, &key, &value, MDB_NEXT)
        guard try LMDBError.found(code, .cursorGet) else { return count }
        // Safe: LMDB aligns the list, and it holds its length at least.
        if let list = unsafe value.mv_data { unsafe count += list.loadUnaligned(as: Int.self) }
      }
    }
  }
}

/// A data file that is being written, under another name and one writer's lock; `deinit` removes
/// it unless it was kept.
private struct PartFile: ~Copyable {
  let descriptor: CInt
  private let folder: String
  private var isKept = false
  private var path: String { folder + "/data.mdb.part" }
  private var finalPath: String { folder + "/data.mdb" }

  init(in folder: String) throws(LMDBError) {
    let path = folder + "/data.mdb.part"
    // Safe: the path is a C string that lives through the call.
    let opened = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw LMDBError(call: .envCopy, code: errno, folder: folder) }
    // Whoever writes it has the lock until the file has its name.
    var failure = flock(opened, LOCK_EX | LOCK_NB) == 0 ? nil : errno
    if failure == nil, DurableFile.exists(folder + "/data.mdb") { failure = EEXIST }
    if failure == nil, ftruncate(opened, 0) != 0 { failure = errno }
    if let failure {
      // Safe: the path is a C string that lives through the call.
      if failure == EEXIST { _ = unsafe unlink(path) }
      _ = close(opened)
      throw LMDBError(call: .envCopy, code: failure, folder: folder)
    }
    descriptor = opened
    self.folder = folder
  }

  /// Gives the file its name when it is on the disk.
  mutating func keep() throws(LMDBError) {
    guard fsync(descriptor) == 0 else {
      throw LMDBError(call: .envCopy, code: errno, folder: folder)
    }
    // So that a copy of much does not drive the log itself out of memory.
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    do throws(FileError) {
      try DurableFile.move(path, over: finalPath)
      isKept = true
      try DurableFile.syncFolder(of: folder)
    } catch { throw LMDBError(call: .envCopy, code: error.code, folder: folder) }
  }

  deinit {
    // Safe: the path is a C string that lives through the call.
    if !isKept { _ = unsafe unlink(path) }
    _ = close(descriptor)
  }
}
