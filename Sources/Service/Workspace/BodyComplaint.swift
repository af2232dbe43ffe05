internal import Schema

/// What is wrong with a command's body: which member, and what belongs there.
///
/// Looked for only when the body was refused, so that what is right costs nothing.
struct BodyComplaint {
  /// A sentence with the remedy.
  let sentence: String

  /// The first thing of `body` that the message of `command` doesn't have so; `nil` when there is none.
  init?(_ body: String, of command: String) {
    guard let shape = CommandShapes.message(of: command) else { return nil }
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: body) } catch {
      sentence = "The body of \(command) is no JSON: \(error)."
      return
    }
    guard let found = Self.fault(of: value, .message(shape.name), at: "") else { return nil }
    sentence = found
  }

  private static func fault(
    of value: JSONValue, _ kind: MessageShape.Kind, at place: String
  ) -> String? {
    // In proto3's JSON null is as if nothing were said.
    if case .null = value, !place.isEmpty { return nil }
    switch (kind, value) {
    case (.message(let name), .object(let members)): return fault(in: members, of: name, at: place)
    case (.list(let inner), .array(let values)):
      for (index, entry) in values.enumerated() {
        if let found = fault(of: entry, inner, at: "\(place)[\(index)]") { return found }
      }
      return nil
    case (.table(let inner), .object(let members)):
      for member in members {
        let name = "\(place).\(member.name.prefix(40))"
        if let found = fault(of: member.value, inner, at: name) { return found }
      }
      return nil
    case (.code(let names), .string(let text)):
      return names.contains(text)
        ? nil : "“\(place)” is “\(text.prefix(40))”: give \(listed(names))."
    case (.flag, .boolean), (.integer, .number), (.integer, .string), (.decimal, .number),
      (.code, .number):
      return nil
    case (.text, .string), (.bytes, .string), (.moment, .string): return nil
    case (.message, _), (.list, _), (.table, _), (.code, _), (.flag, _), (.integer, _),
      (.decimal, _), (.text, _), (.bytes, _), (.moment, _):
      let subject = place.isEmpty ? "The body" : "“\(place)”"
      return "\(subject) is \(words(value)): give \(words(kind))."
    }
  }

  private static func fault(
    in members: [JSONMember], of name: String, at place: String
  ) -> String? {
    guard let shape = CommandShapes.message(named: name) else { return nil }
    for member in members {
      let path = place.isEmpty ? member.name : "\(place).\(member.name)"
      let field = shape.fields.first { $0.name == member.name || $0.protoName == member.name }
      guard let field else {
        return
          "There is no member “\(path.prefix(80))”: there are \(listed(shape.fields.map(\.name)))."
      }
      if let found = fault(of: member.value, field.kind, at: path) { return found }
    }
    return nil
  }

  private static func listed(_ names: [String]) -> String {
    names.isEmpty
      ? "none" : names.prefix(30).joined(separator: ", ") + (names.count > 30 ? "…" : "")
  }

  private static func words(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .boolean: "true or false"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }

  private static func words(_ kind: MessageShape.Kind) -> String {
    switch kind {
    case .text: "a text"
    case .flag: "true or false"
    case .bytes: "a text in base64"
    case .integer(bits: 32, _): "a whole number"
    case .integer: "a whole number, as a text such as \"1200\""
    case .decimal: "a number"
    case .code(let names): "a text: \(listed(names))"
    case .moment: "a time as a text, such as \"2026-03-31T09:00:00Z\""
    case .message, .table: "an object"
    case .list: "a list"
    }
  }
}
