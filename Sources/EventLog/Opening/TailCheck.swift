internal import EventModel
internal import LMDB
internal import Transparency

/// What is looked at before a log may grow: its last records, its tree, and every checkpoint
/// that is known of it.
struct TailCheck {
  let core: LogCore
  /// Signed notes that were kept outside the log.
  let knownCheckpoints: [String]
  let keys: [NoteKey]

  /// How many of the last records are read again.
  static let recordLimit: UInt64 = 10_000
  /// How many of the newest stored checkpoints are compared with the tree.
  static let checkpointLimit = 16

  /// The tree's edge and the last event's time.
  struct Outcome {
    let edge: MerkleEdge
    let last: Timestamp?
    let totals: LogTotals
    /// Whether the last event is `LogClosed`.
    let hasEnded: Bool
  }

  func run() throws(OpenError) -> Outcome {
    let outcome = try readTail()
    for note in try storedNotes() { try compare(note, with: outcome.edge.size) }
    return outcome
  }

  private func readTail() throws(OpenError) -> Outcome {
    let tables = core.store.tables
    return try core.store.environment.read { reader throws(OpenError) in
      let size = try reader.sizeOfConsistentLevels(tables)
      var last: Timestamp?
      var hasEnded = false
      let start = size - min(size, Self.recordLimit)
      try reader.scan(tables.records, from: start) { position, record throws(OpenError) in
        last = try Self.check(record, at: position, after: last)
        if position == size - 1 { hasEnded = try Self.isEnding(record) }
        return .proceed
      }
      if let position = try Self.damagedRecord(in: start..<size, reader, tables) {
        throw .damaged("the record at position \(position) differs from its hash")
      }
      do throws(LMDBError) {
        let edge = try MerkleEdge(size: size) { level, range throws(LMDBError) in
          try reader.hashes(level, range, tables)
        }
        return Outcome(
          edge: edge, last: last, totals: try LogTotals(in: reader, tables), hasEnded: hasEnded)
      } catch { throw .storage(error) }
    }
  }

  private static func damagedRecord(
    in positions: Range<UInt64>, _ reader: borrowing ReadTransaction, _ tables: LogTables
  ) throws(OpenError) -> UInt64? {
    do throws(LMDBError) {
      for position in positions where try !reader.leafMatchesHash(at: position, tables) {
        return position
      }
      return nil
    } catch { throw .storage(error) }
  }

  private static func check(
    _ record: Span<UInt8>, at position: UInt64, after last: Timestamp?
  ) throws(OpenError) -> Timestamp {
    let layout: RecordLayout
    do throws(LeafError) {
      layout = try RecordLayout(parsing: record)
    } catch { throw .damaged("the record at position \(position) can't be read: \(error)") }
    let leaf = record.extracting(layout.leafRange)
    guard layout.leaf.position(in: leaf).rawValue == position else {
      throw .damaged("the record at position \(position) is of another position")
    }
    let time = layout.leaf.recordedAt(in: leaf)
    if let last, time < last {
      throw .damaged("the record at position \(position) is older than the one before")
    }
    return time
  }

  private static func isEnding(_ record: Span<UInt8>) throws(OpenError) -> Bool {
    do throws(LeafError) {
      let layout = try RecordLayout(parsing: record)
      let leaf = record.extracting(layout.leafRange)
      return leaf.extracting(layout.leaf.type).copy() == Array(EventType.logClosed.text.utf8)
    } catch { throw .damaged("the last record can't be read: \(error)") }
  }

  private func storedNotes() throws(OpenError) -> [String] {
    let tables = core.store.tables
    let stored: [(size: UInt64, note: String)]
    let file: [UInt8]?
    do throws(LMDBError) {
      stored = try core.store.environment.read { reader throws(LMDBError) in
        try reader.checkpointNotes(.backwards, limit: Self.checkpointLimit, tables)
      }
    } catch { throw .storage(error) }
    do throws(FileError) {
      file = try DurableFile.read(core.paths.checkpoint)
    } catch { throw .file(error) }
    return knownCheckpoints + stored.map(\.note)
      + (file.map { [String(decoding: $0, as: UTF8.self)] } ?? [])
  }

  private func compare(_ note: String, with size: UInt64) throws(OpenError) {
    let checkpoint: Checkpoint
    do throws(NoteError) {
      let signed = try SignedNote(parsing: note)
      checkpoint = try Checkpoint(parsing: signed.text)
      _ = try signed.verified(by: keys)
    } catch { throw .damaged("a known checkpoint can't be trusted: \(error)") }
    guard checkpoint.origin == core.header.origin else {
      throw .forked("a known checkpoint is of the log \(checkpoint.origin)")
    }
    guard checkpoint.size <= size else {
      throw .forked("it has \(size) events, and a known checkpoint has \(checkpoint.size)")
    }
    let tables = core.store.tables
    let root: Digest
    do throws(LMDBError) {
      root = try core.store.environment.read { reader throws(LMDBError) in
        try MerkleTree.root(size: checkpoint.size) { level, range throws(LMDBError) in
          try reader.hashes(level, range, tables)
        }
      }
    } catch { throw .storage(error) }
    guard root == checkpoint.root else {
      throw .forked("its tree differs from a known checkpoint at size \(checkpoint.size)")
    }
  }
}

extension ReadTransaction {
  /// The log's size, when every level of the tree has the hashes of that size.
  fileprivate borrowing func sizeOfConsistentLevels(
    _ tables: LogTables
  ) throws(OpenError) -> UInt64 {
    do throws(LMDBError) {
      let size = try count(of: tables.records)
      for level in StoredLevel.allCases {
        let found = try count(of: tables.level(level))
        guard found == level.count(in: size) else { throw .damagedLog }
      }
      return size
    } catch { throw .damaged("the tree has not as many hashes as the log has records") }
  }
}
