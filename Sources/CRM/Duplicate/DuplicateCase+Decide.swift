internal import EventModel
package import Schema
internal import SwiftProtobuf

extension DuplicateCase {
  package func decide(
    _ command: DuplicateCaseCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .openDuplicateCase(let open) = command { return try self.open(open, in: context) }
    guard exists else { throw .notFound(.duplicateCase(Self.target(of: command))) }
    switch command {
    case .openDuplicateCase: return []
    case .dismissDuplicate:
      if status == .dismissed { return [] }
      try requireUndecided()
      try requireImpartial(context)
      try context.requireReason(for: "DismissDuplicate")
      return [event(.duplicateDismissed(DuplicateDismissed()))]
    case .settleCollision(let settle): return try self.settle(settle, in: context)
    case .escalateCollision(let escalate):
      try requireContested("EscalateCollision")
      try requireUndecided()
      try FieldRule.required(escalate.disputeID, "disputeId", of: "The escalation")
      return [event(.collisionEscalated(.with { $0.disputeID = escalate.disputeID }))]
    case .noteOverdueCollision: return try noteOverdue(in: context)
    }
  }

  func event(_ event: DuplicateCaseEvent.OneOf_Event) -> DecidedEvent {
    DecidedEvent(key, .duplicateCase(event))
  }

  private func open(
    _ command: OpenDuplicateCase, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.duplicateCase(command.caseID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "dup", field: "caseId")
    guard context.isSystem else {
      throw Refusal(
        .permissionScope,
        "OpenDuplicateCase is a policy's command; make the record, and its case is opened with it.")
    }
    guard !command.refs.isEmpty else { throw .required("refs", of: "The case") }
    for reference in command.refs {
      let record = RecordKey(reference)
      guard context.records.anyState(record) != nil else { throw .missing(record, field: "refs") }
    }
    guard Set(command.refs).count == command.refs.count, command.refs.count <= Self.recordLimit
    else {
      throw Refusal(
        .inconsistent,
        "refs names a record twice, or more than \(Self.recordLimit); name each once.",
        field: "refs")
    }
    let finding = CaseFinding(
      caseID: command.caseID, records: command.refs.map { RecordKey($0) }, score: command.score,
      keys: command.keys, modelVersion: command.modelVersion, trigger: command.trigger)
    return [
      finding.event(parties: command.parties, refusedType: command.refusedType)
    ]
  }

  /// How many records one case may name.
  static let recordLimit = 50

  private func settle(
    _ settle: SettleCollision, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireContested("SettleCollision")
    try requireUndecided()
    guard settle.outcome != .settlementOutcomeUnspecified else {
      throw .required("outcome", of: "The settlement")
    }
    try requireImpartial(context)
    try context.requireReason(for: "SettleCollision")
    return [event(.collisionSettled(.with { $0.outcome = settle.outcome }))]
  }

  private func requireContested(_ command: String) throws(Refusal) {
    guard isContested else {
      throw Refusal(
        .status,
        "The case \(id) is not contested, and \(command) is for contested ones; dismiss it, or "
          + "merge its records.")
    }
  }

  private func requireUndecided() throws(Refusal) {
    switch status {
    case .open, .overridden: return
    case .dismissed, .merged, .settled, .escalated, .duplicateCaseStatusUnspecified,
      .UNRECOGNIZED:
      throw Refusal(.status, "The case \(id) is \(status) already; nothing was changed.")
    }
  }

  /// U-4: nobody decides a claim of their own.
  private func requireImpartial(_ context: DecisionContext) throws(Refusal) {
    let actors = [context.actor.text, context.effectiveActorID]
    guard !parties.contains(where: { $0.kind == .user && actors.contains($0.id) }) else {
      throw Refusal(
        .permissionSelf,
        "\(context.effectiveActorID) is a party of the case \(id); let somebody else decide it.")
    }
  }
}

/// What a case says when it is opened.
struct CaseFinding {
  let caseID: String
  let records: [RecordKey]
  let score: String
  let keys: [IdentityKeyKind.Code]
  let modelVersion: UInt32
  let trigger: DuplicateTrigger.Code

  /// A collision when there are parties, a suspicion when there are none.
  func event(
    parties: [OwnerRef], refusedType: ObjectType.Code = .objectTypeUnspecified
  ) -> DecidedEvent {
    let key = RecordKey.duplicateCase(caseID)
    guard parties.isEmpty else {
      let collision = CollisionDetected.with {
        ($0.caseID, $0.refs, $0.score, $0.keys) = (caseID, records.map(\.reference), score, keys)
        ($0.modelVersion, $0.trigger) = (modelVersion, trigger)
        ($0.parties, $0.refusedType) = (parties, refusedType)
      }
      return DecidedEvent(key, .duplicateCase(.collisionDetected(collision)))
    }
    let suspected = DuplicateSuspected.with {
      ($0.caseID, $0.refs, $0.score, $0.keys) = (caseID, records.map(\.reference), score, keys)
      ($0.modelVersion, $0.trigger) = (modelVersion, trigger)
    }
    return DecidedEvent(key, .duplicateCase(.duplicateSuspected(suspected)))
  }
}
