internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// What people note about an account: changes, needs, commitments, verified fields.
extension Account {
  func record(_ change: RecordMajorChange) throws(Refusal) -> [DecidedEvent] {
    guard change.kind != .majorChangeKindUnspecified else {
      throw .required("kind", of: "The command")
    }
    try FieldRule.text(change.note, "note", limit: FieldRule.longByteLimit)
    return [
      event(
        .accountMajorChangeRecorded(.with { $0.kind = change.kind }),
        .with { $0.note = change.note })
    ]
  }

  func record(_ need: RecordNeed, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(need.text, "text", of: "The need")
    try FieldRule.required(need.needID, "needId", of: "The need")
    guard !openNeedIDs.contains(need.needID) else {
      throw Refusal(
        .alreadyExists,
        "The account \(id) has the open need \(need.needID) already; use another "
          + "identifier.", field: "needId")
    }
    return [
      event(
        .needRecorded(
          .with {
            $0.needID = need.needID
            $0.occurredAt = need.hasOccurredAt ? need.occurredAt : context.occurredAt.message
          }), .with { $0.need = need.text })
    ]
  }

  func close(_ need: CloseNeed) throws(Refusal) -> [DecidedEvent] {
    guard openNeedIDs.contains(need.needID) else {
      throw Refusal(
        .notFound, "The account \(id) has no open need \(need.needID); check the identifier.",
        field: "needId")
    }
    return [event(.needClosed(.with { $0.needID = need.needID }))]
  }

  func record(
    _ commitment: RecordCommitment, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(commitment.promise, "promise", of: "The commitment")
    try FieldRule.required(commitment.commitmentID, "commitmentId", of: "The commitment")
    guard !openCommitmentIDs.contains(commitment.commitmentID) else {
      throw Refusal(
        .alreadyExists,
        "The account \(id) has the open commitment \(commitment.commitmentID) "
          + "already; use another identifier.", field: "commitmentId")
    }
    let promisedBy = commitment.promisedBy.isEmpty ? context.actor.text : commitment.promisedBy
    _ = try context.require(User.self, promisedBy, field: "promisedBy")
    return [
      event(
        .commitmentRecorded(
          .with {
            $0.commitmentID = commitment.commitmentID
            $0.promisedBy = promisedBy
            if commitment.hasDueAt { $0.dueAt = commitment.dueAt }
          }), .with { $0.promise = commitment.promise })
    ]
  }

  func requireCommitment(_ commitmentID: String) throws(Refusal) {
    guard openCommitmentIDs.contains(commitmentID) else {
      throw Refusal(
        .notFound,
        "The account \(id) has no open commitment \(commitmentID); check the "
          + "identifier.", field: "commitmentId")
    }
  }

  func verify(_ verification: VerifyAccountField) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(verification.field, "field", of: "The verification")
    try FieldRule.required(verification.method, "method", of: "The verification")
    let personal: Set = ["name", "phones", "emails", "ims", "address"]
    guard AccountField(rawValue: verification.field) != nil || personal.contains(verification.field)
    else { throw .unknownCode(verification.field, field: "field") }
    return [
      event(
        .accountFieldVerified(
          .with { ($0.field, $0.method) = (verification.field, verification.method) }),
        .with { $0.evidence = verification.evidence })
    ]
  }

  /// What people entered stays, unless the command overwrites.
  func enrich(_ enrichment: ApplyEnrichment) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(enrichment.provider, "provider", of: "The enrichment")
    var changes = FieldChanges()
    var skipped: [String] = []
    for change in enrichment.changes {
      guard let field = AccountField(rawValue: change.field), field != .name else {
        throw .unknownCode(change.field, field: "changes.field")
      }
      let current = value(of: field)
      guard case .text(let text)? = change.to.value else {
        throw .required("to.text", of: "The change of \(change.field)")
      }
      let new =
        field == .unifiedSocialCreditCode ? try FieldRule.unifiedSocialCreditCode(text) : text
      try FieldRule.text(new, change.field)
      if current.isEmpty || enrichedFields.contains(change.field) || enrichment.overwrite {
        changes.text(change.field, current, new)
      } else if current != new {
        skipped.append(change.field)
      }
    }
    guard !changes.isEmpty || !skipped.isEmpty else { return [] }
    return [
      event(
        .accountEnriched(
          .with {
            $0.provider = enrichment.provider
            if enrichment.hasAsOf { $0.asOf = enrichment.asOf }
            $0.changes = changes.changes
            $0.skippedBecauseHuman = skipped
          }))
    ]
  }

  func value(of field: AccountField) -> String {
    switch field {
    case .name: name
    case .legalName: legalName
    case .unifiedSocialCreditCode: unifiedSocialCreditCode
    case .industryCode: industryCode
    case .sizeBand: sizeBand
    case .website: website
    case .domain: domain
    case .partnerID: partnerID
    }
  }
}
