internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB

/// What a redaction still owes: older pages of the log and the read models may hold what was blanked.
///
/// A file says so from before the first byte goes until no file holds it any more, so that a process
/// that is cut off, or finds somebody reading, leaves the rest to the next one.
enum OwedCompaction {
  static let note =
    "A redaction is not carried through yet: end every process that has the workspace open, then "
    + "open it again."

  static func isOwed(_ folder: DataFolder) -> Bool { DurableFile.exists(folder.owedFile) }

  static func owe(_ folder: DataFolder) throws(ServiceError) {
    do throws(FileError) { try DurableFile.replace(folder.owedFile, with: []) } catch {
      throw ServiceError(.failed, code: "STORAGE.FAILED", "\(error): nothing was blanked.")
    }
  }

  /// Blanks what the log says, removes the read models, which are made anew, and compacts the log.
  ///
  /// - Throws: ``ServiceError`` `LOG.LOCKED` when anybody has the workspace open; it is owed then.
  static func settle(_ folder: DataFolder) throws(ServiceError) {
    guard isOwed(folder) else { return }
    do throws(OpenError) {
      try EventLog.compact(folder.folder) { () throws(OpenError) in
        try blankAll(in: folder)
        try removeModels(of: folder)
      }
    } catch { throw ServiceError(error) }
    do throws(FileError) { try DurableFile.remove(folder.owedFile) } catch {
      throw ServiceError(.failed, code: "STORAGE.FAILED", "\(error): remove it.")
    }
  }

  static func blank(_ place: RedactedPlace, in log: EventLog) throws(ServiceError) {
    do throws(LMDBError) {
      _ = try log.blank(place.section, of: Position(place.position))
    } catch { throw ServiceError(storage: error) }
  }

  private static func blankAll(in folder: DataFolder) throws(OpenError) {
    let log = try EventLog(reading: folder.folder)
    defer { log.close() }
    do throws(LMDBError) {
      let redactions = EventQuery.types([SystemEventType.sectionRedacted.eventType])
      for event in try log.events(EventSelection(redactions)) {
        guard let place = RedactedPlace(event) else { continue }
        _ = try log.blank(place.section, of: Position(place.position))
      }
    } catch { throw .storage(error) }
  }

  private static func removeModels(of folder: DataFolder) throws(OpenError) {
    guard FileManager.default.fileExists(atPath: folder.modelsFolder) else { return }
    do { try FileManager.default.removeItem(atPath: folder.modelsFolder) } catch {
      throw .invalid(
        "“\(folder.modelsFolder)” can't be removed (\(error.localizedDescription)): remove it, the "
          + "models are made anew")
    }
  }
}

extension Workspace {
  /// Finishes what a redaction left to do, as far as nobody has the workspace open.
  static func settleRedactions(in folder: DataFolder) {
    do throws(ServiceError) { try OwedCompaction.settle(folder) } catch {
      // It stays owed, and the workspace's health says so.
    }
  }

  /// Blanks what the log says was redacted: a process that was cut off may have left it.
  func replayRedactions() throws(ServiceError) {
    guard isWriter else { return }
    for event in try readEvents(
      .types([SystemEventType.sectionRedacted.eventType]), limit: 100_000)
    {
      guard let place = RedactedPlace(event) else { continue }
      try OwedCompaction.blank(place, in: log)
    }
  }
}
