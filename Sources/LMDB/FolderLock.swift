internal import Glibc

/// A `flock` on a file, held as long as the value lives, also against openings in the same process.
package struct FolderLock: ~Copyable, Sendable {
  private let descriptor: CInt

  /// Takes the lock on the file `path`, made if absent, alone or with all who share it; `nil` when
  /// somebody holds it otherwise.
  package static func take(
    path: String, isShared: Bool = false
  ) throws(FileError) -> FolderLock? {
    // Safe: the path is a C string that lives through the call.
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError(call: .open, path: path, code: errno) }
    let kind = isShared ? LOCK_SH : LOCK_EX
    if flock(descriptor, kind | LOCK_NB) == 0 { return FolderLock(descriptor: descriptor) }
    let code = errno
    _ = Glibc.close(descriptor)
    guard code == EWOULDBLOCK else { throw FileError(call: .lock, path: path, code: code) }
    return nil
  }

  deinit {
    // A process that was forked just now shares the descriptor until it runs its program: closing
    // alone would leave it the lock.
    _ = flock(descriptor, LOCK_UN)
    _ = Glibc.close(descriptor)
  }
}

/// A failed call on a file outside LMDB.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Call: String, Hashable, Sendable {
    case open, lock, read, write, sync, rename, remove, makeFolder, mode
  }

  package let call: Call
  package let path: String
  /// The `errno` value.
  package let code: CInt

  /// Whether the disk or the quota has no room.
  package var isNoRoom: Bool { code == ENOSPC || code == EDQUOT }

  package var description: String {
    // Safe: the text is copied within the expression.
    unsafe "\(call.rawValue) \(path): \(String(cString: strerror(code)))"
  }
}
