internal import EventModel
internal import Transparency

/// What ties an actor's signature to the event that it stands in: a genuine one of another command
/// could be put into any event otherwise.
///
/// Source: docs/format/evidence.md, "Actor proofs".
struct ProofTie {
  let proof: ActorProof
  let event: VerifiedEvent
  /// Where the signed body is shown, if it is.
  let body: Int?
  /// Where the proof stands.
  let section: Int

  /// Whether the file shows that the actor signed the command that the event came from; `false`
  /// when it shows too little for that.
  ///
  /// - Throws: ``EvidenceError/event(index:_:)`` when it shows that they signed another one.
  func holds() throws(EvidenceError) -> Bool {
    guard let first = event.sections[0]?.text else { return false }
    let isMetadata = first.contentType == Self.metadataType
    let name = isMetadata ? Self.commandName(in: first.bytes) : Self.ownCommands[event.leaf.type]
    guard let name else { return false }
    guard proof.method == "POST", Self.isTarget(proof.target, of: name) else {
      throw .event(
        index: event.index,
        "\(event.leaf.actor) signed \(proof.method) \(proof.target), and it came from \(name)")
    }
    guard isOfCommand else {
      // The log's own events of an older program bear a command of their own.
      guard isMetadata else { return false }
      throw .event(
        index: event.index,
        "\(event.leaf.actor) signed a command with another idempotency key than the event's")
    }
    return body == section - 1
  }

  /// Whether the event's command is the one of the idempotency key.
  private var isOfCommand: Bool {
    let key = proof.idempotencyKey
    if let named = CommandID(uuidText: key) { return named == event.leaf.correlation }
    return [event.leaf.actor, event.leaf.onBehalfOf].contains { principal in
      let digest = Digest.sha256(Array("\(principal)\0\(key)".utf8))
      return CommandID(digest.bytes.span) == event.leaf.correlation
    }
  }

  /// Whether requests to `target` are the command `name`.
  private static func isTarget(_ target: String, of name: String) -> Bool {
    if target.utf8.elementsEqual("/v1/commands/\(name)".utf8) { return true }
    return switch name {
    case "RequestExport": target.utf8.elementsEqual("/v1/export".utf8)
    case "ApproveErasure":
      target.utf8.starts(with: "/v1/erasures/".utf8) && target.hasSuffix("/approve")
    default: false
    }
  }

  private static let metadataType = ContentType.protobuf("deed.envelope.v1.Metadata")
  /// What the log's own signed events came from; they have JSON instead of metadata.
  private static let ownCommands = ["SubjectErasureApproved": "ApproveErasure"]

  /// `command_name`, field 3 of the metadata; `nil` when the bytes are no message that has it.
  ///
  /// Source: protobuf.dev, "Encoding".
  static func commandName(in bytes: [UInt8]) -> String? {
    var rest = bytes[...]
    var name: String?
    while !rest.isEmpty {
      guard let key = varint(&rest) else { return nil }
      switch key & 7 {
      case 0: guard varint(&rest) != nil else { return nil }
      case 1, 5:
        let count = key & 7 == 1 ? 8 : 4
        guard rest.count >= count else { return nil }
        rest = rest.dropFirst(count)
      case 2:
        guard let count = varint(&rest), count <= UInt64(rest.count) else { return nil }
        if key >> 3 == 3 { name = String(validating: rest.prefix(Int(count)), as: UTF8.self) }
        rest = rest.dropFirst(Int(count))
      default: return nil
      }
    }
    return name?.isEmpty == false ? name : nil
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
