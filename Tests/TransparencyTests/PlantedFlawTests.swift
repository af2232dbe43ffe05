internal import EventModel
internal import Testing
internal import Transparency

/// Proofs with one flaw each: none may show anything.
@Suite struct PlantedFlawTests {
  /// One flaw of each kind at each place where it changes the proof.
  private static func flawed(_ proof: [Digest]) -> [[Digest]] {
    var flawed: [[Digest]] = [proof + [.zero], [.zero] + proof]
    if let last = proof.last { flawed.append(proof + [last]) }
    for index in proof.indices {
      for byte in [0, 15, 31] {
        var bytes = proof[index].bytes
        bytes[byte] ^= 1
        var copy = proof
        copy[index] = Digest(bytes.span)
        flawed.append(copy)
      }
      flawed.append(Array(proof[..<index] + proof[(index + 1)...]))
      flawed.append(Array(proof[...index] + proof[index...]))
      if index + 1 < proof.count {
        var copy = proof
        copy.swapAt(index, index + 1)
        flawed.append(copy)
      }
    }
    return flawed.filter { $0 != proof }
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 13] as [UInt64])
  func `an inclusion proof with a flaw is refused`(size: UInt64) throws {
    let tree = StoredTree.counter(size)
    let root = tree.edge.root
    for index in 0..<size {
      let leaf = tree.hashes(.leaves, index..<index + 1)[0]
      let proof = MerkleTree.inclusionProof(of: index, in: size, reading: tree.hashes)
      for flawed in Self.flawed(proof) {
        #expect(throws: ProofError.self) {
          try MerkleTree.verifyInclusion(
            of: leaf, at: index, in: size, root: root, proof: flawed)
        }
      }
      for other in 0..<size + 2 where other != index {
        #expect(throws: ProofError.self) {
          try MerkleTree.verifyInclusion(of: leaf, at: other, in: size, root: root, proof: proof)
        }
      }
      #expect(throws: ProofError.rootDiffers) {
        try MerkleTree.verifyInclusion(
          of: .zero, at: index, in: size, root: root, proof: proof)
      }
      #expect(throws: ProofError.rootDiffers) {
        try MerkleTree.verifyInclusion(of: leaf, at: index, in: size, root: .zero, proof: proof)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 13] as [UInt64])
  func `a consistency proof with a flaw is refused`(new: UInt64) throws {
    let tree = StoredTree.counter(new)
    let newRoot = tree.edge.root
    for old in 0...new {
      let oldRoot = MerkleTree.root(size: old, reading: tree.hashes)
      let proof = MerkleTree.consistencyProof(from: old, to: new, reading: tree.hashes)
      for flawed in Self.flawed(proof) {
        #expect(throws: ProofError.self) {
          try MerkleTree.verifyConsistency(
            from: old, root: oldRoot, to: new, root: newRoot, proof: flawed)
        }
      }
      #expect(throws: ProofError.rootDiffers) {
        try MerkleTree.verifyConsistency(
          from: old, root: .zero, to: new, root: newRoot, proof: proof)
      }
      guard old > 0 else { continue }
      #expect(throws: ProofError.rootDiffers) {
        try MerkleTree.verifyConsistency(
          from: old, root: oldRoot, to: new, root: .zero, proof: proof)
      }
    }
  }

  @Test func `an older tree can't be the larger one`() {
    #expect(throws: ProofError.sizesReversed(old: 3, new: 2)) {
      try MerkleTree.verifyConsistency(from: 3, root: .zero, to: 2, root: .zero, proof: [])
    }
  }

  @Test func `sizes at the end of the range are refused without a trap`() {
    let proof = [Digest](repeating: .zero, count: 64)
    for size: UInt64 in [.max, .max - 1, 1 << 63] {
      #expect(throws: ProofError.self) {
        try MerkleTree.verifyInclusion(
          of: .zero, at: size - 1, in: size, root: .zero, proof: proof)
      }
      #expect(throws: ProofError.self) {
        try MerkleTree.verifyConsistency(
          from: size - 1, root: .zero, to: size, root: .zero, proof: proof)
      }
    }
  }
}
