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
  var typeCounts: [String: UInt64] = [:]
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

  /// Adds the record that `write` puts behind the bytes it is lent, and its tree nodes.
  mutating func append(
    to edge: inout MerkleEdge, _ write: (inout [UInt8]) -> Range<Int>
  ) -> Digest {
    let start = bytes.count
    let leaf = write(&bytes)
    let hash = Digest.leafHash(bytes.span.extracting(leaf))
    ends.append(bytes.count)
    leafHashes.append(hash)
    totals.recordBytes += UInt64(bytes.count - start)
    edge.append(hash) { level, index, hash in
      if level != .leaves { nodes.append(Node(level: level, index: index, hash: hash)) }
    }
    return hash
  }
}
