internal import EventModel
internal import Sealing
package import Transparency

/// Checks an evidence file against what its reader knows from elsewhere: the log's verifier keys,
/// and which witnesses must have cosigned.
///
/// Pure: it needs no data folder, no network and no clock.
///
/// Source: docs/format/evidence.md, "Verification".
package struct EvidenceVerifier: Sendable {
  /// The log's keys; more than one after a rotation.
  package let keys: [NoteKey]
  package let policy: WitnessPolicy?
  /// Actors' keys known from outside the log.
  package let actorKeys: [KnownActorKey]
  /// The log it must be of.
  package let origin: String

  /// - Throws: ``EvidenceError`` when there is no key, or they are of different logs.
  package init(
    keys: [NoteKey], policy: WitnessPolicy? = nil, actorKeys: [KnownActorKey] = []
  ) throws(EvidenceError) {
    guard let first = keys.first else { throw .unsupported("There is no key to check with.") }
    for key in keys {
      guard key.algorithm == .ed25519, key.name == first.name else {
        throw .unsupported("The keys are not of one log: give those of its origin.")
      }
    }
    self.keys = keys
    self.policy = policy
    self.actorKeys = actorKeys
    origin = first.name
  }

  /// Reads and checks a file; all of it must hold.
  package func verify(_ bytes: [UInt8]) throws(EvidenceError) -> VerifiedEvidence {
    try verify(try EvidenceBundle(parsing: bytes))
  }

  package func verify(_ bundle: EvidenceBundle) throws(EvidenceError) -> VerifiedEvidence {
    guard bundle.origin.utf8.elementsEqual(origin.utf8) else {
      throw .otherOrigin(expected: origin, found: bundle.origin)
    }
    guard bundle.timestampCount == 0 else {
      throw .unsupported(
        "The evidence has RFC 3161 time stamps, which this program does not check: check them "
          + "with `openssl ts -verify`.")
    }
    let checkpoint = try self.checkpoint(bundle.checkpoint)
    var events: [VerifiedEvent] = []
    events.reserveCapacity(bundle.events.count)
    var actors = ActorKeys(known: actorKeys)
    var anchors: [VerifiedAnchor] = []
    for event in bundle.events {
      if let last = events.last {
        guard last.index < event.index else {
          throw .event(index: event.index, "events are not in the order of the log")
        }
      }
      let verified = try verify(event, under: checkpoint.checkpoint, &actors)
      if let last = events.last, verified.leaf.recordedAt < last.leaf.recordedAt {
        throw .event(index: event.index, "it is older than the event before it")
      }
      try actors.observe(verified)
      if let anchor = try anchor(verified) { anchors.append(anchor) }
      events.append(verified)
    }
    try ClaimCheck(events: events).run(bundle, size: checkpoint.checkpoint.size)
    return VerifiedEvidence(
      checkpoint: checkpoint, events: events, streams: bundle.streams, ranges: bundle.ranges,
      older: try older(bundle, under: checkpoint.checkpoint), anchors: anchors,
      quorum: policy?.quorumText, comment: bundle.comment)
  }

  /// Checks a note by the keys and the policy.
  func checkpoint(_ note: String) throws(EvidenceError) -> VerifiedCheckpoint {
    let verified: VerifiedCheckpoint
    do throws(NoteError) {
      verified = try VerifiedCheckpoint(
        note: note, origin: origin, keys: keys + (policy?.witnessKeys ?? []))
    } catch { throw .checkpoint(error) }
    if let policy, !policy.isMet(by: verified.cosignatures.map(\.key)) {
      let names = verified.cosignatures.map(\.key.name)
      throw .quorum(
        "size \(verified.checkpoint.size) is cosigned by "
          + (names.isEmpty ? "nobody of the policy" : names.joined(separator: " and "))
          + ", and the policy asks for \(policy.quorumText)")
    }
    return verified
  }

  private func older(
    _ bundle: EvidenceBundle, under checkpoint: Checkpoint
  ) throws(EvidenceError) -> [VerifiedCheckpoint] {
    var older: [VerifiedCheckpoint] = []
    for entry in bundle.consistency {
      let verified = try self.checkpoint(entry.note)
      do throws(NoteError) {
        try ConsistencyProof(hashes: entry.proof).verify(from: verified.checkpoint, to: checkpoint)
      } catch { throw .consistency(size: verified.checkpoint.size, error) }
      older.append(verified)
    }
    return older
  }
}

/// One event.
extension EvidenceVerifier {
  private func verify(
    _ event: EvidenceBundle.Event, under checkpoint: Checkpoint, _ actors: inout ActorKeys
  ) throws(EvidenceError) -> VerifiedEvent {
    let leaf: Leaf
    do throws(LeafError) {
      leaf = try Leaf(parsing: event.leaf.span)
    } catch { throw .event(index: event.index, "its leaf is no CEL1 leaf (\(error))") }
    guard leaf.position.rawValue == event.index else {
      throw .event(index: event.index, "its leaf is of position \(leaf.position)")
    }
    do throws(ProofError) {
      try MerkleTree.verifyInclusion(
        of: .leafHash(event.leaf.span), at: event.index, in: checkpoint.size,
        root: checkpoint.root, proof: event.proof)
    } catch { throw .event(index: event.index, "\(NoteError.notProved(error))") }
    var sections: [Int: VerifiedSection] = [:]
    var last = -1
    for section in event.sections {
      guard section.index > last else {
        throw .event(index: event.index, "its sections are not in order")
      }
      last = section.index
      sections[section.index] = try verify(section, of: leaf)
    }
    var verified = VerifiedEvent(
      index: event.index, leaf: leaf, sections: sections, assurance: .server)
    for index in sections.keys.sorted() {
      guard let assurance = try assurance(in: index, of: verified, &actors) else { continue }
      guard case .server = verified.assurance else {
        throw .event(index: event.index, "it has two actor proofs")
      }
      verified = VerifiedEvent(
        index: event.index, leaf: leaf, sections: sections, assurance: assurance)
    }
    return verified
  }

  private func verify(
    _ section: EvidenceBundle.Section, of leaf: Leaf
  ) throws(EvidenceError) -> VerifiedSection {
    let position = leaf.position.rawValue
    let what = "section \(section.index)"
    guard section.index < leaf.sections.count else {
      throw .event(index: position, "it has no \(what)")
    }
    let header = leaf.sections[section.index]
    guard section.blob.count == Int(header.byteCount), .sha256(section.blob) == header.digest else {
      throw .event(index: position, "\(what) is not the one that the leaf speaks of")
    }
    guard header.kind.isSealed else {
      guard section.secret == nil else {
        throw .event(index: position, "\(what) is plain and has a secret")
      }
      guard let parts = PlainSection.parse(section.blob.span),
        let type = String(validating: section.blob[parts.contentType], as: UTF8.self),
        type.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
      else { throw .event(index: position, "\(what) is no plain section") }
      return .plain(SectionText(contentType: type, bytes: Array(section.blob[parts.content])))
    }
    guard SealedSection.keyID(of: section.blob.span) == header.keyID else {
      throw .event(index: position, "\(what) is sealed under another key than the leaf says")
    }
    guard let secretBytes = section.secret else { return .closed(header.keyID) }
    guard let secret = SectionSecret(secretBytes) else {
      throw .event(index: position, "the secret of \(what) has not 32 bytes")
    }
    let place = SectionPlace(
      eventID: leaf.eventID, section: section.index, stream: leaf.stream, type: leaf.type)
    switch SealedSection.open(
      section.blob.span, secret: secret, keyID: header.keyID, place: place)
    {
    case .value(let content):
      return .opened(SectionText(contentType: content.contentType, bytes: content.content))
    case .notThisKey: throw .event(index: position, "\(what) does not commit to its secret")
    case .damaged, .erased, .unknownKey:
      throw .event(index: position, "\(what) does not open")
    }
  }

  /// The actor proof in a section of that kind; `nil` for others, and for one that stays sealed.
  private func assurance(
    in index: Int, of event: VerifiedEvent, _ actors: inout ActorKeys
  ) throws(EvidenceError) -> VerifiedEvent.Assurance? {
    switch event.leaf.sections[index].kind {
    case .plain, .sealed: return nil
    case .actorProof, .sealedActorProof: break
    }
    guard let text = event.sections[index]?.text else { return nil }
    guard text.contentType == ContentType.actorProof, let proof = ActorProof(parsing: text.bytes)
    else { throw .event(index: event.index, "section \(index) is no actor proof") }
    let registered = try actors.check(proof, in: event, origin: origin)
    let shown = event.sections.filter { $0.key < index && $0.value.text != nil }
    let body = shown.filter { Digest.sha256($0.value.text?.bytes ?? []) == proof.bodyDigest }
      .keys.max()
    if body == nil, shown.count == index {
      throw .event(index: event.index, "no section before the actor proof is what was signed")
    }
    let command = SignedCommand(
      keyID: proof.keyID, registeredAt: registered, method: proof.method, target: proof.target,
      idempotencyKey: proof.idempotencyKey, bodyDigest: proof.bodyDigest, bodySection: body)
    let tie = ProofTie(proof: proof, event: event, body: body, section: index)
    return try tie.holds() ? .signed(command) : .attached(command)
  }
}
