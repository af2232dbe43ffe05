internal import EventModel
internal import Transparency

/// What the log's own events say of actors' keys, as far as an evidence file shows them.
struct ActorKeys {
  private struct KeyName: Hashable {
    let actor: String
    let keyID: String
  }

  private struct Registered {
    let publicKey: [UInt8]
    /// `nil` for a key known from outside the log.
    let position: UInt64?
  }

  private struct Use: Hashable {
    let name: KeyName
    let idempotencyKey: String
  }

  private var keys: [KeyName: Registered] = [:]
  private var revoked: Set<KeyName> = []
  /// Actors with an event about a key that can't be read.
  private var unreadable: Set<String> = []
  private var signatures: [[UInt8]: CommandID] = [:]
  private var bodies: [Use: Digest] = [:]

  init(known: [KnownActorKey]) {
    for key in known {
      keys[KeyName(actor: key.actor, keyID: key.keyID)] = Registered(
        publicKey: key.publicKey, position: nil)
    }
  }

  static let registeredType = "ActorKeyRegistered"
  static let revokedType = "ActorKeyRevoked"

  /// Takes note of an event that was verified; events come in the order of the log.
  mutating func observe(_ event: VerifiedEvent) throws(EvidenceError) {
    let leaf = event.leaf
    guard leaf.type == Self.registeredType || leaf.type == Self.revokedType else { return }
    guard leaf.stream.hasPrefix("actor-") else {
      throw .event(index: event.index, "\(leaf.type) stands in \(leaf.stream), not in actor-…")
    }
    let actor = String(leaf.stream.dropFirst("actor-".count))
    guard case .plain(let content)? = event.sections[0] else {
      unreadable.insert(actor)
      return
    }
    let said = try ActorKeyStatement(content, type: leaf.type, index: event.index)
    guard said.actor == actor else {
      throw .event(index: event.index, "it is about a key of \(said.actor), in \(leaf.stream)")
    }
    let name = KeyName(actor: actor, keyID: said.keyID)
    guard let publicKey = said.publicKey else {
      revoked.insert(name)
      return
    }
    if let known = keys[name] {
      guard known.position == nil, known.publicKey == publicKey else {
        throw .event(index: event.index, "the key \(said.keyID) of \(actor) was registered before")
      }
    }
    keys[name] = Registered(publicKey: publicKey, position: event.index)
  }

  /// Checks a proof that stands in `event`, and says where its key was registered.
  mutating func check(
    _ proof: ActorProof, in event: VerifiedEvent, origin: String
  ) throws(EvidenceError) -> UInt64? {
    let index = event.index
    let actor = event.leaf.actor
    let name = KeyName(actor: actor, keyID: proof.keyID)
    guard let key = keys[name] else {
      throw .event(
        index: index, "the key \(proof.keyID) of \(actor) is registered by no event shown before")
    }
    guard !revoked.contains(name) else {
      throw .event(index: index, "the key \(proof.keyID) of \(actor) was revoked before")
    }
    guard !unreadable.contains(actor) else {
      throw .event(
        index: index, "an event about a key of \(actor) before it is not shown, and may revoke it")
    }
    guard proof.isSigned(by: key.publicKey, origin: origin) else {
      throw .event(index: index, "the signature of \(actor) does not verify")
    }
    let correlation = event.leaf.correlation
    if let other = signatures[proof.signature], other != correlation {
      throw .event(index: index, "the signature was used for another command before")
    }
    signatures[proof.signature] = correlation
    let use = Use(name: name, idempotencyKey: proof.idempotencyKey)
    if let other = bodies[use], other != proof.bodyDigest {
      throw .event(
        index: index, "\(actor) signed another body under the same idempotency key before")
    }
    bodies[use] = proof.bodyDigest
    return key.position
  }
}

/// A key that the verifier knows from outside the log, which is stronger than an event.
package struct KnownActorKey: Hashable, Sendable {
  package let actor: String
  package let keyID: String
  package let publicKey: [UInt8]

  package init(actor: String, keyID: String, publicKey: [UInt8]) {
    self.actor = actor
    self.keyID = keyID
    self.publicKey = publicKey
  }

  /// Reads lines of `actor key_id base64(public key)`; `#` begins a comment.
  package static func parse(_ text: String) -> [KnownActorKey]? {
    var keys: [KnownActorKey] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      guard line.first != UInt8(ascii: "#") else { continue }
      let parts = line.split(separator: UInt8(ascii: " "))
      guard parts.count == 3, let actor = String(parts[0]), let keyID = String(parts[1]),
        let key = Base64.decode(Array(parts[2])[...]), key.count == 32
      else { return nil }
      keys.append(KnownActorKey(actor: actor, keyID: keyID, publicKey: key))
    }
    return keys
  }
}

/// What `ActorKeyRegistered` and `ActorKeyRevoked` say.
package struct ActorKeyStatement: Hashable, Sendable {
  package let actor: String
  package let keyID: String
  /// 32 bytes; `nil` in a revocation.
  package let publicKey: [UInt8]?

  private static let textLimit = 255

  init(_ content: SectionText, type: String, index: UInt64) throws(EvidenceError) {
    do throws(EvidenceError) {
      guard content.contentType == ContentType.json else {
        throw .malformed(at: 1, "it is \(content.contentType), not JSON")
      }
      self = try Self(content.bytes, isRevocation: type == ActorKeys.revokedType)
    } catch {
      throw .event(index: index, "its section can't be read (\(error))")
    }
  }

  /// Reads the JSON of such an event.
  package init(_ json: [UInt8], isRevocation: Bool) throws(EvidenceError) {
    var reader = StrictJSON(json)
    var texts: [String: String] = [:]
    var key: [UInt8]?
    let required: Set =
      isRevocation ? ["actor", "key_id"] : ["actor", "key_id", "alg", "public_key"]
    try reader.object(required, optional: isRevocation ? ["reason"] : []) {
      name, reader throws(EvidenceError) in
      if name == "public_key" {
        key = try reader.digest().bytes
      } else {
        texts[name] = try reader.string(limit: Self.textLimit)
      }
    }
    try reader.end()
    guard isRevocation || texts["alg"] == "ed25519" else {
      throw reader.refused("the algorithm is unknown")
    }
    actor = texts["actor"] ?? ""
    keyID = texts["key_id"] ?? ""
    publicKey = key
  }
}
