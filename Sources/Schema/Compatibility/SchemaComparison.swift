import SwiftProtobuf

/// Compares two catalogues, each a `google.protobuf.FileDescriptorSet`: what a newer one must not
/// do to an older one, and whether it is newer at all.
package struct SchemaComparison: Hashable, Sendable {
  /// What would make stored events unreadable, or mean something else, in order: each a sentence
  /// that says what to do instead.
  package let faults: [String]
  /// What the newer catalogue has and the older one lacks, in order, such as
  /// `deed.crm.v1.TicketOpened.colour = 31`.
  package let additions: [String]

  /// - Throws: ``PayloadError/malformed(message:reason:)`` for bytes that are no descriptor set.
  package init(from older: [UInt8], to newer: [UInt8]) throws(PayloadError) {
    self.init(SchemaOutline(try Self.set(older)), SchemaOutline(try Self.set(newer)))
  }

  private init(_ older: SchemaOutline, _ newer: SchemaOutline) {
    var faults: [String] = []
    var additions: [String] = []
    for (name, message) in older.messages {
      guard let other = newer.messages[name] else {
        faults.append(
          "The message \(name) is gone: put it back; what is not written any more stays in the "
            + "catalogue, for old logs hold it.")
        continue
      }
      Self.compare(name, message, other, &faults, &additions)
    }
    for (name, values) in older.values {
      guard let others = newer.values[name] else {
        faults.append("The enumeration \(name) is gone: put it back, for old logs hold its values.")
        continue
      }
      Self.compare(name, values, others, &faults, &additions)
    }
    additions += newer.messages.keys.filter { older.messages[$0] == nil }
    additions += newer.values.keys.filter { older.values[$0] == nil }
    self.faults = faults.sorted()
    self.additions = additions.sorted()
  }

  private static func set(
    _ bytes: [UInt8]
  ) throws(PayloadError) -> Google_Protobuf_FileDescriptorSet {
    do { return try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes) } catch {
      throw .malformed(message: "google.protobuf.FileDescriptorSet", reason: "\(error)")
    }
  }

  private static func compare(
    _ name: String, _ older: [Int32: SchemaOutline.Field], _ newer: [Int32: SchemaOutline.Field],
    _ faults: inout [String], _ additions: inout [String]
  ) {
    for (number, field) in older {
      let place = "\(name).\(field.name)"
      guard let other = newer[number] else {
        faults.append(
          "The field \(place) = \(number) is gone: put it back; a field that is not written any "
            + "more stays, and its number is never used again.")
        continue
      }
      if other.name != field.name, other.type == field.type {
        faults.append(
          "The field \(number) of \(name) was \(field.name) and is \(other.name): names stand in "
            + "exports and in JSON; keep the name, and add a field with the next free number.")
      } else if other.name != field.name {
        faults.append(
          "The number \(number) of \(name) was \(field.name) and is used again for \(other.name): "
            + "give \(other.name) the next free number, and keep \(field.name).")
      } else if other.type != field.type {
        faults.append(
          "The field \(place) = \(number) was of the type \(field.type) and is of \(other.type): "
            + "keep it, and add a field of the new type with the next free number, or a new "
            + "version of the event with an upcaster.")
      } else if other.oneof != field.oneof {
        faults.append(
          "The field \(place) = \(number) moved in or out of a oneof: keep it where it was, and "
            + "add a field with the next free number.")
      } else {
        faults += reading(place, number, field, other)
      }
    }
    for (number, field) in newer where older[number] == nil {
      if let moved = older.first(where: { $0.value.name == field.name }) {
        faults.append(
          "The field \(name).\(field.name) was \(moved.key) and is \(number): give it its number "
            + "back.")
      }
      additions.append("\(name).\(field.name) = \(number)")
    }
  }

  /// What the same bytes, or the same JSON, would be read as that they were not before.
  private static func reading(
    _ place: String, _ number: Int32, _ field: SchemaOutline.Field, _ other: SchemaOutline.Field
  ) -> [String] {
    var faults: [String] = []
    if other.jsonName != field.jsonName {
      faults.append(
        "The field \(place) = \(number) was \(field.jsonName) in JSON and is \(other.jsonName): "
          + "names stand in exports; keep the json_name.")
    }
    if other.isOptional != field.isOptional {
      faults.append(
        "The field \(place) = \(number) \(field.isOptional ? "was" : "is") optional and "
          + "\(field.isOptional ? "is" : "was") not: what was not given could not be told from an "
          + "empty value; keep it, and add a field with the next free number.")
    }
    return faults
  }

  private static func compare(
    _ name: String, _ older: [Int32: String], _ newer: [Int32: String],
    _ faults: inout [String], _ additions: inout [String]
  ) {
    for (number, value) in older where newer[number] != value {
      faults.append(
        newer[number].map {
          "The value \(number) of \(name) was \(value) and is \($0): keep it, and add "
            + "\($0) with the next free number."
        }
          ?? "The value \(name).\(value) = \(number) is gone: put it back, for old logs hold it.")
    }
    for (number, value) in newer where older[number] == nil {
      additions.append("\(name).\(value) = \(number)")
    }
  }
}

/// A catalogue as far as stored bytes depend on it.
private struct SchemaOutline {
  struct Field {
    let name: String
    /// Such as `string`, `repeated deed.crm.v1.Money`.
    let type: String
    /// The name of its oneof; empty for none.
    let oneof: String
    let jsonName: String
    /// Whether it says of a value that it was not given.
    let isOptional: Bool
  }

  /// By full name, the fields by number.
  private(set) var messages: [String: [Int32: Field]] = [:]
  /// By full name, the values by number.
  private(set) var values: [String: [Int32: String]] = [:]

  init(_ set: Google_Protobuf_FileDescriptorSet) {
    for file in set.file where file.package.hasPrefix("deed.") {
      for message in file.messageType { add(message, within: file.package) }
      for list in file.enumType { add(list, within: file.package) }
    }
  }

  private mutating func add(
    _ message: Google_Protobuf_DescriptorProto, within scope: String
  ) {
    let name = "\(scope).\(message.name)"
    var fields: [Int32: Field] = [:]
    for field in message.field {
      let type = field.typeName.isEmpty ? "\(field.type)" : String(field.typeName.dropFirst())
      let isInOneof = field.hasOneofIndex && !field.proto3Optional
      let index = Int(field.oneofIndex)
      fields[field.number] = Field(
        name: field.name, type: field.label == .repeated ? "repeated \(type)" : type,
        oneof: isInOneof && message.oneofDecl.indices.contains(index)
          ? message.oneofDecl[index].name : "",
        jsonName: field.jsonName.isEmpty ? Self.jsonName(of: field.name) : field.jsonName,
        isOptional: field.proto3Optional)
    }
    messages[name] = fields
    for nested in message.nestedType { add(nested, within: name) }
    for list in message.enumType { add(list, within: name) }
  }

  /// The name that protoc gives a field in JSON where none is given.
  private static func jsonName(of name: String) -> String {
    let words = name.split(separator: "_", omittingEmptySubsequences: false)
    return words.dropFirst().reduce(into: String(words.first ?? "")) { text, word in
      text += word.prefix(1).uppercased() + word.dropFirst()
    }
  }

  private mutating func add(
    _ list: Google_Protobuf_EnumDescriptorProto, within scope: String
  ) {
    values["\(scope).\(list.name)"] = Dictionary(
      list.value.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
  }
}
