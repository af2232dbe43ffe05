internal import EventModel
internal import LMDB
internal import Transparency

/// The tree as the records make it, from level 8 up; leaves are made when they are asked for.
struct VerifiedTree: Sendable {
  let size: UInt64
  private let level8: [Digest]
  private let level16: [Digest]
  private let level24: [Digest]

  init(size: UInt64, level8: [Digest]) {
    self.size = size
    self.level8 = level8
    level16 = Self.fold(level8)
    level24 = Self.fold(level16)
  }

  private static func fold(_ row: [Digest]) -> [Digest] {
    (0..<row.count / 256).map { Digest.fold(Array(row[$0 * 256..<$0 * 256 + 256])) }
  }

  func hashes(of level: StoredLevel) -> [Digest] {
    switch level {
    case .leaves: []
    case .level8: level8
    case .level16: level16
    case .level24: level24
    }
  }

  /// Whether `root` is that of the first `count` leaves, by the records or by their stored hashes:
  /// where the two differ, that was found already.
  func hasRoot(
    _ root: Digest, size count: UInt64, in reader: borrowing ReadTransaction, _ tables: LogTables
  ) throws(LMDBError) -> Bool {
    let byLeaves = try MerkleTree.root(size: count) { level, range throws(LMDBError) in
      guard level == .leaves else { return nodes(level, range) }
      return try reader.storedHashes(.leaves, range, tables).map { $0 ?? .zero }
    }
    if byLeaves == root { return true }
    let byRecords = try MerkleTree.root(size: count) { level, range throws(LMDBError) in
      guard level == .leaves else { return nodes(level, range) }
      return try reader.recordHashes(range, tables)
    }
    return byRecords == root
  }

  private func nodes(_ level: StoredLevel, _ range: Range<UInt64>) -> [Digest] {
    Array(hashes(of: level)[Int(range.lowerBound)..<Int(range.upperBound)])
  }
}

extension Transaction where Self: ~Copyable {
  /// The leaf hashes of the records at `range`, made anew; zeros for one that can't be read.
  fileprivate borrowing func recordHashes(
    _ range: Range<UInt64>, _ tables: LogTables
  ) throws(LMDBError) -> [Digest] {
    var hashes = [Digest](repeating: .zero, count: range.count)
    try scan(tables.records, from: range.lowerBound) { position, record throws(LMDBError) in
      guard position < range.upperBound else { return .stop }
      do throws(LeafError) {
        let layout = try RecordLayout(parsing: record)
        hashes[Int(position - range.lowerBound)] = .leafHash(record.extracting(layout.leafRange))
      } catch {
        // It stays zeros, which is no leaf's hash.
      }
      return .proceed
    }
    return hashes
  }
}
