internal import EventModel
internal import TestSupport
internal import Testing
internal import Transparency

@Suite struct CheckpointTests {
  @Test func `the worked example is accepted with both cosignatures`() throws {
    let verified = try VerifiedCheckpoint(
      note: WorkedExample.note, origin: WorkedExample.origin, keys: WorkedExample.keys())
    #expect(verified.checkpoint.size == 2)
    #expect(verified.checkpoint.root.hex == WorkedExample.root)
    #expect(
      verified.cosignatures.map(\.time) == [
        Timestamp(microseconds: 1_763_760_002_000_000),
        Timestamp(microseconds: 1_763_760_003_000_000),
      ])
    #expect(try SignedNote(parsing: WorkedExample.note).note == WorkedExample.note)
  }

  @Test func `a signed checkpoint is read back`() throws {
    let seed = try #require([UInt8](hex: WorkedExample.seed))
    let signer = try CheckpointSigner(origin: WorkedExample.origin, seed: seed)
    #expect(signer.key.vkey == WorkedExample.vkey)
    let root = try Digest(hex: WorkedExample.root)
    let note = try signer.sign(size: 2, root: root)
    let verified = try VerifiedCheckpoint(
      note: note, origin: WorkedExample.origin, keys: [signer.key])
    #expect(
      verified.checkpoint == Checkpoint(origin: WorkedExample.origin, size: 2, root: root))
    #expect(try CheckpointSigner(skey: signer.skey).key == signer.key)
  }

  @Test func `the example of C2SP verifies`() throws {
    let key = try NoteKey(
      vkey: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    let note = try SignedNote(
      parsing: """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """)
    #expect(note.text == "This is an example message.\n")
    #expect(try note.verified(by: [key]).map(\.key) == [key])
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the vectors' checkpoints are accepted and made again`() throws {
    let vectors = try Vectors.decode(CheckpointVectors.self, from: "checkpoint.json")
    let signer = try CheckpointSigner(skey: vectors.skey)
    #expect(signer.key.vkey == vectors.vkey)
    #expect(
      try CheckpointSigner(
        origin: vectors.origin, seed: try #require([UInt8](hex: vectors.seed))
      ).skey == vectors.skey)
    let keys = try [signer.key] + vectors.witnesses.map { try NoteKey(vkey: $0.vkey) }
    for vector in vectors.checkpoints {
      let root = try Digest(hex: vector.root)
      let checkpoint = Checkpoint(origin: vectors.origin, size: vector.size, root: root)
      #expect(checkpoint.text == vector.text)
      #expect(try Checkpoint(parsing: vector.text) == checkpoint)
      let own = try VerifiedCheckpoint(note: vector.note, origin: vectors.origin, keys: keys)
      #expect(own.checkpoint == checkpoint)
      let cosigned = vector.note + vector.cosignatures.map(\.line).joined()
      let verified = try VerifiedCheckpoint(note: cosigned, origin: vectors.origin, keys: keys)
      #expect(verified.cosignatures.map(\.key.name) == vector.cosignatures.map(\.name))
      #expect(
        verified.cosignatures.map(\.time?.microseconds)
          == vector.cosignatures.map { $0.time * 1_000_000 })
    }
  }

  @Test(
    .enabled(if: Vectors.isPresent), arguments: [0, 1, 2, 255, 256, 257, 512, 530] as [UInt64])
  func `the checkpoint files are accepted`(size: UInt64) throws {
    let note = try Vectors.text("checkpoints/\(size)")
    let verified = try VerifiedCheckpoint(
      note: note, origin: WorkedExample.origin, keys: WorkedExample.keys())
    #expect(verified.checkpoint.size == size)
    #expect(verified.signatures.count == 3)
  }

  @Test func `keys read back as they are written`() throws {
    for vkey in [WorkedExample.vkey, WorkedExample.witness1, WorkedExample.witness2] {
      #expect(try NoteKey(vkey: vkey).vkey == vkey)
    }
    #expect(try NoteKey(vkey: WorkedExample.witness1).algorithm == .cosignature)
  }
}
