internal import EventModel
internal import LMDB
internal import Transparency

/// What all chunks of one verification are checked by.
struct VerificationPlan: Sendable {
  let redactions: Set<RedactedSection>
  /// The index's own, where there is one.
  let hashKey: IndexHashKey
  /// Where the index is cut; `nil` when there is none to be compared.
  let indexBounds: IndexSums?
  /// Into how many parts the streams are divided; the first is followed with the records.
  let streamPartCount: UInt64
}

/// What was found in, and made of, the records of one range of positions, each looked at alone.
struct ChunkCheck {
  /// Positions of one chunk: whole subtrees of level 8.
  static let size: UInt64 = 4096

  let range: Range<UInt64>
  private(set) var findings: [VerificationFinding] = []
  private(set) var recordBytes: UInt64 = 0
  private(set) var streamCount: UInt64 = 0
  private(set) var types = TypeTally()
  private(set) var destroyed: [(key: [UInt8], position: UInt64)] = []
  /// Roots of the complete subtrees of 256 leaves, by the records.
  private(set) var level8: [Digest] = []
  /// The first and the last record's times, to be compared with the neighbours'.
  private(set) var times: (first: Timestamp, last: Timestamp)?
  private(set) var streams: ChunkStreams
  /// What the index must have, by the ranges of the plan.
  private(set) var sums: [(place: Int, sum: IndexSum)] = []

  private let plan: VerificationPlan
  /// The hashes that the tree has of the range.
  private var leaves: [Digest?] = []
  private var keys: [IndexKey] = []
  private var commandBefore: CommandID?

  init(_ range: Range<UInt64>, _ plan: VerificationPlan) {
    self.range = range
    self.plan = plan
    streams = ChunkStreams(part: 0, of: plan.streamPartCount)
  }

  mutating func run(
    in reader: borrowing ReadTransaction, _ tables: LogTables
  ) throws(LMDBError) {
    leaves = try reader.storedHashes(.leaves, range, tables)
    commandBefore = try reader.command(before: range.lowerBound, tables)
    if let bounds = plan.indexBounds {
      sums.append((bounds.place(of: range.lowerBound), IndexSum()))
    }
    var hashes: [Digest] = []
    hashes.reserveCapacity(range.count)
    var expected = range.lowerBound
    try reader.scan(tables.records, from: range.lowerBound) { position, record throws(LMDBError) in
      guard position < range.upperBound else { return .stop }
      while expected < position {
        add(.record, expected, "the record at position \(expected) is missing")
        hashes.append(.zero)
        expected += 1
      }
      hashes.append(check(record, at: position))
      expected += 1
      return .proceed
    }
    while expected < range.upperBound {
      add(.record, expected, "the record at position \(expected) is missing")
      hashes.append(.zero)
      expected += 1
    }
    try compare(hashes, in: reader, tables)
  }

  private mutating func add(
    _ kind: VerificationFinding.Kind, _ position: UInt64, _ text: String
  ) {
    findings.append(VerificationFinding(kind, at: position, text))
  }

  /// Checks one record alone and returns its leaf's hash; zeros when it has no leaf.
  private mutating func check(_ record: Span<UInt8>, at position: UInt64) -> Digest {
    recordBytes += UInt64(record.count)
    let layout: RecordLayout
    do throws(LeafError) {
      layout = try RecordLayout(parsing: record)
    } catch {
      add(.record, position, "the record at position \(position) can't be read: \(error)")
      return .zero
    }
    let leaf = record.extracting(layout.leafRange)
    if layout.leaf.position(in: leaf).rawValue != position {
      add(.position, position, "the record at position \(position) is of another position")
    }
    checkTime(layout.leaf.recordedAt(in: leaf), at: position)
    for index in 0..<layout.leaf.sectionCount {
      checkSection(index, of: layout, record, at: position)
    }
    sumKeys(of: layout, record, at: position)
    count(layout.leaf, leaf, at: position)
    return .leafHash(leaf)
  }

  private mutating func checkTime(_ time: Timestamp, at position: UInt64) {
    if let times, time < times.last {
      add(.time, position, "the event at position \(position) is older than the one before")
    }
    times = (times?.first ?? time, time)
  }

  private mutating func checkSection(
    _ index: Int, of layout: RecordLayout, _ record: Span<UInt8>, at position: UInt64
  ) {
    let blob = record.extracting(layout.blobRange(index, in: record))
    let section = layout.leaf.section(index, in: record.extracting(layout.leafRange))
    guard Digest.sha256(blob) != section.digest else { return }
    if blob.isZero,
      plan.redactions.contains(RedactedSection(position: position, section: index))
    {
      return
    }
    add(.section, position, "section \(index) at position \(position) differs from its digest")
  }

  /// Adds what the index must have of the event to the sum of its range.
  private mutating func sumKeys(
    of layout: RecordLayout, _ record: Span<UInt8>, at position: UInt64
  ) {
    guard let bounds = plan.indexBounds, var last = sums.last else { return }
    let command = layout.leaf.correlation(in: record.extracting(layout.leafRange))
    keys.removeAll(keepingCapacity: true)
    plan.hashKey.appendKeys(
      of: layout, record, isFirstOfCommand: command != commandBefore, to: &keys)
    commandBefore = command
    if position >= bounds.bounds[min(last.place + 1, bounds.bounds.count - 1)] {
      last = (bounds.place(of: position), IndexSum())
      sums.append(last)
    }
    keys.forEachWord { last.sum.add($0, position) }
    sums[sums.count - 1] = last
  }

  private mutating func count(_ layout: LeafLayout, _ leaf: Span<UInt8>, at position: UInt64) {
    let event = StreamLink.Event(layout, leaf, at: position)
    if event.revision == 0 { streamCount += 1 }
    // The keys that were just made for the index begin with the stream, its category, the type.
    let isHashed = plan.indexBounds != nil
    let stream =
      isHashed ? keys[0] : plan.hashKey.key(.stream, leaf.extracting(layout.stream))
    streams.take(stream.word, event, leafHash: leaves[Int(position - range.lowerBound)])
    let type = (isHashed ? keys[2] : plan.hashKey.key(.type, leaf.extracting(layout.type))).word
    guard types.count(type, leaf, layout.type) else { return }
    let prefix = Array("subject-".utf8)
    guard layout.stream.count > prefix.count,
      let key = [UInt8](
        hex: leaf.text(layout.stream.lowerBound + prefix.count..<layout.stream.upperBound))
    else { return }
    destroyed.append((key, position))
  }

  /// Compares the hashes of the records with those of the tree.
  private mutating func compare(
    _ hashes: [Digest], in reader: borrowing ReadTransaction, _ tables: LogTables
  ) throws(LMDBError) {
    var areEqual = true
    for (index, stored) in leaves.enumerated() {
      let position = range.lowerBound + UInt64(index)
      if let stored, stored == hashes[index] { continue }
      areEqual = false
      add(.leafHash, position, "the record at position \(position) differs from its stored hash")
    }
    let first = range.lowerBound >> 8
    let end = range.upperBound >> 8
    guard first < end else { return }
    for (index, stored) in try reader.storedHashes(.level8, first..<end, tables).enumerated() {
      let start = index << 8
      let byRecords = Digest.fold(Array(hashes[start..<start + 256]))
      // Where a record and its stored hash differ, the subtree shows which of them is right.
      let byLeaves =
        areEqual ? byRecords : Digest.fold(leaves[start..<start + 256].map { $0 ?? .zero })
      level8.append(stored == byLeaves ? byLeaves : byRecords)
      if stored == byRecords || stored == byLeaves { continue }
      let node = first + UInt64(index)
      add(.treeNode, node << 8, "the hash of level 8 at index \(node) is wrong or missing")
    }
  }
}

/// A section whose blob was blanked after a decision that the log records.
struct RedactedSection: Hashable, Sendable {
  let position: UInt64
  let section: Int
}

extension Transaction where Self: ~Copyable {
  /// The hashes at the indexes of `range`, `nil` where there is none.
  borrowing func storedHashes(
    _ level: StoredLevel, _ range: Range<UInt64>, _ tables: LogTables
  ) throws(LMDBError) -> [Digest?] {
    var hashes = [Digest?](repeating: nil, count: range.count)
    try scan(tables.level(level), from: range.lowerBound) { index, hash throws(LMDBError) in
      guard index < range.upperBound else { return .stop }
      if hash.count == Digest.byteCount {
        hashes[Int(index - range.lowerBound)] = Digest(hash)
      }
      return .proceed
    }
    return hashes
  }
}

extension Digest {
  /// The root of the complete subtree over `row`, whose count is a power of two.
  static func fold(_ row: [Digest]) -> Digest {
    var row = row
    while row.count > 1 {
      row = stride(from: 0, to: row.count, by: 2).map { .nodeHash(row[$0], row[$0 + 1]) }
    }
    return row[0]
  }
}

extension Span<UInt8> {
  /// Whether all bytes are zero.
  fileprivate var isZero: Bool {
    for index in indices where self[index] != 0 { return false }
    return true
  }
}
