internal import LMDB
internal import Synchronization

/// The logs this process has open: whoever opens one again, for reading beside a writer, shares
/// its environment, since a process opens a folder at most once.
enum OpenLogs {
  private struct Entry {
    let core: LogCore
    var leaseCount: Int
  }

  private static let entries = Mutex<[FolderIdentity: Entry]>([:])

  /// Shares the log in `folder`, or opens it by `open`.
  static func lease(
    _ folder: String, _ open: () throws(OpenError) -> LogCore
  ) throws(OpenError) -> LogLease {
    let identity: FolderIdentity
    do throws(FileError) {
      identity = try FolderIdentity(of: folder)
    } catch { throw .file(error) }
    return try entries.withLock { entries throws(OpenError) in
      let core = if let entry = entries[identity] { entry.core } else { try open() }
      entries[identity, default: Entry(core: core, leaseCount: 0)].leaseCount += 1
      return LogLease(core, of: identity)
    }
  }

  /// Ends a lease; the last one closes the files before the lock is given up, so that the next
  /// opening finds them closed.
  fileprivate static func end(_ identity: FolderIdentity) {
    entries.withLock { entries in
      guard var entry = entries[identity] else { preconditionFailure("a lease ends once") }
      entry.leaseCount -= 1
      entries[identity] = entry.leaseCount == 0 ? nil : entry
    }
  }
}

/// Keeps a log open as long as it lives.
final class LogLease: Sendable {
  /// The table of open logs holds the core as long as there is a lease.
  unowned let core: LogCore
  private let identity: FolderIdentity

  fileprivate init(_ core: LogCore, of identity: FolderIdentity) {
    self.core = core
    self.identity = identity
  }

  deinit { OpenLogs.end(identity) }
}
