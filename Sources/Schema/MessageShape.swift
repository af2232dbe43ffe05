import SwiftProtobuf

/// What a message holds, as the catalogue's own descriptor says it: for descriptions of commands in
/// other languages, such as JSON Schema.
package struct MessageShape: Hashable, Sendable {
  package indirect enum Kind: Hashable, Sendable {
    case text
    case flag
    case bytes
    /// Of 32 or 64 bits, signed or not.
    case integer(bits: Int, isSigned: Bool)
    case decimal
    /// One of these names.
    case code([String])
    /// A moment, RFC 3339.
    case moment
    /// The message of this full name.
    case message(String)
    case list(Kind)
    /// Values by their names.
    case table(Kind)
  }

  package struct Field: Hashable, Sendable {
    /// As JSON has it, such as `accountId`.
    package let name: String
    /// As the catalogue has it, such as `account_id`; taken in JSON too.
    package let protoName: String
    package let kind: Kind
    /// The group of which at most one field is set; `nil` for none.
    package let choice: String?
  }

  /// Such as `deed.crm.v1.Money`.
  package let name: String
  package let fields: [Field]
}

/// The shapes of all commands.
package enum CommandShapes {
  /// The message of a command's body, by the command's name.
  package static func message(of command: String) -> MessageShape? {
    catalogue.messages["deed.crm.v1.\(command)"]
  }

  /// The message of a full name.
  package static func message(named name: String) -> MessageShape? { catalogue.messages[name] }

  private static let catalogue = ShapeCatalogue(SchemaDescriptor.bytes)
}

private struct ShapeCatalogue: Sendable {
  var messages: [String: MessageShape] = [:]

  init(_ bytes: [UInt8]) {
    let set: Google_Protobuf_FileDescriptorSet
    do {
      set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
    } catch { preconditionFailure("the generated descriptor can't be read: \(error)") }
    var found = Found()
    for file in set.file {
      for value in file.enumType { found.add(value, in: file.package) }
      for message in file.messageType { found.add(message, in: file.package) }
    }
    for (name, message) in found.messages where !message.options.mapEntry {
      messages[name] = MessageShape(
        name: name, fields: message.field.map { found.field($0, of: message) })
    }
  }

  private struct Found {
    var messages: [String: Google_Protobuf_DescriptorProto] = [:]
    var codes: [String: [String]] = [:]

    mutating func add(_ value: Google_Protobuf_EnumDescriptorProto, in place: String) {
      // The first stands for nothing being said: no field needs it.
      codes["\(place).\(value.name)"] = value.value.filter { $0.number != 0 }.map(\.name)
    }

    mutating func add(_ message: Google_Protobuf_DescriptorProto, in place: String) {
      let name = "\(place).\(message.name)"
      messages[name] = message
      for value in message.enumType { add(value, in: name) }
      for nested in message.nestedType { add(nested, in: name) }
    }

    func field(
      _ field: Google_Protobuf_FieldDescriptorProto, of message: Google_Protobuf_DescriptorProto
    ) -> MessageShape.Field {
      let isChoice = field.hasOneofIndex && !field.proto3Optional
      return MessageShape.Field(
        name: field.jsonName, protoName: field.name, kind: kind(of: field),
        choice: isChoice ? message.oneofDecl[Int(field.oneofIndex)].name : nil)
    }

    private func kind(of field: Google_Protobuf_FieldDescriptorProto) -> MessageShape.Kind {
      let typeName = String(field.typeName.drop { $0 == "." })
      if let entry = messages[typeName], entry.options.mapEntry,
        let value = entry.field.first(where: { $0.number == 2 })
      {
        return .table(single(value))
      }
      return field.label == .repeated ? .list(single(field)) : single(field)
    }

    private func single(_ field: Google_Protobuf_FieldDescriptorProto) -> MessageShape.Kind {
      let typeName = String(field.typeName.drop { $0 == "." })
      switch field.type {
      case .string: return .text
      case .bool: return .flag
      case .bytes: return .bytes
      case .int32, .sint32, .sfixed32: return .integer(bits: 32, isSigned: true)
      case .uint32, .fixed32: return .integer(bits: 32, isSigned: false)
      case .int64, .sint64, .sfixed64: return .integer(bits: 64, isSigned: true)
      case .uint64, .fixed64: return .integer(bits: 64, isSigned: false)
      case .double, .float: return .decimal
      case .enum: return .code(codes[typeName] ?? [])
      case .message, .group:
        return typeName == "google.protobuf.Timestamp" ? .moment : .message(typeName)
      }
    }
  }
}
