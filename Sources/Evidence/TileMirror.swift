package import EventModel
package import Transparency

/// What a folder of tiles shows, after all of it was computed anew from its entries.
package struct VerifiedTiles: Hashable, Sendable {
  package let checkpoint: VerifiedCheckpoint
  package let streamCount: Int
  package let fileCount: Int
  /// When the first and the last event were recorded; `nil` for an empty log.
  package let first: Timestamp?
  package let last: Timestamp?
}

/// Checks an export of a whole log as C2SP tlog-tiles: what other tools check, and the chains of the
/// streams, which they don't know.
///
/// Pure: files come from a closure. Memory: one hash a stream, and 256 hashes a level.
///
/// Source: docs/format/tree.md; C2SP tlog-tiles.
package struct TileMirror {
  package typealias Reader = (_ path: String) throws(EvidenceError) -> [UInt8]

  private let verifier: EvidenceVerifier
  private let read: Reader
  /// The hashes of each tile level that stand in no full tile yet.
  private var rows: [[Digest]] = []
  private var edge = MerkleEdge()
  private var heads: [String: (revision: Revision, hash: Digest)] = [:]
  private var first: Timestamp?
  private var last: Timestamp?
  private var fileCount = 0

  /// - Parameters:
  ///   - verifier: what the reader knows from elsewhere.
  ///   - read: the bytes of `checkpoint`, or of a tile by its path.
  package init(_ verifier: EvidenceVerifier, reading read: @escaping Reader) {
    self.verifier = verifier
    self.read = read
  }

  /// Reads and checks all of it.
  package mutating func verify() throws(EvidenceError) -> VerifiedTiles {
    let checkpoint = try verifier.checkpoint(
      String(decoding: try read("checkpoint"), as: UTF8.self))
    let size = checkpoint.checkpoint.size
    let (full, partial) = TileTree.tiles(of: .entries, in: size)
    for index in 0..<full { try take(Tile(.entries, index: index)) }
    if let partial { try take(partial) }
    for (level, row) in rows.enumerated() where !row.isEmpty {
      let index = edge.size >> UInt64(8 * (level + 1))
      try compare(Tile(.hashes(level: level), index: index, width: row.count), row)
    }
    guard edge.root == checkpoint.checkpoint.root else {
      throw .tile("checkpoint", "its root is not that of the \(size) entries")
    }
    return VerifiedTiles(
      checkpoint: checkpoint, streamCount: heads.count, fileCount: fileCount + 1, first: first,
      last: last)
  }

  private mutating func take(_ tile: Tile) throws(EvidenceError) {
    fileCount += 1
    let content = try bytes(tile)
    let entries: [ArraySlice<UInt8>]
    do throws(NoteError) {
      entries = try TileTree.entries(parsing: content, count: tile.width)
    } catch { throw .tile(tile.path, "\(error)") }
    for entry in entries { try take(Array(entry)) }
  }

  private func bytes(_ tile: Tile) throws(EvidenceError) -> [UInt8] { try read(tile.path) }

  /// One leaf: its place, its time, its stream.
  private mutating func take(_ bytes: [UInt8]) throws(EvidenceError) {
    let index = edge.size
    let leaf: Leaf
    do throws(LeafError) { leaf = try Leaf(parsing: bytes.span) } catch {
      throw .event(index: index, "its leaf is no CEL1 leaf (\(error))")
    }
    guard leaf.position.rawValue == index else {
      throw .event(index: index, "its leaf is of position \(leaf.position)")
    }
    if let last, leaf.recordedAt < last {
      throw .event(index: index, "it is older than the event before it")
    }
    let hash = Digest.leafHash(bytes.span)
    let head = heads[leaf.stream]
    guard leaf.revision == head?.revision.next ?? Revision(0) else {
      throw .event(index: index, "its revision does not come after that of the one before")
    }
    guard leaf.previous == head?.hash ?? .zero else {
      throw .event(index: index, "it does not follow the event before it in its stream")
    }
    heads[leaf.stream] = (leaf.revision, hash)
    first = first ?? leaf.recordedAt
    last = leaf.recordedAt
    edge.append(hash)
    try add(hash, level: 0)
  }

  /// Adds a hash to its level, and the root of each tile that it fills to the next one.
  private mutating func add(_ hash: Digest, level: Int) throws(EvidenceError) {
    if rows.count == level { rows.append([]) }
    rows[level].append(hash)
    guard rows[level].count == Tile.fullWidth else { return }
    let row = rows[level]
    rows[level] = []
    let index = edge.size >> UInt64(8 * (level + 1))
    try compare(Tile(.hashes(level: level), index: index - 1), row)
    var folded = row
    while folded.count > 1 {
      folded = stride(from: 0, to: folded.count, by: 2).map {
        .nodeHash(folded[$0], folded[$0 + 1])
      }
    }
    try add(folded[0], level: level + 1)
  }

  private mutating func compare(_ tile: Tile, _ row: [Digest]) throws(EvidenceError) {
    fileCount += 1
    var expected: [UInt8] = []
    expected.reserveCapacity(row.count * Digest.byteCount)
    for hash in row { expected.append(contentsOf: hash.bytes) }
    guard try bytes(tile) == expected else {
      throw .tile(tile.path, "its hashes are not those of the entries")
    }
  }
}
