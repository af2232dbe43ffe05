internal import Foundation
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

  /// Replaces the file, whole or not at all, with mode 0400.
  package static func replace(_ bytes: [UInt8], at path: String) throws(VaultError) {
    do throws(FileError) {
      try DurableFile.replace(path, with: bytes)
      try DurableFile.setMode(of: path, to: 0o400)
    } catch {
      throw .file(error)
    }
  }

  /// Overwrites the file's bytes in place, makes that durable, and removes it.
  package static func destroy(_ path: String) throws(VaultError) {
    do throws(FileError) {
      try DurableFile.setMode(of: path, to: 0o600)
    } catch { throw .file(error) }
    do {
      let handle = try FileHandle(forUpdating: URL(filePath: path))
      let count = try handle.seekToEnd()
      try handle.seek(toOffset: 0)
      try handle.write(contentsOf: Data(repeating: 0, count: Int(count)))
      try handle.synchronize()
      try handle.close()
      try FileManager.default.removeItem(atPath: path)
    } catch { throw .damaged("\(path) can't be destroyed: \(error.localizedDescription)") }
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
