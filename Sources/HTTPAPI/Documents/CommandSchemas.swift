internal import Schema

/// The bodies of commands as JSON Schema, made of the catalogue's own descriptor: what is in one and
/// not in the other can't be.
///
/// Source: Protocol Buffers, "ProtoJSON Format".
enum CommandSchemas {
  /// The schema of a command's body.
  static func body(of command: String) -> JSON {
    CommandShapes.message(of: command).map { reference($0.name) } ?? Schemas.anything
  }

  /// The messages of commands, and those that they hold, by their names in the document.
  static func components(for commands: [String]) -> [JSON.Member] {
    var waiting = commands.compactMap { CommandShapes.message(of: $0)?.name }
    var seen: Set<String> = Set(waiting)
    var members: [JSON.Member] = []
    while let name = waiting.popLast() {
      guard let shape = CommandShapes.message(named: name) else { continue }
      members.append(.init(name: title(name), value: schema(of: shape)))
      for field in shape.fields {
        guard let held = message(in: field.kind), seen.insert(held).inserted else { continue }
        waiting.append(held)
      }
    }
    return members.sorted { $0.name < $1.name }
  }

  /// The last part of a message's full name, unless the document has another use for it.
  private static func title(_ name: String) -> String {
    String(name.split(separator: ".").last ?? "")
  }

  private static func reference(_ name: String) -> JSON { Schemas.reference(title(name)) }

  private static func message(in kind: MessageShape.Kind) -> String? {
    switch kind {
    case .message(let name): name
    case .list(let inner), .table(let inner): message(in: inner)
    case .text, .flag, .bytes, .integer, .decimal, .code, .moment: nil
    }
  }

  private static func schema(of shape: MessageShape) -> JSON {
    var members: [JSON.Member] = [
      .init(name: "type", value: "object"),
      .init(name: "additionalProperties", value: false),
      .init(
        name: "properties",
        value: .object(shape.fields.map { .init(name: $0.name, value: schema(of: $0)) })),
    ]
    let isOneChoice = shape.fields.allSatisfy { field in
      field.choice != nil && field.choice == shape.fields.first?.choice
    }
    if isOneChoice, !shape.fields.isEmpty {
      members.append(.init(name: "maxProperties", value: 1))
    }
    return .object(members)
  }

  private static func schema(of field: MessageShape.Field) -> JSON {
    let schema = schema(of: field.kind)
    guard let choice = field.choice, case .object(let members) = schema else { return schema }
    return .object(
      members + [
        .init(
          name: "description", value: .string("At most one of the group “\(choice)” is given."))
      ])
  }

  private static func schema(of kind: MessageShape.Kind) -> JSON {
    switch kind {
    case .text: ["type": "string"]
    case .flag: ["type": "boolean"]
    case .bytes: ["type": "string", "contentEncoding": "base64"]
    case .integer(bits: 32, isSigned: true):
      ["type": "integer", "minimum": -2_147_483_648, "maximum": 2_147_483_647]
    case .integer(bits: 32, isSigned: false):
      ["type": "integer", "minimum": 0, "maximum": 4_294_967_295]
    case .integer(_, let isSigned):
      // Numbers of 64 bits are texts in JSON, since many readers round them.
      ["type": "string", "pattern": .string(isSigned ? "^-?[0-9]{1,18}$" : "^[0-9]{1,18}$")]
    case .decimal: ["type": "number"]
    case .code(let names): ["type": "string", "enum": .array(names.map { .string($0) })]
    case .moment: ["type": "string", "format": "date-time"]
    case .message(let name): reference(name)
    case .list(let inner): ["type": "array", "items": schema(of: inner)]
    case .table(let inner): ["type": "object", "additionalProperties": schema(of: inner)]
    }
  }
}
