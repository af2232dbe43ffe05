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

  /// What an opening is refused with whose access log is not the main log's.
  static let lostCode = "LOG.FORKED"

  /// Opens the access log as its one writer; makes it first where there is none, and `main` speaks
  /// of none.
  ///
  /// - Throws: ``ServiceError`` ``lostCode`` when it is not the log of the newest anchor in `main`:
  ///   to go on with it would sign another history under the same name.
  static func opening(
    _ folder: DataFolder, beside main: EventLog, isSigning: Bool,
    options mainOptions: EventLog.Options, random: RandomSource
  ) throws(ServiceError) -> AccessLog {
    let said = try AccessLogSaid(in: main)
    let origin = said.origin
    try check(folder, said)
    let signer = isSigning ? try signer(folder, origin, random) : nil
    var options = EventLog.Options(
      mapSizeBytes: mapSizeBytes, clock: mainOptions.clock, signer: signer)
    options.clockJumpLimitMicroseconds = mainOptions.clockJumpLimitMicroseconds
    // The main log's opening did, and looks may be older, or newer, than its last event.
    options.checksClockAtOpening = false
    do throws(OpenError) {
      if !isThere(in: folder.accessFolder) {
        try EventLog.create(
          in: folder.accessFolder, origin: origin.text, simulatedClock: main.isSimulated,
          schema: SchemaDescriptor.bytes, options: options)
      }
      return AccessLog(
        try EventLog(writing: folder.accessFolder, options: options), key: signer?.key)
    } catch { throw ServiceError(error) }
  }

  /// Refuses an access log that is not the one that the main log speaks of, and none where it speaks
  /// of one; nobody writes it, for the main log is locked.
  private static func check(_ folder: DataFolder, _ said: AccessLogSaid) throws(ServiceError) {
    let log = try isThere(in: folder.accessFolder) ? opened(folder.accessFolder) : nil
    defer { _ = log?.close() }
    guard let text = try said.difference(from: log) else { return }
    throw ServiceError(
      .failed, code: lostCode,
      "The access log must not grow: \(text). Put the folder “access” back from the newest copy, or, "
        + "where it is lost, record that with `deed log accept-access-loss --reason CODE`.")
  }

  /// The log in `folder`, open for reading.
  static func opened(_ folder: String) throws(ServiceError) -> EventLog {
    do throws(OpenError) { return try EventLog(reading: folder) } catch {
      throw ServiceError(error)
    }
  }

  /// Whether `log` has all of `beginning` before anything else.
  static func isBeginning(
    _ beginning: EventLog, of log: EventLog
  ) throws(ServiceError) -> Bool {
    let size = beginning.size
    guard beginning.origin.utf8.elementsEqual(log.origin.utf8), size <= log.size else {
      return false
    }
    do throws(CheckpointError) {
      return try beginning.root(size: size) == log.root(size: size)
    } catch { throw ServiceError(error) }
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

  /// Whether there is a log in the folder.
  static func isThere(in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: folder + "/log/data.mdb")
  }

  /// Opens it beside its writer; `nil` when there is none yet.
  static func reading(_ folder: DataFolder) throws(ServiceError) -> AccessLog? {
    guard isThere(in: folder.accessFolder) else { return nil }
    return AccessLog(try opened(folder.accessFolder), key: nil)
  }

  private static func signer(
    _ folder: DataFolder, _ origin: AccessOrigin, _ random: RandomSource
  ) throws(ServiceError) -> CheckpointSigner {
    let path = "\(folder.keysFolder)/\(origin.keyName)"
    do {
      guard FileManager.default.fileExists(atPath: path) else {
        let signer = try CheckpointSigner(origin: origin.text, seed: random.bytes(32))
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
