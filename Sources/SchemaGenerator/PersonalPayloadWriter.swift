/// Writes `PersonalPayload`: one data subject's part of an event.
struct PersonalPayloadWriter {
  let text: String

  init(_ catalogue: Catalogue) {
    let names = catalogue.personals
    var text = fileHead
    text += """

      /// One data subject's part of an event; stored only in a sealed section.
      package enum PersonalPayload: Hashable, Sendable {

      """
    for name in names { text += "  case \(Self.caseName(name).quoted)(\(name))\n" }
    text += "}\n\nextension PersonalPayload {\n"
    text += Self.reading(names, from: "content: [UInt8]", call: "PayloadCoding.message(content)")
    text += "\n"
    text += Self.reading(
      names, from: "json: [UInt8]", call: "PayloadCoding.json(json, of: messageName)")
    text += "\n  /// The full name, such as `deed.crm.v1.AccountPersonal`.\n"
    text += Self.property("messageName: String", names) { "\"\(Catalogue.package).\($0)\"" }
    text += "\n  package func serialized() -> [UInt8] {\n    switch self {\n"
    for name in names {
      text += "    case .\(Self.caseName(name))(let message): PayloadCoding.bytes(message)\n"
    }
    text += "    }\n  }\n\n  /// In the JSON mapping of proto3.\n"
    text += "  package func json() throws(PayloadError) -> String {\n    switch self {\n"
    for name in names {
      text += "    case .\(Self.caseName(name))(let message):\n"
      text += "      try PayloadCoding.json(message, of: \"\(name)\")\n"
    }
    text += "    }\n  }\n\n  /// Whether it says nothing, so that there is nothing to seal.\n"
    text += "  package var isEmpty: Bool {\n    switch self {\n"
    for name in names {
      text += "    case .\(Self.caseName(name))(let message): message == \(name)()\n"
    }
    text += "    }\n  }\n\n"
    text += "  /// Refuses values of enumerations that this code does not know.\n"
    text += "  package func checkValues() throws(PayloadError) {\n    switch self {\n"
    let checked = UnrecognizedValuesWriter(catalogue).checked
    for name in names {
      let call = checked.contains(name) ? "(let message): try message.checkValues()" : ": break"
      text += "    case .\(Self.caseName(name))\(call)\n"
    }
    self.text = text + "    }\n  }\n}\n"
  }

  private static func caseName(_ name: String) -> String {
    String(name.dropLast("Personal".count)).loweredFirst
  }

  private static func reading(_ names: [String], from source: String, call: String) -> String {
    var text = "  package init(messageName: String, \(source)) throws(PayloadError) {\n"
    text += "    switch messageName {\n"
    for name in names {
      text += "    case \"\(Catalogue.package).\(name)\":\n"
      text += "      self = .\(caseName(name))(try \(call))\n"
    }
    return text + """
          default: throw .unknownMessage(messageName)
          }
          try checkValues()
        }

      """
  }

  private static func property(
    _ declaration: String, _ names: [String], _ value: (String) -> String
  ) -> String {
    var text = "  package var \(declaration) {\n    switch self {\n"
    for name in names { text += "    case .\(caseName(name)): \(value(name))\n" }
    return text + "    }\n  }\n"
  }
}
