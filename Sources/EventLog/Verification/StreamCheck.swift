internal import EventModel
internal import LMDB
internal import Transparency

/// One stream within a chunk of positions: its first event there, and its last.
struct StreamLink: Sendable {
  /// The stream's key.
  let word: UInt64
  let first: Event
  fileprivate(set) var last: End

  struct Event: Sendable {
    let position: UInt64
    let revision: UInt64
    let previous: Digest
  }

  struct End: Sendable {
    let position: UInt64
    let revision: UInt64
    /// The leaf hash that the tree has; `nil` when it has none.
    let leafHash: Digest?
  }
}

/// Follows streams through successive events: each begins at revision 0, grows by one, and names
/// the leaf hash of the event before.
///
/// Chunks are followed each alone, by any thread; ``StreamJoin`` then joins them in their order.
struct ChunkStreams {
  private(set) var links: [StreamLink] = []
  private(set) var findings: [VerificationFinding] = []
  private var places: [UInt64: Int] = [:]
  /// Of all streams, those whose key gives `part` by this modulus.
  private let part: UInt64
  private let partCount: UInt64

  init(part: UInt64, of partCount: UInt64) {
    self.part = part
    self.partCount = partCount
    places.reserveCapacity(2048)
  }

  /// Takes the next event, of the stream `word`, whose stored leaf hash is `leafHash`.
  mutating func take(_ word: UInt64, _ event: StreamLink.Event, leafHash: Digest?) {
    guard partCount == 1 || word % partCount == part else { return }
    let end = StreamLink.End(
      position: event.position, revision: event.revision, leafHash: leafHash)
    if let place = places[word] {
      if let finding = event.difference(from: links[place].last) { findings.append(finding) }
      links[place].last = end
    } else {
      places[word] = links.count
      links.append(StreamLink(word: word, first: event, last: end))
    }
  }
}

/// Joins the streams of successive chunks.
///
/// Memory is bounded by the number of parts: a part has about ``streamLimit`` streams.
struct StreamJoin {
  /// The most streams of one part, on average.
  static let streamLimit: UInt64 = 1 << 20

  private(set) var findings: [VerificationFinding] = []
  private var ends: [UInt64: StreamLink.End] = [:]
  /// Chunks that are done before one in front of them.
  private var waiting: [UInt64: [StreamLink]] = [:]
  private var next: UInt64 = 0

  /// Takes the streams of the chunk `number`; they are joined when all before it are.
  mutating func take(_ links: [StreamLink], _ number: UInt64) {
    waiting[number] = links
    while let links = waiting.removeValue(forKey: next) {
      for link in links { join(link) }
      next += 1
    }
  }

  private mutating func join(_ link: StreamLink) {
    let finding =
      if let end = ends.updateValue(link.last, forKey: link.word) {
        link.first.difference(from: end)
      } else {
        link.first.differenceFromBeginning
      }
    if let finding { findings.append(finding) }
  }
}

extension StreamLink.Event {
  /// What is wrong with this event as the next one behind `end`.
  fileprivate func difference(from end: StreamLink.End) -> VerificationFinding? {
    guard end.revision < .max, revision == end.revision + 1 else {
      return VerificationFinding(
        .stream, at: position,
        "at position \(position), revision \(revision) follows \(end.revision) in its stream")
    }
    guard let leafHash = end.leafHash, leafHash != previous else { return nil }
    return VerificationFinding(
      .stream, at: position,
      "the event at position \(position) names another predecessor than position "
        + "\(end.position)")
  }

  fileprivate var differenceFromBeginning: VerificationFinding? {
    guard revision != 0 else { return nil }
    return VerificationFinding(
      .stream, at: position,
      "its stream begins at revision \(revision), position \(position)")
  }
}

extension ChunkStreams {
  /// Follows the streams of its part through `range`, when the records were checked before.
  mutating func run(
    _ range: Range<UInt64>, hashKey: IndexHashKey, in reader: borrowing ReadTransaction,
    _ tables: LogTables
  ) throws(LMDBError) {
    let leaves = try reader.storedHashes(.leaves, range, tables)
    try reader.scan(tables.records, from: range.lowerBound) { position, record throws(LMDBError) in
      guard position < range.upperBound else { return .stop }
      do throws(LeafError) {
        let layout = try RecordLayout(parsing: record)
        let leaf = record.extracting(layout.leafRange)
        take(
          hashKey.key(.stream, leaf.extracting(layout.leaf.stream)).word,
          StreamLink.Event(layout.leaf, leaf, at: position),
          leafHash: leaves[Int(position - range.lowerBound)])
      } catch {
        // Found when the records were looked at alone.
      }
      return .proceed
    }
  }
}

extension StreamLink.Event {
  init(_ layout: LeafLayout, _ leaf: Span<UInt8>, at position: UInt64) {
    self.init(
      position: position, revision: layout.revision(in: leaf).rawValue,
      previous: layout.previous(in: leaf))
  }
}
