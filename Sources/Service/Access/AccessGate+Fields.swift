internal import Audit
internal import CRM
internal import EventModel
internal import Schema

/// Fields on their way out.
extension AccessGate {
  /// The values of `fields` as they may be seen on `path`, and which of them are not whole.
  func filtered(
    _ fields: [RecordField], of facts: RecordFacts, on path: AccessPath
  ) -> FilteredFields {
    var filtered = FilteredFields()
    for field in fields {
      let kind = facts.sensitivity(of: field.name)
      switch evaluator.delivery(user, of: field.name, kind, facts, on: path) {
      case .value:
        filtered.fields.append(field)
        filtered.kinds.append(kind)
      case .masked:
        filtered.fields.append(
          RecordField(name: field.name, value: Self.masked(field.value, field.name, kind)))
        filtered.masked.append(field.name)
      case .withheld: filtered.withheld.append(field.name)
      }
    }
    return filtered
  }

  /// The change as it may be seen; `nil` when nothing of it may.
  func filtered(_ change: FieldDiff, of facts: RecordFacts, on path: AccessPath) -> FieldDiff? {
    let kind = facts.sensitivity(of: change.field)
    switch evaluator.delivery(user, of: change.field, kind, facts, on: path) {
    case .value: return change
    case .masked:
      return FieldDiff(
        field: change.field, from: change.from.map { Self.masked($0, change.field, kind) },
        to: change.to.map { Self.masked($0, change.field, kind) })
    case .withheld: return nil
    }
  }

  static func masked(
    _ value: Sealed<String>, _ name: String, _ kind: Sensitivity.Code
  ) -> Sealed<String> {
    value.map { FieldMask.masked($0, field: name, kind) }
  }

  /// The changes of one entry of a history, as far as they may be seen.
  func changes(
    _ changes: [FieldDiff], of facts: RecordFacts, on path: AccessPath
  ) -> [FieldDiff] {
    changes.compactMap { filtered($0, of: facts, on: path) }
  }

  /// The record that an entry of a history belongs to, if it may be seen; entries of streams that
  /// are no record's are for those who may replay.
  func seen(_ record: String, on path: AccessPath) throws(ServiceError) -> RecordFacts? {
    guard let key = RecordKey(text: record) else { return nil }
    guard let facts = try knownFacts(key), evaluator.may(user, .read, on: facts) else { return nil }
    if let action = path.action, !evaluator.may(user, action, on: facts) { return nil }
    return facts
  }
}

/// Fields with what was kept back of them.
struct FilteredFields {
  var fields: [RecordField] = []
  /// What kinds of fields are shown whole.
  var kinds: [Sensitivity.Code] = []
  var masked: [String] = []
  var withheld: [String] = []

  /// What a person is told of it.
  var notes: [String] {
    (masked.isEmpty ? [] : ["Masked for you: \(masked.joined(separator: ", "))."])
      + (withheld.isEmpty ? [] : ["Not shown to you: \(withheld.joined(separator: ", "))."])
  }
}

extension RecordKey {
  /// Reads `<type>:<id>`, as tags and histories write it.
  init?(text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2,
      let type = ObjectType.Code.allCases.first(where: { $0.streamCategory == parts[0] }),
      type != .objectTypeUnspecified
    else { return nil }
    self.init(type, parts[1])
  }
}
