package import EventModel

/// The right edge of a Merkle tree: the hash of the complete subtree for each set bit of its
/// size, which is all that appending needs.
///
/// A value: copy it before a write transaction, and drop the copy that was not committed.
///
/// Source: docs/format/tree.md, "Append"; the tree is that of RFC 9162 section 2.1.1.
package struct MerkleEdge: Hashable, Sendable {
  /// How many leaves the tree has.
  package private(set) var size: UInt64 = 0
  /// By level; zeros where the size has no bit.
  private var hashes: [Digest] = []

  /// The edge of the tree without leaves.
  package init() {}

  /// Reads back the edge of a tree of `size` leaves.
  ///
  /// - Complexity: at most 255 hashes for each stored level are read.
  package init<Failure: Error>(
    size: UInt64, reading hashes: MerkleTree.Reader<Failure>
  ) throws(Failure) {
    self.size = size
    for level in 0..<UInt64.bitWidth - size.leadingZeroBitCount {
      guard size >> level & 1 == 1 else {
        self.hashes.append(.zero)
        continue
      }
      self.hashes.append(
        try MerkleTree.subtree(level: level, index: (size >> level) - 1, reading: hashes))
    }
  }

  /// Adds a leaf by its hash.
  ///
  /// - Parameters:
  ///   - leafHash: see ``Digest/leafHash(_:)``.
  ///   - store: gets each hash that is to be kept, leaf first: its level, its index among the
  ///     complete subtrees of that level, and the hash.
  /// - Throws: what `store` throws; the edge is unchanged then.
  /// - Complexity: one node hash on average, 64 at the most.
  package mutating func append<Failure: Error>(
    _ leafHash: Digest, _ store: (StoredLevel, UInt64, Digest) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(size < .max, "the tree is full")
    let index = size
    try store(.leaves, index, leafHash)
    var hash = leafHash
    var level = 0
    while index >> level & 1 == 1 {
      hash = .nodeHash(hashes[level], hash)
      level += 1
      if level <= 24, let stored = StoredLevel(rawValue: UInt8(level)) {
        try store(stored, index >> level, hash)
      }
    }
    for full in 0..<level { hashes[full] = .zero }
    if level == hashes.count { hashes.append(hash) } else { hashes[level] = hash }
    size += 1
  }

  /// Adds a leaf by its hash, when nothing is to be kept.
  package mutating func append(_ leafHash: Digest) { append(leafHash) { _, _, _ in } }

  /// The root of the tree; SHA-256 of nothing for the tree without leaves.
  ///
  /// - Complexity: a node hash for each set bit of the size but one.
  package var root: Digest {
    var root: Digest?
    for (level, hash) in hashes.enumerated() where size >> level & 1 == 1 {
      root = root.map { .nodeHash(hash, $0) } ?? hash
    }
    return root ?? MerkleTree.emptyRoot
  }

  /// The hash of the complete subtree of `level` at the edge; `nil` when the size has no such bit.
  package subscript(level: Int) -> Digest? {
    hashes.indices.contains(level) && size >> level & 1 == 1 ? hashes[level] : nil
  }
}
