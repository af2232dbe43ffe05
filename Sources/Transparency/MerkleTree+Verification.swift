package import EventModel

/// Why a proof shows nothing.
package enum ProofError: Error, Hashable, Sendable {
  /// The leaf's index is not below the tree's size.
  case indexBeyondSize(index: UInt64, size: UInt64)
  /// The older tree is the larger one.
  case sizesReversed(old: UInt64, new: UInt64)
  /// The proof has more or fewer hashes than these sizes ask for.
  case wrongLength
  /// The hashes lead to another root.
  case rootDiffers
}

extension MerkleTree {
  /// Checks that a leaf is in a tree.
  ///
  /// Source: RFC 9162 section 2.1.3.2.
  package static func verifyInclusion(
    of leafHash: Digest, at index: UInt64, in size: UInt64, root: Digest, proof: [Digest]
  ) throws(ProofError) {
    guard index < size else { throw .indexBeyondSize(index: index, size: size) }
    var node = index
    var last = size - 1
    var hash = leafHash
    for sibling in proof {
      guard last != 0 else { throw .wrongLength }
      if node & 1 == 1 || node == last {
        hash = .nodeHash(sibling, hash)
        skipLeftSpine(&node, &last)
      } else {
        hash = .nodeHash(hash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    guard last == 0 else { throw .wrongLength }
    guard hash == root else { throw .rootDiffers }
  }

  /// Checks that the tree of `old` leaves is the beginning of that of `new`.
  ///
  /// Source: RFC 9162 section 2.1.4.2; equal sizes and an older size of 0 take an empty proof.
  package static func verifyConsistency(
    from old: UInt64, root oldRoot: Digest, to new: UInt64, root newRoot: Digest, proof: [Digest]
  ) throws(ProofError) {
    guard old <= new else { throw .sizesReversed(old: old, new: new) }
    guard old > 0, old < new else {
      guard proof.isEmpty else { throw .wrongLength }
      guard old == new ? oldRoot == newRoot : oldRoot == emptyRoot else { throw .rootDiffers }
      guard new > 0 || newRoot == emptyRoot else { throw .rootDiffers }
      return
    }
    let hashes = old & (old - 1) == 0 ? [oldRoot] + proof : proof
    guard let first = hashes.first, hashes.count > 1 else { throw .wrongLength }
    let shift = UInt64((~(old - 1)).trailingZeroBitCount)
    var node = (old - 1) >> shift
    var last = (new - 1) >> shift
    var oldHash = first
    var newHash = first
    for sibling in hashes.dropFirst() {
      guard last != 0 else { throw .wrongLength }
      if node & 1 == 1 || node == last {
        oldHash = .nodeHash(sibling, oldHash)
        newHash = .nodeHash(sibling, newHash)
        skipLeftSpine(&node, &last)
      } else {
        newHash = .nodeHash(newHash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    guard last == 0 else { throw .wrongLength }
    guard oldHash == oldRoot, newHash == newRoot else { throw .rootDiffers }
  }

  /// Climbs the levels on which the node at the tree's right end has no sibling.
  private static func skipLeftSpine(_ node: inout UInt64, _ last: inout UInt64) {
    while node & 1 == 0, node != 0 {
      node >>= 1
      last >>= 1
    }
  }
}
