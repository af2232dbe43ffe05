internal import Schema
internal import SwiftProtobuf

/// Collects the fields that a command changes; a field that keeps its value is none of them (S-6).
struct FieldChanges {
  private(set) var changes: [FieldChange] = []

  var isEmpty: Bool { changes.isEmpty }
  var fields: [String] { changes.map(\.field) }

  /// - Returns: whether the value differs.
  @discardableResult
  mutating func text(_ field: String, _ from: String, _ to: String) -> Bool {
    add(field, FieldValue.text(from), FieldValue.text(to))
  }

  /// A list as people read it: one text an entry.
  @discardableResult
  mutating func list(_ field: String, _ from: [String], _ to: [String]) -> Bool {
    add(field, FieldValue.texts(from), FieldValue.texts(to))
  }

  @discardableResult
  mutating func add(_ field: String, _ from: FieldValue?, _ to: FieldValue?) -> Bool {
    guard from != to else { return false }
    changes.append(
      .with {
        $0.field = field
        if let from { $0.from = from }
        if let to { $0.to = to }
      })
    return true
  }
}

extension FieldValue {
  /// `nil` for an empty text, which says that the field is absent.
  static func text(_ text: String) -> FieldValue? {
    text.isEmpty ? nil : .with { $0.text = text }
  }

  static func texts(_ texts: [String]) -> FieldValue? {
    guard !texts.isEmpty else { return nil }
    return .with { $0.list.values = texts.map { text in .with { $0.text = text } } }
  }
}

extension Phone {
  /// As a change shows it.
  var line: String {
    [e164.isEmpty ? raw : e164, label, isPrimary ? "(primary)" : ""].joinedPresent()
  }
}

extension Email {
  var line: String { [address, label, isPrimary ? "(primary)" : ""].joinedPresent() }
}

extension ImIdentity {
  var line: String { ["\(kind)", unionID.isEmpty ? externalUserID : unionID].joinedPresent() }
}

extension PostalAddress {
  var line: String {
    formatted.isEmpty
      ? [street, district, postalCode, city, province, countryCode].joinedPresent() : formatted
  }
}

extension PersonName {
  var line: String {
    full.isEmpty ? [salutation, given, family].joinedPresent() : full
  }
}

extension [String] {
  fileprivate func joinedPresent() -> String { filter { !$0.isEmpty }.joined(separator: " ") }
}
