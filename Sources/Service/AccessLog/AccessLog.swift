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

  /// Opens the access log as its one writer; makes it first where there is none.
  static func opening(
    _ folder: DataFolder, beside main: EventLog, isSigning: Bool,
    clock: @escaping @Sendable () -> Timestamp, random: RandomSource
  ) throws(ServiceError) -> AccessLog {
    let origin = "\(main.origin)/access"
    let signer = isSigning ? try signer(folder, origin, random) : nil
    let options = EventLog.Options(
      mapSizeBytes: mapSizeBytes, clock: clock, signer: signer)
    do throws(OpenError) {
      if !isThere(in: folder.accessFolder) {
        try EventLog.create(
          in: folder.accessFolder, origin: origin, simulatedClock: main.isSimulated,
          schema: SchemaDescriptor.bytes, options: options)
      }
      return AccessLog(
        try EventLog(writing: folder.accessFolder, options: options), key: signer?.key)
    } catch { throw ServiceError(error) }
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
