package import EventModel
package import Schema
internal import SwiftProtobuf

/// A field of a record that is not personal.
package struct PlainField: Hashable, Sendable {
  package let name: String
  /// `nil` for none.
  package let value: FieldValue?
}

/// The fields of one of the records of a merge.
package struct MergeSide<Content: MergeableContent>: Hashable, Sendable {
  package let plain: [PlainField]
  package let personal: Content

  func plainValue(_ name: String) -> FieldValue? { plain.first { $0.name == name }?.value }
}

/// A merge as its survivor remembers it, so that it can be taken back.
package struct MergeNote<Content: MergeableContent>: Hashable, Sendable {
  package let mergedID: String
  /// Where the merge stands in the log.
  package let position: Position
  package let resolutions: [FieldResolution]
  /// What the merge moved to the survivor.
  package let relinked: [RecordKey]
  package let caseID: String
  /// The survivor's fields before; `nil` when they can't be read any more.
  package let before: MergeSide<Content>?
}

/// A personal message whose fields a merge settles one by one.
package protocol MergeableContent: ProfileContent {
  /// The personal fields, in their order; custom fields come behind them.
  static var fieldNames: [String] { get }
  var phones: [Phone] { get set }
  var emails: [Email] { get set }
  var ims: [ImIdentity] { get set }
  var customFields: [CustomField] { get }
  /// The field as a change shows it; `nil` for none.
  func shown(_ name: String) -> FieldValue?
}

extension MergeableContent {
  /// This content's field `name` alone.
  func only(_ name: String) -> Self {
    var only = Self()
    only.take(name, from: self)
    return only
  }

  func isEmpty(_ name: String) -> Bool { only(name) == Self() }

  /// Whether both sides' entries stand side by side when nobody chooses.
  static func combines(_ name: String) -> Bool { ["phones", "emails", "ims"].contains(name) }

  /// The field with this content's entries first and then those of `other` that are new.
  func combined(_ name: String, with other: Self) -> Self {
    var combined = only(name)
    switch name {
    case "phones":
      let known = Set(phones.map { $0.e164.isEmpty ? $0.raw : $0.e164 })
      combined.phones += other.phones.filter { !known.contains($0.e164.isEmpty ? $0.raw : $0.e164) }
        .map { phone in phone.with { $0.isPrimary = phones.isEmpty && phone.isPrimary } }
    case "emails":
      let known = Set(emails.map(\.normalized))
      combined.emails += other.emails.filter { !known.contains($0.normalized) }
        .map { email in email.with { $0.isPrimary = emails.isEmpty && email.isPrimary } }
    case "ims": combined.ims += other.ims.filter { !ims.contains($0) }
    default: break
    }
    return combined
  }

  func shownPoint(_ name: String) -> FieldValue? {
    switch name {
    case "phones": FieldValue.texts(phones.map(\.line))
    case "emails": FieldValue.texts(emails.map(\.line))
    case "ims": FieldValue.texts(ims.map(\.line))
    default: customFields.value(of: name)
    }
  }
}

extension Message {
  /// A copy with what `change` sets.
  fileprivate func with(_ change: (inout Self) -> Void) -> Self {
    var copy = self
    change(&copy)
    return copy
  }
}

extension AccountPersonal: MergeableContent {
  package static var fieldNames: [String] { ["name", "phones", "emails", "ims", "address"] }

  package func shown(_ field: String) -> FieldValue? {
    switch field {
    case "name": FieldValue.text(name.line)
    case "address": FieldValue.text(address.line)
    default: shownPoint(field)
    }
  }
}

extension ContactPersonal: MergeableContent {
  package static var fieldNames: [String] {
    ["name", "title", "phones", "emails", "ims", "birthday", "address"]
  }

  package func shown(_ field: String) -> FieldValue? {
    switch field {
    case "name": FieldValue.text(name.line)
    case "title": FieldValue.text(title)
    case "birthday": FieldValue.text(birthday)
    case "address": FieldValue.text(address.line)
    default: shownPoint(field)
    }
  }
}

extension LeadPersonal: MergeableContent {
  package static var fieldNames: [String] {
    ["personName", "title", "phones", "emails", "ims", "need", "address"]
  }

  package func shown(_ field: String) -> FieldValue? {
    switch field {
    case "personName": FieldValue.text(personName.line)
    case "title": FieldValue.text(title)
    case "need": FieldValue.text(need)
    case "address": FieldValue.text(address.line)
    default: shownPoint(field)
    }
  }
}
