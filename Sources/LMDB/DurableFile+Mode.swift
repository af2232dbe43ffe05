internal import Glibc

/// Who may read a file: secrets are refused when others can.
extension DurableFile {
  /// The permission bits of what stands at `path`, such as 0o600; `nil` when nothing does.
  package static func mode(of path: String) throws(FileError) -> UInt32? {
    var status = stat()
    // Safe: the path is a C string that lives through the call, which fills `status`.
    guard unsafe stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw FileError(call: .mode, path: path, code: errno)
    }
    return status.st_mode & 0o7777
  }

  /// Sets the permission bits of what stands at `path`.
  package static func setMode(of path: String, to mode: UInt32) throws(FileError) {
    // Safe: the path is a C string that lives through the call.
    guard unsafe chmod(path, mode) == 0 else {
      throw FileError(call: .mode, path: path, code: errno)
    }
  }
}
