internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import Foundation
internal import LMDB
internal import Transparency

/// The witnesses that a workspace keeps, and what it learned from them: both lie with the keys, so
/// that they outlive a data folder that is put back from a backup.
extension Workspace {
  /// The policy that is kept; `nil` when there is none.
  func keptPolicy() throws(ServiceError) -> WitnessPolicy? {
    guard let data = FileManager.default.contents(atPath: folder.witnessPolicyFile) else {
      return nil
    }
    return try Self.policy(String(decoding: data, as: UTF8.self), folder.witnessPolicyFile)
  }

  func keep(policy text: String) throws(ServiceError) {
    try Self.writeBesideKeys(text, to: folder.witnessPolicyFile)
  }

  /// Remembers the newest checkpoint that others saw: a log that is behind it is not opened for
  /// writing any more.
  func remember(witnessed note: String) throws(ServiceError) {
    let size = try Self.size(of: note)
    if let known = Self.witnessed(folder), try Self.size(of: known) >= size { return }
    try Self.writeBesideKeys(note, to: folder.witnessedFile)
  }

  /// The note that ``remember(witnessed:)`` keeps; `nil` when there is none.
  static func witnessed(_ folder: DataFolder) -> String? {
    FileManager.default.contents(atPath: folder.witnessedFile).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private static func size(of note: String) throws(ServiceError) -> UInt64 {
    do throws(NoteError) { return try PublishedCheckpoint(parsing: note).checkpoint.size } catch {
      throw ServiceError(.failed, code: "LOG.CHECKPOINT", "\(error)")
    }
  }

  private static func writeBesideKeys(_ text: String, to path: String) throws(ServiceError) {
    do throws(FileError) { try DurableFile.replace(path, with: Array(text.utf8)) } catch {
      throw ServiceError(
        .failed, code: "KEYS.FAILED",
        "“\(path)” can't be written (\(error)): make room, or see whose the keys folder is.")
    }
  }
}

/// Meeting them before anything is appended.
extension Workspace {
  /// Asks the witnesses that are kept how far they saw this log, before it goes on.
  ///
  /// Nothing is signed for it but what was signed before; a witness that gives no answer forbids
  /// nothing.
  ///
  /// - Returns: a sentence for each witness that could not be asked.
  /// - Throws: ``ServiceError`` `LOG.FORKED` when one saw a later or another log: nothing may be
  ///   appended or signed then.
  public func meetWitnesses() async throws(ServiceError) -> [String] {
    guard isWriter, let policy = try keptPolicy() else { return [] }
    var notes: [String] = []
    for witness in policy.witnesses {
      guard let client = witness.url.flatMap({ WitnessClient($0) }) else {
        notes.append("The witness “\(witness.name)” has no https address, and is not asked.")
        continue
      }
      if try await !meet(witness.name, client) {
        notes.append(
          "The witness “\(witness.name)” gives no answer: whether it saw a later log is not known.")
      }
    }
    return notes
  }

  /// Records that a server goes on with the log: which start of a machine it was.
  ///
  /// A log that ended is served without, and so is one that has no room now.
  public func recordServerStart(version: String) throws(ServiceError) {
    do throws(LMDBError) { guard try !log.hasEnded() else { return } } catch {
      throw ServiceError(storage: error)
    }
    let boot = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
    do throws(ServiceError) {
      _ = try recordSystem(
        .serverStarted, in: .systemLog,
        [
          .init("boot_id", .text(String(decoding: boot.prefix { $0 != 0x0a }, as: UTF8.self))),
          .init("version", .text(version)),
        ], by: ActorID(system: "server"))
    } catch {
      guard error.code == "STORAGE.FULL" else { throw error }
    }
  }

  /// Whether the witness told anything.
  private func meet(_ name: String, _ client: WitnessClient) async throws(ServiceError) -> Bool {
    var hasTold = false
    if let note = await client.shown(of: log.origin), let seen = ownCheckpoint(note) {
      hasTold = true
      do throws(ServiceError) { try compare(seen, of: name) } catch {
        try remember(witnessed: note)
        throw error
      }
    }
    let published: PublishedCheckpoint?
    do throws(CheckpointError) { published = try log.newestCheckpoint() } catch {
      throw ServiceError(error)
    }
    guard let published else { return hasTold }
    var oldSize: UInt64 = 0
    for _ in 0..<2 {
      let proof: ConsistencyProof
      do throws(CheckpointError) {
        proof =
          oldSize == 0
          ? ConsistencyProof(hashes: [])
          : try consistency(from: oldSize, to: published.checkpoint.size)
      } catch { throw ServiceError(error) }
      let request = WitnessRequest(
        oldSize: oldSize, proof: proof.hashes, checkpoint: published.note)
      switch await client.ask(request) {
      case .conflict(let size)?:
        guard size <= log.size else { throw forked(name, saw: size) }
        hasTold = true
        // What it saw is within this log, and no checkpoint here says more of it.
        guard size <= published.checkpoint.size, size != oldSize else {
          guard size != oldSize else { throw forked(name, saw: nil) }
          return true
        }
        oldSize = size
      case .inconsistent?: throw forked(name, saw: nil)
      case .cosigned?: return true
      case .refused?, nil: return hasTold
      }
    }
    return hasTold
  }

  private func consistency(
    from old: UInt64, to new: UInt64
  ) throws(CheckpointError) -> ConsistencyProof {
    ConsistencyProof(
      hashes: try log.tree { reader throws(LMDBError) in
        try MerkleTree.consistencyProof(from: old, to: new, reading: reader)
      })
  }

  /// What a note says, when this log's key signed it: whatever else a witness shows is no news.
  private func ownCheckpoint(_ note: String) -> Checkpoint? {
    guard let signer = keys.signer else { return nil }
    do {
      return try VerifiedCheckpoint(note: note, origin: log.origin, keys: try logKeys(signer))
        .checkpoint
    } catch { return nil }
  }

  private func compare(_ seen: Checkpoint, of name: String) throws(ServiceError) {
    guard seen.size <= log.size else { throw forked(name, saw: seen.size) }
    let root: Digest
    do throws(CheckpointError) { root = try log.root(size: seen.size) } catch {
      throw ServiceError(error)
    }
    guard root == seen.root else { throw forked(name, saw: nil) }
  }

  private func forked(_ name: String, saw size: UInt64?) -> ServiceError {
    let what =
      size.map { "saw this log with \($0) events, and here it has \(log.size)" }
      ?? "saw this log with another history than it has here"
    log.bar("a witness saw another log")
    return ServiceError(
      .failed, code: "LOG.FORKED",
      "The witness “\(name)” \(what): nothing is appended or signed. Put a newer copy of the log "
        + "back, or begin a new log that continues this one (`deed init --continues`).")
  }
}

/// Anchors: cosigned checkpoints that the log itself holds.
extension Workspace {
  /// Records a cosigned note: whatever stands behind it was recorded after its witnesses' times.
  @discardableResult
  func recordAnchor(_ note: String) async throws(ServiceError) -> Position {
    let maker = SystemEventMaker(random: random)
    let now = clock()
    let event = maker.event(
      .logAnchored, in: .systemLog, by: ActorID(system: "log"),
      [.init("checkpoint", .text(note))], at: now)
    do throws(AppendError) {
      return try await log.append(maker.request([event], at: now)).first
    } catch { throw ServiceError(append: error) }
  }

  /// When the log was anchored last, and how many events it had before; `nil` for never.
  func lastAnchor() throws(ServiceError) -> (at: Timestamp, position: Position)? {
    do throws(LMDBError) {
      return try log.events(
        EventSelection(
          .types([SystemEventType.logAnchored.eventType]), direction: .backwards, limit: 1)
      ).first.map { ($0.recordedAt, $0.position) }
    } catch { throw ServiceError(storage: error) }
  }
}
