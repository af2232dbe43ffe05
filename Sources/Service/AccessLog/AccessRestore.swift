internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB

/// The access log of a backup on its way to its place, beside the log that is put back.
///
/// One that stands there is kept where it has more of the same history; it is given up only for one
/// that has all of it.
struct AccessRestore {
  private let folder: DataFolder
  private let source: String
  /// Whether the backup's is to stand there.
  private let takesCopy: Bool

  private var part: String { folder.accessFolder + ".part" }
  private var old: String { folder.accessFolder + ".old" }

  /// Looks at both access logs and at what the backup's log says of its own.
  ///
  /// - Throws: ``ServiceError`` `LOG.FORKED` when they don't belong together.
  init(_ folder: DataFolder, from backup: String) throws(ServiceError) {
    self.folder = folder
    source = backup + "/access"
    let access = folder.accessFolder
    // What an exchange has left that was cut off in its middle.
    if !DurableFile.exists(access), DurableFile.exists(access + ".old") {
      try Self.move(access + ".old", to: access)
    }
    let standing = try AccessLog.isThere(in: access) ? AccessLog.opened(access) : nil
    defer { _ = standing?.close() }
    let copy = try AccessLog.isThere(in: source) ? AccessLog.opened(source) : nil
    defer { _ = copy?.close() }
    if let standing, let copy {
      let isLonger = standing.size < copy.size
      guard
        try AccessLog.isBeginning(
          isLonger ? standing : copy, of: isLonger ? copy : standing)
      else {
        throw ServiceError(
          .failed, code: "LOG.FORKED",
          "The access log in “\(access)” is of another history than the backup's: move it to another "
            + "place, then restore again; nothing was changed.")
      }
    }
    takesCopy = copy.map { $0.size > standing?.size ?? 0 } ?? false
    let main = try AccessLog.opened(backup)
    defer { _ = main.close() }
    let said = try AccessLogSaid(in: main)
    if let text = try said.difference(from: takesCopy ? copy : standing) {
      throw ServiceError(
        .failed, code: "LOG.FORKED",
        "The backup is not whole: \(text). Repeat the `deed log backup` that was cut off, take another "
          + "backup, or, where who looked is lost, give --without-access-log; nothing was changed.")
    }
  }

  /// Copies the backup's beside its place.
  func copy() throws(ServiceError) {
    guard takesCopy else { return }
    try Self.remove(part)
    do throws(OpenError) { try EventLog.restore(from: source, to: part) } catch {
      try Self.remove(part)
      throw ServiceError(error)
    }
  }

  /// Puts the copy in its place.
  func exchange() throws(ServiceError) {
    guard takesCopy else { return }
    if DurableFile.exists(folder.accessFolder) {
      try Self.remove(old)
      try Self.move(folder.accessFolder, to: old)
    }
    try Self.move(part, to: folder.accessFolder)
  }

  /// Puts back what stood there.
  func undo() throws(ServiceError) {
    guard takesCopy else { return }
    try Self.remove(folder.accessFolder)
    if DurableFile.exists(old) { try Self.move(old, to: folder.accessFolder) }
  }

  /// Removes what stood there: all of it is in the copy.
  func finish() throws(ServiceError) {
    if takesCopy { try Self.remove(old) }
  }

  private static func move(_ source: String, to target: String) throws(ServiceError) {
    do throws(FileError) { try DurableFile.move(source, over: target) } catch {
      throw ServiceError(.failed, code: "LOG.STORAGE", "A file can't be used: \(error).")
    }
  }

  private static func remove(_ path: String) throws(ServiceError) {
    guard DurableFile.exists(path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw ServiceError(
        .failed, code: "LOG.STORAGE",
        "“\(path)” can't be removed (\(error.localizedDescription)): remove it.")
    }
  }
}
