internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// Which witnesses a reader asks for.
@Suite struct WitnessPolicyTests {
  private func policy(_ log: SmallLog, quorum: String = "w") throws -> WitnessPolicy {
    try WitnessPolicy(
      parsing: """
        # comment
        log \(log.key.vkey) https://log.test/
        witness w \(try log.witnessKey().vkey) https://w.test/
        witness v witness.example/w1+c1e48289+BJL3ZNbq1/J08oC8/g3NHlfgE0fnuFeLOnC25pYZj6MA
        group both all w v
        group one any w v
        group nested 2 one w

        quorum \(quorum)
        """)
  }

  @Test(arguments: [
    ("w", true), ("one", true), ("nested", true), ("none", true), ("v", false), ("both", false),
  ])
  func `a quorum is met by the witnesses it names`(quorum: String, isMet: Bool) throws {
    let log = try SmallLog.filled()
    let policy = try policy(log, quorum: quorum)
    #expect(policy.logKeys == [log.key])
    #expect(policy.isMet(by: [try log.witnessKey()]) == isMet)
    var bundle = try log.bundle()
    let verifier = try EvidenceVerifier(keys: [log.key], policy: policy)
    if quorum != "none" {
      #expect(throws: EvidenceError.self) { try verifier.verify(bundle) }
    }
    bundle.checkpoint = try log.cosigned(bundle.checkpoint)
    if isMet {
      let evidence = try verifier.verify(bundle)
      #expect(evidence.checkpoint.cosignatures.map(\.key.name) == ["witness.test/w"])
    } else {
      #expect(throws: EvidenceError.self) { try verifier.verify(bundle) }
    }
  }

  @Test func `a witness that signs another text adds nothing to a note`() throws {
    let log = try SmallLog.filled()
    let note = try SignedNote(parsing: try log.note())
    let other = SignedNote(text: note.text + "\nx\n", signatures: note.signatures)
    let cosigned = try log.cosigned(other.note)
    let line = try #require(cosigned.split(separator: "\n").last)
    let key = try log.witnessKey()
    #expect(try SignedNote(parsing: cosigned).verified(by: [key]).count == 1)
    #expect(throws: NoteError.self) { try note.adding("x\n\n\(line)\n", of: key) }
    let own = try #require(try log.cosigned(note.note).split(separator: "\n").last)
    #expect(try note.adding("\(own)\n", of: key).verified(by: [key]).count == 1)
  }

  @Test func `a cosignature over another time or text is refused`() throws {
    let log = try SmallLog.filled()
    let verifier = try EvidenceVerifier(keys: [log.key], policy: try policy(log))
    var bundle = try log.bundle()
    let note = bundle.checkpoint
    bundle.checkpoint = try log.cosigned(note)
    _ = try verifier.verify(bundle)
    let other = try log.cosigned(try log.note(size: 5))
    let line = try #require(other.split(separator: "\n").last)
    bundle.checkpoint = note + line + "\n"
    #expect(throws: EvidenceError.self) { try verifier.verify(bundle) }
  }

  @Test func `older checkpoints need the quorum too`() throws {
    let log = try SmallLog.filled()
    let verifier = try EvidenceVerifier(keys: [log.key], policy: try policy(log))
    var bundle = try log.wholeBundle()
    bundle.checkpoint = try log.cosigned(bundle.checkpoint)
    #expect(throws: EvidenceError.self) { try verifier.verify(bundle) }
    for place in bundle.consistency.indices {
      bundle.consistency[place].note = try log.cosigned(bundle.consistency[place].note)
    }
    _ = try verifier.verify(bundle)
  }

  @Test(
    arguments: [
      "", "quorum w", "witness w x\nquorum w", "quorum none\nquorum none", "group g 1 a\nquorum g",
      "witness a \(Self.first)\nwitness a \(Self.second)\nquorum a",
      "witness a \(Self.first)\nwitness b \(Self.first)\nquorum a",
      "witness a \(Self.first)\ngroup g 2 a\nquorum g",
      "witness a \(Self.first)\ngroup g 0 a\nquorum g",
      "witness a \(Self.first)\ngroup g 1 a a\nquorum g",
      "witness none \(Self.first)\nquorum none", "log \(Self.first)\nquorum none",
      "something else\nquorum none", "witness a \(Self.first)\ngroup a 1 a\nquorum a",
    ])
  func `a policy that contradicts itself is refused`(text: String) {
    #expect(throws: NoteError.self) { try WitnessPolicy(parsing: text) }
  }

  private static let first =
    "witness.example/w1+c1e48289+BJL3ZNbq1/J08oC8/g3NHlfgE0fnuFeLOnC25pYZj6MA"
  private static let second =
    "witness.example/w2+ceaaf1f0+BEG1b9NyYlXdFS+kS5RlwfZDu3sKMqLp6goZJDAfysU3"
}
