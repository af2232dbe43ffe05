/// Every event there is: which type name stands for which case of which message.
package enum EventCatalogue {
  package struct Entry: Hashable, Sendable {
    /// Such as `AccountCreated`; as it stands in the log.
    package let typeName: String
    /// Such as `deed.crm.v1.AccountEvent`.
    package let messageName: String
    /// The case of the message's oneof, such as `account_created`.
    package let caseName: String
    package let fieldNumber: Int
    /// The case's own message, such as `deed.crm.v1.AccountCreated`.
    package let eventMessageName: String
    /// The message of the sealed sections that may go with it; `nil` when it has none.
    package let personalMessageName: String?
  }

  private static let byType = Dictionary(uniqueKeysWithValues: entries.map { ($0.typeName, $0) })

  /// The entry of `typeName`; `nil` when the catalogue has no such event.
  package static func entry(_ typeName: String) -> Entry? { byType[typeName] }
}

/// The catalogue as a `google.protobuf.FileDescriptorSet`, dependencies first: what
/// `SchemaRegistered` says.
package enum SchemaDescriptor {
  package static let bytes: [UInt8] = decoded(base64)

  /// Base64 of RFC 4648 with padding; the text is generated, so anything else is a fault.
  private static func decoded(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 4 * 3)
    var bits: UInt32 = 0
    var count = 0
    for character in text.utf8 where character != UInt8(ascii: "=") {
      bits = bits << 6 | UInt32(value(of: character))
      count += 1
      if count % 4 == 0 {
        bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bits = 0
      }
    }
    switch count % 4 {
    case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3:
      bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
    default: precondition(count % 4 == 0, "the generated descriptor isn't base64")
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt8 {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: preconditionFailure("the generated descriptor isn't base64")
    }
  }
}
