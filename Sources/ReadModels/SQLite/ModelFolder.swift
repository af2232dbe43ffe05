internal import EventModel
internal import Foundation

/// Where the files of the models lie: `<name>-v<version>.sqlite` is a link to the build that
/// serves, `<name>-v<version>.<n>.sqlite`.
///
/// A link is put in place of another in one step, and each build keeps its own write-ahead log:
/// who still reads the old build is not disturbed. A build that no link names was not finished.
struct ModelFolder: Hashable, Sendable {
  let path: String

  /// Makes the folder if it is missing.
  init(_ path: String) throws(StorageError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw StorageError(code: 0, message: "cannot make the folder \(path): \(error)")
    }
  }

  /// The link by which the serving build of a model is opened.
  func link(_ name: String, _ version: UInt32) -> String { "\(path)/\(name)-v\(version).sqlite" }

  /// The build that serves; `nil` before the first one is finished.
  func serving(_ name: String, _ version: UInt32) -> String? {
    let target: String
    do {
      target = try FileManager.default.destinationOfSymbolicLink(atPath: link(name, version))
    } catch {
      return nil
    }
    return FileManager.default.fileExists(atPath: "\(path)/\(target)") ? "\(path)/\(target)" : nil
  }

  /// The unfinished build of a model; `nil` when there is none.
  func unfinished(_ name: String, _ version: UInt32) throws(StorageError) -> String? {
    let serving = serving(name, version)
    return try builds(name, version).last { $0 != serving }
  }

  /// A path for a new build.
  func newBuild(_ name: String, _ version: UInt32) throws(StorageError) -> String {
    var number = 1
    let taken = Set(try builds(name, version))
    while taken.contains(build(name, version, number)) { number += 1 }
    return build(name, version, number)
  }

  /// Makes `build` the one that serves, and deletes all others.
  func publish(_ build: String, _ name: String, _ version: UInt32) throws(StorageError) {
    let link = link(name, version)
    let fresh = "\(link).new"
    remove(fresh)
    do {
      try FileManager.default.createSymbolicLink(
        atPath: fresh, withDestinationPath: URL(fileURLWithPath: build).lastPathComponent)
    } catch {
      throw StorageError(code: 0, message: "cannot link \(link) to \(build): \(error)")
    }
    try replaceFile(link, with: fresh)
    for other in try builds(name, version) where other != build { delete(other) }
  }

  /// Deletes a build with its write-ahead log.
  func delete(_ build: String) {
    for suffix in ["", "-wal", "-shm"] { remove(build + suffix) }
  }

  private func build(_ name: String, _ version: UInt32, _ number: Int) -> String {
    "\(path)/\(name)-v\(version).\(number).sqlite"
  }

  /// All builds of a model, in the order of their numbers.
  private func builds(_ name: String, _ version: UInt32) throws(StorageError) -> [String] {
    let files: [String]
    do { files = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw StorageError(code: 0, message: "cannot list the folder \(path): \(error)")
    }
    let prefix = "\(name)-v\(version)."
    let numbers = files.compactMap { file -> Int? in
      guard file.hasPrefix(prefix), file.hasSuffix(".sqlite") else { return nil }
      return Int(file.dropFirst(prefix.count).dropLast(".sqlite".count))
    }
    return numbers.sorted().map { build(name, version, $0) }
  }

  private func remove(_ path: String) {
    do { try FileManager.default.removeItem(atPath: path) } catch {
      // A file that is not there needs no removing, and one that stays is in nobody's way.
    }
  }
}
