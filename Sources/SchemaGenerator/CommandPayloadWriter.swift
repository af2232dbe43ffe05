/// Writes `CommandPayload`: the commands of all aggregates as one closed enumeration.
struct CommandPayloadWriter {
  let text: String

  init(_ catalogue: Catalogue) {
    let aggregates = catalogue.commands
    var text = fileHead
    text += """

      /// What may be asked of the domain: a command of one aggregate.
      package enum CommandPayload: Equatable, Sendable {

      """
    for aggregate in aggregates {
      text += "  case \(aggregate.name.quoted)(\(aggregate.message).OneOf_Command)\n"
    }
    text += "}\n\nextension CommandPayload {\n"
    text += "  /// The names of all commands, in their order by aggregate and field number.\n"
    text += "  package static let names: [String] = [\n"
    for command in aggregates.flatMap(\.events) { text += "    \"\(command.type)\",\n" }
    text +=
      "  ]\n\n  /// Such as `CreateAccount`.\n  package var name: String {\n    switch self {\n"
    for aggregate in aggregates {
      text += "    case .\(aggregate.name)(let command): command.name\n"
    }
    text += "    }\n  }\n\n" + Self.reading(aggregates) + "}\n"
    for aggregate in aggregates { text += "\n" + Self.names(of: aggregate) }
    self.text = text
  }

  private static func reading(_ aggregates: [Catalogue.Aggregate]) -> String {
    var text = """
        /// Reads the command `name` from the JSON mapping of its message; refuses unknown fields.
        package init(name: String, json: [UInt8]) throws(PayloadError) {
          switch name {

      """
    for aggregate in aggregates {
      for command in aggregate.events {
        text += "    case \"\(command.type)\":\n"
        text += "      self = .\(aggregate.name)(.\(command.caseName.swiftName)"
        text += "(try PayloadCoding.json(json, of: name)))\n"
      }
    }
    return text + """
          default: throw .unknownCommand(name)
          }
        }

      """
  }

  private static func names(of aggregate: Catalogue.Aggregate) -> String {
    var text = "extension \(aggregate.message).OneOf_Command {\n"
    text += "  package var name: String {\n    switch self {\n"
    for command in aggregate.events {
      text += "    case .\(command.caseName.swiftName): \"\(command.type)\"\n"
    }
    text +=
      "    }\n  }\n\n  /// The command's message in bytes: what an idempotency key stands for.\n"
    text += "  package func serialized() -> [UInt8] {\n"
    text += "    PayloadCoding.bytes(\(aggregate.message).with { $0.command = self })\n  }\n}\n"
    return text
  }
}
