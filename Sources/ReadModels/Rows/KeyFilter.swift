/// Says of a key "never inserted" or "perhaps": Bloom filters, each for twice the keys of the one
/// before, so that it grows with what it is given.
///
/// 16 bits a key and 4 of them set in one word leave about one wrong "perhaps" in a hundred.
///
/// Source: Almeida, Baquero, Preguiça and Hutchison, "Scalable Bloom Filters" (2007); Putze, Sanders
/// and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007).
package struct KeyFilter {
  private var filters: [[UInt64]] = []
  /// How many keys the last filter has room for.
  private var room = 0

  private static let firstKeyCount = 4096
  private static let keysPerWord = 4

  package init() {}

  /// Inserts a key by its hash; one that may be there already takes no room.
  package mutating func insert(_ hash: Int) {
    if mayContain(hash) { return }
    if room == 0 {
      room = Self.firstKeyCount << filters.count
      filters.append(Array(repeating: 0, count: room / Self.keysPerWord))
    }
    room -= 1
    let last = filters.count - 1
    filters[last][Self.word(of: hash, in: filters[last].count)] |= Self.mask(hash)
  }

  package func mayContain(_ hash: Int) -> Bool {
    let mask = Self.mask(hash)
    return filters.contains { $0[Self.word(of: hash, in: $0.count)] & mask == mask }
  }

  /// Counts are powers of two; the upper bits choose the word, the lower ones the bits in it.
  private static func word(of hash: Int, in count: Int) -> Int {
    Int(truncatingIfNeeded: UInt64(bitPattern: Int64(hash)) >> 32) & (count - 1)
  }

  private static func mask(_ hash: Int) -> UInt64 {
    let bits = UInt64(bitPattern: Int64(hash))
    return (1 << (bits & 63)) | (1 << (bits >> 6 & 63)) | (1 << (bits >> 12 & 63))
      | (1 << (bits >> 18 & 63))
  }
}
