internal import EventModel
internal import Foundation
internal import LMDB

/// Where the files of the models lie: `<name>-v<version>.<number>.sqlite` is a build, and links
/// say which one serves, which one waits for its switch and which one served before.
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

  func path(of build: ModelBuild) -> String { "\(path)/\(build.fileName)" }

  /// The build with this role; `nil` when no model's file has it.
  func build(_ role: BuildRole, of name: String) -> ModelBuild? {
    let target: String
    do {
      target = try FileManager.default.destinationOfSymbolicLink(atPath: link(role, name))
    } catch {
      return role == .serving ? formerlyServing(name) : nil
    }
    guard let build = ModelBuild(file: target, of: name),
      FileManager.default.fileExists(atPath: path(of: build))
    else { return nil }
    return build
  }

  /// The build that a link of the form `<name>-v<version>.sqlite` named, which there was one of for
  /// each version at first; the newest.
  private func formerlyServing(_ name: String) -> ModelBuild? {
    do {
      let files = try FileManager.default.contentsOfDirectory(atPath: path)
      let targets = files.filter {
        $0.hasPrefix("\(name)-v") && $0.hasSuffix(".sqlite")
          && ModelBuild(file: $0, of: name) == nil
      }.compactMap { file in
        do {
          return try FileManager.default.destinationOfSymbolicLink(atPath: "\(path)/\(file)")
        } catch {
          return String?.none
        }
      }
      return targets.compactMap { ModelBuild(file: $0, of: name) }
        .filter { FileManager.default.fileExists(atPath: path(of: $0)) }
        .max { ($0.version, $0.number) < ($1.version, $1.number) }
    } catch {
      return nil
    }
  }

  func builds(of name: String) -> ModelBuilds {
    var builds = ModelBuilds()
    builds.serving = build(.serving, of: name)
    builds.next = build(.next, of: name)
    builds.previous = build(.previous, of: name)
    return builds
  }

  /// The file that serves, if it is of `version`.
  func serving(_ name: String, _ version: UInt32) -> String? {
    guard let build = build(.serving, of: name), build.version == version else { return nil }
    return path(of: build)
  }

  /// The unfinished build of a model: of those without a role the newest; `nil` for none.
  func unfinished(_ name: String, _ version: UInt32) throws(StorageError) -> ModelBuild? {
    let known = BuildRole.allCases.map { build($0, of: name) }
    return try all(name).last { $0.version == version && !known.contains($0) }
  }

  /// A new build, with a number that no build of the version has.
  func newBuild(_ name: String, _ version: UInt32) throws(StorageError) -> ModelBuild {
    let last = try all(name).filter { $0.version == version }.map(\.number).max() ?? 0
    return ModelBuild(name: name, version: version, number: last + 1)
  }

  /// Gives `build` the role, in one step.
  func give(_ role: BuildRole, to build: ModelBuild) throws(StorageError) {
    let link = link(role, build.name)
    let fresh = "\(link).new"
    remove(fresh)
    do {
      try FileManager.default.createSymbolicLink(
        atPath: fresh, withDestinationPath: build.fileName)
    } catch {
      throw StorageError(code: 0, message: "cannot link \(link) to \(build): \(error)")
    }
    try replaceFile(link, with: fresh)
  }

  func takeAway(_ role: BuildRole, of name: String) { remove(link(role, name)) }

  /// Deletes the builds of `name` that have no role and are not of `kept`.
  func clear(_ name: String, keeping kept: Set<ModelBuild> = []) throws(StorageError) {
    let roles = Set(BuildRole.allCases.compactMap { build($0, of: name) })
    for build in try all(name) where !roles.contains(build) && !kept.contains(build) {
      delete(build)
    }
  }

  /// Deletes a build with its write-ahead log or its journal.
  func delete(_ build: ModelBuild) {
    for suffix in ["", "-wal", "-shm", "-journal"] { remove(path(of: build) + suffix) }
  }

  /// How many bytes a build takes.
  func byteCount(of build: ModelBuild) -> UInt64 {
    ["", "-wal"].reduce(0) { sum, suffix in
      do {
        let attributes = try FileManager.default.attributesOfItem(
          atPath: path(of: build) + suffix)
        return sum + ((attributes[.size] as? NSNumber)?.uint64Value ?? 0)
      } catch {
        // A write-ahead log that is not there takes nothing.
        return sum
      }
    }
  }

  /// How many bytes the folder's disk has left; `nil` when the system doesn't say.
  func freeBytes() -> UInt64? {
    do {
      let attributes = try FileManager.default.attributesOfFileSystem(forPath: path)
      return (attributes[.systemFreeSize] as? NSNumber)?.uint64Value
    } catch {
      return nil
    }
  }

  /// Takes the lock on making builds of a model, against other processes too; `nil` when somebody
  /// holds it.
  func claim(_ name: String) throws(StorageError) -> BuildClaim? {
    do {
      guard let lock = try FolderLock.take(path: "\(path)/\(name).lock") else { return nil }
      return BuildClaim(lock)
    } catch {
      throw StorageError(code: 0, message: error.description)
    }
  }

  /// Whether somebody makes builds of a model now.
  func isClaimed(_ name: String) throws(StorageError) -> Bool {
    do { return try FolderLock.take(path: "\(path)/\(name).lock", isShared: true) == nil } catch {
      throw StorageError(code: 0, message: error.description)
    }
  }

  private func link(_ role: BuildRole, _ name: String) -> String {
    "\(path)/\(role.linkName(of: name))"
  }

  /// All builds of a model, by version and number.
  private func all(_ name: String) throws(StorageError) -> [ModelBuild] {
    let files: [String]
    do { files = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw StorageError(code: 0, message: "cannot list the folder \(path): \(error)")
    }
    return files.compactMap { ModelBuild(file: $0, of: name) }
      .sorted { ($0.version, $0.number) < ($1.version, $1.number) }
  }

  private func remove(_ path: String) {
    do { try FileManager.default.removeItem(atPath: path) } catch {
      // A file that is not there needs no removing, and one that stays is in nobody's way.
    }
  }
}

/// The right to make and to switch builds of some models, held as long as the object lives.
package final class ModelClaim: Sendable {
  private let claims: [BuildClaim]

  init(_ claims: [BuildClaim]) { self.claims = claims }
}

/// The right to make builds of a model, held as long as the object lives.
final class BuildClaim: Sendable {
  private let lock: FolderLock

  init(_ lock: consuming FolderLock) { self.lock = lock }
}
