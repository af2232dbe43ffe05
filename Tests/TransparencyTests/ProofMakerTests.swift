internal import EventModel
internal import TestSupport
internal import Testing
internal import Transparency

/// Many proofs at once are the proofs that are made one by one.
@Suite struct ProofMakerTests {
  @Test(arguments: [1, 2, 3, 7, 8, 255, 256, 257, 1000] as [UInt64])
  func `each proof is the one of RFC 9162`(size: UInt64) {
    let tree = StoredTree.counter(size)
    var maker = ProofMaker(size: size) { level, range in tree.hashes(level, range) }
    for index in 0..<size {
      let alone = MerkleTree.inclusionProof(of: index, in: size, reading: tree.hashes)
      #expect(maker.inclusionProof(of: index) == alone)
    }
  }

  @Test func `across the borders of all stored levels, in any order`() {
    let tree = StoredTree.counter70000
    var generator = SeededGenerator(seed: 70_000)
    print("seed \(generator.seed)")
    let size: UInt64 = 70_000
    var maker = ProofMaker(size: size) { level, range in tree.hashes(level, range) }
    let borders: [UInt64] = [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]
    let chosen = borders + (0..<200).map { _ in UInt64.random(in: 0..<size, using: &generator) }
    for index in chosen.shuffled(using: &generator) {
      let alone = MerkleTree.inclusionProof(of: index, in: size, reading: tree.hashes)
      #expect(maker.inclusionProof(of: index) == alone)
    }
  }
}

/// A log's keys as one file, and the lines they make.
@Suite struct KeyFileTests {
  @Test func `each key of the file signs, and either alone is enough for a reader`() throws {
    let old = try CheckpointSigner(origin: "deed.test/log", seed: Array(1...32))
    let new = try CheckpointSigner(origin: "deed.test/log", seed: Array(2...33))
    let both = new.following(old)
    let read = try CheckpointSigner(file: both.file)
    #expect(read.keys == [new.key, old.key])
    #expect(read.alone.keys == [new.key])
    let note = try read.sign(size: 0, root: MerkleTree.emptyRoot)
    for keys in [[new.key], [old.key], [old.key, new.key]] {
      let verified = try VerifiedCheckpoint(note: note, origin: "deed.test/log", keys: keys)
      #expect(verified.signatures.count == keys.count)
    }
    #expect(try CheckpointSigner(file: old.file).keys == [old.key])
  }

  @Test func `a file of nothing, of several logs or with another line is refused`() throws {
    let first = try CheckpointSigner(origin: "deed.test/log", seed: Array(1...32))
    let other = try CheckpointSigner(origin: "deed.test/other", seed: Array(1...32))
    for text in ["", "\n", first.file + other.file, first.file + "x\n"] {
      #expect(throws: NoteError.self) { try CheckpointSigner(file: text) }
    }
  }
}

/// What is asked of a witness, and what comes of its answer.
@Suite struct WitnessRequestTests {
  @Test func `the request has the form of add-checkpoint`() {
    let request = WitnessRequest(oldSize: 5, proof: [.zero], checkpoint: "a\n1\nb\n\n— x y\n")
    let hash = String(repeating: "A", count: 43) + "="
    #expect(request.text == "old 5\n\(hash)\n\na\n1\nb\n\n— x y\n")
  }

  @Test func `answers are read by their status`() {
    #expect(WitnessAnswer(status: 409, body: Array("12\n".utf8)) == .conflict(size: 12))
    #expect(WitnessAnswer(status: 409, body: Array("012\n".utf8)) == .refused(status: 409))
    #expect(WitnessAnswer(status: 409, body: []) == .refused(status: 409))
    #expect(WitnessAnswer(status: 422, body: []) == .inconsistent)
    #expect(WitnessAnswer(status: 503, body: []) == .refused(status: 503))
    #expect(WitnessAnswer(status: 200, body: [65]) == .cosigned("A"))
  }

  @Test func `a cosignature is added once it verifies, in the place of an older one`() throws {
    let note = try SignedNote(parsing: WorkedExample.note)
    let log = SignedNote(text: note.text, signatures: [note.signatures[0]])
    let witness = try NoteKey(vkey: WorkedExample.witness1)
    let line = try #require(WorkedExample.note.split(separator: "\n").first { $0.contains("/w1 ") })
    let added = try log.adding("\(line)\n", of: witness)
    #expect(added.signatures.count == 2)
    #expect(try added.adding("\(line)\n", of: witness) == added)
    // However often it sends its line, and whatever else, the note has one more.
    let many = String(repeating: "\(line)\n", count: 99)
    #expect(try log.adding(many, of: witness) == added)
    #expect(try added.adding(many, of: witness) == added)
    let second = try NoteKey(vkey: WorkedExample.witness2)
    #expect(throws: NoteError.self) { try log.adding("\(line)\n", of: second) }
    let other = SignedNote(text: "deed.example/log1\n3\nx\n", signatures: log.signatures)
    #expect(throws: NoteError.self) { try other.adding("\(line)\n", of: witness) }
    #expect(throws: NoteError.self) { try log.adding("", of: witness) }
  }
}
