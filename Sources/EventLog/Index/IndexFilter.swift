/// Says of a key "not in this run" or "perhaps": a Bloom filter, each key within one word.
///
/// 12 bits a key and 4 of them set leave about one wrong "perhaps" in forty.
///
/// Source: Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007).
struct IndexFilter: Hashable, Sendable {
  private(set) var blocks: [UInt64]

  /// An empty filter for at most `keyLimit` keys.
  init(keyLimit: Int) {
    self.init(blockCount: max(1, (keyLimit * 12 + 63) / 64))
  }

  init(blockCount: Int) { self.init(blocks: Array(repeating: 0, count: blockCount)) }

  init(blocks: [UInt64]) {
    precondition(!blocks.isEmpty, "a filter has one block at least")
    self.blocks = blocks
  }

  mutating func insert(_ word: UInt64) { blocks[block(of: word)] |= Self.mask(word) }

  func mayContain(_ word: UInt64) -> Bool {
    let mask = Self.mask(word)
    return blocks[block(of: word)] & mask == mask
  }

  /// The upper bits of the hash, without the kind, choose the block.
  private func block(of word: UInt64) -> Int {
    Int((word << 4).multipliedFullWidth(by: UInt64(blocks.count)).high)
  }

  private static func mask(_ word: UInt64) -> UInt64 {
    1 << (word & 63) | 1 << (word >> 6 & 63) | 1 << (word >> 12 & 63) | 1 << (word >> 18 & 63)
  }
}
