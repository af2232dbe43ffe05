package import EventModel

/// One field of a record, as text that people read.
package struct RecordField: Hashable, Sendable {
  /// The state's own name of it, such as `legalName`; a custom field's key; `nurture.programID`
  /// for a part of a part.
  package let name: String
  package let value: Sealed<String>

  package init(name: String, value: Sealed<String>) {
    self.name = name
    self.value = value
  }
}

/// One field before and after an event; a side that is `nil` was, or became, absent.
package struct FieldDiff: Hashable, Sendable {
  package let field: String
  package let from: Sealed<String>?
  package let to: Sealed<String>?

  package init(field: String, from: Sealed<String>?, to: Sealed<String>?) {
    self.field = field
    self.from = from
    self.to = to
  }

  /// Such as `stage: “proposal” → “negotiation”`.
  package var words: String {
    switch (from, to) {
    case (let from?, let to?): "\(field): \(Self.words(from)) → \(Self.words(to))"
    case (nil, let to?): "\(field): \(Self.words(to))"
    case (let from?, nil): "\(field): \(Self.words(from)) removed"
    case (nil, nil): field
    }
  }

  private static func words(_ value: Sealed<String>) -> String {
    switch value {
    case .value(let text): "“\(text)”"
    case .erased: "erased"
    case .hidden: "hidden"
    }
  }

  /// What differs, in the order of `new`, then what is gone.
  static func between(_ old: [RecordField], _ new: [RecordField]) -> [FieldDiff] {
    let before = Dictionary(old.map { ($0.name, $0.value) }) { first, _ in first }
    let after = Set(new.map(\.name))
    let changed = new.compactMap { field -> FieldDiff? in
      let earlier = before[field.name]
      guard earlier != field.value else { return nil }
      return FieldDiff(field: field.name, from: earlier, to: field.value)
    }
    let gone = old.filter { !after.contains($0.name) }
      .map { FieldDiff(field: $0.name, from: $0.value, to: nil) }
    return changed + gone
  }
}
