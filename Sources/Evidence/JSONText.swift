/// A JSON value to be written: the form that the log's own events have.
///
/// Members stand in the order given; the same value has the same bytes.
package enum JSONText: Hashable, Sendable {
  case text(String)
  case integer(UInt64)
  case list([JSONText])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: JSONText

    package init(_ name: String, _ value: JSONText) {
      self.name = name
      self.value = value
    }
  }

  /// On one line, without space.
  package var written: String {
    switch self {
    case .text(let text): Self.quoted(text)
    case .integer(let value): String(value)
    case .list(let values): "[" + values.map(\.written).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.name)):\($0.value.written)" }.joined(separator: ",")
        + "}"
    }
  }

  /// `text` between quotes, with the escapes that RFC 8259 demands.
  package static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\u{0}"..<"\u{20}", "\u{7f}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }
}
