internal import Glibc

/// Small files that are read whole, and replaced whole or not at all.
package enum DurableFile {
  /// The most that ``read(_:)`` takes.
  package static let byteLimit = 1 << 20

  /// The file's bytes; `nil` when there is no such file.
  package static func read(_ path: String) throws(FileError) -> [UInt8]? {
    // Safe: the path is a C string that lives through the call.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw FileError(call: .open, path: path, code: errno)
    }
    defer { _ = Glibc.close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= byteLimit {
      // Safe: the buffer has the room that is asked for.
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(call: .read, path: path, code: errno) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
    throw FileError(call: .read, path: path, code: EFBIG)
  }

  /// Replaces the file by `bytes`: a temporary file, its sync, a rename, the folder's sync.
  package static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
    let temporary = path + ".new"
    // Safe: the path is a C string that lives through the call.
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError(call: .open, path: temporary, code: errno) }
    do throws(FileError) {
      try write(bytes, to: descriptor, path: temporary)
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
    _ = Glibc.close(descriptor)
    // Safe: both paths are C strings that live through the call.
    guard unsafe rename(temporary, path) == 0 else {
      throw FileError(call: .rename, path: path, code: errno)
    }
    try syncFolder(of: path)
  }

  /// Puts the file `source` in the place of `target`, of the same file system: a rename, and the
  /// folder's sync.
  package static func move(_ source: String, over target: String) throws(FileError) {
    // Safe: both paths are C strings that live through the call.
    guard unsafe rename(source, target) == 0 else {
      throw FileError(call: .rename, path: target, code: errno)
    }
    try syncFolder(of: target)
  }

  /// Removes the file `path`, if it is there, and syncs its folder.
  package static func remove(_ path: String) throws(FileError) {
    // Safe: the path is a C string that lives through the call.
    guard unsafe unlink(path) == 0 else {
      if errno == ENOENT { return }
      throw FileError(call: .remove, path: path, code: errno)
    }
    try syncFolder(of: path)
  }

  /// Makes the folder `path`, and those above it that are missing, for their owner alone.
  package static func makeFolder(_ path: String) throws(FileError) {
    // Safe: the path is a C string that lives through the call.
    if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    let code = errno
    guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw FileError(call: .makeFolder, path: path, code: code)
    }
    try makeFolder(String(path[..<slash]))
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw FileError(call: .makeFolder, path: path, code: errno)
    }
  }

  /// How many bytes the file system of `path` has room for, for those who may write there.
  package static func freeBytes(at path: String) throws(FileError) -> UInt64 {
    var status = statvfs()
    // Safe: path and status live through the call.
    guard unsafe statvfs(path, &status) == 0 else {
      throw FileError(call: .open, path: path, code: errno)
    }
    return UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  /// Whether something stands at `path`.
  package static func exists(_ path: String) -> Bool {
    // Safe: the path is a C string that lives through the call.
    unsafe access(path, F_OK) == 0
  }

  private static func write(_ bytes: [UInt8], to descriptor: CInt, path: String) throws(FileError) {
    var written = 0
    while written < bytes.count {
      // Safe: the pointer stays within the buffer, which lives through the call.
      let count = unsafe bytes[written...].withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(call: .write, path: path, code: errno) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw FileError(call: .sync, path: path, code: errno) }
  }

  /// Syncs the folder that `path` stands in, so that its name is on the disk.
  static func syncFolder(of path: String) throws(FileError) {
    var folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    if folder.isEmpty { folder = path.first == "/" ? "/" : "." }
    // Safe: the path is a C string that lives through the call.
    let descriptor = unsafe open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(call: .open, path: path, code: errno) }
    defer { _ = Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(call: .sync, path: path, code: errno) }
  }
}

/// A folder as the file system knows it, so that two paths to it are one.
package struct FolderIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  package init(of path: String) throws(FileError) {
    var status = stat()
    // Safe: path and status live through the call.
    guard unsafe stat(path, &status) == 0 else {
      throw FileError(call: .open, path: path, code: errno)
    }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
