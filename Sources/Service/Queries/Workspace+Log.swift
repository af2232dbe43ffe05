internal import EventLog
internal import EventModel
internal import Foundation
package import LMDB
internal import Transparency

/// The log itself: statistics, checkpoints, proofs, tiles.
extension Workspace {
  /// How many events the log has, how large it is, how far it is indexed.
  public func logStatistics() throws(ServiceError) -> Answer {
    try requireOperator("log stats")
    let statistics: LogStatistics
    do throws(LMDBError) {
      statistics = try log.statistics()
    } catch { throw ServiceError(storage: error) }
    var facts = [
      Answer.Fact("origin", "Origin", .text(log.origin)),
      Answer.Fact("simulatedClock", "Simulated clock", .flag(log.isSimulated)),
      Answer.Fact("events", "Events", .integer(Int64(statistics.eventCount))),
      Answer.Fact("streams", "Streams", .integer(Int64(statistics.streamCount))),
      Answer.Fact("recordBytes", "Record bytes", .integer(Int64(statistics.recordBytes))),
      Answer.Fact("fileBytes", "File bytes", .integer(Int64(statistics.fileBytes))),
      Answer.Fact("mapBytes", "Map bytes", .integer(Int64(statistics.mapSizeBytes))),
      Answer.Fact("firstRecordedAt", "First recorded", .moment(statistics.first)),
      Answer.Fact("lastRecordedAt", "Last recorded", .moment(statistics.last)),
      Answer.Fact("checkpoints", "Checkpoints", .integer(Int64(statistics.checkpointCount))),
      Answer.Fact(
        "checkpointSize", "Newest checkpoint's size",
        statistics.checkpointSize.map { .integer(Int64($0)) } ?? .none),
    ]
    if let index = statistics.index {
      facts += [
        Answer.Fact("indexedEvents", "Indexed events", .integer(Int64(index.indexedThrough))),
        Answer.Fact("indexRuns", "Index runs", .integer(Int64(index.runCount))),
        Answer.Fact("indexBytes", "Index bytes", .integer(Int64(index.fileBytes))),
      ]
    }
    let types = Answer.Table(
      "types", "Event types", columns: [.init("type", "Type"), .init("count", "Events")],
      rows: statistics.types.sorted { ($1.count, $0.type) < ($0.count, $1.type) }.map {
        [.text($0.type), .integer(Int64($0.count))]
      })
    return Answer("The log", facts: facts, tables: [types], timeZone: "UTC")
  }

  /// Signs the tree as it is, or returns the newest checkpoint when it covers everything.
  public func checkpoint() throws(ServiceError) -> Answer {
    try requireOperator("log checkpoint")
    let newest = try publishedCheckpoint()
    return Answer(
      "Checkpoint",
      facts: [
        .init("origin", "Origin", .text(newest.checkpoint.origin)),
        .init("size", "Size", .integer(Int64(newest.checkpoint.size))),
        .init("root", "Root", .text(newest.checkpoint.root.hex)),
        .init("vkey", "Verifier key", keys.signer.map { .text($0.key.vkey) } ?? .none),
        .init("note", "Note", .text(newest.note)),
      ])
  }

  /// That the event at `position` is in the log: the file of C2SP tlog-proof.
  public func inclusionProof(of position: UInt64) throws(ServiceError) -> Answer {
    try requireOperator("log proof")
    _ = try publishedCheckpoint()
    do throws(CheckpointError) {
      let proof = try log.inclusionProof(of: Position(position))
      return Answer(
        "Proof that event \(position) is in the log",
        facts: [
          .init("position", "Position", .integer(Int64(position))),
          .init("proof", "Proof", .text(proof.text)),
        ])
    } catch { throw ServiceError(error) }
  }

  /// That the log of `size` events is a beginning of today's.
  public func consistencyProof(from size: UInt64) throws(ServiceError) -> Answer {
    try requireOperator("log proof")
    let newest = try publishedCheckpoint()
    do throws(CheckpointError) {
      let proof = try log.consistencyProof(from: size, to: newest.checkpoint.size)
      return Answer(
        "Proof that the log grew from size \(size)",
        facts: [
          .init("fromSize", "From size", .integer(Int64(size))),
          .init("toSize", "To size", .integer(Int64(newest.checkpoint.size))),
          .init("proof", "Proof", .text(proof.text)),
          .init("note", "Checkpoint", .text(newest.note)),
          .init(
            "request", "As a request to a witness",
            .text(
              WitnessRequest(oldSize: size, proof: proof.hashes, checkpoint: newest.note).text)),
        ])
    } catch { throw ServiceError(error) }
  }

  /// The newest checkpoint, made now when this opening may sign.
  func publishedCheckpoint() throws(ServiceError) -> PublishedCheckpoint {
    do throws(CheckpointError) {
      if isWriter { _ = try log.publishCheckpointAndWait() }
      guard let newest = try log.newestCheckpoint() else { throw .unknownSize(log.size) }
      return newest
    } catch { throw ServiceError(error) }
  }

  /// The key that checkpoints are checked with, as C2SP's signed-note writes it.
  public func verifierKey() throws(ServiceError) -> Answer {
    guard let key = keys.signer?.key else {
      throw ServiceError(
        .refused, code: "LOG.NO_KEY",
        "This opening has no log key: another process writes the log, or its keys folder is absent."
      )
    }
    return Answer(
      "Verifier key",
      facts: [
        .init("origin", "Origin", .text(log.origin)),
        .init("vkey", "Verifier key", .text(key.vkey)),
      ])
  }

  /// Writes the log as C2SP tlog-tiles, or brings an older export up to date.
  ///
  /// The leaves in it say who did what when, of every record: it is for administrators and auditors.
  public func exportTiles(to destination: String) throws(ServiceError) -> Answer {
    try requireOperator("log tiles")
    _ = try publishedCheckpoint()
    return try bulkReading("tiles") { () throws(ServiceError) in
      let made = try madeTiles(in: destination)
      return (made.answer, Int(clamping: made.size))
    }
  }

  private func madeTiles(
    in destination: String
  ) throws(ServiceError) -> (answer: Answer, size: UInt64) {
    do throws(TileError) {
      let made = try log.exportTiles(to: destination)
      let answer = Answer(
        "Tiles",
        facts: [
          .init("folder", "Folder", .text(destination)),
          .init("size", "Size", .integer(Int64(made.size))),
          .init("files", "Files written", .integer(Int64(made.fileCount))),
          .init("bytes", "Bytes written", .integer(Int64(made.byteCount))),
        ])
      return (answer, made.size)
    } catch {
      switch error {
      case .checkpoint(let error): throw ServiceError(error)
      case .otherLog: throw ServiceError(.refused, code: "EXPORT.FOLDER", error.description)
      case .file, .storage: throw ServiceError(.failed, code: "LOG.STORAGE", error.description)
      }
    }
  }
}

extension ServiceError {
  package init(storage error: LMDBError) {
    self.init(.failed, code: "LOG.STORAGE", "The store failed: \(error).")
  }
}

extension Value {
  /// A time that may be absent.
  static func moment(_ time: Timestamp?) -> Value {
    time.map { .time(microseconds: $0.microseconds) } ?? .none
  }
}
