package import EventModel
package import Schema
internal import SwiftProtobuf

/// A personal message that holds a record's fields and, in an event that changes them, says which.
package protocol ProfileContent: Hashable, Sendable {
  init()
  /// Which fields an event changes, with their values as people read them.
  var changes: [FieldChange] { get set }
  /// Takes the value of the field `name` from `other`; a name that is no field changes nothing.
  mutating func take(_ name: String, from other: Self)
}

/// The personal part of a record's state: the sum of what its sealed sections said, as far as they
/// could be opened.
package struct Profile<Content: ProfileContent>: Hashable, Sendable {
  package private(set) var content: Sealed<Content>

  package init() { content = .value(Content()) }

  /// - Parameter created: the sealed part of the event that made the record; `nil` for none.
  package init(_ created: Sealed<Content>?) { content = created ?? .value(Content()) }

  /// Takes the fields that an event changed; `nil` for an event without a sealed part.
  ///
  /// What can't be read any more makes the whole unreadable: half a profile would look like a
  /// whole one. What is readable behind it is of a person who was readmitted, and begins anew.
  package mutating func change(_ changed: Sealed<Content>?) {
    guard let changed else { return }
    switch (content, changed) {
    case (.value(var current), .value(let new)):
      for change in new.changes { current.take(change.field, from: new) }
      content = .value(current)
    case (.value, .erased), (.value, .hidden): content = changed
    case (.erased, .value(let new)):
      var begun = Content()
      for change in new.changes { begun.take(change.field, from: new) }
      content = .value(begun)
    case (.erased, _), (.hidden, _): break
    }
  }
}

extension [CustomField] {
  /// Sets, replaces or, with a value of no kind, removes the field `key`.
  package mutating func set(_ key: String, to value: FieldValue) {
    guard value.value != nil else { return removeAll { $0.key == key } }
    if let index = firstIndex(where: { $0.key == key }) {
      self[index].value = value
    } else {
      append(.with { ($0.key, $0.value) = (key, value) })
    }
  }

  package func value(of key: String) -> FieldValue? { first { $0.key == key }?.value }
}

extension Profile {
  /// The content, without which nothing can be changed in it.
  func readable(_ record: RecordKey) throws(Refusal) -> Content {
    switch content {
    case .value(let content): return content
    case .erased(let receipt):
      throw Refusal(
        .erased,
        "The personal data of the \(record.typeName) \(record.id) was erased by the event "
          + "at \(receipt); readmit the person first.")
    case .hidden:
      throw Refusal(
        .status,
        "The personal data of the \(record.typeName) \(record.id) can't be opened here; "
          + "use a vault that has its key.")
    }
  }
}
