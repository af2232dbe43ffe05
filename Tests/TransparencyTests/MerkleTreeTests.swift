internal import EventModel
internal import TestSupport
internal import Testing
internal import Transparency

@Suite struct MerkleTreeTests {
  /// Evidence docs, worked example of the tree.
  @Test func `the eight classic leaves have the roots of RFC 6962`() throws {
    let leaves = [
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
      "606162636465666768696a6b6c6d6e6f",
    ]
    let roots = [
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    var edge = MerkleEdge()
    #expect(edge.root.hex == roots[0])
    for (index, leaf) in leaves.enumerated() {
      let bytes = try #require([UInt8](hex: leaf))
      edge.append(.leafHash(bytes.span))
      #expect(edge.root.hex == roots[index + 1])
    }
  }

  @Test func `the edge of seven leaves has the three hashes of the worked example`() {
    let edge = StoredTree.counter(7).edge
    #expect(
      edge[0]?.hex == "0637b6e1ea2b5ac884638aa33bf61a5919108d463e4cf3788535349ae0ac8f13")
    #expect(
      edge[1]?.hex == "5fd892ece948a991cee85fec349b29317d46711993c17e6c19219a925ce0285b")
    #expect(
      edge[2]?.hex == "b15d2b1b07adada9b13b555c08062b1ae78ad1b0b7e99d97d942c936a6244439")
    #expect(edge[3] == nil)
    #expect(
      edge.root.hex == "45cea7edca9543ee5575a5774d0d8fa9321a8be084b3fb657fa4f6d071a3c94c")
  }

  @Test func `root, proofs and edge agree with the definition at every size up to 80`() throws {
    var tree = StoredTree()
    var leafHashes: [Digest] = []
    for size in 0...UInt64(80) {
      #expect(tree.edge.size == size)
      let root = definedRoot(leafHashes[...])
      #expect(tree.edge.root == root)
      #expect(MerkleTree.root(size: size, reading: tree.hashes) == root)
      #expect(MerkleEdge(size: size, reading: tree.hashes) == tree.edge)
      for index in 0..<size {
        let proof = MerkleTree.inclusionProof(of: index, in: size, reading: tree.hashes)
        try MerkleTree.verifyInclusion(
          of: leafHashes[Int(index)], at: index, in: size, root: root, proof: proof)
      }
      for old in 0...size {
        let proof = MerkleTree.consistencyProof(from: old, to: size, reading: tree.hashes)
        try MerkleTree.verifyConsistency(
          from: old, root: definedRoot(leafHashes[..<Int(old)]), to: size, root: root,
          proof: proof)
      }
      let leaf = Digest.sha256([UInt8(size)])
      tree.append(leaf)
      leafHashes.append(leaf)
    }
  }

  @Test func `an append that can't be stored leaves the edge as it was`() {
    struct Refused: Error {}
    var edge = StoredTree.counter(255).edge
    let before = edge
    #expect(throws: Refused.self) {
      try edge.append(.zero) { level, _, _ throws(Refused) in
        if level == .level8 { throw Refused() }
      }
    }
    #expect(edge == before)
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the classic vectors hold`() throws {
    let vectors = try Vectors.decode(TreeVectors.self, from: "tree.json").rfc6962
    var tree = StoredTree()
    for (leaf, hash) in zip(vectors.leaves, vectors.leafHashes) {
      let bytes = try #require([UInt8](hex: leaf))
      let leafHash = Digest.leafHash(bytes.span)
      #expect(leafHash.hex == hash)
      tree.append(leafHash)
    }
    for (size, root) in vectors.roots {
      let size = try #require(UInt64(size))
      #expect(MerkleTree.root(size: size, reading: tree.hashes).hex == root)
    }
    try check(vectors.inclusion, vectors.consistency, in: tree)
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the vectors of 70,000 leaves hold`() throws {
    let vectors = try Vectors.decode(TreeVectors.self, from: "tree.json").counter
    let tree = StoredTree.counter70000
    for head in vectors.heads {
      #expect(MerkleTree.root(size: head.size, reading: tree.hashes).hex == head.root)
      let edge = MerkleEdge(size: head.size, reading: tree.hashes)
      #expect(edge.root.hex == head.root)
      for level in 0..<64 { #expect(edge[level]?.hex == head.edge[String(level)]) }
    }
    for (level, hashes) in vectors.levels {
      let level = try #require(UInt8(level).flatMap(StoredLevel.init(rawValue:)))
      for (index, hash) in hashes {
        let index = try #require(UInt64(index))
        #expect(tree.hashes(level, index..<index + 1).first?.hex == hash)
      }
    }
    try check(vectors.inclusion, vectors.consistency, in: tree)
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the vectors of the log hold`() throws {
    let vectors = try Vectors.decode(LogVectors.self, from: "log.json")
    var tree = StoredTree()
    for event in vectors.events { tree.append(try Digest(hex: event.leafHash)) }
    for (size, root) in vectors.roots {
      let size = try #require(UInt64(size))
      #expect(MerkleTree.root(size: size, reading: tree.hashes).hex == root)
    }
    try check(vectors.inclusion, vectors.consistency, in: tree)
  }

  private func check(
    _ inclusion: [TreeVectors.Inclusion], _ consistency: [TreeVectors.Consistency],
    in tree: StoredTree
  ) throws {
    for vector in inclusion {
      let proof = try digests(vector.proof)
      #expect(
        MerkleTree.inclusionProof(of: vector.index, in: vector.size, reading: tree.hashes)
          == proof)
      try MerkleTree.verifyInclusion(
        of: tree.hashes(.leaves, vector.index..<vector.index + 1)[0], at: vector.index,
        in: vector.size, root: MerkleTree.root(size: vector.size, reading: tree.hashes),
        proof: proof)
    }
    for vector in consistency {
      let proof = try digests(vector.proof)
      #expect(
        MerkleTree.consistencyProof(from: vector.old, to: vector.new, reading: tree.hashes)
          == proof)
      try MerkleTree.verifyConsistency(
        from: vector.old, root: MerkleTree.root(size: vector.old, reading: tree.hashes),
        to: vector.new, root: MerkleTree.root(size: vector.new, reading: tree.hashes),
        proof: proof)
    }
  }
}
