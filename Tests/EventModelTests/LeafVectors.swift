internal import EventModel
internal import TestSupport

/// The shape of `leaf.json`.
struct LeafVector: Decodable {
  struct Section: Decodable {
    let kind: UInt8
    let kid: String
    let length: UInt32
    let sha256: String
  }
  let name: String
  let position: UInt64
  let timeMicroseconds: Int64
  let eventID: String
  let revision: UInt64
  let prev: String
  let stream: String
  let type: String
  let tenant: String
  let actor: String
  let onBehalfOf: String
  let correlationID: String
  let causationID: String
  let sections: [Section]
  let bytes: String
  let size: Int
  let leafHash: String

  enum CodingKeys: String, CodingKey {
    case name, position, revision, prev, stream, type, tenant, actor, sections, bytes, size
    case timeMicroseconds = "time_us"
    case eventID = "event_id"
    case onBehalfOf = "on_behalf_of"
    case correlationID = "correlation_id"
    case causationID = "causation_id"
    case leafHash = "leaf_hash"
  }

  /// The leaf that the fields say.
  func leaf() throws -> Leaf {
    Leaf(
      position: Position(position), recordedAt: Timestamp(microseconds: timeMicroseconds),
      eventID: try identifier(eventID), revision: Revision(revision),
      previous: try digest(prev), stream: stream, type: type, tenant: tenant, actor: actor,
      onBehalfOf: onBehalfOf, correlation: try identifier(correlationID),
      causation: try identifier(causationID),
      sections: try sections.map { section in
        guard let kind = SectionHeader.Kind(rawValue: section.kind) else {
          throw HexError(text: String(section.kind))
        }
        return SectionHeader(
          kind: kind, keyID: try identifier(section.kid), byteCount: section.length,
          digest: try digest(section.sha256))
      })
  }

  static func all() throws -> [LeafVector] { try Vectors.decode(from: "leaf.json") }
}

struct HexError: Error {
  let text: String
}

func bytes(_ hex: String) throws -> [UInt8] {
  guard let bytes = [UInt8](hex: hex) else { throw HexError(text: hex) }
  return bytes
}

func identifier<Name: Identifier>(_ hex: String) throws -> Name {
  guard let name = Name(try bytes(hex)) else { throw HexError(text: hex) }
  return name
}

func digest(_ hex: String) throws -> Digest {
  guard let digest = Digest(try bytes(hex)) else { throw HexError(text: hex) }
  return digest
}

/// Leaf 11 of the vector log, as the evidence docs spell it.
enum WorkedLeaf {
  static let hex =
    "43454c31000000000000000b0006441f0c53aff0019aa7b13c567f188dbd855a6ab3c196"
    + "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
    + "26636f6e746163742d636f6e5f30314b414b56324443304e475050594757504b53375833345354"
    + "0e436f6e74616374437265617465640461636d65"
    + "1e7573725f30314b4148384e5043303234344b45313345573135584651414300"
    + "019aa7b13c5678239c2abef5d04c776e0000000000000000000000000000000002"
    + "010000000000000000000000000000000000000070"
    + "9f3672031cf4f6157f977136958111c9a120f194f1c0fa318b1da5007da3268e"
    + "02ef27145faf6f13ecad17fd2c0ddddfa3000000c5"
    + "25806731689b6cad82a0105fb624b64a8ec657d4cc3fae244b4737b1d569569a"
  static let hash = "6f785c21fd762c982c01ee1ffd3df8a4e3664e09577c9550bae140c58a692c45"
}
