internal import EventModel
internal import LMDB

/// Follows the streams of one part of all streams from their first event to their last: each
/// begins at revision 0, grows by one, and names the leaf hash of the event before.
///
/// Memory is bounded by the number of parts: a part has about ``streamLimit`` streams.
struct StreamCheck {
  /// The most streams of one part, on average.
  static let streamLimit: UInt64 = 1 << 20

  let part: UInt64
  let partCount: UInt64
  let hashKey: IndexHashKey
  private(set) var findings: [VerificationFinding] = []
  private var last: [UInt64: Last] = [:]

  private struct Last {
    let position: UInt64
    let revision: UInt64
  }

  init(part: UInt64, of partCount: UInt64, hashKey: IndexHashKey) {
    self.part = part
    self.partCount = partCount
    self.hashKey = hashKey
  }

  mutating func run(
    _ range: Range<UInt64>, in reader: borrowing ReadTransaction, _ tables: LogTables
  ) throws(LMDBError) {
    try reader.withCursor(over: tables.level0) { hashes throws(LMDBError) in
      try reader.scan(tables.records, from: range.lowerBound) {
        position, record throws(LMDBError) in
        guard position < range.upperBound else { return .stop }
        try check(record, at: position, &hashes)
        return .proceed
      }
    }
  }

  private mutating func check(
    _ record: Span<UInt8>, at position: UInt64, _ hashes: inout IntegerCursor
  ) throws(LMDBError) {
    let layout: RecordLayout
    do throws(LeafError) {
      layout = try RecordLayout(parsing: record)
    } catch {
      // Found when the records were looked at alone.
      return
    }
    let leaf = record.extracting(layout.leafRange)
    let stream = hashKey.key(.stream, leaf.extracting(layout.leaf.stream)).word
    guard stream % partCount == part else { return }
    let revision = layout.leaf.revision(in: leaf).rawValue
    let previous = last[stream]
    last[stream] = Last(position: position, revision: revision)
    guard let previous else {
      if revision != 0 {
        add(position, "its stream begins at revision \(revision), position \(position)")
      }
      return
    }
    guard revision == previous.revision + 1 else {
      add(
        position,
        "at position \(position), revision \(revision) follows \(previous.revision) in its stream")
      return
    }
    guard try hashes.seek(exactly: previous.position) else { return }
    let stored = hashes.withValue { $0.count == Digest.byteCount ? Digest($0) : .zero }
    if stored != layout.leaf.previous(in: leaf) {
      add(
        position,
        "the event at position \(position) names another predecessor than position "
          + "\(previous.position)")
    }
  }

  private mutating func add(_ position: UInt64, _ text: String) {
    findings.append(VerificationFinding(.stream, at: position, text))
  }
}
