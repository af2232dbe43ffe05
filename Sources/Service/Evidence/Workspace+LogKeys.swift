internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import LMDB
internal import Transparency
internal import Vault

/// The log's own keys, and their rotation.
extension Workspace {
  /// The keys that checkpoints of this log are checked with: those that sign, the newest first, and
  /// those that signed once, as the log tells it.
  func logKeys(_ signer: CheckpointSigner) throws(ServiceError) -> [NoteKey] {
    var keys = signer.keys
    let rotations = try readEvents(
      .types([SystemEventType.logKeyRotated.eventType]), limit: 10_000)
    for event in rotations.reversed() {
      do {
        let said = try JSONText(parsing: event.plain(0)?.content ?? [])
        for name in ["new_vkey", "old_vkey"] {
          guard let text = said[name]?.string else { continue }
          let key = try NoteKey(vkey: text)
          if !keys.contains(key) { keys.append(key) }
        }
      } catch {
        throw ServiceError(
          .failed, code: "LOG.UNREADABLE",
          "The key rotation at position \(event.position) can't be read (\(error)).")
      }
    }
    return keys
  }

  /// Gives the log a new signing key; the old one signs beside it until the overlap is ended.
  ///
  /// The new key is in its file before the event is in the log, and every checkpoint with the event
  /// is signed by both.
  ///
  /// - Parameters:
  ///   - folder: the workspace, which nobody may have open.
  ///   - actor: who does it.
  /// - Returns: both verifier keys; the new one is to be published.
  /// - Throws: ``ServiceError``; the old key goes on signing then.
  public static func rotateLogKey(
    _ folder: DataFolder, actor: String? = nil
  ) throws(ServiceError) -> Answer {
    let (signer, isRecorded) = try withSigner(of: folder, actor) {
      workspace, signer throws(ServiceError) in
      (signer, try workspace.hasRecorded(signer.key))
    }
    guard signer.older.isEmpty || !isRecorded else {
      throw ServiceError(
        .refused, code: "STATE.STATUS",
        "A rotation is on its way: end its overlap with `deed log rotate-key --finish` first.")
    }
    // One that was cut off before the log said it is completed.
    var new = signer
    if signer.older.isEmpty {
      do throws(NoteError) {
        new = try CheckpointSigner(origin: signer.origin, seed: RandomSource.system.bytes(32))
          .following(signer)
      } catch { throw ServiceError(.failed, code: "KEYS.CREATE", "\(error)") }
      try replaceKeyFile(of: folder, with: new)
    }
    guard let old = new.older.first else {
      preconditionFailure("a rotated key has the one before it")
    }
    let position: Position
    do throws(ServiceError) {
      position = try withSigner(of: folder, actor) { workspace, _ throws(ServiceError) in
        let place = try workspace.recordSystem(
          .logKeyRotated, in: .systemLog,
          [.init("old_vkey", .text(old.key.vkey)), .init("new_vkey", .text(new.key.vkey))],
          by: workspace.kind == .crm ? nil : ActorID(system: "operator"))
        _ = try workspace.checkpoint()
        return place
      }
    } catch {
      guard
        try !withSigner(
          of: folder, actor,
          { workspace, _ throws(ServiceError) in
            try workspace.hasRecorded(new.key)
          })
      else { throw error }
      try replaceKeyFile(of: folder, with: signer)
      throw error
    }
    return Answer(
      "The log has a new key",
      facts: [
        .init("newKey", "New verifier key", .text(new.key.vkey)),
        .init("oldKey", "Old verifier key", .text(old.key.vkey)),
        .init("position", "Recorded at", .integer(Int64(position.rawValue))),
      ],
      notes: [
        "Publish the new key. Both sign until `deed log rotate-key --finish`; checkpoints from "
          + "before need the old one for ever."
      ])
  }

  /// Ends the overlap: from now on the newest key signs alone, and the old private halves are gone.
  public static func finishKeyRotation(
    _ folder: DataFolder, actor: String? = nil
  ) throws(ServiceError) -> Answer {
    let (signer, isRecorded) = try withSigner(of: folder, actor) {
      workspace, signer throws(ServiceError) in
      (signer, try workspace.hasRecorded(signer.key))
    }
    guard !signer.older.isEmpty else {
      throw ServiceError(
        .refused, code: "STATE.STATUS", "One key signs already: no rotation is on its way.")
    }
    guard isRecorded else {
      throw ServiceError(
        .refused, code: "STATE.STATUS",
        "The rotation was cut off before the log said it: complete it with `deed log rotate-key`.")
    }
    try replaceKeyFile(of: folder, with: signer.alone)
    return Answer(
      "The old key signs no more", facts: [.init("vkey", "Verifier key", .text(signer.key.vkey))])
  }

  private static func withSigner<Result>(
    of folder: DataFolder, _ actor: String?,
    _ body: (Workspace, CheckpointSigner) throws(ServiceError) -> Result
  ) throws(ServiceError) -> Result {
    let workspace = try Workspace(opening: folder, actor: actor)
    let result: Result
    do throws(ServiceError) {
      try workspace.requireConfigurer("log rotate-key")
      try workspace.requireWriter()
      guard let signer = workspace.keys.signer else {
        throw ServiceError(
          .refused, code: "LOG.NO_KEY",
          "The keys folder \(folder.keysFolder) is absent, so there is no key to rotate.")
      }
      result = try body(workspace, signer)
    } catch {
      workspace.abandon()
      throw error
    }
    try workspace.close()
    return result
  }

  /// Whether the log says that `key` took another's place.
  private func hasRecorded(_ key: NoteKey) throws(ServiceError) -> Bool {
    let rotations = try readEvents(
      .types([SystemEventType.logKeyRotated.eventType]), limit: 10_000)
    for event in rotations {
      do throws(EvidenceError) {
        let said = try JSONText(parsing: event.plain(0)?.content ?? [])
        if said["new_vkey"]?.string == key.vkey { return true }
      } catch { continue }
    }
    return false
  }

  private static func replaceKeyFile(
    of folder: DataFolder, with signer: CheckpointSigner
  ) throws(ServiceError) {
    do throws(VaultError) {
      try SecretFile.replace(Array(signer.file.utf8), at: folder.logKeyFile)
    } catch { throw ServiceError(.failed, code: "KEYS.CREATE", "\(error)") }
  }
}
