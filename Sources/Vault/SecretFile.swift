internal import LMDB

/// A small file with a secret: for its owner alone, and read-only.
package enum SecretFile {
  /// Makes the file with mode 0400; refuses to replace one.
  package static func create(_ bytes: [UInt8], at path: String) throws(VaultError) {
    guard !DurableFile.exists(path) else { throw .alreadyExists(folder: path) }
    do throws(FileError) {
      try DurableFile.replace(path, with: bytes)
      try DurableFile.setMode(of: path, to: 0o400)
    } catch {
      throw .file(error)
    }
  }

  /// The file's bytes; refused when others than the owner may read or write it.
  package static func read(_ path: String) throws(VaultError) -> [UInt8] {
    try check(path)
    let bytes: [UInt8]?
    do throws(FileError) { bytes = try DurableFile.read(path) } catch { throw .file(error) }
    guard let bytes else { throw .notFound(folder: path) }
    return bytes
  }

  /// Refuses what is absent, or open to others than its owner.
  package static func check(_ path: String) throws(VaultError) {
    let mode: UInt32?
    do throws(FileError) { mode = try DurableFile.mode(of: path) } catch { throw .file(error) }
    guard let mode else { throw .notFound(folder: path) }
    guard mode & 0o077 == 0 else { throw .exposed(path: path, mode: mode & 0o777) }
  }
}
