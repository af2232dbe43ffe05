internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// The bundle among the published vectors, which another implementation made.
@Suite struct VectorTests {
  static func verifier(policy: Bool = true) throws -> EvidenceVerifier {
    EvidenceVerifier.unwrapped(
      keys: [try Vectors.text("keys/log.vkey").trimmed],
      policy: policy ? try Vectors.text("keys/policy.txt") : nil)
  }

  @Test(.enabled(if: Vectors.isPresent)) func `the published bundle holds`() throws {
    let verifier = try Self.verifier()
    let evidence = try verifier.verify(Array(try Vectors.data("bundle.json")))
    #expect(evidence.events.count == 75)
    #expect(evidence.checkpoint.checkpoint.size == 530)
    #expect(evidence.older.map(\.checkpoint.size) == [256])
    #expect(evidence.isComplete(from: 511))
    #expect(!evidence.isComplete(from: 510))
    let signed = evidence.events.compactMap { event in
      // Their events have no metadata, so that nothing says which command they came from.
      if case .attached(let command) = event.assurance { command } else { nil }
    }
    #expect(signed.first?.keyID == "key-1")
    #expect(signed.first?.registeredAt == 2)
    #expect(signed.first?.bodySection == 1)
    let opened = evidence.events.flatMap { event in
      event.sections.values.filter { if case .opened = $0 { true } else { false } }
    }
    #expect(opened.count == 4)
  }

  @Test(.enabled(if: Vectors.isPresent)) func `an actor's key from outside must agree`() throws {
    let known = try #require(KnownActorKey.parse(try Vectors.text("keys/actors.txt")))
    let bundle = try EvidenceBundle(parsing: Array(try Vectors.data("bundle.json")))
    let keys = [try NoteKey(vkey: try Vectors.text("keys/log.vkey").trimmed)]
    _ = try EvidenceVerifier(keys: keys, actorKeys: known).verify(bundle)
    let other = known.map {
      KnownActorKey(actor: $0.actor, keyID: $0.keyID, publicKey: Array(repeating: 7, count: 32))
    }
    #expect(throws: EvidenceError.self) {
      try EvidenceVerifier(keys: keys, actorKeys: other).verify(bundle)
    }
  }

  @Test(.enabled(if: Vectors.isPresent)) func `writing a bundle and reading it changes nothing`()
    throws
  {
    let bundle = try EvidenceBundle(parsing: Array(try Vectors.data("bundle.json")))
    #expect(try EvidenceBundle(parsing: Array(bundle.text.utf8)) == bundle)
  }

  @Test(.enabled(if: Vectors.isPresent)) func `actor proofs are made byte for byte`() throws {
    struct Proof: Decodable {
      let origin: String
      let keyID: String
      let seed: String
      let publicKey: String
      let method: String
      let target: String
      let idempotencyKey: String
      let body: String
      let content: String

      enum CodingKeys: String, CodingKey {
        case origin, seed, method, target, body, content
        case keyID = "key_id"
        case publicKey = "public_key"
        case idempotencyKey = "idempotency_key"
      }
    }
    for vector in try Vectors.decode([Proof].self, from: "actor-proof.json") {
      let seed = try #require([UInt8](hex: vector.seed))
      let key = try #require(ActorSigningKey(keyID: vector.keyID, seed: seed))
      #expect(key.publicKey.hex == vector.publicKey)
      let proof = try #require(
        key.sign(
          origin: vector.origin, method: vector.method, target: vector.target,
          idempotencyKey: vector.idempotencyKey, body: Array(vector.body.utf8)))
      let expected = try #require([UInt8](hex: vector.content))
      #expect(proof.isSigned(by: key.publicKey, origin: vector.origin))
      #expect(Array(proof.bytes.dropLast(64)) == Array(expected.dropLast(64)))
      let parsed = try #require(ActorProof(parsing: expected))
      #expect(parsed.bytes == expected)
      #expect(parsed.isSigned(by: key.publicKey, origin: vector.origin))
      #expect(!parsed.isSigned(by: key.publicKey, origin: vector.origin + "x"))
    }
  }
}

extension EvidenceVerifier {
  /// For keys that are known to be good.
  static func unwrapped(keys: [String], policy: String?) -> EvidenceVerifier {
    do {
      return try EvidenceVerifier(
        keys: try keys.map { try NoteKey(vkey: $0) },
        policy: try policy.map { try WitnessPolicy(parsing: $0) })
    } catch { preconditionFailure("the vectors' keys can't be read: \(error)") }
  }
}

extension String {
  var trimmed: String { hasSuffix("\n") ? String(dropLast()) : self }
}
