internal import CRM
internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// The fields of a record's state, whatever aggregate it is.
///
/// They are the state's stored properties under their own names, in their order, so that a new
/// field shows without being listed anywhere; what is empty, unspecified or `nil` is absent.
enum RecordFields {
  /// How deep parts of parts are followed.
  private static let depthLimit = 3

  static func fields(of state: any Aggregate) -> [RecordField] {
    var fields: [RecordField] = []
    append(Mirror(reflecting: state), under: "", depth: 0, to: &fields)
    // A custom field may have the name of another; each is found by its own.
    var seen: [String: Int] = [:]
    return fields.map { field in
      seen[field.name, default: 0] += 1
      let count = seen[field.name] ?? 1
      return count == 1 ? field : RecordField(name: "\(field.name)_\(count)", value: field.value)
    }
  }

  private static func append(
    _ mirror: Mirror, under prefix: String, depth: Int, to fields: inout [RecordField]
  ) {
    for child in mirror.children {
      guard let label = child.label else { continue }
      append(child.value, named: prefix + label, depth: depth, to: &fields)
    }
  }

  private static func append(
    _ value: Any, named name: String, depth: Int, to fields: inout [RecordField]
  ) {
    let plain = unwrapped(value)
    switch plain {
    case nil: break
    case let sealed as any AnySealed:
      switch sealed.content {
      case .value(let content): append(content, named: name, depth: depth, to: &fields)
      case .erased(let receipt):
        fields.append(RecordField(name: name, value: .erased(receipt: receipt)))
      case .hidden: fields.append(RecordField(name: name, value: .hidden))
      }
    case let ownership as Ownership: append(ownership, depth: depth, to: &fields)
    case let profile as any AnyProfile: fields += profile.recordFields
    case let custom as [CustomField]:
      fields += custom.compactMap { field in
        FieldText.text(field.value).map { RecordField(name: field.key, value: .value($0)) }
      }
    case let tags as RecordTags: add(FieldText.joined(tags.ids), "tags", to: &fields)
    case let plain?:
      if plain is any BinaryInteger, text(plain) == "0", !isOptional(value) {
        break  // not set, as in the messages the state is made of
      } else if let text = text(plain) {
        add(text.isEmpty ? nil : text, name, to: &fields)
      } else if depth < depthLimit {
        append(Mirror(reflecting: plain), under: name + ".", depth: depth + 1, to: &fields)
      }
    }
  }

  private static func append(_ ownership: Ownership, depth: Int, to fields: inout [RecordField]) {
    add(ownership.owner.flatMap(FieldText.text), "owner", to: &fields)
    for child in Mirror(reflecting: ownership).children {
      // The changes of the owner are a history, which `deed owners` tells.
      guard let label = child.label, label != "owner", label != "changes" else { continue }
      append(child.value, named: "ownership." + label, depth: depth + 1, to: &fields)
    }
  }

  private static func add(_ text: String?, _ name: String, to fields: inout [RecordField]) {
    if let text { fields.append(RecordField(name: name, value: .value(text))) }
  }

  private static func isOptional(_ value: Any) -> Bool {
    Mirror(reflecting: value).displayStyle == .optional
  }

  /// What an optional holds, at any depth; `nil` for nothing.
  private static func unwrapped(_ value: Any) -> Any? {
    var value = value
    while isOptional(value) {
      guard let inner = Mirror(reflecting: value).children.first else { return nil }
      value = inner.value
    }
    return value
  }

  /// A value that is one text, empty when it is absent; `nil` for one that has parts.
  private static func text(_ value: Any) -> String? {
    switch value {
    case let text as String: return text
    case let flag as Bool: return flag ? "true" : ""
    case let number as any BinaryInteger: return "\(number)"
    case let bytes as [UInt8]: return bytes.hex
    case let time as Timestamp: return time.description
    case let code as any SwiftProtobuf.Enum: return FieldText.code(code) ?? ""
    case let message as any Message: return FieldText.text(message) ?? ""
    case let described as any CustomStringConvertible & Hashable
    where !(value is any Collection):
      return described.description
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .collection: return mirror.children.map { element($0.value) }.joined(separator: ", ")
    case .set, .dictionary:
      return mirror.children.map { element($0.value) }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ", ")
    case .enum: return "\(value)"
    // Whatever else reflection may know has parts.
    default: return nil
    }
  }

  /// One element of a list: its text, or its parts with their names.
  private static func element(_ value: Any) -> String {
    guard let plain = unwrapped(value) else { return "" }
    if let text = text(plain) { return text }
    let parts = Mirror(reflecting: plain).children.compactMap { child -> String? in
      let text = element(child.value)
      return text.isEmpty ? nil : "\(child.label.map { "\($0) " } ?? "")\(text)"
    }
    return parts.joined(separator: " ")
  }
}

/// A sealed value of any type.
protocol AnySealed {
  var content: Sealed<Any> { get }
}

extension Sealed: AnySealed {
  var content: Sealed<Any> { map { $0 } }
}

/// A personal part of any aggregate.
protocol AnyProfile {
  var recordFields: [RecordField] { get }
}

extension Profile: AnyProfile where Content: Message {
  /// The message's fields; one field `personal` says when nothing of them can be read.
  var recordFields: [RecordField] {
    switch content {
    case .value(let message):
      var message = message
      message.changes = []
      return JSONValue(message).members.flatMap { name, value -> [RecordField] in
        switch name {
        case "identityKeys": return []
        case "customFields":
          return value.elements.compactMap { field in
            guard let key = field["key"]?.string, let text = field["value"]?.words else {
              return nil
            }
            return RecordField(name: key, value: .value(text))
          }
        default: return value.words.map { [RecordField(name: name, value: .value($0))] } ?? []
        }
      }
    case .erased(let receipt):
      return [RecordField(name: "personal", value: .erased(receipt: receipt))]
    case .hidden: return [RecordField(name: "personal", value: .hidden)]
    }
  }
}
