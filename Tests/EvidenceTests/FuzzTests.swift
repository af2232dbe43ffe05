internal import EventModel
internal import Evidence
internal import Foundation
internal import TestSupport
internal import Testing
internal import Transparency

/// Parsers that face outside, fed with what others may send: none may trap, and none may accept
/// what was changed.
@Suite struct FuzzTests {
  private static let folder = "\(PackageRoot.path)/Fixtures/fuzz"
  private static let rounds = 3000

  private static func corpus(_ name: String) throws -> [[UInt8]] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)").sorted().map { file in
      Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)/\(file)")))
    }
  }

  /// Feeds each seed of the corpus, and changed ones.
  private static func feed(
    _ name: String, seed: UInt64, _ parse: ([UInt8]) throws -> Void
  ) throws {
    var generator = SeededGenerator(seed: seed)
    print("\(name): seed \(seed)")
    let corpus = try corpus(name)
    #expect(!corpus.isEmpty)
    for bytes in corpus { try parse(bytes) }
    for round in 0..<rounds {
      try parse(corpus[round % corpus.count].mutated(using: &generator))
    }
  }

  @Test func `notes and checkpoints are read back as they were, or refused`() throws {
    try Self.feed("note", seed: 11) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(NoteError) {
        let note = try SignedNote(parsing: text)
        #expect(note.note == text)
        let checkpoint = try Checkpoint(parsing: note.text)
        #expect(checkpoint.text == note.text)
      } catch {}
    }
  }

  @Test func `proof files are read back as they were, or refused`() throws {
    try Self.feed("proof", seed: 12) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(NoteError) {
        let proof = try InclusionProof(parsing: text)
        #expect(proof.text == text)
      } catch {}
    }
  }

  @Test func `policies are read or refused`() throws {
    try Self.feed("policy", seed: 13) { bytes in
      do throws(NoteError) {
        let policy = try WitnessPolicy(parsing: String(decoding: bytes, as: UTF8.self))
        #expect(policy.isMet(by: policy.witnessKeys))
      } catch {}
    }
  }

  @Test func `actor proofs are read back as they were, or refused`() throws {
    try Self.feed("actor-proof", seed: 14) { bytes in
      guard let proof = ActorProof(parsing: bytes) else { return }
      #expect(proof.bytes == bytes)
    }
  }

  @Test func `the log's own JSON is read or refused`() throws {
    try Self.feed("json", seed: 15) { bytes in
      do throws(EvidenceError) {
        let value = try JSONText(parsing: bytes)
        #expect(try JSONText(parsing: Array(value.written.utf8)) == value)
      } catch {}
      do throws(EvidenceError) {
        _ = try ActorKeyStatement(bytes, isRevocation: bytes.count.isMultiple(of: 2))
      } catch {}
      _ = KnownActorKey.parse(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test func `hostile bundles are refused before anything is checked`() throws {
    let corpus = try Self.corpus("refused-bundles")
    #expect(corpus.count >= 30)
    for bytes in corpus {
      #expect(throws: EvidenceError.self, "\(String(decoding: bytes.prefix(80), as: UTF8.self))") {
        try EvidenceBundle(parsing: bytes)
      }
    }
  }

  @Test func `a changed bundle is refused, or shows nothing that is not so`() throws {
    let log = try SmallLog.filled()
    let whole = Array(try log.wholeBundle().text.utf8)
    let truth = try log.verify(try log.wholeBundle())
    let leaves = Set(log.leaves.map { Digest.leafHash($0.span) })
    var generator = SeededGenerator(seed: 16)
    print("bundle: seed \(generator.seed)")
    var refused = 0
    for _ in 0..<Self.rounds {
      let bytes = whole.mutated(using: &generator)
      do throws(EvidenceError) {
        let evidence = try EvidenceVerifier.unwrapped(keys: [log.key.vkey], policy: nil)
          .verify(bytes)
        // What is left is true: fewer events or sections, another comment or white space.
        for event in evidence.events {
          let encoded = event.leaf.encoded()
          #expect(leaves.contains(.leafHash(encoded.span)))
          let original = truth.events[Int(event.index)]
          for (number, section) in event.sections {
            guard section.text != nil else { continue }
            #expect(section == original.sections[number])
          }
        }
        #expect(evidence.checkpoint.checkpoint == truth.checkpoint.checkpoint)
      } catch { refused += 1 }
    }
    #expect(refused > Self.rounds * 9 / 10)
  }
}
