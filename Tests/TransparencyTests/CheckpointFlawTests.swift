internal import EventModel
internal import TestSupport
internal import Testing
internal import Transparency

@Suite struct CheckpointFlawTests {
  private func open(_ note: String, keys: [NoteKey]? = nil) throws -> VerifiedCheckpoint {
    try VerifiedCheckpoint(
      note: note, origin: WorkedExample.origin, keys: keys ?? WorkedExample.keys())
  }

  @Test func `another origin is refused`() throws {
    #expect(
      throws: NoteError.otherOrigin(
        expected: "deed.example/log2", found: "deed.example/log1")
    ) {
      try VerifiedCheckpoint(
        note: WorkedExample.note, origin: "deed.example/log2", keys: WorkedExample.keys())
    }
  }

  @Test func `cosignatures alone do not make a checkpoint`() throws {
    let witnesses = try Array(WorkedExample.keys().dropFirst())
    #expect(throws: NoteError.notSigned(by: WorkedExample.origin)) {
      try open(WorkedExample.note, keys: witnesses)
    }
  }

  @Test func `another key of the same name is not the log's`() throws {
    let other = try CheckpointSigner(
      origin: WorkedExample.origin, seed: [UInt8](repeating: 7, count: 32))
    #expect(throws: NoteError.notSigned(by: WorkedExample.origin)) {
      try open(WorkedExample.note, keys: [other.key])
    }
  }

  @Test func `two keys of one log may both sign, as after a rotation`() throws {
    let other = try CheckpointSigner(
      origin: WorkedExample.origin, seed: [UInt8](repeating: 7, count: 32))
    let root = try Digest(hex: WorkedExample.root)
    let second = try SignedNote(parsing: try other.sign(size: 2, root: root))
    let first = try SignedNote(parsing: WorkedExample.note)
    let both = SignedNote(text: first.text, signatures: first.signatures + second.signatures)
    #expect(try open(both.note).signatures.count == 3)
    #expect(try open(both.note, keys: WorkedExample.keys() + [other.key]).signatures.count == 4)
    #expect(try open(both.note, keys: [other.key]).signatures.count == 1)
  }

  @Test(
    arguments: [
      ("\n2\n", "\n3\n"), ("\n2\n", "\n02\n"), ("\n2\n", "\n+2\n"), ("\n2\n", "\n2 \n"),
      ("\n2\n", "\n٢\n"), ("\n2\n", "\n18446744073709551616\n"), ("\n2\n", "\n2\r\n"),
      ("\n2\n", "\n2\nextension\n"), ("\n2\n", "\n"), ("\n2\n", "\n0\n"),
      ("5weX", "6weX"), ("Shk=", "Shl="), ("Shk=", "Shk"), ("Shk=", "Shk=="),
      ("deed.example/log1\n2", "deed.example/log1 \n2"), ("deed.example/log1\n2", "\n2"),
      ("T3s2", "T3s3"), ("— deed", "- deed"), ("— deed", "—  deed"), ("8g8=\n", "8g9=\n"),
      ("8g8=\n", "8g8=\r\n"), ("8g8=\n", "8g8= \n"), ("jo+VDw==\n", "jo+VDw=="),
      ("\n\n—", "\n—"), ("weSCiQAAAABp", "weSCiQAAAABq"), ("INeCFUg+", "INeCFUg/"),
    ])
  func `one altered place is refused`(old: String, new: String) throws {
    let note = WorkedExample.note.replacing(old, with: new, maxReplacements: 1)
    #expect(!note.utf8.elementsEqual(WorkedExample.note.utf8))
    #expect(throws: NoteError.self) { try open(note) }
  }

  @Test func `any flipped bit of text or signatures is refused`() throws {
    let bytes = Array(WorkedExample.note.utf8)
    let keys = try WorkedExample.keys()
    var accepted = 0
    for index in bytes.indices {
      var copy = bytes
      copy[index] ^= 1 << UInt8(index % 8)
      guard let text = String(validating: copy, as: UTF8.self) else { continue }
      do {
        let verified = try open(text, keys: keys)
        // A flip in the name or key ID of a witness makes its line a stranger's, no more.
        #expect(verified.signatures.count == 2)
        accepted += 1
      } catch {
        continue
      }
    }
    #expect(accepted < 60)
  }

  @Test func `vkeys of another form are refused`() {
    let good = WorkedExample.vkey
    let bad = [
      "", "+", "++", "deed.example/log1", good + "=", good.replacing("4f7b361a", with: "4F7B361A"),
      good.replacing("4f7b361a", with: "4f7b361b"), good.replacing("+ASL", with: "+AiL"),
      good.replacing("Lkj", with: "Lk="), good.replacing("log1", with: "log 1"),
      "é+00000000+AQ==", "+4f7b361a+ASLAbr3wc5RQeue7vJjUQa83+ungOO0IoEkk0+rhRLkj",
    ]
    for vkey in bad {
      #expect(throws: NoteError.self, "\(vkey)") { try NoteKey(vkey: vkey) }
      #expect(throws: NoteError.self, "\(vkey)") { try CheckpointSigner(skey: vkey) }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `random damage never traps a parser`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let texts = [
      WorkedExample.note, WorkedExample.proof, WorkedExample.vkey, "tile/0/x001/234.p/17",
    ]
    let keys = try WorkedExample.keys()
    for _ in 0..<1500 {
      for text in texts {
        let bytes = Array(text.utf8).mutated(using: &generator)
        guard !bytes.elementsEqual(text.utf8) else { continue }
        let damaged = String(decoding: bytes, as: UTF8.self)
        parseEverything(damaged)
        if let verified = try? open(damaged, keys: keys) {
          #expect(verified.checkpoint.size == 2, "seed \(seed): \(damaged)")
          #expect(verified.checkpoint.root.hex == WorkedExample.root, "seed \(seed)")
        }
      }
    }
  }

  private func parseEverything(_ text: String) {
    _ = try? SignedNote(parsing: text)
    _ = try? Checkpoint(parsing: text)
    _ = try? InclusionProof(parsing: text)
    _ = try? ConsistencyProof(parsing: text)
    _ = try? NoteKey(vkey: text)
    _ = try? CheckpointSigner(skey: text)
    _ = Tile(path: text)
  }
}
