internal import EventModel
internal import Foundation
package import Schema
internal import SwiftProtobuf

extension Dispute {
  package func decide(
    _ command: DisputeCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .openDispute(let open) = command { return try self.open(open, in: context) }
    guard exists else { throw .notFound(.dispute(Self.target(of: command))) }
    switch command {
    case .openDispute: return []
    case .sealDisputeEvidence(let seal): return try self.seal(seal.pack, in: context)
    case .attachDisputeEvidence(let attach): return try self.attach(attach, in: context)
    case .respondToDispute(let respond): return try self.respond(respond, in: context)
    case .assignArbitrator(let assign): return try self.assign(assign, in: context)
    case .ruleOnDispute(let rule): return try self.rule(rule, in: context)
    case .appealDispute(let appeal): return try self.appeal(appeal, in: context)
    case .withdrawDispute: return try withdraw(in: context)
    case .closeDispute: return try close(in: context)
    case .noteOverdueResponse: return try noteOverdue(in: context)
    }
  }

  func event(
    _ event: DisputeEvent.OneOf_Event, _ personal: DisputePersonal? = nil,
    policyRefs: [PolicyRef] = []
  ) -> DecidedEvent {
    DecidedEvent(
      key, .dispute(event),
      personal: personal.map { [DecidedPersonal(RecordKey(opened.sealedUnder), .dispute($0))] }
        ?? [], related: [subject], policyRefs: policyRefs)
  }

  /// The contested record with its name.
  func ownedSubject(in context: DecisionContext) throws(Refusal) -> OwnedRecord {
    guard let record = context.records.anyState(subject) as? any OwnedAggregate else {
      throw .missing(subject, field: "subject")
    }
    return OwnedRecord(key: subject, record: record)
  }

  func frozen() -> DecidedEvent {
    DecidedEvent(subject, .ownership(.ownershipFrozen(.with { $0.disputeID = id })))
  }

  func unfrozen() -> DecidedEvent {
    DecidedEvent(subject, .ownership(.ownershipUnfrozen(.with { $0.disputeID = id })))
  }

  func refusedNow(_ what: String, _ remedy: String) -> Refusal {
    Refusal(
      .status, "The dispute \(id) is \(status), which is not the time for \(what); \(remedy).")
  }

  /// D-2: what a replay gave is recorded by the product, for anyone to compare with their own.
  private func seal(
    _ pack: DisputeEvidencePackSealed, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard context.isSystem else {
      throw Refusal(
        .permissionScope,
        "SealDisputeEvidence is the product's own; the pack is sealed when a dispute is opened.")
    }
    guard needsPack else { return [] }
    guard pack.fromPosition == 0, pack.toPosition <= context.logSize,
      pack.toPosition == nextPackSize,
      pack.sha256.count == 32, pack.merkleRoot.count == 32, pack.logRoot.count == 32
    else {
      throw Refusal(
        .inconsistent,
        "The pack covers [\(pack.fromPosition), \(pack.toPosition)) and the dispute \(id) needs "
          + "[0, \(nextPackSize)); replay these positions.", field: "pack")
    }
    return [event(.disputeEvidencePackSealed(pack))]
  }

  /// D-3: nothing can be taken back, only countered.
  private func attach(
    _ command: AttachDisputeEvidence, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard freezes else { throw refusedNow("new evidence", "appeal against the ruling") }
    let actor = context.effectiveActorID
    let isAdministrator =
      context.records.state(User.self, actor)?.isAdministrator ?? context.isSystem
    guard partyIDs.contains(actor) || actor == arbitratorID || isAdministrator else {
      throw notParty("AttachDisputeEvidence", in: context)
    }
    try FieldRule.newID(
      RecordKey(.dispute, command.evidenceID), prefix: "evd", field: "evidenceId")
    guard !evidence.contains(where: { $0.id == command.evidenceID }) else {
      throw Refusal(
        .alreadyExists,
        "The dispute \(id) has the evidence \(command.evidenceID) already; use another "
          + "identifier.", field: "evidenceId")
    }
    try FieldRule.text(command.statement, "statement", limit: FieldRule.longByteLimit)
    let digest = try Self.digest(of: command, logSize: context.logSize)
    let attached = DisputeEvidenceAttached.with {
      $0.evidenceID = command.evidenceID
      $0.kind = command.kind
      $0.eventPositions = command.eventPositions
      $0.sha256 = .init(digest)
      $0.by = actor
    }
    let personal = DisputePersonal.with {
      $0.statement = command.statement
      if command.hasAttachment { $0.attachment = command.attachment }
    }
    return [event(.disputeEvidenceAttached(attached), personal)]
  }

  /// What each kind of evidence must bring along, and the digest of it.
  private static func digest(
    of command: AttachDisputeEvidence, logSize: UInt64
  ) throws(Refusal) -> [UInt8] {
    switch command.kind {
    case .eventRange:
      guard !command.eventPositions.isEmpty, command.eventPositions.count <= 1000 else {
        throw Refusal(
          .required, "eventPositions has none or more than 1000; name the events.",
          field: "eventPositions")
      }
      if let position = command.eventPositions.first(where: { $0 >= logSize }) {
        throw Refusal(
          .reference, "eventPositions names \(position), and the log ends before it; correct it.",
          field: "eventPositions")
      }
      return []
    case .document, .externalRecord:
      guard command.hasAttachment, command.attachment.sha256.count == 32 else {
        throw Refusal(
          .required, "attachment has no sha256 of 32 bytes; give the document's digest.",
          field: "attachment.sha256")
      }
      return Array(command.attachment.sha256)
    case .statement:
      try FieldRule.required(command.statement, "statement", of: "The evidence")
      return Digest.sha256(Array(command.statement.utf8)).bytes
    case .disputeEvidenceKindUnspecified: throw .required("kind", of: "The evidence")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "kind")
    }
  }

  private func respond(
    _ command: RespondToDispute, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard context.effectiveActorID == opened.respondentID else {
      throw Refusal(
        .permissionScope,
        "The response to the dispute \(id) is \(opened.respondentID)'s, and "
          + "\(context.effectiveActorID) is not that user; attach evidence instead.")
    }
    guard status == .open || status == .responding else {
      throw refusedNow("a response", "attach evidence while it is under review")
    }
    try FieldRule.required(command.statement, "statement", of: "The response")
    return [
      event(
        .disputeResponseFiled(.with { $0.by = context.effectiveActorID }),
        .with { $0.statement = command.statement })
    ]
  }

  /// D-4.
  private func assign(
    _ command: AssignArbitrator, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard freezes else { throw refusedNow("an arbitrator", "appeal against the ruling") }
    let actor = context.effectiveActorID
    guard context.isSystem || context.records.state(User.self, actor)?.isAdministrator == true
    else {
      throw Refusal(
        .permissionScope,
        "AssignArbitrator is for administrators, and \(actor) is none; ask one.")
    }
    guard command.arbitratorID != arbitratorID else { return [] }
    let owner = try ownedSubject(in: context).ownership.ownerUserID
    try requireArbitrator(command.arbitratorID, owner: owner, in: context)
    return [
      event(
        .disputeArbitratorAssigned(
          .with { ($0.arbitratorID, $0.from) = (command.arbitratorID, arbitratorID) }))
    ]
  }

  /// D-4: whoever rules has the role, is no party and gains nothing, and did not rule before.
  func requireArbitrator(
    _ userID: String, owner: String?, in context: DecisionContext
  ) throws(Refusal) {
    let user = try context.require(User.self, userID, field: "arbitratorId")
    guard user.status == .active, user.roleIDs.contains(BuiltInRole.arbitrator) else {
      throw Refusal(
        .permissionScope,
        "\(userID) is not active or has not the role arbitrator; choose who has it.",
        field: "arbitratorId")
    }
    let hasInterest =
      partyIDs.contains(userID) || userID == opened.contestedActorID || userID == owner
    guard !hasInterest else {
      throw Refusal(
        .permissionSelf,
        "\(userID) is a party of the dispute \(id), or made or owns what is contested; choose "
          + "another arbitrator.", field: "arbitratorId")
    }
    guard !rulings.contains(where: { $0.by == userID }) else {
      throw Refusal(
        .permissionSelf,
        "\(userID) ruled on the dispute \(id) before the appeal; choose another arbitrator.",
        field: "arbitratorId")
    }
  }

  func notParty(_ command: String, in context: DecisionContext) -> Refusal {
    Refusal(
      .permissionScope,
      "\(command) is for the parties of the dispute \(id), \(partyIDs.joined(separator: " and ")), "
        + "and \(context.effectiveActorID) is none of them.")
  }
}

/// The ways out.
extension Dispute {
  /// D-7: once, in time; the record is frozen again until the second ruling.
  private func appeal(
    _ command: AppealDispute, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let actor = context.effectiveActorID
    guard partyIDs.contains(actor) else { throw notParty("AppealDispute", in: context) }
    guard status == .applied, let ruling = rulings.last else {
      throw refusedNow("an appeal", "one can be made against a first ruling only")
    }
    guard let until = ruling.appealUntil, context.now <= until else {
      throw Refusal(
        .tooLate,
        "The ruling on the dispute \(id) could be appealed until "
          + "\(ruling.appealUntil.map { "\($0)" } ?? "its end"); it stands.")
    }
    guard !formerAppellantIDs.contains(actor) else {
      throw Refusal(
        .status,
        "\(actor) appealed against the ruling on the dispute \(id) and took that back, and there is "
          + "one appeal for each party; the ruling stands.")
    }
    try FieldRule.required(command.statement, "statement", of: "The appeal")
    let owned = try ownedSubject(in: context)
    try OwnershipRule.requireNotFrozen(owned.ownership, subject)
    return [
      event(
        .disputeAppealed(.with { $0.by = actor }), .with { $0.statement = command.statement }),
      frozen(),
    ]
  }

  /// The claimant takes the claim back, or the appellant the appeal.
  private func withdraw(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    let actor = context.effectiveActorID
    guard freezes else { throw refusedNow("a withdrawal", "a ruling stands or falls by an appeal") }
    let entitled = isAppealed ? appellantID : opened.claimantID
    guard actor == entitled else {
      throw Refusal(
        .permissionScope,
        "Only \(entitled) can take back what it \(isAppealed ? "appealed" : "claimed") in the "
          + "dispute \(id), and \(actor) is another.")
    }
    let isAppeal = isAppealed
    let withdrawn = DisputeWithdrawn.with {
      $0.by = actor
      $0.isAppeal = isAppeal
      $0.subject = opened.subject
    }
    // What one party takes back leaves the other its own time to appeal.
    let isOver = rulings.last?.appealUntil.map { context.now > $0 } ?? true
    return [event(.disputeWithdrawn(withdrawn)), unfrozen()]
      + (isAppeal && isOver ? [closed(.appealWithdrawn)] : [])
  }

  /// When nobody appealed in time.
  private func close(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard status != .closed else { return [] }
    guard status == .applied, let until = rulings.last?.appealUntil else {
      throw refusedNow("closing", "it is closed when its ruling can't be appealed any more")
    }
    let actor = context.effectiveActorID
    let isAdministrator = context.records.state(User.self, actor)?.isAdministrator == true
    guard context.isSystem || isAdministrator || partyIDs.contains(actor) || actor == arbitratorID
    else { throw notParty("CloseDispute", in: context) }
    guard context.now > until else {
      throw Refusal(
        .status, "The dispute \(id) may be appealed until \(until); close it after that.")
    }
    return [closed(.appealPeriodOver)]
  }

  private func noteOverdue(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("NoteOverdueResponse", in: context)
    guard awaitsResponse, responseDueAt <= context.now else { return [] }
    return [
      event(
        .disputeResponseOverdue(
          .with {
            ($0.respondentID, $0.dueAt) = (opened.respondentID, opened.responseDueAt)
          }))
    ]
  }

  func closed(_ cause: DisputeCloseCause.Code) -> DecidedEvent {
    event(.disputeClosed(.with { ($0.cause, $0.subject) = (cause, opened.subject) }))
  }
}
