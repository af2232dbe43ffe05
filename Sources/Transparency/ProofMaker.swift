package import EventModel

/// Makes many inclusion proofs of one tree, remembering the hashes that they have in common.
///
/// - Complexity: an event next to one that was proved costs a few node hashes; a lone one reads up
///   to 256 hashes for each stored level.
///
/// Source: RFC 9162 section 2.1.3.1.
package struct ProofMaker<Failure: Error> {
  private struct Node: Hashable {
    let level: Int
    let index: UInt64
  }

  private let size: UInt64
  private let hashes: MerkleTree.Reader<Failure>
  private var known: [Node: Digest] = [:]

  /// For the tree of `size` leaves whose stored hashes `hashes` reads.
  package init(size: UInt64, reading hashes: @escaping MerkleTree.Reader<Failure>) {
    self.size = size
    self.hashes = hashes
  }

  /// The hashes that lead from leaf `index` to the root; traps unless `index` is below the size.
  package mutating func inclusionProof(of index: UInt64) throws(Failure) -> [Digest] {
    precondition(index < size, "leaf \(index) is not in a tree of \(size)")
    var proof: [Digest] = []
    var level = 0
    while (size - 1) >> UInt64(level) != 0 {
      let sibling = index >> UInt64(level) ^ 1
      if sibling << UInt64(level) < size {
        proof.append(try hash(Node(level: level, index: sibling)))
      }
      level += 1
    }
    return proof
  }

  /// The hash of the leaves below `node` that the tree has; at least one.
  private mutating func hash(_ node: Node) throws(Failure) -> Digest {
    if let hash = known[node] { return hash }
    if node.level <= 24, let stored = StoredLevel(rawValue: UInt8(node.level)),
      node.index < stored.count(in: size)
    {
      // A block at a time: what stands beside is wanted next.
      let start = node.index & ~255
      let end = min(start + 256, stored.count(in: size))
      for (offset, hash) in try hashes(stored, start..<end).enumerated() {
        known[Node(level: node.level, index: start + UInt64(offset))] = hash
      }
      guard let hash = known[node] else { preconditionFailure("a stored level has a gap") }
      return hash
    }
    let left = try hash(Node(level: node.level - 1, index: node.index << 1))
    let right = Node(level: node.level - 1, index: node.index << 1 | 1)
    let result =
      right.index << UInt64(right.level) < size ? .nodeHash(left, try hash(right)) : left
    known[node] = result
    return result
  }
}
