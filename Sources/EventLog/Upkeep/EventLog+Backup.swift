internal import EventModel
internal import LMDB
internal import Transparency

/// Copies of a log.
extension EventLog {
  /// Copies the log into `folder`, while others read and write.
  ///
  /// The copy is a compacted data file and the newest checkpoint that it covers. The index is not
  /// copied; it is made again. A copy that is cut off is no log, and can be made again.
  ///
  /// - Throws: ``OpenError/alreadyExists(folder:)`` when `folder` holds a log; nothing is
  ///   overwritten.
  package func backUp(to folder: String) throws(OpenError) {
    let target = LogPaths(folder)
    guard !DurableFile.exists(target.data) else { throw .alreadyExists(folder: folder) }
    let lease: LogLease
    do throws(LMDBError) {
      lease = try open()
    } catch { throw .storage(error) }
    try withExtendedLifetime(lease) { () throws(OpenError) in
      try lease.core.copy(to: target)
    }
  }

  /// Puts the copy in `backup` back as the log of `folder`.
  ///
  /// - Throws: ``OpenError/alreadyExists(folder:)`` when `folder` holds a log,
  ///   ``OpenError/forked(_:)`` when a checkpoint that is known there, or given, is ahead of the
  ///   copy or differs from it: the copy must not go on under the same name then;
  ///   ``OpenError/inUse(folder:)`` when somebody still reads a log whose data file was taken away.
  package static func restore(
    from backup: String, to folder: String, knownCheckpoints: [String] = []
  ) throws(OpenError) {
    let target = LogPaths(folder)
    guard !DurableFile.exists(target.data) else { throw .alreadyExists(folder: folder) }
    do throws(FileError) { try DurableFile.makeFolder(target.folder) } catch { throw .file(error) }
    let lock = try target.takeLock()
    let alone = try target.takeAlone()
    let lease = try checkedCopy(in: backup, for: target, knownCheckpoints)
    try withExtendedLifetime(lease) { () throws(OpenError) in try lease.core.copy(to: target) }
    _ = consume alone
    _ = consume lock
  }

  /// Looks whether the copy in `backup` may be put back as the log of `folder`, and changes nothing.
  ///
  /// - Throws: as ``restore(from:to:knownCheckpoints:)`` does for the copy.
  package static func checkRestore(
    from backup: String, to folder: String, knownCheckpoints: [String] = []
  ) throws(OpenError) {
    _ = try checkedCopy(in: backup, for: LogPaths(folder), knownCheckpoints)
  }

  /// The copy in `backup`, open, when it agrees with all checkpoints that are known.
  private static func checkedCopy(
    in backup: String, for target: LogPaths, _ knownCheckpoints: [String]
  ) throws(OpenError) -> LogLease {
    var known = knownCheckpoints
    do throws(FileError) {
      if let note = try DurableFile.read(target.checkpoint) {
        known.append(String(decoding: note, as: UTF8.self))
      }
    } catch { throw .file(error) }
    let paths = LogPaths(backup)
    guard DurableFile.exists(paths.data) else { throw .notFound(folder: backup) }
    let lease = try OpenLogs.lease(paths.log) { () throws(OpenError) in
      try LogCore(opening: backup, mapSizeBytes: 0)
    }
    try withExtendedLifetime(lease) { () throws(OpenError) in
      _ = try TailCheck(core: lease.core, knownCheckpoints: known, keys: []).run()
    }
    return lease
  }
}

extension LogCore {
  /// Copies data file and checkpoint into `target`, which has none.
  fileprivate func copy(to target: LogPaths) throws(OpenError) {
    let note: [UInt8]?
    do throws(FileError) {
      try DurableFile.makeFolder(target.folder)
      // Read before the data is copied, so that the copy is not behind it.
      note = try DurableFile.read(paths.checkpoint)
    } catch { throw .file(error) }
    do throws(LMDBError) {
      try store.environment.copy(to: target.log, compacting: true)
    } catch { throw .storage(error) }
    // One that is there is known to be of the same tree, and may be newer.
    guard let note, !DurableFile.exists(target.checkpoint) else { return }
    do throws(FileError) {
      try DurableFile.replace(target.checkpoint, with: note)
    } catch { throw .file(error) }
  }
}
