internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import Schema
internal import SwiftProtobuf
internal import Transparency
internal import Vault

/// The log of who saw what: a second log of the same format, with its own origin and key, so that
/// whoever follows the main one never wades through reads.
///
/// Its checkpoints are anchored in the main log, and with them it inherits that log's witnesses.
final class AccessLog: Sendable {
  let log: EventLog
  /// Verifies its checkpoints; `nil` where this opening doesn't sign.
  let key: NoteKey?
  /// Sparse, so that it costs nothing; more than a hundred million windows.
  private static let mapSizeBytes = 1 << 36

  private init(_ log: EventLog, key: NoteKey?) {
    self.log = log
    self.key = key
  }

  /// Opens the access log as its one writer; makes it first where there is none, and `main` speaks
  /// of none.
  ///
  /// - Throws: ``ServiceError`` `LOG.FORKED` when it is not the log of the newest anchor in `main`:
  ///   to go on with it would sign another history under the same name.
  static func opening(
    _ folder: DataFolder, beside main: EventLog, isSigning: Bool,
    options mainOptions: EventLog.Options, random: RandomSource
  ) throws(ServiceError) -> AccessLog {
    let origin = "\(main.origin)/access"
    let anchor = try newestAnchor(in: main)
    if let anchor, !isThere(in: folder.accessFolder) {
      throw forked(anchor, "the log speaks of an access log, and there is none")
    }
    let signer = isSigning ? try signer(folder, origin, random) : nil
    var options = EventLog.Options(
      mapSizeBytes: mapSizeBytes, clock: mainOptions.clock, signer: signer)
    options.clockJumpLimitMicroseconds = mainOptions.clockJumpLimitMicroseconds
    // The main log's opening did, and looks may be older, or newer, than its last event.
    options.checksClockAtOpening = false
    let log: EventLog
    do throws(OpenError) {
      if anchor == nil, !isThere(in: folder.accessFolder) {
        try EventLog.create(
          in: folder.accessFolder, origin: origin, simulatedClock: main.isSimulated,
          schema: SchemaDescriptor.bytes, options: options)
      }
      log = try EventLog(writing: folder.accessFolder, options: options)
    } catch { throw ServiceError(error) }
    if let anchor, let text = try difference(of: anchor, from: log) {
      log.bar("it is not the one that the main log speaks of")
      log.close()
      throw forked(anchor, text)
    }
    return AccessLog(log, key: signer?.key)
  }

  private static func newestAnchor(in main: EventLog) throws(ServiceError) -> RecordedEvent? {
    do throws(LMDBError) {
      return try main.events(
        EventSelection(
          .stream(StreamName(category: "system", id: "access")), direction: .backwards, limit: 1)
      ).first
    } catch { throw ServiceError(storage: error) }
  }

  /// What an anchor says that the access log does not; `nil` when they agree.
  static func difference(
    of anchor: RecordedEvent, from access: EventLog
  ) throws(ServiceError) -> String? {
    guard let checkpoint = VerifiedAccess.anchored(anchor.plain(0)?.content ?? []) else {
      return "the anchor can't be read"
    }
    guard checkpoint.origin.utf8.elementsEqual(access.origin.utf8) else {
      return "it is of the log \(checkpoint.origin)"
    }
    guard checkpoint.size <= access.size else {
      return "the access log had \(checkpoint.size) events then, and has \(access.size) now"
    }
    do throws(CheckpointError) {
      guard try access.root(size: checkpoint.size) != checkpoint.root else { return nil }
    } catch { throw ServiceError(error) }
    return "the first \(checkpoint.size) events of the access log are not those it had then"
  }

  private static func forked(_ anchor: RecordedEvent, _ text: String) -> ServiceError {
    ServiceError(
      .failed, code: "LOG.FORKED",
      "The access log must not grow: by the anchor at position \(anchor.position), \(text). Put the "
        + "folder “access” back from the newest copy, or begin a new log that continues this one "
        + "(`deed init --continues`).")
  }

  /// Whether there is a log in the folder.
  static func isThere(in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: folder + "/log/data.mdb")
  }

  /// Opens it beside its writer; `nil` when there is none yet.
  static func reading(_ folder: DataFolder) throws(ServiceError) -> AccessLog? {
    guard isThere(in: folder.accessFolder) else { return nil }
    do throws(OpenError) {
      return AccessLog(try EventLog(reading: folder.accessFolder), key: nil)
    } catch { throw ServiceError(error) }
  }

  private static func signer(
    _ folder: DataFolder, _ origin: String, _ random: RandomSource
  ) throws(ServiceError) -> CheckpointSigner {
    let path = folder.keysFolder + "/access.key"
    do {
      guard FileManager.default.fileExists(atPath: path) else {
        let signer = try CheckpointSigner(origin: origin, seed: random.bytes(32))
        try SecretFile.create(Array((signer.skey + "\n").utf8), at: path)
        return signer
      }
      let text = String(decoding: try SecretFile.read(path), as: UTF8.self)
      return try CheckpointSigner(skey: text.hasSuffix("\n") ? String(text.dropLast()) : text)
    } catch {
      throw ServiceError(
        .failed, code: "KEYS.OPEN",
        "The access log's key \(path) can't be used: restore it from the keys' backup (\(error)).")
    }
  }

  /// The access events that `query` selects, the oldest first, with what they say.
  func events(
    _ query: EventQuery, limit: Int? = nil
  ) throws(ServiceError) -> [RecordedAccess] {
    let events: [RecordedEvent]
    do throws(LMDBError) {
      events = try log.events(EventSelection(query, limit: limit))
    } catch { throw ServiceError(storage: error) }
    var found: [RecordedAccess] = []
    for event in events {
      if let access = try RecordedAccess(event) { found.append(access) }
    }
    return found
  }
}

extension DataFolder {
  /// The access log's folder.
  package var accessFolder: String { folder + "/access" }
}
