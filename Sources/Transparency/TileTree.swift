package import EventModel

/// The tiles of a tree: which there are at a size, and their bytes.
package enum TileTree {
  /// How many full tiles of `content` a tree of `size` leaves has, and its partial one if any.
  package static func tiles(
    of content: Tile.Content, in size: UInt64
  ) -> (full: UInt64, partial: Tile?) {
    let level = content.treeLevel
    let count = level < 64 ? size >> UInt64(level) : 0
    let width = Int(count & 255)
    return (count >> 8, width == 0 ? nil : Tile(content, index: count >> 8, width: width))
  }

  /// How many levels of hash tiles a tree of `size` leaves has.
  package static func levelCount(in size: UInt64) -> Int {
    (UInt64.bitWidth - size.leadingZeroBitCount + 7) / 8
  }

  /// The bytes of a tile of hashes: 32 each.
  ///
  /// - Parameters:
  ///   - tile: one of hashes, of a tree that has all of it.
  ///   - hashes: reads the stored levels; above tile level 3 they are folded.
  /// - Returns: 8,192 bytes for a full tile.
  /// - Throws: what `hashes` throws.
  package static func bytes<Failure: Error>(
    of tile: Tile,
    reading hashes: (StoredLevel, Range<UInt64>) throws(Failure) -> [Digest]
  ) throws(Failure) -> [UInt8] {
    guard case .hashes(let level) = tile.content else {
      preconditionFailure("a tile of entries has no hashes")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tile.width * Digest.byteCount)
    if level <= 3, let stored = StoredLevel(rawValue: UInt8(8 * level)) {
      for hash in try hashes(stored, tile.range) { bytes.append(hash) }
    } else {
      for index in tile.range {
        bytes.append(try MerkleTree.subtree(level: 8 * level, index: index, reading: hashes))
      }
    }
    return bytes
  }

  /// Reads a tile of `count` entries: each `u16 length ‖ leaf`, and nothing behind the last.
  package static func entries(
    parsing bytes: [UInt8], count: Int
  ) throws(NoteError) -> [ArraySlice<UInt8>] {
    var entries: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    for _ in 0..<count {
      guard let high = rest.popFirst(), let low = rest.popFirst(),
        rest.count >= Int(high) << 8 | Int(low)
      else { throw .malformed("a tile of \(count) entries ends within entry \(entries.count)") }
      let length = Int(high) << 8 | Int(low)
      entries.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    guard rest.isEmpty else { throw .malformed("\(rest.count) bytes stand behind the last entry") }
    return entries
  }

  /// Adds one leaf to the bytes of a tile of entries: `u16 length ‖ leaf`.
  package static func append(entry leaf: Span<UInt8>, to bytes: inout [UInt8]) {
    precondition(leaf.count <= Int(UInt16.max), "an entry has 65,535 bytes at the most")
    bytes.append(bigEndian: UInt16(leaf.count))
    for index in leaf.indices { bytes.append(leaf[index]) }
  }
}
