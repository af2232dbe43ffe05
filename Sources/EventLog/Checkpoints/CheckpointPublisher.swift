internal import EventModel
internal import LMDB
internal import Transparency

/// Makes checkpoints, on the writer's thread and after the sync of what they cover.
struct CheckpointPublisher {
  let core: LogCore
  let signer: CheckpointSigner?
  /// The size of the newest published checkpoint.
  private(set) var lastSize: UInt64

  /// How many records are read again before a root is signed.
  static let sampleCount: UInt64 = 256

  init(core: LogCore, signer: CheckpointSigner?) throws(LMDBError) {
    self.core = core
    self.signer = signer
    let tables = core.store.tables
    lastSize = try core.store.environment.read { reader throws(LMDBError) in
      try reader.newestCheckpointSize(tables) ?? 0
    }
  }

  /// Signs the tree as it stands on the disk and stores the note; `nil` when there is no news.
  mutating func publish() throws(CheckpointError) -> PublishedCheckpoint? {
    guard let signer else { throw .noSigner }
    let (size, root) = try checkedRoot()
    guard size > lastSize else { return nil }
    let published: PublishedCheckpoint
    do throws(NoteError) {
      published = try PublishedCheckpoint(parsing: signer.sign(size: size, root: root))
    } catch { throw .note(error) }
    try store(published)
    lastSize = size
    return published
  }

  /// The tree's root from the hashes on the disk, after a sample of them was compared with the
  /// records they are of.
  private func checkedRoot() throws(CheckpointError) -> (size: UInt64, root: Digest) {
    let tables = core.store.tables
    let from = lastSize
    return try core.store.environment.read { reader throws(CheckpointError) in
      let size: UInt64
      let damaged: UInt64?
      let root: Digest
      do throws(LMDBError) {
        size = try reader.count(of: tables.level0)
        damaged = try reader.damagedSample(of: min(from, size)..<size, tables)
        root = try MerkleEdge(size: size) { level, range throws(LMDBError) in
          try reader.hashes(level, range, tables)
        }.root
      } catch { throw .storage(error) }
      if let damaged { throw .damaged(at: Position(damaged)) }
      return (size, root)
    }
  }

  private func store(_ published: PublishedCheckpoint) throws(CheckpointError) {
    let tables = core.store.tables
    let bytes = Array(published.note.utf8)
    do throws(LMDBError) {
      try core.store.environment.write { writer throws(LMDBError) in
        try writer.put(bytes.span, forKey: published.checkpoint.size, in: tables.checkpoints)
      }
    } catch { throw .storage(error) }
    do throws(FileError) {
      try DurableFile.replace(core.paths.checkpoint, with: bytes)
    } catch { throw .file(error) }
  }
}

extension Transaction where Self: ~Copyable {
  /// The first of a sample of `positions` whose record differs from its hash.
  fileprivate borrowing func damagedSample(
    of positions: Range<UInt64>, _ tables: LogTables
  ) throws(LMDBError) -> UInt64? {
    let step = max(1, UInt64(positions.count) / CheckpointPublisher.sampleCount)
    for position in stride(from: positions.lowerBound, to: positions.upperBound, by: Int(step)) {
      guard try leafMatchesHash(at: position, tables) else { return position }
    }
    return nil
  }

  borrowing func newestCheckpointSize(_ tables: LogTables) throws(LMDBError) -> UInt64? {
    try withCursor(over: tables.checkpoints) { cursor throws(LMDBError) in
      try cursor.last() ? cursor.key : nil
    }
  }

  /// Whether the record at `position`, as it stands in the map, has the hash that the tree has.
  borrowing func leafMatchesHash(
    at position: UInt64, _ tables: LogTables
  ) throws(LMDBError) -> Bool {
    let hash = try withValue(forKey: position, in: tables.records) {
      record throws(LMDBError) -> Digest? in
      guard let record, record.count >= 2 else { return nil }
      let end = 2 + Int(record.bigEndian(at: 0, as: UInt16.self))
      return end <= record.count ? Digest.leafHash(record.extracting(2..<end)) : nil
    }
    let stored = try withValue(forKey: position, in: tables.level0) {
      value throws(LMDBError) -> Digest? in
      guard let value, value.count == Digest.byteCount else { return nil }
      return Digest(value)
    }
    return hash != nil && hash == stored
  }

  /// The stored notes of sizes from `start` on, or backwards, as texts.
  borrowing func checkpointNotes(
    from start: UInt64? = nil, _ direction: ScanDirection = .forwards, limit: Int,
    _ tables: LogTables
  ) throws(LMDBError) -> [(size: UInt64, note: String)] {
    var notes: [(size: UInt64, note: String)] = []
    guard limit > 0 else { return notes }
    try scan(tables.checkpoints, from: start, direction) { size, note throws(LMDBError) in
      notes.append((size, note.text(0..<note.count)))
      return notes.count < limit ? .proceed : .stop
    }
    return notes
  }
}
