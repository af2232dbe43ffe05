internal import EventModel
package import Schema
internal import SwiftProtobuf

extension User {
  package func decide(
    _ command: UserCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .provisionUser(let command) = command { return try provision(command, in: context) }
    guard exists else { throw .notFound(.user(Self.target(of: command))) }
    switch command {
    case .provisionUser: return []
    case .activateUser: return try step(from: [.invited], to: .active, .userActivated(.init()))
    case .changeUserDetails(let command): return try changeDetails(command)
    case .moveUserToDepartment(let command): return try move(command)
    case .changeUserManager(let command): return try changeManager(command, in: context)
    case .grantUserRole(let command): return try grant(command, in: context)
    case .revokeUserRole(let command): return try revoke(command, in: context)
    case .grantDelegation(let command): return try delegate(command, in: context)
    case .revokeDelegation(let command): return try endDelegation(command, in: context)
    case .suspendUser:
      try requireOther("SuspendUser", in: context)
      return try step(
        from: [.active], to: .suspended,
        .userSuspended(.with { $0.wasAdministrator = isAdministrator }))
    case .resumeUser:
      return try step(
        from: [.suspended], to: .active,
        .userResumed(.with { $0.isAdministrator = isAdministrator }))
    case .deactivateUser(let command): return try deactivate(command, in: context)
    case .reactivateUser:
      return try step(from: [.deactivated], to: .active, .userReactivated(.init()))
    case .restrictUserRights(let command): return try restrict(command, in: context)
    case .restoreUserRights(let command): return try restore(command, in: context)
    case .activateBreakGlass(let command): return try activate(command, in: context)
    case .endBreakGlass(let command): return try end(command, in: context)
    case .reviewBreakGlass(let command): return try review(command, in: context)
    }
  }

  func event(
    _ event: UserEvent.OneOf_Event, _ personal: UserPersonal? = nil
  ) -> DecidedEvent {
    DecidedEvent(
      key, .user(event), personal: personal.map { [DecidedPersonal(key, .user($0))] } ?? [])
  }

  /// A step of the status; none when it is there already (S-6).
  private func step(
    from allowed: [UserStatus.Code], to next: UserStatus.Code, _ event: UserEvent.OneOf_Event
  ) throws(Refusal) -> [DecidedEvent] {
    guard status != next else { return [] }
    guard allowed.contains(status) else {
      throw Refusal(
        .status,
        "The user \(id) is \(status), and only one who is "
          + "\(allowed.map { "\($0)" }.joined(separator: " or ")) becomes \(next); see its history."
      )
    }
    return [self.event(event)]
  }

  func requireNotDeactivated() throws(Refusal) {
    guard status != .deactivated else {
      throw Refusal(.status, "The user \(id) is deactivated; reactivate it first.")
    }
  }

  /// Nobody takes away their own access: there would be no one to give it back.
  private func requireOther(_ command: String, in context: DecisionContext) throws(Refusal) {
    guard context.effectiveActorID != id else {
      throw Refusal(
        .permissionSelf, "\(command) by \(id) on itself is refused; ask another administrator.")
    }
  }
}

/// The end of a user's work.
extension User {
  /// U-3: with nothing owned, which the guard of holdings checks in the same append, or after a
  /// handover.
  private func deactivate(
    _ command: DeactivateUser, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if !command.handoverID.isEmpty { try requireHandedOver(command.handoverID, in: context) }
    try requireOther("DeactivateUser", in: context)
    let deactivated = UserDeactivated.with {
      ($0.handoverID, $0.fallbackPoolID) = (command.handoverID, command.fallbackPoolID)
    }
    let steps = try step(
      from: [.invited, .active, .suspended], to: .deactivated, .userDeactivated(deactivated))
    guard !steps.isEmpty else { return [] }
    let events = try released(to: command.fallbackPoolID, in: context) + steps
    guard isAdministrator else { return events }
    // The role ends with the access, so that the guard of administrators counts those who act
    // (U-2).
    let revoked = event(.userRoleRevoked(.with { $0.roleID = BuiltInRole.administrator }))
    return [revoked] + events
  }

  /// U-3: all that the pool takes goes there; what is closed stays with whoever closed it (O-4).
  private func released(
    to poolID: String, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard !poolID.isEmpty else { return [] }
    let pool = try context.require(Pool.self, poolID, field: "fallbackPoolId")
    let records = context.records.holdings(of: id).filter {
      !Handover.isClosed(context.records.anyState($0))
    }
    guard records.count <= Handover.itemLimit else {
      throw Refusal(
        .range,
        "\(id) owns \(records.count) records, and \(Handover.itemLimit) are released in one command "
          + "at the most; start a handover.", field: "fallbackPoolId")
    }
    var events: [DecidedEvent] = []
    for key in records {
      guard let record = context.records.anyState(key) as? any OwnedAggregate else { continue }
      try OwnershipRule.requireNotFrozen(record.ownership, key)
      guard key.type == pool.recordType else {
        throw Refusal(
          .ownsRecords,
          "\(id) owns \(key), and the pool \(pool.id) is for each \(pool.recordType.streamCategory); "
            + "transfer it first, or start a handover.", field: "fallbackPoolId")
      }
      try pool.requireUsable(for: key)
      events += OwnedRecord(key: key, record: record)
        .leftBehind(by: id, to: pool.id, in: context)
    }
    return events
  }

  /// U-3: what is left by then was kept by plan, or is disputed.
  private func requireHandedOver(
    _ handoverID: String, in context: DecisionContext
  ) throws(Refusal) {
    let handover = try context.require(Handover.self, handoverID, field: "handoverId")
    guard handover.fromUserID == id, handover.status == .completed else {
      throw Refusal(
        .status,
        "The handover \(handoverID) is \(handover.status) and \(handover.fromUserID)'s; complete "
          + "one of \(id) first.", field: "handoverId")
    }
    guard handover.started.cause == .resignation || handover.started.cause == .dismissal else {
      throw Refusal(
        .inconsistent,
        "The handover \(handoverID) is for a \(handover.started.cause), after which \(id) goes on; "
          + "start one for a resignation or a dismissal.", field: "handoverId")
    }
  }
}
