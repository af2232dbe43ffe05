internal import EventModel
internal import LMDB
internal import Transparency

/// All that one group commit adds to the log: a block of records at consecutive positions, and
/// what changes with them.
///
/// A value, made before anything is written, and handed to ``LogStore/commit(_:)``: another
/// machine that gets the same block writes the same log.
struct CommitBlock: Sendable {
  let first: Position
  /// One time for the whole block.
  let recordedAt: Timestamp
  /// The records, one behind the other.
  private(set) var bytes: [UInt8] = []
  /// Where each record ends in `bytes`.
  private(set) var ends: [Int] = []
  private(set) var leafHashes: [Digest] = []
  /// The hashes of subtrees that the block completes, above the leaves.
  private(set) var nodes: [Node] = []
  /// Entries of the table `guards` that change; `nil` takes one away.
  var guards = GuardWrites()
  var destroyedKeys: [(KeyID, Position)] = []
  var typeCounts: [HashedName: UInt64] = [:]
  /// The log's header, in the block that founds it.
  var header: LogHeader?
  /// What is counted, after this block.
  var totals: LogTotals

  struct Node: Hashable, Sendable {
    let level: StoredLevel
    let index: UInt64
    let hash: Digest
  }

  init(first: Position, recordedAt: Timestamp, totals: LogTotals) {
    self.first = first
    self.recordedAt = recordedAt
    self.totals = totals
  }

  var count: Int { ends.count }
  /// The position behind the block's last record.
  var next: Position { Position(first.rawValue + UInt64(count)) }

  /// Where the record at `position`, which is of this block, lies in ``bytes``.
  func range(of position: Position) -> Range<Int> {
    let index = Int(position.rawValue - first.rawValue)
    return (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  func leafHash(of position: Position) -> Digest {
    leafHashes[Int(position.rawValue - first.rawValue)]
  }

  /// Adds the record of `event` at `place`, which is the block's next, and its tree nodes.
  mutating func append(_ event: NewEvent, at place: RecordPlace, to edge: inout MerkleEdge) {
    event.encode(at: place, behind: &bytes)
    _ = endRecord(at: bytes.count, &edge)
  }

  /// Adds the records of `prepared`, completed by what `place` says of each, given its number in
  /// the request, and told the leaf hash of each.
  mutating func append(
    _ prepared: PreparedRequest, to edge: inout MerkleEdge,
    place: (_ event: Int) -> RecordPlace, hashed: (_ event: Int, _ leafHash: Digest) -> Void
  ) {
    let base = bytes.count
    bytes.append(contentsOf: prepared.bytes)
    for (index, event) in prepared.events.enumerated() {
      place(index).fill(&bytes, from: ends.last ?? 0)
      hashed(index, endRecord(at: base + event.end, &edge))
    }
  }

  /// Hashes the record between the last one's end and `end`, which is whole, and counts it.
  private mutating func endRecord(at end: Int, _ edge: inout MerkleEdge) -> Digest {
    let start = ends.last ?? 0
    let leafEnd = start + 2 + Int(bytes.span.bigEndian(at: start, as: UInt16.self))
    let hash = Digest.leafHash(bytes.span.extracting(start + 2..<leafEnd))
    ends.append(end)
    leafHashes.append(hash)
    totals.recordBytes += UInt64(end - start)
    edge.append(hash) { level, index, hash in
      if level != .leaves { nodes.append(Node(level: level, index: index, hash: hash)) }
    }
    return hash
  }
}
