internal import EventModel
internal import Evidence
internal import TestSupport
internal import Testing
internal import Transparency

/// Who is believed to have signed what.
@Suite struct ActorProofTests {
  private func refusal(_ log: SmallLog) throws -> String {
    let bundle = try log.bundle()
    let error = #expect(throws: EvidenceError.self) { try log.verify(bundle) }
    return "\(try #require(error))"
  }

  @Test func `a key that was revoked signs nothing any more`() throws {
    var log = try SmallLog.filled()
    log.addRevocation(of: "k1")
    _ = try log.verify(try log.bundle())
    try log.addSigned("account-a", "OwnershipTransferred", body: "{}", idempotencyKey: "idem-2")
    #expect(try refusal(log).contains("revoked"))
  }

  @Test func `a key event that is not shown may be a revocation`() throws {
    var log = try SmallLog.filled()
    log.addRevocation(of: "k2")
    try log.addSigned("account-a", "OwnershipTransferred", body: "{}", idempotencyKey: "idem-2")
    _ = try log.verify(try log.bundle())
    let hidden = try log.bundle(showing: Set(log.leaves.indices).subtracting([12]))
    #expect(throws: EvidenceError.self) { try log.verify(hidden) }
  }

  @Test func `a signature is used for one command`() throws {
    var log = try SmallLog.filled()
    let proof = try #require(
      log.actorKey.sign(
        origin: SmallLog.origin, method: "POST", target: "/x", idempotencyKey: "i",
        body: [123, 125]
      ))
    log.addProof(proof, "account-a", "OwnershipTransferred", body: "{}", command: 77)
    log.addProof(proof, "account-a", "OwnershipTransferred", body: "{}", command: 77)
    _ = try log.verify(try log.bundle())
    log.addProof(proof, "account-b", "OwnershipTransferred", body: "{}", command: 78)
    #expect(try refusal(log).contains("used for another command"))
  }

  @Test func `a genuine signature over another command is refused`() throws {
    var log = try SmallLog.filled()
    let proof = try #require(
      log.actorKey.sign(
        origin: SmallLog.origin, method: "POST", target: "/v1/commands/ClaimFromPool",
        idempotencyKey: "idem-2", body: [123, 125]))
    log.addProof(
      proof, "account-a", "OwnershipTransferred", body: "{}",
      correlation: SmallLog.command("idem-2"), commandName: "Transfer")
    #expect(try refusal(log).contains("signed POST /v1/commands/ClaimFromPool"))
  }

  @Test(arguments: ["idem-2", "019aa7b2-53a2-7f64-961a-280c16e17459"])
  func `a genuine signature under another idempotency key is refused`(key: String) throws {
    var log = try SmallLog.filled()
    try log.addSigned(
      "account-a", "OwnershipTransferred", body: "{}", idempotencyKey: key, command: 77)
    #expect(try refusal(log).contains("another idempotency key"))
  }

  @Test func `what is not shown ties no signature to its event`() throws {
    var log = try SmallLog.filled()
    let proof = try #require(
      log.actorKey.sign(
        origin: SmallLog.origin, method: "POST", target: "/v1/commands/Transfer",
        idempotencyKey: "idem-2", body: [123, 125]))
    // Without metadata nothing says which command it was.
    log.addProof(
      proof, "account-a", "OwnershipTransferred", body: "{}",
      correlation: SmallLog.command("idem-2"))
    let whole = try log.bundle()
    guard case .attached = try log.verify(whole).events[12].assurance else {
      Issue.record("it is said to be signed without its command")
      return
    }
    for hidden in [0, 1] {
      var bundle = whole
      bundle.events[11].sections.remove(at: hidden)
      guard case .attached = try log.verify(bundle).events[11].assurance else {
        Issue.record("it is said to be signed without section \(hidden)")
        return
      }
    }
  }

  @Test func `one idempotency key has one body`() throws {
    var log = try SmallLog.filled()
    try log.addSigned("account-a", "OwnershipTransferred", body: #"{"to":"usr_3"}"#)
    #expect(try refusal(log).contains("another body"))
  }

  @Test func `a signature over another log or by another key is refused`() throws {
    var log = try SmallLog.filled()
    try log.addSigned("account-a", "OwnershipTransferred", body: "{}", origin: "deed.test/other")
    #expect(try refusal(log).contains("does not verify"))
    log = try SmallLog.filled()
    let other = try #require(ActorSigningKey(keyID: "k1", seed: Array(repeating: 8, count: 32)))
    try log.addSigned("account-a", "OwnershipTransferred", body: "{}", key: other)
    #expect(try refusal(log).contains("does not verify"))
    log = try SmallLog.filled()
    let unknown = try #require(ActorSigningKey(keyID: "k9", seed: Array(repeating: 8, count: 32)))
    try log.addSigned("account-a", "OwnershipTransferred", body: "{}", key: unknown)
    #expect(try refusal(log).contains("registered by no event"))
  }

  @Test func `a key is registered once, for the actor of its stream`() throws {
    var log = try SmallLog.filled()
    log.addKey(named: "k1", Array(repeating: 1, count: 32))
    #expect(try refusal(log).contains("registered before"))
    log = try SmallLog.filled()
    log.addJSON(
      "actor-usr_1", "ActorKeyRegistered",
      #"{"actor":"usr_2","key_id":"k","alg":"ed25519","public_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#
    )
    #expect(try refusal(log).contains("usr_2"))
  }

  @Test func `a key file says its key and nothing else`() throws {
    let key = try #require(ActorSigningKey(keyID: "laptop-1", seed: Array(1...32)))
    #expect(ActorSigningKey(text: key.text)?.publicKey == key.publicKey)
    for text in ["", key.text + "x", String(key.text.dropLast()), "DEED-ACTOR-KEY a b AA==\n"] {
      #expect(ActorSigningKey(text: text) == nil)
    }
    for name in ["", "a b", "é", String(repeating: "a", count: 65)] {
      #expect(ActorSigningKey(keyID: name, seed: Array(1...32)) == nil)
    }
    #expect(ActorSigningKey(keyID: String(repeating: "a", count: 64), seed: Array(1...32)) != nil)
  }
}
