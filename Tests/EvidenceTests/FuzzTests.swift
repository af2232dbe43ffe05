internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// Parsers that face outside, fed with what others may send: none may trap, and none may accept
/// what was changed.
@Suite struct FuzzTests {
  @Test func `actor proofs are read back as they were, or refused`() throws {
    try Fuzz("actor-proof", seed: 14).feed { bytes in
      guard let proof = ActorProof(parsing: bytes) else { return .refused }
      return try .fixpoint(proof.bytes, of: bytes)
    }
  }

  @Test func `the log's own JSON means the same when it is written again`() throws {
    try Fuzz("json", seed: 15).feed { bytes in
      do throws(EvidenceError) {
        _ = try ActorKeyStatement(bytes, isRevocation: bytes.count.isMultiple(of: 2))
      } catch {}
      let value: JSONText
      do throws(EvidenceError) { value = try JSONText(parsing: bytes) } catch { return .refused }
      return try .same(value, try JSONText(parsing: Array(value.written.utf8)))
    }
  }

  @Test func `people's key files are a fixpoint, lists of known keys name whole keys`() throws {
    try Fuzz("actor-key", seed: 17).feed { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      guard let key = ActorSigningKey(text: text) else { return .refused }
      return try .fixpoint(key.text.utf8, of: Array(text.utf8))
    }
    try Fuzz("known-actors", seed: 18).feed { bytes in
      guard let known = KnownActorKey.parse(String(decoding: bytes, as: UTF8.self)) else {
        return .refused
      }
      let text = known.map { "\($0.actor) \($0.keyID) \(Base64.encode($0.publicKey))\n" }.joined()
      return try .same(known, KnownActorKey.parse(text) ?? [])
    }
  }

  @Test func `hostile bundles are refused before anything is checked`() throws {
    let corpus = try Fuzz("refused-bundles", seed: 0).corpus()
    #expect(corpus.count >= 30)
    for bytes in corpus {
      #expect(throws: EvidenceError.self, "\(String(decoding: bytes.prefix(80), as: UTF8.self))") {
        try EvidenceBundle(parsing: bytes)
      }
    }
  }

  @Test func `a bundle that is read means the same when it is written again`() throws {
    let refused = try Fuzz("refused-bundles", seed: 0).corpus()
    try Fuzz("evidence", seed: 19).feed(also: refused) { bytes in
      let bundle: EvidenceBundle
      do throws(EvidenceError) { bundle = try EvidenceBundle(parsing: bytes) } catch {
        return .refused
      }
      guard bundle.timestampCount == 0 else { return .refused }
      return try .same(bundle, try EvidenceBundle(parsing: Array(bundle.text.utf8)))
    }
  }

  @Test func `a changed bundle is refused, or shows nothing that is not so`() throws {
    let log = try SmallLog.filled()
    let whole = try log.wholeBundle()
    let truth = try log.verify(whole)
    let verifier = try EvidenceVerifier(keys: [log.key])
    let (accepted, rounds) = try Fuzz("evidence", seed: 16).feed(
      also: Array(repeating: Array(whole.text.utf8), count: 3)
    ) { bytes in
      let evidence: VerifiedEvidence
      do throws(EvidenceError) { evidence = try verifier.verify(bytes) } catch { return .refused }
      guard evidence.isWithin(truth) else {
        throw FuzzFailure(what: "it shows what the log does not say")
      }
      return .accepted
    }
    #expect(accepted < rounds / 10)
  }

  @Test func `a section that is sealed around nonsense is refused, and traps nothing`() throws {
    for plaintext in [[0], [0, 1], [1, 0x41], [2, 0x41], [1, 0x0a, 1], [1, 0xff, 1], [255]] {
      var log = try SmallLog.filled()
      log.addSealed("account-a", "AccountChanged", plaintext: plaintext.map { UInt8($0) })
      let bundle = try log.bundle()
      let isSound = [[0], [0, 1], [1, 0x41]].contains(plaintext)
      if isSound {
        _ = try log.verify(bundle)
      } else {
        #expect(throws: EvidenceError.self, "\(plaintext)") { try log.verify(bundle) }
      }
    }
  }
}

extension VerifiedEvidence {
  /// Whether this says nothing that `truth` does not say; a comment is nobody's statement.
  func isWithin(_ truth: VerifiedEvidence) -> Bool {
    let known = Dictionary(uniqueKeysWithValues: truth.events.map { ($0.index, $0) })
    return checkpoint.checkpoint == truth.checkpoint.checkpoint
      && events.allSatisfy { event in
        guard let original = known[event.index], original.leaf == event.leaf else { return false }
        return event.sections.allSatisfy { number, section in
          section.text == nil || section == original.sections[number]
        }
      }
      && older.allSatisfy { mine in
        truth.older.contains { $0.checkpoint == mine.checkpoint }
      }
      && anchors.allSatisfy(truth.anchors.contains)
  }
}
