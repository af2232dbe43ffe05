internal import Glibc
internal import Synchronization

/// The folders this process has open as environments.
///
/// A second opening in one process would drop the first one's file locks when it is closed
/// (lmdb.h 0.9.24, "Caveats"), so each folder, by whatever path, is open once.
enum OpenFolders {
  /// A folder as the file system knows it, so that two paths to it are one.
  struct Identity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  private static let identities = Mutex<Set<Identity>>([])
  private static let lastEnvironment = Atomic<UInt32>(0)

  /// Takes the folder `path` for an environment; ``give(back:)`` ends it.
  static func take(_ path: String) throws(LMDBError) -> Identity {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      throw LMDBError(call: .envOpen, code: errno, folder: path)
    }
    let identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    guard identities.withLock({ $0.insert(identity).inserted }) else {
      throw LMDBError(call: .envOpen, cause: .alreadyOpen, folder: path)
    }
    return identity
  }

  static func give(back identity: Identity) {
    identities.withLock { _ = $0.remove(identity) }
  }

  /// Makes the folder `path`, readable by its owner only, unless it exists.
  static func make(_ path: String) throws(LMDBError) {
    guard unsafe mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    throw LMDBError(call: .makeFolder, code: errno, folder: path)
  }

  /// A number no other environment of this process has.
  static func nextEnvironment() -> UInt32 {
    lastEnvironment.wrappingAdd(1, ordering: .relaxed).newValue
  }
}

extension Environment {
  /// Removes the data and the lock file in `folder`, which must not be open anywhere.
  ///
  /// - Throws: cause `alreadyOpen` when this process has it open.
  package static func removeFiles(in folder: String) throws(LMDBError) {
    let identity = try OpenFolders.take(folder)
    defer { OpenFolders.give(back: identity) }
    for name in ["data.mdb", "lock.mdb"] {
      guard unsafe unlink("\(folder)/\(name)") != 0, errno != ENOENT else { continue }
      throw LMDBError(call: .envOpen, code: errno, folder: folder)
    }
  }
}
