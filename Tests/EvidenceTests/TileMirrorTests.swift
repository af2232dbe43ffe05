internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// An export of tiles, checked by itself: what others check, and the chains of the streams.
@Suite struct TileMirrorTests {
  /// The files of an export by path.
  private func files(_ log: SmallLog) throws -> [String: [UInt8]] {
    var files = ["checkpoint": Array(try log.note().utf8)]
    for content in [Tile.Content.entries, .hashes(level: 0), .hashes(level: 1)] {
      let (full, partial) = TileTree.tiles(of: content, in: log.size)
      for tile in (0..<full).map({ Tile(content, index: $0) }) + (partial.map { [$0] } ?? []) {
        if case .hashes = content {
          files[tile.path] = TileTree.bytes(of: tile) { level, range in
            level == .leaves ? log.hashes(level, range) : log.level8(range)
          }
        } else {
          var bytes: [UInt8] = []
          for index in tile.range {
            let leaf = log.leaves[Int(index)]
            TileTree.append(entry: leaf.span, to: &bytes)
          }
          files[tile.path] = bytes
        }
      }
    }
    return files
  }

  private func verify(_ files: [String: [UInt8]], _ log: SmallLog) throws -> VerifiedTiles {
    var mirror = TileMirror(try EvidenceVerifier(keys: [log.key])) {
      path throws(EvidenceError) in
      guard let bytes = files[path] else { throw .tile(path, "it is not there") }
      return bytes
    }
    return try mirror.verify()
  }

  private func log(of count: Int) throws -> SmallLog {
    var log = try SmallLog()
    for number in 0..<count { log.addJSON("account-\(number % 7)", "AccountChanged", "{}") }
    return log
  }

  @Test(arguments: [0, 1, 2, 255, 256, 257, 530])
  func `an export of any size holds`(count: Int) throws {
    let log = try log(of: count)
    let files = try files(log)
    let tiles = try verify(files, log)
    #expect(tiles.checkpoint.checkpoint.size == UInt64(count))
    #expect(tiles.fileCount == files.count)
    #expect(tiles.streamCount == min(count, 7))
  }

  @Test func `each file, changed in each way, is refused`() throws {
    let log = try log(of: 530)
    let files = try files(log)
    var other = try SmallLog(origin: SmallLog.origin, seed: 2)
    for number in 0..<530 { other.addJSON("account-\(number % 7)", "AccountMoved", "{}") }
    let theirs = try self.files(other)
    #expect(files.count == 8)
    var tried = 0
    for (path, bytes) in files {
      var changes: [[UInt8]?] = [nil, theirs[path], [], bytes + bytes, Array(bytes.dropLast())]
      for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
        var flipped = bytes
        flipped[place] ^= 1
        changes.append(flipped)
      }
      // Hashes and entries dropped, twice, in another order.
      for width in [32, 1] where bytes.count >= 3 * width {
        changes.append(Array(bytes.dropFirst(width)))
        changes.append(Array(bytes.prefix(width)) + bytes)
        changes.append(
          Array(bytes[width..<2 * width]) + Array(bytes[..<width]) + Array(bytes[(2 * width)...]))
      }
      for changed in changes where changed != bytes {
        tried += 1
        var copy = files
        copy[path] = changed
        #expect(throws: EvidenceError.self, "\(path)") { try verify(copy, log) }
      }
    }
    // Of one name, by another key.
    var resigned = files
    resigned["checkpoint"] = theirs["checkpoint"]
    #expect(throws: EvidenceError.self) { try verify(resigned, log) }
    #expect(throws: EvidenceError.self) { try verify(theirs, log) }
    #expect(tried > 300)
  }

  /// What tools that know no leaf accept: a tree that is right, over streams that are not.
  @Test func `a stream with a gap, a fork or a step back is refused under a signed root`() throws {
    let good = try log(of: 20)
    for flaw in 0..<4 {
      var leaves = good.leaves
      switch flaw {
      case 0: leaves.removeLast(6)  // whole
      case 1: leaves.swapAt(3, 4)
      case 2: leaves[9] = leaves[2]
      default: leaves.remove(at: 1)
      }
      let forged = try ForgedTiles(leaves, good.signer).files()
      if flaw == 0 {
        _ = try verify(forged, good)
      } else {
        #expect(throws: EvidenceError.self) { try verify(forged, good) }
      }
    }
  }
}

/// Any leaves under a root that the log's key signed.
private struct ForgedTiles {
  let leaves: [[UInt8]]
  let signer: CheckpointSigner

  init(_ leaves: [[UInt8]], _ signer: CheckpointSigner) {
    self.leaves = leaves
    self.signer = signer
  }

  func files() throws -> [String: [UInt8]] {
    var edge = MerkleEdge()
    var hashes: [UInt8] = []
    var entries: [UInt8] = []
    for leaf in leaves {
      let hash = Digest.leafHash(leaf.span)
      edge.append(hash)
      hashes += hash.bytes
      TileTree.append(entry: leaf.span, to: &entries)
    }
    let width = leaves.count
    return [
      "checkpoint": Array(try signer.sign(size: UInt64(width), root: edge.root).utf8),
      Tile(.hashes(level: 0), index: 0, width: width).path: hashes,
      Tile(.entries, index: 0, width: width).path: entries,
    ]
  }
}

extension SmallLog {
  /// The roots of complete subtrees of 256 leaves.
  func level8(_ range: Range<UInt64>) -> [Digest] {
    range.map { index in
      var edge = MerkleEdge()
      for hash in hashes(.leaves, index << 8..<(index + 1) << 8) { edge.append(hash) }
      return edge.root
    }
  }
}
