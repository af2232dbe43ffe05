package import EventModel
package import LMDB
package import Transparency

/// Checkpoints and proofs: docs/format/checkpoint.md.
extension EventLog {
  /// Signs the tree as it stands on the disk, stores the note and gives it out; `nil` when there
  /// is no event that the newest checkpoint doesn't cover.
  package func publishCheckpoint() async throws(CheckpointError) -> PublishedCheckpoint? {
    guard let writer else { throw .noSigner }
    let result = await withCheckedContinuation { continuation in
      writer.publish { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// Like ``publishCheckpoint()``, and blocks the calling thread: for tools, not for tasks.
  package func publishCheckpointAndWait() throws(CheckpointError) -> PublishedCheckpoint? {
    guard let writer else { throw .noSigner }
    let answer = Answer<Result<PublishedCheckpoint?, CheckpointError>>()
    writer.publish { answer.give($0) }
    return try answer.wait().get()
  }

  /// The newest published checkpoint.
  package func newestCheckpoint() throws(CheckpointError) -> PublishedCheckpoint? {
    try checkpoints(.backwards, limit: 1).first
  }

  /// The published checkpoints by size, from `start` on.
  package func checkpoints(
    from start: UInt64? = nil, _ direction: ScanDirection = .forwards, limit: Int
  ) throws(CheckpointError) -> [PublishedCheckpoint] {
    let notes: [(size: UInt64, note: String)]
    do throws(LMDBError) {
      notes = try read { reader, core throws(LMDBError) in
        try reader.checkpointNotes(from: start, direction, limit: limit, core.store.tables)
      }
    } catch { throw .storage(error) }
    return try notes.map { entry throws(CheckpointError) in
      do throws(NoteError) {
        return try PublishedCheckpoint(parsing: entry.note)
      } catch { throw .note(error) }
    }
  }

  /// The checkpoint published at exactly `size` events.
  package func checkpoint(size: UInt64) throws(CheckpointError) -> PublishedCheckpoint {
    guard let found = try checkpoints(from: size, limit: 1).first, found.checkpoint.size == size
    else { throw .unknownSize(size) }
    return found
  }

  /// The proof that the event at `position` is in the log, under the checkpoint of `size` events
  /// (the newest one when `nil`).
  ///
  /// Traps unless the checkpoint covers the position.
  package func inclusionProof(
    of position: Position, size: UInt64? = nil
  ) throws(CheckpointError) -> InclusionProof {
    let published: PublishedCheckpoint
    if let size {
      published = try checkpoint(size: size)
    } else {
      guard let newest = try newestCheckpoint() else { throw .unknownSize(self.size) }
      published = newest
    }
    guard position.rawValue < published.checkpoint.size else {
      throw .unknownSize(position.next.rawValue)
    }
    let hashes = try tree { reader throws(LMDBError) in
      try MerkleTree.inclusionProof(
        of: position.rawValue, in: published.checkpoint.size, reading: reader)
    }
    return InclusionProof(
      index: position.rawValue, hashes: hashes, checkpoint: published.note)
  }

  /// The proof that the log of `old` events is the beginning of that of `new` events; both must
  /// have been published.
  package func consistencyProof(
    from old: UInt64, to new: UInt64
  ) throws(CheckpointError) -> ConsistencyProof {
    if old > 0 { _ = try checkpoint(size: old) }
    _ = try checkpoint(size: new)
    guard old <= new else { throw .unknownSize(old) }
    return ConsistencyProof(
      hashes: try tree { reader throws(LMDBError) in
        try MerkleTree.consistencyProof(from: old, to: new, reading: reader)
      })
  }

  /// The root of the first `size` events, which the log must have.
  package func root(size: UInt64) throws(CheckpointError) -> Digest {
    guard size <= self.size else { throw .unknownSize(size) }
    return try tree { reader throws(LMDBError) in
      try MerkleTree.root(size: size, reading: reader)
    }
  }

  /// Runs `body` with a reader of the tree's stored hashes in one snapshot.
  package func tree<Result>(
    _ body: (MerkleTree.Reader<LMDBError>) throws(LMDBError) -> Result
  ) throws(CheckpointError) -> Result {
    do throws(LMDBError) {
      return try read { reader, core throws(LMDBError) in
        let tables = core.store.tables
        return try body { level, range throws(LMDBError) in
          try reader.hashes(level, range, tables)
        }
      }
    } catch { throw .storage(error) }
  }
}
