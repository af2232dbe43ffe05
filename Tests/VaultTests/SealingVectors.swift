internal import EventModel
internal import Sealing
internal import TestSupport
internal import Vault

/// The shape of `section.json`.
struct SealingVectors: Decodable {
  struct Sealed: Decodable {
    let position: UInt64?
    let section: Int
    let eventID: String
    let stream: String
    let type: String
    let keyID: String
    let dek: String
    let salt: String
    let nonce: String
    let contentType: String
    let content: String
    let blob: String
    let blobDigest: String

    enum CodingKeys: String, CodingKey {
      case position, section, stream, type, dek, salt, nonce, content, blob
      case eventID = "event_id"
      case keyID = "kid"
      case contentType = "content_type"
      case blobDigest = "blob_sha256"
    }

    func place() throws -> SectionPlace {
      SectionPlace(
        eventID: try identifier(eventID), section: section, stream: stream, type: type)
    }
  }
  let sealed: [Sealed]
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
