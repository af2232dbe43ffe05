extension JSONValue {
  /// The one text of this value: no spaces, members in the order of their names' bytes, only the
  /// escapes that JSON asks for.
  ///
  /// The values of one log have no fractions, so that numbers are whole and have one form.
  var canonical: String {
    switch self {
    case .text(let text): Self.quoted(text)
    case .integer(let integer): String(integer)
    case .boolean(let boolean): boolean ? "true" : "false"
    case .null: "null"
    case .list(let list): "[\(list.map(\.canonical).joined(separator: ","))]"
    case .object:
      "{\(members.map { "\(Self.quoted($0.name)):\($0.value.canonical)" }.joined(separator: ","))}"
    }
  }

  private static func quoted(_ text: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var bytes: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x08: bytes += Array("\\b".utf8)
      case 0x09: bytes += Array("\\t".utf8)
      case 0x0a: bytes += Array("\\n".utf8)
      case 0x0c: bytes += Array("\\f".utf8)
      case 0x0d: bytes += Array("\\r".utf8)
      case 0..<0x20:
        bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      // A byte of a text, which are an open set.
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    return String(decoding: bytes, as: UTF8.self)
  }
}
