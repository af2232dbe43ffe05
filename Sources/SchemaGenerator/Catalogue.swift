internal import SwiftProtobuf

/// What the generated code needs to know of the schema.
struct Catalogue {
  static let package = "deed.crm.v1"

  struct Event {
    /// UpperCamel of the case; `_v2` becomes `.v2`.
    let type: String
    let caseName: String
    let fieldNumber: Int32
    /// The message of the case, such as `AccountCreated`.
    let message: String
    let isPersonal: Bool
  }

  struct Aggregate {
    /// Such as `AccountEvent`.
    let message: String
    let events: [Event]

    /// Such as `account`.
    let name: String
  }

  /// In the order of their names.
  let aggregates: [Aggregate]
  /// The messages of commands, read like those of events.
  let commands: [Aggregate]
  /// Such as `AccountPersonal`; in the order of their names.
  let personals: [String]
  /// Every message of the package by its name, in the order of their names.
  let messages: [Google_Protobuf_DescriptorProto]

  init(_ set: Google_Protobuf_FileDescriptorSet) {
    messages = set.file.filter { $0.package == Self.package }.flatMap(\.messageType)
      .sorted { $0.name < $1.name }
    aggregates = Self.aggregates(messages, suffix: "Event", oneof: "event")
    commands = Self.aggregates(messages, suffix: "Command", oneof: "command")
    personals = messages.map(\.name).filter { $0.hasSuffix("Personal") }
  }

  private static func aggregates(
    _ messages: [Google_Protobuf_DescriptorProto], suffix: String, oneof: String
  ) -> [Aggregate] {
    messages.filter { $0.name.hasSuffix(suffix) && $0.oneofDecl.first?.name == oneof }
      .map { message in
        Aggregate(
          message: message.name, events: message.field.map(Event.init),
          name: String(message.name.dropLast(suffix.count)).loweredFirst)
      }
  }
}

extension Catalogue.Event {
  init(_ field: Google_Protobuf_FieldDescriptorProto) {
    caseName = field.name
    fieldNumber = field.number
    message = field.typeName.lastNamePart
    type = Self.type(of: field.name)
    isPersonal = field.options.unknownFields.data.starts(with: Self.personalOption)
  }

  /// Field 50701 of type bool, as it stands in options: its tag (50701 << 3) and `true`.
  static let personalOption: [UInt8] = [0xe8, 0xe0, 0x18, 0x01]

  static func type(of caseName: String) -> String {
    var parts = caseName.split(separator: "_").map(String.init)
    var version = ""
    if let last = parts.last, last.first == "v", Int(last.dropFirst()) != nil {
      version = ".\(last)"
      parts.removeLast()
    }
    return parts.map(\.raisedFirst).joined() + version
  }
}

extension String {
  var loweredFirst: String { prefix(1).lowercased() + dropFirst() }
  var raisedFirst: String { prefix(1).uppercased() + dropFirst() }
  /// Behind the last dot.
  var lastNamePart: String { String(split(separator: ".").last ?? "") }

  /// A field's name as protoc-gen-swift writes it.
  var swiftName: String {
    let abbreviations = ["id": "ID", "url": "URL", "http": "HTTP", "https": "HTTPS"]
    let parts = split(separator: "_").map(String.init)
    return parts.enumerated().map { index, part in
      index == 0 ? part : abbreviations[part] ?? part.raisedFirst
    }.joined()
  }

  /// As a case or property: words of the language stand in backticks.
  var quoted: String { ["import", "in", "public", "internal"].contains(self) ? "`\(self)`" : self }
}
