internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Handover {
  package func decide(
    _ command: HandoverCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .startHandover(let start) = command { return try self.start(start, in: context) }
    guard exists else { throw .notFound(.handover(Self.target(of: command))) }
    switch command {
    case .startHandover: return []
    case .planHandoverItems(let plan): return try self.plan(plan, in: context)
    case .approveHandoverPlan: return try approve(in: context)
    case .executeHandoverItem(let execute):
      return try self.execute(RecordKey(execute.recordRef), in: context)
    case .writeHandoverBriefing(let write): return try brief(write, in: context)
    case .acknowledgeHandover(let acknowledge):
      return try self.acknowledge(acknowledge, in: context)
    case .reportHandoverAccess(let report):
      try TaskRecord.requirePolicy("ReportHandoverAccess", in: context)
      return accessReport == nil ? [event(.handoverAccessReported(report.report))] : []
    case .completeHandover: return try complete(in: context)
    case .cancelHandover: return try cancel(in: context)
    case .returnHandoverItem(let item): return try giveBack(RecordKey(item.recordRef), in: context)
    case .revertHandover: return try revert(in: context)
    case .noteOverdueHandover(let note): return try noteOverdue(note.userID, in: context)
    }
  }

  func event(
    _ event: HandoverEvent.OneOf_Event, _ personal: HandoverPersonal? = nil,
    sealedUnder subject: RecordKey? = nil
  ) -> DecidedEvent {
    DecidedEvent(
      key, .handover(event),
      personal: personal.map { [DecidedPersonal(subject ?? key, .handover($0))] } ?? [],
      related: [.user(fromUserID)])
  }

  /// Whoever stands above the leaver, and administrators.
  func requireRight(
    _ command: String, over userID: String, in context: DecisionContext
  ) throws(Refusal) {
    let actor = context.effectiveActorID
    guard OwnershipRule.mayManage(.user(userID), actor, in: context), actor != userID else {
      throw Refusal(
        .permissionScope,
        "\(command) is for administrators and those above \(userID), and \(actor) is none of them; "
          + "ask one.")
    }
  }

  func refusedNow(_ what: String, _ remedy: String) -> Refusal {
    Refusal(.status, "The handover \(id) is \(status) and takes no \(what); \(remedy).")
  }

  /// The leaver loses at once the rights by which customers are carried off.
  private func start(
    _ command: StartHandover, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.handover(command.handoverID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "hnd", field: "handoverId")
    let leaver = try context.require(User.self, command.fromUserID, field: "fromUserId")
    try requireRight("StartHandover", over: leaver.id, in: context)
    try context.requireReason(for: "StartHandover")
    guard leaver.status != .deactivated else {
      throw Refusal(
        .status, "The user \(leaver.id) is deactivated; hand over before that.",
        field: "fromUserId")
    }
    guard leaver.restrictedRights.isEmpty else {
      throw Refusal(
        .status,
        "The user \(leaver.id) has restricted rights already, as of another handover; finish or "
          + "cancel it first.", field: "fromUserId")
    }
    switch command.cause {
    case .resignation, .dismissal, .internalMove, .longLeave: break
    case .handoverCauseUnspecified: throw .required("cause", of: "The handover")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "cause")
    }
    let effective = command.hasEffectiveAt ? Timestamp(command.effectiveAt) : context.now
    if command.hasReturnOn {
      guard command.cause == .longLeave, Timestamp(command.returnOn) > effective else {
        throw Refusal(
          .inconsistent, "returnOn is for a longLeave, and behind effectiveAt; correct it.",
          field: "returnOn")
      }
    }
    let started = HandoverStarted.with {
      $0.handoverID = command.handoverID
      $0.fromUserID = leaver.id
      $0.cause = command.cause
      $0.effectiveAt = effective.message
      if command.hasReturnOn { $0.returnOn = command.returnOn }
      $0.counts = Self.counts(of: context.records.holdings(of: leaver.id))
    }
    let restricted = UserRightsRestricted.with {
      ($0.rights, $0.handoverID) = (Self.restrictedRights, command.handoverID)
    }
    return [
      DecidedEvent(key, .handover(.handoverStarted(started))),
      DecidedEvent(.user(leaver.id), .user(.userRightsRestricted(restricted))),
    ]
  }

  private static func counts(of records: [RecordKey]) -> [HandoverCount] {
    var counts: [Int: UInt32] = [:]
    for record in records { counts[record.type.rawValue, default: 0] += 1 }
    return counts.sorted { $0.key < $1.key }.map { type, count in
      .with { ($0.objectType, $0.count) = (ObjectType.Code(rawValue: type) ?? .lead, count) }
    }
  }

  func restored() -> DecidedEvent {
    let restored = UserRightsRestored.with {
      ($0.rights, $0.handoverID) = (Self.restrictedRights, id)
    }
    return DecidedEvent(.user(fromUserID), .user(.userRightsRestored(restored)))
  }

  /// Before anything was handed over.
  private func cancel(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard status != .cancelled else { return [] }
    guard [.draft, .planned, .approved].contains(status) else {
      throw refusedNow("cancelling", "what was handed over is given back one by one")
    }
    try requireRight("CancelHandover", over: fromUserID, in: context)
    try context.requireReason(for: "CancelHandover")
    return [event(.handoverCancelled(.init())), restored()]
  }
}

/// The people's part: what is to be known, and that it was read.
extension Handover {
  private func brief(
    _ command: WriteHandoverBriefing, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let actor = context.effectiveActorID
    if actor != fromUserID {
      try requireRight("WriteHandoverBriefing", over: fromUserID, in: context)
    }
    guard status != .cancelled, status != .reverted else {
      throw refusedNow("briefing", "it is over")
    }
    let record = RecordKey(command.recordRef)
    guard items[record] != nil else {
      throw Refusal(
        .reference, "recordRef names \(record), which the handover \(id) has not; plan it first.",
        field: "recordRef")
    }
    try FieldRule.required(command.summary, "summary", of: "The briefing")
    guard command.openCommitments.count <= 100 else {
      throw Refusal(
        .range, "openCommitments has more than 100; join some.", field: "openCommitments")
    }
    for commitment in command.openCommitments {
      try FieldRule.text(commitment, "openCommitments", limit: FieldRule.longByteLimit)
    }
    let written = HandoverBriefingWritten.with {
      $0.recordRef = command.recordRef
      $0.openCommitmentCount = UInt32(command.openCommitments.count)
    }
    let personal = HandoverPersonal.with {
      ($0.summary, $0.openCommitments) = (command.summary, command.openCommitments)
    }
    let subject = (context.records.anyState(record) as? any OwnedAggregate)?.subject
    return [event(.handoverBriefingWritten(written), personal, sealedUnder: subject ?? record)]
  }

  private func acknowledge(
    _ command: AcknowledgeHandover, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let actor = context.effectiveActorID
    let waiting = unacknowledged(by: actor)
    var records = command.recordRefs.map { RecordKey($0) }
    if records.isEmpty {
      let isReceiver = items.values.contains {
        $0.disposition == .toUser && $0.toUserID == actor && $0.state == .executed
      }
      guard isReceiver else {
        throw Refusal(
          .permissionScope,
          "\(actor) received nothing by the handover \(id) and has nothing to acknowledge.")
      }
      records = waiting
    }
    for record in records {
      guard items[record]?.toUserID == actor, items[record]?.state == .executed else {
        throw Refusal(
          .reference,
          "recordRefs names \(record), which \(actor) did not receive by the handover \(id); leave "
            + "it out.", field: "recordRefs")
      }
    }
    let new = waiting.filter { records.contains($0) }
    guard !new.isEmpty else { return [] }
    return [
      event(
        .handoverAcknowledged(
          .with { ($0.byUserID, $0.recordRefs) = (actor, new.map(\.reference)) }))
    ]
  }

  /// Once a receiver, when the time is over and something is not acknowledged.
  private func noteOverdue(
    _ userID: String, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("NoteOverdueHandover", in: context)
    let waiting = unacknowledged(by: userID)
    guard !waiting.isEmpty, !overdueUserIDs.contains(userID), let acknowledgeUntil,
      context.now >= acknowledgeUntil
    else { return [] }
    return [
      event(
        .handoverAcknowledgementOverdue(
          .with { ($0.userID, $0.recordCount) = (userID, UInt32(waiting.count)) }))
    ]
  }
}
