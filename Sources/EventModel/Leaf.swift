/// The bounded header of an event, which commits to its sections by digest: the Merkle leaf.
///
/// Bytes: docs/format/record.md, "Leaf". The encoding is injective: fixed order, explicit
/// lengths, nothing to canonicalise.
package struct Leaf: Hashable, Sendable {
  package var position: Position
  /// The server's clock at the commit; never decreases along the log.
  package var recordedAt: Timestamp
  package var eventID: EventID
  package var revision: Revision
  /// The leaf hash of the stream's previous event; zeros at revision 0.
  package var previous: Digest
  package var stream: String
  package var type: String
  package var tenant: String
  package var actor: String
  package var onBehalfOf: String
  /// The same for all events of one command.
  package var correlation: CommandID
  /// The event that caused this one, or zeros.
  package var causation: EventID
  package var sections: [SectionHeader]

  package init(
    position: Position, recordedAt: Timestamp, eventID: EventID, revision: Revision,
    previous: Digest, stream: String, type: String, tenant: String, actor: String,
    onBehalfOf: String, correlation: CommandID, causation: EventID, sections: [SectionHeader]
  ) {
    self.position = position
    self.recordedAt = recordedAt
    self.eventID = eventID
    self.revision = revision
    self.previous = previous
    self.stream = stream
    self.type = type
    self.tenant = tenant
    self.actor = actor
    self.onBehalfOf = onBehalfOf
    self.correlation = correlation
    self.causation = causation
    self.sections = sections
  }
}

/// What a leaf says of one section: its kind, its subject's key, its length and its digest.
package struct SectionHeader: Hashable, Sendable {
  package enum Kind: UInt8, Sendable, CaseIterable {
    case plain = 1
    case sealed = 2
    case actorProof = 3
    case sealedActorProof = 4

    package var isSealed: Bool { self == .sealed || self == .sealedActorProof }
  }

  package var kind: Kind
  /// The key of the data subject; zeros unless ``Kind/isSealed``.
  package var keyID: KeyID
  /// The blob's bytes; 4 GiB less one at the most.
  package var byteCount: UInt32
  /// SHA-256 of the blob.
  package var digest: Digest

  package init(kind: Kind, keyID: KeyID, byteCount: UInt32, digest: Digest) {
    self.kind = kind
    self.keyID = keyID
    self.byteCount = byteCount
    self.digest = digest
  }

  @usableFromInline static let byteCount = 1 + 16 + 4 + 32
}

extension Leaf {
  package static let magic: [UInt8] = Array("CEL1".utf8)
  /// The longest a leaf can be: five `str8` of 255 bytes and 16 sections.
  package static let byteLimit = 2237
  package static let sectionLimit = 16

  /// The leaf's bytes; traps on a text of more than 255 bytes or more than 16 sections.
  package func encoded() -> [UInt8] {
    precondition(sections.count <= Self.sectionLimit, "a leaf has 16 sections at the most")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(400)
    bytes.append(contentsOf: Self.magic)
    bytes.append(bigEndian: position.rawValue)
    bytes.append(bigEndian: UInt64(bitPattern: recordedAt.microseconds))
    bytes.append(bigEndian: eventID.high)
    bytes.append(bigEndian: eventID.low)
    bytes.append(bigEndian: revision.rawValue)
    bytes.append(previous)
    for text in [stream, type, tenant, actor, onBehalfOf] { bytes.append(str8: text) }
    bytes.append(bigEndian: correlation.high)
    bytes.append(bigEndian: correlation.low)
    bytes.append(bigEndian: causation.high)
    bytes.append(bigEndian: causation.low)
    bytes.append(UInt8(sections.count))
    for section in sections {
      bytes.append(section.kind.rawValue)
      bytes.append(bigEndian: section.keyID.high)
      bytes.append(bigEndian: section.keyID.low)
      bytes.append(bigEndian: section.byteCount)
      bytes.append(section.digest)
    }
    return bytes
  }

  /// Reads a leaf and refuses whatever ``encoded()`` can't have made.
  package init(parsing bytes: Span<UInt8>) throws(LeafError) {
    let layout = try LeafLayout(parsing: bytes)
    self.init(layout, in: bytes)
  }

  /// Reads the fields that `layout` found in `bytes`.
  package init(_ layout: LeafLayout, in bytes: Span<UInt8>) {
    self.init(
      position: layout.position(in: bytes), recordedAt: layout.recordedAt(in: bytes),
      eventID: layout.eventID(in: bytes), revision: layout.revision(in: bytes),
      previous: layout.previous(in: bytes), stream: bytes.text(layout.stream),
      type: bytes.text(layout.type), tenant: bytes.text(layout.tenant),
      actor: bytes.text(layout.actor), onBehalfOf: bytes.text(layout.onBehalfOf),
      correlation: layout.correlation(in: bytes), causation: layout.causation(in: bytes),
      sections: (0..<layout.sectionCount).map { layout.section($0, in: bytes) })
  }
}

extension Digest {
  /// RFC 6962 section 2.1: SHA-256(00 ‖ leaf).
  package static func leafHash(_ leaf: Span<UInt8>) -> Digest {
    var hasher = DigestHasher()
    hasher.update(leafPrefix)
    hasher.update(leaf)
    return hasher.finalize()
  }

  private static let leafPrefix: [UInt8] = [0]
}
