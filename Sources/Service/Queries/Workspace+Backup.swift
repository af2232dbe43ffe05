internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB

/// Copies of a workspace's logs.
extension Workspace {
  /// Copies the log, and who looked, to a new folder while they are written.
  ///
  /// A copy that was cut off between the two is made whole: the access log is the later one then, so
  /// it has all that the log's copy says of it.
  public func backUp(to destination: String) throws(ServiceError) -> Answer {
    try requireConfigurer("log backup")
    if isWriter, keys.signer != nil { _ = try publishedCheckpoint() }
    let isResumed = try lacksAccessLog(destination)
    do throws(OpenError) {
      if !isResumed { try log.backUp(to: destination) }
      try accessLog?.log.backUp(to: destination + "/access")
      return Answer(
        "Backed up",
        facts: [
          .init("folder", "Folder", .text(destination)),
          .init("events", "Events", .integer(try Self.eventCount(destination))),
        ],
        notes: (isResumed
          ? ["The log was there already, of the moment it was copied; its access log is there now."]
          : []) + ["The keys are not in it: copy \(folder.keysFolder) to another place."])
    } catch { throw ServiceError(error) }
  }

  /// Whether a copy of this log stands in `destination`, and none of its access log.
  private func lacksAccessLog(_ destination: String) throws(ServiceError) -> Bool {
    guard accessLog != nil, AccessLog.isThere(in: destination),
      !AccessLog.isThere(in: destination + "/access")
    else { return false }
    let copy = try AccessLog.opened(destination)
    defer { _ = copy.close() }
    return try AccessLog.isBeginning(copy, of: log)
  }

  /// Makes a workspace of a backup.
  ///
  /// - Parameters:
  ///   - folder: where there is no log yet.
  ///   - backup: what ``backUp(to:)`` has made.
  ///   - isWithoutAccess: puts the log back alone, for its access log is lost.
  /// - Returns: where it is, and how many events it has.
  /// - Throws: ``ServiceError``; nothing is changed then.
  public static func restore(
    _ folder: DataFolder, from backup: String, withoutAccessLog isWithoutAccess: Bool = false
  ) throws(ServiceError) -> Answer {
    let known = witnessed(folder).map { [$0] } ?? []
    do throws(OpenError) {
      guard !folder.exists else { throw .alreadyExists(folder: folder.folder) }
      try EventLog.checkRestore(from: backup, to: folder.folder, knownCheckpoints: known)
    } catch { throw ServiceError(error) }
    let access = isWithoutAccess ? nil : try AccessRestore(folder, from: backup)
    try access?.copy()
    // The log comes last: a restore that is cut off leaves no workspace, and can be made again.
    try access?.exchange()
    do throws(OpenError) {
      try EventLog.restore(from: backup, to: folder.folder, knownCheckpoints: known)
    } catch {
      try access?.undo()
      throw ServiceError(error)
    }
    try access?.finish()
    return try restored(folder, isWithoutAccess)
  }

  private static func restored(
    _ folder: DataFolder, _ isWithoutAccess: Bool
  ) throws(ServiceError) -> Answer {
    let log = try AccessLog.opened(folder.folder)
    defer { _ = log.close() }
    var notes = ["The read models are made anew when they are first asked."]
    if isWithoutAccess, try AccessLogSaid(in: log).anchor != nil {
      notes.append(
        "Who looked is not in it: it is open for reading alone until `deed log accept-access-loss` "
          + "records that.")
    }
    return Answer(
      "Restored",
      facts: [
        .init("folder", "Folder", .text(folder.folder)),
        .init("events", "Events", .integer(Int64(log.size))),
      ], notes: notes)
  }

  private static func eventCount(_ folder: String) throws(OpenError) -> Int64 {
    let log = try EventLog(reading: folder)
    defer { _ = log.close() }
    return Int64(log.size)
  }
}
