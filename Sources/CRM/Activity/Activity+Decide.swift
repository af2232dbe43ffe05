internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Activity {
  package func decide(
    _ command: ActivityCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .logActivity(let log) = command { return try self.log(log, in: context) }
    guard exists else { throw .notFound(RecordKey(.activity, Self.target(of: command))) }
    guard !isRetracted else {
      throw Refusal(.status, "The activity \(id) was retracted; log it again if it took place.")
    }
    switch command {
    case .logActivity: return []
    case .correctActivity(let correction): return try correct(correction, in: context)
    case .retractActivity:
      try context.requireReason(for: "RetractActivity")
      return [DecidedEvent(key, .activity(.activityRetracted(.init())), related: about)]
    case .addComment(let comment): return try add(comment, in: context)
    }
  }

  /// The records that it is about, so that what is said of it is found with them.
  private var about: [RecordKey] {
    subjects.map { RecordKey($0) } + contactIDs.map { .contact($0) }
  }

  /// Whose erasure takes the text with it: the first contact's, else the first subject's.
  func sealingRecord(in context: DecisionContext) -> RecordKey {
    let record =
      contactIDs.first.map { RecordKey.contact($0) } ?? subjects.first.map { RecordKey($0) }
    guard let record else { return key }
    return (context.records.anyState(record) as? any OwnedAggregate)?.subject ?? record
  }

  /// AC-5: what was written before stands in the event.
  private func correct(
    _ correction: CorrectActivity, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try context.requireReason(for: "CorrectActivity")
    var plain = FieldChanges()
    var sealed = FieldChanges()
    var new = ActivityPersonal()
    for change in correction.changes {
      switch ActivityField(rawValue: change.field) {
      case .outcome: plain.text("outcome", outcome, change.to.text)
      case .durationSeconds:
        let to: FieldValue? = change.hasTo ? .with { $0.integer = change.to.integer } : nil
        guard change.to.integer >= 0 else {
          throw Refusal(
            .range, "durationSeconds is negative; give 0 or more.", field: "durationSeconds")
        }
        plain.add(
          "durationSeconds", durationSeconds.map { seconds in .with { $0.integer = seconds } }, to)
      case nil: try correct(change, &sealed, &new)
      }
    }
    new.changes = sealed.changes
    guard !plain.isEmpty || !sealed.isEmpty else { return [] }
    return [
      DecidedEvent(
        key, .activity(.activityCorrected(.with { $0.changes = plain.changes })),
        personal: [DecidedPersonal(sealingRecord(in: context), .activity(new))], related: about)
    ]
  }

  private func correct(
    _ change: FieldChange, _ sealed: inout FieldChanges, _ new: inout ActivityPersonal
  ) throws(Refusal) {
    let current = try profile.readable(key)
    let text = change.to.text
    try FieldRule.text(text, change.field, limit: FieldRule.longByteLimit)
    switch change.field {
    case "summary":
      new.summary = text
      sealed.text("summary", current.summary, text)
    case "needsChange":
      new.needsChange = text
      sealed.text("needsChange", current.needsChange, text)
    case "concerns":
      new.concerns = text
      sealed.text("concerns", current.concerns, text)
    case "title":
      new.title = text
      sealed.text("title", current.title, text)
    default: throw .unknownCode(change.field, field: "changes.field")
    }
  }

  private func add(
    _ comment: AddComment, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(comment.text, "text", of: "The comment")
    try FieldRule.required(comment.commentID, "commentId", of: "The comment")
    guard !commentIDs.contains(comment.commentID) else {
      throw Refusal(
        .alreadyExists,
        "The activity \(id) has the comment \(comment.commentID) already; use "
          + "another identifier.", field: "commentId")
    }
    for mention in comment.mentions {
      _ = try context.require(User.self, mention, field: "mentions")
    }
    let added = CommentAdded.with {
      ($0.commentID, $0.mentions) = (comment.commentID, comment.mentions)
    }
    return [
      DecidedEvent(
        key, .activity(.commentAdded(added)),
        personal: [
          DecidedPersonal(sealingRecord(in: context), .activity(.with { $0.text = comment.text }))
        ], related: about)
    ]
  }
}
