internal import Foundation
internal import SwiftProtobuf

/// A message's JSON form, to be walked through without knowing the message.
enum JSONValue: Decodable {
  case text(String)
  case integer(Int64)
  case boolean(Bool)
  case list([JSONValue])
  case object([String: JSONValue])
  case null

  init(from decoder: any Swift.Decoder) throws {
    let container = try decoder.singleValueContainer()
    func attempt<Value: Decodable>(_ type: Value.Type) -> Value? {
      // Trying is how one learns which kind a value is of; the last attempt may throw.
      do { return try container.decode(type) } catch { return nil }
    }
    if container.decodeNil() {
      self = .null
    } else if let boolean = attempt(Bool.self) {
      self = .boolean(boolean)
    } else if let integer = attempt(Int64.self) {
      self = .integer(integer)
    } else if let text = attempt(String.self) {
      self = .text(text)
    } else if let list = attempt([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The JSON form of `message`, which every message of the catalogue has.
  init(_ message: any Message) {
    do {
      let bytes: [UInt8] = try message.jsonUTF8Bytes()
      self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    } catch {
      preconditionFailure("\(Swift.type(of: message)) has no JSON form: \(error)")
    }
  }

  /// Reads JSON text that a message made.
  init(text: String) {
    do {
      self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    } catch {
      preconditionFailure("a message's JSON form is no JSON: \(error)")
    }
  }
}

extension JSONValue {
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  /// The members of an object by name.
  var members: [(name: String, value: JSONValue)] {
    guard case .object(let members) = self else { return [] }
    return members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { ($0.key, $0.value) }
  }

  var elements: [JSONValue] {
    guard case .list(let elements) = self else { return [] }
    return elements
  }

  var string: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// As people read it; `nil` for what is empty.
  var words: String? {
    switch self {
    case .text(let text): return text.isEmpty ? nil : text
    case .integer(let integer): return String(integer)
    case .boolean(let boolean): return String(boolean)
    case .null: return nil
    case .list(let list): return FieldText.joined(list.compactMap(\.words))
    case .object: return objectWords
    }
  }

  /// The shapes that the catalogue's shared values have, and a list of members for others.
  private var objectWords: String? {
    if let kind = (self["kind"] ?? self["objectType"])?.string, let id = self["id"]?.string {
      return "\(kind):\(id)"
    }
    if let currency = self["currency"]?.string {
      return "\(self["amountMinor"]?.words ?? "0") \(currency)"
    }
    for name in ["full", "e164", "raw", "address", "formatted"] {
      if let text = self[name]?.words { return text }
    }
    let members = members.compactMap { name, value in value.words.map { (name, $0) } }
    // A value's oneof names its kind, which is of no interest here.
    if let only = members.first, members.count == 1 { return only.1 }
    return FieldText.joined(members.map { "\($0.0) \($0.1)" })
  }
}
