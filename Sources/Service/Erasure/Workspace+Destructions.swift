internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import LMDB
internal import Vault

/// A vault that was restored, or a process that was cut off, is brought to what the log says
/// before anything is served.
extension Workspace {
  /// Destroys again what the log says was destroyed.
  ///
  /// - Complexity: the destructions since the last opening, and all epochs that ended.
  func replayDestructions() throws(ServiceError) {
    let vault = keys.vault
    guard isWriter, !vault.isAbsent else { return }
    do throws(VaultError) {
      let from = try vault.replayedThrough()
      let lastEpoch = try events(.keyEpochDestroyed).map(Self.epoch).max() ?? 0
      try carryOutDestructions()
      _ = try vault.removeOldEpochs()
      // An epoch ends before that is recorded: a process that was cut off in between recorded nothing.
      for epoch in (lastEpoch + 1)..<max(lastEpoch + 1, UInt64(vault.epoch)) {
        let survivors = try vault.livingKeyCount()
        _ = try recorded { () throws(ServiceError) in
          try recordEpoch(UInt32(clamping: epoch), survivors: survivors)
        }
      }
      // A copy from before a rotation came back with its epoch's key.
      while UInt64(vault.epoch) <= lastEpoch {
        let ended = try vault.rotateEpoch()
        _ = try recorded { () throws(ServiceError) in
          try recordEpoch(ended.destroyed, survivors: ended.survivors)
        }
      }
      if from.rawValue < log.size { try vault.setReplayed(through: Position(log.size)) }
    } catch { throw ServiceError(vault: error) }
  }

  /// Destroys what the log says was destroyed since the last opening.
  func carryOutDestructions() throws(VaultError) {
    for event in try events(.subjectKeyDestroyed, from: try keys.vault.replayedThrough()) {
      guard let stream = StreamName(event.stream), let bytes = [UInt8](hex: stream.id),
        let keyID = KeyID(bytes)
      else { continue }
      try keys.vault.destroy(keyID, receipt: event.position)
    }
  }

  private func recorded(
    _ body: () throws(ServiceError) -> Position
  ) throws(VaultError) -> Position {
    do throws(ServiceError) { return try body() } catch { throw .damaged(error.sentence) }
  }

  private func events(
    _ type: SystemEventType, from position: Position? = nil
  ) throws(VaultError) -> [RecordedEvent] {
    do throws(LMDBError) {
      return try log.events(EventSelection(.types([type.eventType]), from: position))
    } catch { throw .storage(error) }
  }

  private static func epoch(of event: RecordedEvent) -> UInt64 {
    do throws(EvidenceError) {
      return try JSONText(parsing: event.plain(0)?.content ?? [])["epoch"]?.number ?? 0
    } catch { return 0 }
  }
}
