internal import EventModel
internal import TestSupport
internal import Testing
internal import Transparency

@Suite struct ProofFileTests {
  @Test func `the worked example reads back as it is written`() throws {
    let proof = try InclusionProof(parsing: WorkedExample.proof)
    #expect(proof.index == 529)
    #expect(proof.hashes.count == 3)
    #expect(proof.text == WorkedExample.proof)
    #expect(throws: NoteError.notProved(.rootDiffers)) {
      try proof.verify(
        entry: Array("another entry".utf8), origin: WorkedExample.origin,
        keys: WorkedExample.keys())
    }
  }

  @Test(
    .enabled(if: Vectors.isPresent), arguments: [0, 1, 4, 255, 256, 511, 512, 529] as [UInt64])
  func `the proof files hold for their entries`(index: UInt64) throws {
    let text = try Vectors.text("inclusion/\(index).tlog-proof")
    let entry = Array(try Vectors.data("inclusion/\(index).leaf"))
    let proof = try InclusionProof(parsing: text)
    #expect(proof.text == text)
    #expect(proof.index == index)
    let keys = try WorkedExample.keys()
    let verified = try proof.verify(entry: entry, origin: WorkedExample.origin, keys: keys)
    #expect(verified.checkpoint.size == 530)
    for place in entry.indices {
      var flipped = entry
      flipped[place] ^= 0x10
      #expect(throws: ProofError.rootDiffers) {
        try MerkleTree.verifyInclusion(
          of: .leafHash(flipped.span), at: index, in: verified.checkpoint.size,
          root: verified.checkpoint.root, proof: proof.hashes)
      }
    }
    let moved = InclusionProof(
      index: index ^ 1, hashes: proof.hashes, checkpoint: proof.checkpoint)
    #expect(throws: NoteError.self) {
      try moved.verify(entry: entry, origin: WorkedExample.origin, keys: keys)
    }
  }

  @Test(
    .enabled(if: Vectors.isPresent),
    arguments: [(1, 530), (2, 256), (255, 257), (256, 512), (256, 530), (512, 530), (530, 530)])
  func `the consistency files hold for their checkpoints`(old: Int, new: Int) throws {
    let text = try Vectors.text("consistency/\(old)-\(new).proof")
    let proof = try ConsistencyProof(parsing: text)
    #expect(proof.text == text)
    let log = try Vectors.decode(LogVectors.self, from: "log.json")
    let first = try checkpoint(old, in: log)
    let second = try checkpoint(new, in: log)
    try proof.verify(from: first, to: second)
    guard old < new else { return }
    #expect(throws: NoteError.self) { try proof.verify(from: second, to: first) }
    let other = Checkpoint(origin: "deed.example/log2", size: first.size, root: first.root)
    #expect(throws: NoteError.self) { try proof.verify(from: other, to: second) }
    let altered = Checkpoint(origin: first.origin, size: first.size, root: .zero)
    #expect(throws: NoteError.notProved(.rootDiffers)) {
      try proof.verify(from: altered, to: second)
    }
  }

  private func checkpoint(_ size: Int, in log: LogVectors) throws -> Checkpoint {
    let root = try Digest(hex: try #require(log.roots[String(size)]))
    return Checkpoint(origin: log.origin, size: UInt64(size), root: root)
  }

  @Test(
    arguments: [
      ("tlog-proof@v1", "tlog-proof@v2"), ("index 529", "index 0529"), ("index 529", "index -1"),
      ("index 529", "index 529 "), ("index 529", "index 99999999999999999999"),
      ("index 529\n", ""), ("VBM=", "VBN="), ("VBM=\n", "VBM=\r\n"), ("V1f0=\n\n", "V1f0=\n"),
      ("rkyO", "rky O"),
    ])
  func `a proof file of another form is refused`(old: String, new: String) throws {
    let text = WorkedExample.proof.replacing(old, with: new, maxReplacements: 1)
    guard text != WorkedExample.proof else { return }
    #expect(throws: NoteError.self) {
      let proof = try InclusionProof(parsing: text)
      _ = try VerifiedCheckpoint(
        note: proof.checkpoint, origin: WorkedExample.origin, keys: WorkedExample.keys())
    }
  }

  @Test func `a proof has 63 hashes at the most`() throws {
    let line = Digest.zero.base64 + "\n"
    let longest = String(repeating: line, count: 63)
    #expect(try ConsistencyProof(parsing: longest).hashes.count == 63)
    #expect(throws: NoteError.self) { try ConsistencyProof(parsing: longest + line) }
    #expect(throws: NoteError.self) { try ConsistencyProof(parsing: String(line.dropLast())) }
    #expect(try ConsistencyProof(parsing: "").hashes.isEmpty)
    let header = "c2sp.org/tlog-proof@v1\nindex 0\n"
    #expect(try InclusionProof(parsing: header + longest + "\n").hashes.count == 63)
    #expect(throws: NoteError.self) { try InclusionProof(parsing: header + longest + line + "\n") }
  }
}
