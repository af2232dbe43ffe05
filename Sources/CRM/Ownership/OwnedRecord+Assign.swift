internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension OwnedRecord {
  /// Gives the record an active owner (O-1, O-2).
  ///
  /// What has an owner already gets another one only by those who may take it (O-3).
  func assign(
    _ command: AssignOwnership, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.hasTo else { throw .required("to", of: "The command") }
    guard command.to != ownership.owner else { return [] }
    try OwnershipRule.requireNotFrozen(ownership, key)
    try OwnerRule.check(command.to, field: "to", in: context)
    let method = command.method == .assignmentMethodUnspecified ? .manual : command.method
    try checkMethod(method, in: context)
    if ownership.owner != nil {
      try requireManager("AssignOwnership", in: context)
      try OwnershipRule.requireNotProtected(
        ownership, key, from: context.effectiveActorID, in: context)
      if !context.isSystem { try context.requireReason(for: "AssignOwnership") }
    }
    if method == .escalation, context.isSystem, let lead = record as? Lead {
      // Answered or kept for its owner in between: nothing is left to escalate.
      guard lead.isAbandoned(in: context), !ownership.isKept(at: context.now) else { return [] }
    }
    let holdings = try self.holdings(of: command.to, in: context)
    let rule = PolicyRef.with {
      ($0.kind, $0.id, $0.version) = ("assignmentRule", command.ruleID, command.ruleVersion)
    }
    let assigned = OwnershipAssigned.with {
      $0.to = command.to
      if let from = ownership.owner { $0.from = from }
      $0.method = method
      ($0.ruleID, $0.ruleVersion) = (command.ruleID, command.ruleVersion)
      $0.evaluatedFacts = command.evaluatedFacts
      $0.candidateUserIds = command.candidateUserIds
      if let holdings {
        $0.holdings = holdings.count
        if let limit = holdings.limit { $0.maxHoldings = limit }
      }
    }
    return [event(.ownershipAssigned(assigned), policyRefs: command.ruleID.isEmpty ? [] : [rule])]
  }

  private func checkMethod(
    _ method: AssignmentMethod.Code, in context: DecisionContext
  ) throws(Refusal) {
    switch method {
    case .manual, .rule, .roundRobin, .escalation, .assignmentMethodUnspecified: return
    case .creation:
      throw Refusal(
        .inconsistent,
        "method is creation, which only the command that makes a record has; use "
          + "manual.", field: "method")
    case .import:
      guard context.channel == .import || context.channel == .migration else {
        throw Refusal(
          .inconsistent, "method is import in a command of another channel; use manual.",
          field: "method")
      }
    case .poolAdmin:
      guard ownership.owner?.kind == .pool else {
        throw Refusal(
          .ownershipNotPooled,
          "method is poolAdmin, and the \(key.typeName) \(key.id) is in no pool; use manual.",
          field: "method")
      }
    case .handover, .ruling:
      throw Refusal(
        .inconsistent,
        "method is \(method), which only \(method == .ruling ? "a ruling" : "a handover") gives; use "
          + "manual.", field: "method")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "method")
    }
  }
}

/// Who works on the record beside its owner, and the owner's lock.
extension OwnedRecord {
  func add(
    _ command: AddCollaborator, in context: DecisionContext
  ) throws(Refusal)
    -> [DecidedEvent]
  {
    try requireOwnerOrManager("AddCollaborator", in: context)
    let user = try context.require(User.self, command.userID, field: "userId")
    guard user.status == .active else {
      throw Refusal(
        .ownershipInactive,
        "userId names the user \(command.userID), who is not active; name an "
          + "active user.", field: "userId")
    }
    guard command.access != .collaboratorAccessUnspecified else {
      throw .required("access", of: "The command")
    }
    guard !ownership.isOwned(by: command.userID) else {
      throw Refusal(
        .ownershipSame,
        "\(command.userID) owns the \(key.typeName) \(key.id) and needs no right "
          + "beside that; name someone else.", field: "userId")
    }
    try FieldRule.text(command.role, "role", limit: 80)
    let until = command.hasUntil ? Timestamp(command.until) : nil
    guard until.map({ $0 > context.now }) ?? true else {
      throw Refusal(.range, "until is over already; give a later moment or none.", field: "until")
    }
    let same = ownership.collaborators.contains {
      $0.userID == command.userID && $0.access == command.access && $0.role == command.role
        && $0.until == until
    }
    guard !same else { return [] }
    return [
      event(
        .collaboratorAdded(
          .with {
            ($0.userID, $0.access, $0.role) = (command.userID, command.access, command.role)
            if command.hasUntil { $0.until = command.until }
          }))
    ]
  }

  func remove(
    _ command: RemoveCollaborator, in context: DecisionContext
  ) throws(Refusal)
    -> [DecidedEvent]
  {
    if command.userID != context.effectiveActorID {
      try requireOwnerOrManager("RemoveCollaborator", in: context)
    }
    guard ownership.collaborators.contains(where: { $0.userID == command.userID }) else {
      return []
    }
    return [
      event(.collaboratorRemoved(.with { ($0.userID, $0.cause) = (command.userID, .manual) }))
    ]
  }

  func lock(
    _ command: LockOwnership, in context: DecisionContext
  ) throws(Refusal)
    -> [DecidedEvent]
  {
    try requireOwnerOrManager("LockOwnership", in: context)
    try FieldRule.required(command.lockReasonCode, "lockReasonCode", of: "The lock")
    try FieldRule.text(command.lockReason, "lockReason", limit: FieldRule.longByteLimit)
    guard ownership.lockReasonCode != command.lockReasonCode else { return [] }
    return [
      event(
        .ownershipLocked(.with { $0.lockReasonCode = command.lockReasonCode }),
        .with { $0.lockReason = command.lockReason })
    ]
  }

  func unlock(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try requireOwnerOrManager("UnlockOwnership", in: context)
    guard let code = ownership.lockReasonCode else { return [] }
    return [event(.ownershipUnlocked(.with { $0.lockReasonCode = code }))]
  }
}
