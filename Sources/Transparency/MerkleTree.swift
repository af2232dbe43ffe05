package import EventModel

/// Subtrees, roots and proofs of a tree, made from the hashes of its stored levels.
///
/// Source: RFC 9162 section 2.1; docs/format/tree.md, "Reading".
package enum MerkleTree {
  /// Gives the hashes of a stored level at the indexes of a range, in order: 256 at the most.
  package typealias Reader<Failure: Error> =
    (StoredLevel, Range<UInt64>) throws(Failure) -> [Digest]

  /// SHA-256 of nothing.
  package static let emptyRoot = Digest.sha256([])

  /// The hash of the complete subtree `index` of `level`: leaves `index·2^level` and on.
  ///
  /// - Complexity: one read of up to 128 hashes below level 32.
  package static func subtree<Failure: Error>(
    level: Int, index: UInt64, reading hashes: Reader<Failure>
  ) throws(Failure) -> Digest {
    let stored = StoredLevel(under: level)
    let height = level - Int(stored.rawValue)
    guard height <= 8 else {
      return .nodeHash(
        try subtree(level: level - 1, index: index << 1, reading: hashes),
        try subtree(level: level - 1, index: index << 1 + 1, reading: hashes))
    }
    let range = index << UInt64(height)..<(index + 1) << UInt64(height)
    var row = try hashes(stored, range)
    precondition(row.count == range.count, "\(row.count) hashes for \(range.count)")
    while row.count > 1 {
      row = stride(from: 0, to: row.count, by: 2).map { .nodeHash(row[$0], row[$0 + 1]) }
    }
    return row[0]
  }

  /// The root of the tree that the first `size` leaves make.
  package static func root<Failure: Error>(
    size: UInt64, reading hashes: Reader<Failure>
  ) throws(Failure) -> Digest {
    guard size > 0 else { return emptyRoot }
    return try root(of: 0..<size, reading: hashes)
  }

  /// The hash of the leaves in `range`, whose start is a multiple of the power of two at or
  /// above its count; not empty.
  private static func root<Failure: Error>(
    of range: Range<UInt64>, reading hashes: Reader<Failure>
  ) throws(Failure) -> Digest {
    let count = range.upperBound - range.lowerBound
    guard count & (count - 1) != 0 else {
      let level = count.trailingZeroBitCount
      return try subtree(level: level, index: range.lowerBound >> level, reading: hashes)
    }
    let middle = range.lowerBound + largestPowerOfTwo(below: count)
    return .nodeHash(
      try root(of: range.lowerBound..<middle, reading: hashes),
      try root(of: middle..<range.upperBound, reading: hashes))
  }

  /// The hashes that lead from leaf `index` to the root at `size`, the leaf's sibling first.
  ///
  /// Source: RFC 9162 section 2.1.3.1. Traps unless `index` is below `size`.
  package static func inclusionProof<Failure: Error>(
    of index: UInt64, in size: UInt64, reading hashes: Reader<Failure>
  ) throws(Failure) -> [Digest] {
    precondition(index < size, "leaf \(index) is not in a tree of \(size)")
    var range = 0..<size
    var proof: [Digest] = []
    while range.upperBound - range.lowerBound > 1 {
      let middle = split(range)
      let (inside, sibling) =
        index < middle
        ? (range.lowerBound..<middle, middle..<range.upperBound)
        : (middle..<range.upperBound, range.lowerBound..<middle)
      proof.append(try root(of: sibling, reading: hashes))
      range = inside
    }
    return proof.reversed()
  }

  /// The hashes that show that the tree of `old` leaves is the beginning of that of `new`.
  ///
  /// Empty when the sizes are equal or `old` is 0. Traps unless `old` is at most `new`.
  ///
  /// Source: RFC 9162 section 2.1.4.1.
  package static func consistencyProof<Failure: Error>(
    from old: UInt64, to new: UInt64, reading hashes: Reader<Failure>
  ) throws(Failure) -> [Digest] {
    precondition(old <= new, "a tree of \(old) is no beginning of one of \(new)")
    guard old > 0, old < new else { return [] }
    var range = 0..<new
    var proof: [Digest] = []
    while range.upperBound != old {
      let middle = split(range)
      if old <= middle {
        proof.append(try root(of: middle..<range.upperBound, reading: hashes))
        range = range.lowerBound..<middle
      } else {
        proof.append(try root(of: range.lowerBound..<middle, reading: hashes))
        range = middle..<range.upperBound
      }
    }
    if range.lowerBound > 0 { proof.append(try root(of: range, reading: hashes)) }
    return proof.reversed()
  }

  private static func split(_ range: Range<UInt64>) -> UInt64 {
    range.lowerBound + largestPowerOfTwo(below: range.upperBound - range.lowerBound)
  }

  /// For a count of 2 or more.
  private static func largestPowerOfTwo(below count: UInt64) -> UInt64 {
    1 << UInt64(UInt64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
  }
}
