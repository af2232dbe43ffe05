package import Schema
internal import SwiftProtobuf

/// A record that can be tagged.
package protocol TaggedAggregate: OwnedAggregate {
  var tags: RecordTags { get }
}

extension Account: TaggedAggregate {}
extension Contact: TaggedAggregate {}
extension Lead: TaggedAggregate {}
extension Opportunity: TaggedAggregate {}

/// Commands on tags, of whatever type the record is.
package enum TagDecision {
  package typealias Command = TagCommand.OneOf_Command

  package static func target(of command: Command) -> RecordKey {
    switch command {
    case .applyTag(let command): RecordKey(command.record)
    case .removeTag(let command): RecordKey(command.record)
    }
  }

  package static func decide(
    _ command: Command, on record: any TaggedAggregate
  ) throws(Refusal) -> [DecidedEvent] {
    let key = target(of: command)
    guard record.exists else { throw .notFound(key) }
    if let account = record as? Account { try account.requireActive() }
    if let contact = record as? Contact { try contact.requireActive() }
    if let lead = record as? Lead, lead.status == .merged { try lead.requireOpen() }
    switch command {
    case .applyTag(let apply):
      try check(apply.tagID)
      guard !record.tags.ids.contains(apply.tagID) else { return [] }
      guard record.tags.ids.count < limit else {
        throw Refusal(
          .range, "The \(key.typeName) \(key.id) has \(limit) tags already; remove one first.")
      }
      let applied = TagApplied.with {
        $0.tagID = apply.tagID
        $0.origin = apply.origin == .tagOriginUnspecified ? .manual : apply.origin
        $0.ruleID = apply.ruleID
      }
      return [DecidedEvent(key, .tag(.tagApplied(applied)))]
    case .removeTag(let remove):
      // As it was applied: text that is equal may be written with other bytes.
      guard let applied = record.tags.ids.first(where: { $0 == remove.tagID }) else { return [] }
      let removed = TagRemoved.with {
        $0.tagID = applied
        $0.origin = remove.origin == .tagOriginUnspecified ? .manual : remove.origin
        $0.ruleID = remove.ruleID
      }
      return [DecidedEvent(key, .tag(.tagRemoved(removed)))]
    }
  }

  /// The most tags a record may have.
  static let limit = 100

  private static func check(_ tagID: String) throws(Refusal) {
    try FieldRule.required(tagID, "tagId", of: "The command")
    try FieldRule.text(tagID, "tagId", limit: 80)
    guard !tagID.contains(where: \.isWhitespace) else {
      throw Refusal(
        .format, "tagId “\(tagID)” has white space in it; use an identifier.", field: "tagId")
    }
  }
}
