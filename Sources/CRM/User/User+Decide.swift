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
      return try step(from: [.active], to: .suspended, .userSuspended(.init()))
    case .resumeUser: return try step(from: [.suspended], to: .active, .userResumed(.init()))
    case .deactivateUser(let command): return try deactivate(command, in: context)
    case .reactivateUser:
      return try step(from: [.deactivated], to: .active, .userReactivated(.init()))
    case .restrictUserRights: throw .notAvailable("RestrictUserRights", needs: "handovers")
    case .restoreUserRights: throw .notAvailable("RestoreUserRights", needs: "handovers")
    case .activateBreakGlass: throw .notAvailable("ActivateBreakGlass", needs: "permissions")
    case .endBreakGlass: throw .notAvailable("EndBreakGlass", needs: "permissions")
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
  /// U-3: with nothing owned, which the guard of holdings checks in the same append.
  private func deactivate(
    _ command: DeactivateUser, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.handoverID.isEmpty else {
      throw .notAvailable("DeactivateUser with handoverId", needs: "handovers")
    }
    guard command.fallbackPoolID.isEmpty else {
      throw .notAvailable("DeactivateUser with fallbackPoolId", needs: "pools")
    }
    try requireOther("DeactivateUser", in: context)
    let events = try step(
      from: [.invited, .active, .suspended], to: .deactivated, .userDeactivated(.init()))
    guard !events.isEmpty, isAdministrator else { return events }
    // The role ends with the access, so that the guard of administrators counts those who act
    // (U-2).
    let revoked = event(.userRoleRevoked(.with { $0.roleID = BuiltInRole.administrator }))
    return [revoked] + events
  }
}
