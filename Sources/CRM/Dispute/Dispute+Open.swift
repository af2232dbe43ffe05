internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Dispute {
  /// D-1: one dispute a record, by whoever has or had a part in it, in time; and nobody takes the
  /// record away meanwhile.
  func open(_ command: OpenDispute, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.dispute(command.disputeID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "dsp", field: "disputeId")
    let owned = try Self.contested(command, in: context)
    try Self.checkTexts(command)
    try context.requireReason(for: "OpenDispute")
    guard let owner = owned.ownership.owner else {
      throw Refusal(
        .ownershipNotOwner,
        "The \(owned.key.typeName) \(owned.key.id) has no owner to be disputed; use "
          + "AssignOwnership.", field: "subject")
    }
    let claimant = try Self.claimant(of: command, owner: owner, owned, in: context)
    let respondent = try Self.respondent(of: command, claimant: claimant, owned, in: context)
    let contested = try Self.contestedChange(command, owned, in: context)
    let due = context.workingDays()
      .moment(afterDays: context.settings.disputeResponseDays, from: context.now)
    guard let due else {
      throw Refusal(
        .range,
        "The organisation's calendar has no working days for a response in ten years; publish "
          + "another.", field: "defaultCalendar")
    }
    let opened = DisputeOpened.with {
      $0.disputeID = command.disputeID
      $0.subject = command.subject
      $0.kind = command.kind
      $0.claimantID = claimant
      $0.respondentID = respondent
      if let contested {
        $0.contestedPosition = contested.position.rawValue
        $0.contestedActorID = contested.actorID
        $0.contestedAt = contested.at.message
      }
      $0.responseDueAt = due.message
      $0.owner = owner
      $0.sealedUnder = owned.record.subject.reference
      $0.asOfSize = context.logSize
    }
    let personal = DisputePersonal.with {
      $0.statement = command.statement
      $0.requestedRemedy = command.requestedRemedy
    }
    let frozen = OwnershipFrozen.with { $0.disputeID = command.disputeID }
    return [
      DecidedEvent(
        key, .dispute(.disputeOpened(opened)),
        personal: [DecidedPersonal(owned.record.subject, .dispute(personal))]),
      DecidedEvent(owned.key, .ownership(.ownershipFrozen(frozen))),
    ]
  }

  private static func contested(
    _ command: OpenDispute, in context: DecisionContext
  ) throws(Refusal) -> OwnedRecord {
    guard command.hasSubject else { throw .required("subject", of: "The dispute") }
    let subject = RecordKey(command.subject)
    guard let state = context.records.anyState(subject) else {
      throw .missing(subject, field: "subject")
    }
    guard let record = state as? any OwnedAggregate else {
      throw Refusal(
        .ownershipKind,
        "A \(subject.typeName) has no owner; dispute a lead, an account, a contact, an opportunity "
          + "or a ticket.", field: "subject")
    }
    let owned = OwnedRecord(key: subject, record: record)
    try owned.requireChangeable()
    try OwnershipRule.requireNotFrozen(record.ownership, subject)
    return owned
  }

  private static func checkTexts(_ command: OpenDispute) throws(Refusal) {
    switch command.kind {
    case .ownership, .firstRegistration, .creditSplit, .wrongfulTransfer, .wrongfulRecycle,
      .dataMisuse:
      break
    case .disputeKindUnspecified: throw .required("kind", of: "The dispute")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "kind")
    }
    try FieldRule.required(command.statement, "statement", of: "The dispute")
    try FieldRule.text(
      command.requestedRemedy, "requestedRemedy", limit: FieldRule.longByteLimit)
  }

  private static func claimant(
    of command: OpenDispute, owner: OwnerRef, _ owned: OwnedRecord, in context: DecisionContext
  ) throws(Refusal) -> String {
    let claimant = claimantID(of: command, in: context)
    let user = try context.require(User.self, claimant, field: "claimantId")
    guard user.status == .active else {
      throw Refusal(
        .status, "claimantId names the user \(claimant), who is not active; name another.",
        field: "claimantId")
    }
    let actor = context.effectiveActorID
    guard claimant == actor || OwnershipRule.mayManage(.user(claimant), actor, in: context) else {
      throw Refusal(
        .permissionScope,
        "\(actor) stands not above \(claimant) and can't claim in that name; let \(claimant) claim.",
        field: "claimantId")
    }
    let ownership = owned.ownership
    let hasPart =
      ownership.isOwned(by: claimant) || ownership.formerOwners.contains(.user(claimant))
      || ownership.collaborators.contains { $0.userID == claimant }
      || context.records.participants(of: owned.key).contains(claimant)
      || OwnershipRule.mayManage(owner, claimant, in: context)
    guard hasPart else {
      throw Refusal(
        .permissionScope,
        "\(claimant) never owned, made or worked on the \(owned.key.typeName) \(owned.key.id), and "
          + "stands not above its owner; let someone with a part in it open the dispute.",
        field: "claimantId")
    }
    return claimant
  }

  private static func respondent(
    of command: OpenDispute, claimant: String, _ owned: OwnedRecord, in context: DecisionContext
  ) throws(Refusal) -> String {
    let named = command.respondentID
    guard let respondent = named.isEmpty ? owned.ownership.ownerUserID : named else {
      throw Refusal(
        .required,
        "respondentId is empty, and the \(owned.key.typeName) \(owned.key.id) belongs to a pool; "
          + "name who is to answer.", field: "respondentId")
    }
    _ = try context.require(User.self, respondent, field: "respondentId")
    guard respondent != claimant else {
      throw Refusal(
        .inconsistent, "\(claimant) is claimant and respondent; name who is to answer.",
        field: "respondentId")
    }
    return respondent
  }

  /// The change of the owner that is contested, which must not be too long ago.
  private static func contestedChange(
    _ command: OpenDispute, _ owned: OwnedRecord, in context: DecisionContext
  ) throws(Refusal) -> Ownership.Change? {
    var contested = owned.ownership.changes.last
    if command.hasContestedPosition {
      contested = owned.ownership.changes.first {
        $0.position.rawValue == command.contestedPosition
      }
      guard contested != nil else {
        throw Refusal(
          .reference,
          "contestedPosition is \(command.contestedPosition), where the \(owned.key.typeName) "
            + "\(owned.key.id) got no other owner; see `deed owners`.", field: "contestedPosition")
      }
    }
    guard let contested else { return nil }
    let days = context.settings.disputeWindowDays
    let until = contested.at.advanced(byMicroseconds: Int64(days) * 86_400_000_000)
    let actor = context.records.state(User.self, context.effectiveActorID)
    guard context.now <= until || context.isSystem || actor?.isAdministrator == true else {
      throw Refusal(
        .tooLate,
        "The contested event at \(contested.position) was recorded at \(contested.at), more than "
          + "\(days) days ago; ask an administrator to open the dispute.",
        field: "contestedPosition")
    }
    return contested
  }
}
