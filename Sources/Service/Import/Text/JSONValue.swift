/// A JSON value as it was written: members in their order, numbers as their digits.
package enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// By the grammar of RFC 8259, never turned into floating point.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])
}

package struct JSONMember: Hashable, Sendable {
  package var name: String
  package var value: JSONValue

  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

extension JSONValue {
  /// The member `name` of an object; `nil` when there is none, or this is no object.
  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  package subscript(index: Int) -> JSONValue? {
    guard case .array(let values) = self, values.indices ~= index else { return nil }
    return values[index]
  }

  package var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  package static func integer(_ value: Int64) -> JSONValue { .number(String(value)) }

  /// What kind of value this is, for sentences.
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// Writing: members in their order, no space, the escapes that RFC 8259 demands; so the same
/// value has the same bytes.
extension JSONValue {
  /// The value on one line.
  package var compact: String {
    var output = ""
    write(to: &output)
    return output
  }

  /// The value with a line for each member, two spaces a level.
  package var pretty: String {
    var output = ""
    writePretty(to: &output, indent: 0)
    return output
  }

  private func write(to output: inout String) {
    switch self {
    case .null: output += "null"
    case .boolean(let value): output += value ? "true" : "false"
    case .number(let digits): output += digits
    case .string(let text): Self.write(text, to: &output)
    case .array(let values):
      output += "["
      for (index, value) in values.enumerated() {
        if index > 0 { output += "," }
        value.write(to: &output)
      }
      output += "]"
    case .object(let members):
      output += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { output += "," }
        Self.write(member.name, to: &output)
        output += ":"
        member.value.write(to: &output)
      }
      output += "}"
    }
  }

  private func writePretty(to output: inout String, indent: Int) {
    let inner = String(repeating: "  ", count: indent + 1)
    let outer = "\n" + String(repeating: "  ", count: indent)
    switch self {
    case .array(let values) where !values.isEmpty:
      output += "["
      for (index, value) in values.enumerated() {
        output += (index > 0 ? ",\n" : "\n") + inner
        value.writePretty(to: &output, indent: indent + 1)
      }
      output += outer + "]"
    case .object(let members) where !members.isEmpty:
      output += "{"
      for (index, member) in members.enumerated() {
        output += (index > 0 ? ",\n" : "\n") + inner
        Self.write(member.name, to: &output)
        output += ": "
        member.value.writePretty(to: &output, indent: indent + 1)
      }
      output += outer + "}"
    case .null, .boolean, .number, .string, .array, .object: write(to: &output)
    }
  }

  private static func write(_ text: String, to output: inout String) {
    output += "\""
    if text.utf8.allSatisfy({ (0x20..<0x7f) ~= $0 && $0 != .quote && $0 != 0x5c }) {
      output += text
      output += "\""
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7f}"..<"\u{a0}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
