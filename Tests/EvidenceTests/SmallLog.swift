internal import Crypto
internal import EventModel
internal import Evidence
internal import Sealing
internal import Testing
internal import Transparency

/// A log in memory with everything that evidence speaks of: chained streams, sealed sections, an
/// actor's key and a signed command, a witness.
struct SmallLog {
  static let origin = "deed.test/small"
  static let actor = "usr_1"
  let signer: CheckpointSigner
  let witness: Curve25519.Signing.PrivateKey
  let actorKey: ActorSigningKey
  private(set) var leaves: [[UInt8]] = []
  private(set) var blobs: [[[UInt8]]] = []
  private(set) var secrets: [Int: [Int: [UInt8]]] = [:]
  private var heads: [String: (Revision, EventModel.Digest)] = [:]

  init(origin: String = Self.origin, seed: UInt8 = 1) throws {
    signer = try CheckpointSigner(origin: origin, seed: Array(repeating: seed, count: 32))
    witness = try Curve25519.Signing.PrivateKey(
      rawRepresentation: Array(repeating: seed &+ 100, count: 32))
    actorKey = try #require(ActorSigningKey(keyID: "k1", seed: Array(repeating: 9, count: 32)))
  }

  /// Twelve events: a key, a customer with signed and sealed parts, others between.
  static func filled(origin: String = Self.origin, seed: UInt8 = 1) throws -> SmallLog {
    var log = try SmallLog(origin: origin, seed: seed)
    // Each log says other things.
    let own = seed == 1 ? "" : " of \(origin) \(seed)"
    log.addJSON("system-log", "LogCreated", #"{"leaf":"CEL1\#(own)"}"#, actor: "system:log")
    log.addKey(named: "k1", log.actorKey.publicKey)
    for number in 0..<3 {
      log.addJSON("account-a", "AccountChanged", #"{"number":"\#(number)\#(own)"}"#)
      log.addSealed("account-a", "AccountChanged", content: "phone \(number)\(own)")
      log.addJSON("account-b", "AccountChanged", #"{"number":"\#(number)\#(own)"}"#)
    }
    try log.addSigned("account-a", "OwnershipTransferred", body: #"{"to":"usr_2\#(own)"}"#)
    return log
  }

  mutating func addKey(named keyID: String, _ publicKey: [UInt8], actor: String = Self.actor) {
    addJSON(
      "actor-\(actor)", "ActorKeyRegistered",
      #"{"actor":"\#(actor)","key_id":"\#(keyID)","alg":"ed25519","public_key":"\#(Base64.encode(publicKey))"}"#
    )
  }

  mutating func addRevocation(of keyID: String) {
    addJSON(
      "actor-\(Self.actor)", "ActorKeyRevoked", #"{"actor":"\#(Self.actor)","key_id":"\#(keyID)"}"#)
  }

  mutating func addJSON(
    _ stream: String, _ type: String, _ json: String, actor: String = Self.actor
  ) {
    add(stream, type, actor: actor, [(.plain, .zero, Self.plain(ContentType.json, json))])
  }

  private static func plain(_ type: String, _ text: String) -> [UInt8] {
    PlainSection.encode(salt: (3, 4), contentType: type, content: Array(text.utf8))
  }

  mutating func addSealed(_ stream: String, _ type: String, content: String) {
    addSealed(stream, type) { key, keyID, place, number throws(SealingError) in
      try SealedSection.seal(
        SectionContent(contentType: "text/plain", content: Array(content.utf8)), key: key,
        keyID: keyID, place: place, salt: Array(repeating: number, count: 32),
        nonce: Array(repeating: 1, count: 12))
    }
  }

  /// A section sealed around any bytes: what a dishonest server could make.
  mutating func addSealed(_ stream: String, _ type: String, plaintext: [UInt8]) {
    addSealed(stream, type) { key, keyID, place, number in
      try SealedSection.sealing(
        plaintext, key: key, keyID: keyID, place: place, salt: Array(repeating: number, count: 32))
    }
  }

  private mutating func addSealed(
    _ stream: String, _ type: String,
    _ seal: (SymmetricKey, KeyID, SectionPlace, UInt8) throws -> [UInt8]
  ) {
    let keyID = KeyID(high: 5, low: 6)
    let key = SymmetricKey(data: Array(repeating: UInt8(7), count: 32))
    let id = EventID(high: 1, low: UInt64(leaves.count))
    let place = SectionPlace(eventID: id, section: 1, stream: stream, type: type)
    do {
      let blob = try seal(key, keyID, place, UInt8(leaves.count))
      let secret = SealedSection.secret(of: blob.span, key: key, keyID: keyID, place: place)
      secrets[leaves.count] = [1: secret?.bytes ?? []]
      add(
        stream, type, actor: Self.actor,
        [
          (.plain, .zero, Self.plain(ContentType.json, "{}")), (.sealed, keyID, blob),
        ])
    } catch { Issue.record("\(error)") }
  }

  mutating func addSigned(
    _ stream: String, _ type: String, body: String, key: ActorSigningKey? = nil,
    origin: String? = nil, idempotencyKey: String = "idem-1", command: UInt64? = nil
  ) throws {
    let proof = try #require(
      (key ?? actorKey).sign(
        origin: origin ?? signer.origin, method: "POST", target: "/v1/commands/Transfer",
        idempotencyKey: idempotencyKey, body: Array(body.utf8)))
    addProof(
      proof, stream, type, body: body, command: command,
      correlation: command == nil ? Self.command(idempotencyKey) : nil, commandName: "Transfer")
  }

  /// The command of an idempotency key that is no UUID.
  static func command(_ idempotencyKey: String) -> CommandID {
    CommandID(Digest.sha256(Array("\(actor)\0\(idempotencyKey)".utf8)).bytes.span)
  }

  mutating func addProof(
    _ proof: ActorProof, _ stream: String, _ type: String, body: String, command: UInt64? = nil,
    correlation: CommandID? = nil, commandName: String? = nil
  ) {
    let metadata = commandName.map { name in
      (
        SectionHeader.Kind.plain, KeyID.zero,
        PlainSection.encode(
          salt: (3, 4), contentType: ContentType.protobuf("deed.envelope.v1.Metadata"),
          content: [0x1a, UInt8(name.utf8.count)] + Array(name.utf8))
      )
    }
    add(
      stream, type, actor: Self.actor,
      (metadata.map { [$0] } ?? []) + [
        (.plain, .zero, Self.plain(ContentType.json, body)),
        (
          .actorProof, .zero,
          PlainSection.encode(
            salt: (3, 4), contentType: ContentType.actorProof, content: proof.bytes)
        ),
      ], command: command, correlation: correlation)
  }

  private mutating func add(
    _ stream: String, _ type: String, actor: String,
    _ sections: [(SectionHeader.Kind, KeyID, [UInt8])], command: UInt64? = nil,
    correlation: CommandID? = nil
  ) {
    let position = UInt64(leaves.count)
    let head = heads[stream]
    let leaf = Leaf(
      position: Position(position),
      recordedAt: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(position)),
      eventID: EventID(high: 1, low: position), revision: head?.0.next ?? Revision(0),
      previous: head?.1 ?? .zero, stream: stream, type: type, tenant: "", actor: actor,
      onBehalfOf: "",
      correlation: correlation ?? CommandID(high: 2, low: command ?? position),
      causation: .zero,
      sections: sections.map { kind, keyID, blob in
        SectionHeader(
          kind: kind, keyID: keyID, byteCount: UInt32(blob.count), digest: .sha256(blob))
      })
    let bytes = leaf.encoded()
    heads[stream] = (leaf.revision, .leafHash(bytes.span))
    leaves.append(bytes)
    blobs.append(sections.map(\.2))
  }
}

extension SmallLog {
  var size: UInt64 { UInt64(leaves.count) }
  var key: NoteKey { signer.key }

  /// The stored hashes, folded anew: the log is small.
  func hashes(_ level: StoredLevel, _ range: Range<UInt64>) -> [EventModel.Digest] {
    if level == .level8 { return level8(range) }
    guard level == .leaves else { return [] }
    return range.map { index in
      let leaf = leaves[Int(index)]
      return .leafHash(leaf.span)
    }
  }

  func note(size: UInt64? = nil) throws -> String {
    let size = size ?? self.size
    return try signer.sign(size: size, root: MerkleTree.root(size: size, reading: hashes))
  }

  /// A cosignature line of the witness for `note`.
  func cosigned(
    _ note: String, name: String = "witness.test/w", time: UInt64 = 1_700_000_100
  )
    throws -> String
  {
    let text = try SignedNote(parsing: note).text
    let signature = try witness.signature(
      for: Array("cosignature/v1\ntime \(time)\n\(text)".utf8))
    let key = try witnessKey(name: name)
    var raw: [UInt8] = []
    raw.append(bigEndian: key.keyID)
    raw.append(bigEndian: time)
    raw += Array(signature)
    return note + "\u{2014} \(name) \(Base64.encode(raw))\n"
  }

  func witnessKey(name: String = "witness.test/w") throws -> NoteKey {
    try NoteKey(
      name: name, algorithm: .cosignature, publicKey: Array(witness.publicKey.rawRepresentation))
  }

  /// All events, or those at `indexes`, with what they hold and disclose.
  func bundle(indexes: [Int]? = nil, showing shown: Set<Int>? = nil) throws -> EvidenceBundle {
    var maker = ProofMaker(size: size) { level, range in hashes(level, range) }
    let events = (indexes ?? Array(leaves.indices)).map { index in
      let sections = blobs[index].enumerated().map { number, blob in
        EvidenceBundle.Section(index: number, blob: blob, secret: secrets[index]?[number])
      }
      return EvidenceBundle.Event(
        index: UInt64(index), leaf: leaves[index],
        proof: maker.inclusionProof(of: UInt64(index)),
        sections: shown?.contains(index) == false ? [] : sections)
    }
    return EvidenceBundle(
      origin: signer.origin, checkpoint: try note(), events: events)
  }

  /// Everything there is, with every kind of claim.
  func wholeBundle() throws -> EvidenceBundle {
    var bundle = try bundle()
    bundle.streams = [
      .init(stream: "account-a", from: 0, through: 6),
      .init(stream: "account-b", from: 1, through: 2),
    ]
    bundle.ranges = [.init(from: 0, to: size), .init(from: 3, to: 7)]
    bundle.consistency = try [4, 8].map { old in
      EvidenceBundle.OlderCheckpoint(
        note: try note(size: old),
        proof: MerkleTree.consistencyProof(from: old, to: size, reading: hashes))
    }
    return bundle
  }

  func verify(_ bundle: EvidenceBundle) throws -> VerifiedEvidence {
    try EvidenceVerifier(keys: [key]).verify(bundle)
  }
}

extension SealedSection {
  /// The bytes of a section around any plaintext, as its format says.
  static func sealing(
    _ plaintext: [UInt8], key: SymmetricKey, keyID: KeyID, place: SectionPlace, salt: [UInt8]
  ) throws -> [UInt8] {
    let secret = SectionSecret(key: key, salt: salt, keyID: keyID, place: place)
    let prk = SymmetricKey(data: secret.bytes)
    let keys = ["deed/event-enc/v1", "deed/event-commit/v1"].map { info in
      Array(HMAC<SHA256>.authenticationCode(for: Array(info.utf8) + [1], using: prk))
    }
    var data = Array("deed/seal/v1".utf8) + [0] + place.eventID.bytes + [place.section]
    data += keyID.bytes
    data.append(str8: place.stream)
    data.append(str8: place.type)
    let box = try AES.GCM.seal(
      plaintext, using: SymmetricKey(data: keys[0]),
      nonce: AES.GCM.Nonce(data: [UInt8](repeating: 1, count: 12)),
      authenticating: data)
    return [2] + keyID.bytes + salt + keys[1] + Array(box.nonce) + Array(box.ciphertext)
      + Array(box.tag)
  }
}
