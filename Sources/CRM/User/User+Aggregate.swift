internal import EventModel
package import Schema

extension User {
  package static func target(of command: UserCommand.OneOf_Command) -> String {
    switch command {
    case .provisionUser(let command): command.userID
    case .activateUser(let command): command.userID
    case .changeUserDetails(let command): command.userID
    case .moveUserToDepartment(let command): command.userID
    case .changeUserManager(let command): command.userID
    case .grantUserRole(let command): command.userID
    case .revokeUserRole(let command): command.userID
    case .grantDelegation(let command): command.userID
    case .revokeDelegation(let command): command.userID
    case .suspendUser(let command): command.userID
    case .resumeUser(let command): command.userID
    case .restrictUserRights(let command): command.userID
    case .restoreUserRights(let command): command.userID
    case .deactivateUser(let command): command.userID
    case .reactivateUser(let command): command.userID
    case .activateBreakGlass(let command): command.userID
    case .endBreakGlass(let command): command.userID
    case .reviewBreakGlass(let command): command.userID
    }
  }

  package static func identify(
    _ command: inout UserCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .provisionUser(var provision) = command, provision.userID.isEmpty {
      provision.userID = make("usr")
      command = .provisionUser(provision)
    } else if case .activateBreakGlass(var activate) = command, activate.grantID.isEmpty {
      activate.grantID = make("bgl")
      command = .activateBreakGlass(activate)
    } else if case .grantDelegation(var grant) = command, grant.delegationID.isEmpty {
      grant.delegationID = make("dlg")
      command = .grantDelegation(grant)
    }
  }

  package func needs(
    for command: UserCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    let actor = context.isSystem ? [] : [RecordKey.user(context.effectiveActorID)]
    switch command {
    case .provisionUser(let command):
      return (command.managerID.isEmpty ? [] : [.user(command.managerID)])
        + (command.roleIds.isEmpty ? [] : actor + [Permissions.key])
    case .changeUserManager(let command):
      return User.managers(from: command.managerID, in: context).map { .user($0) }
    case .grantDelegation(let command): return [.user(command.toUserID)]
    case .grantUserRole, .revokeUserRole: return actor + [Permissions.key]
    case .activateBreakGlass, .endBreakGlass, .reviewBreakGlass: return actor
    case .restrictUserRights, .restoreUserRights:
      return OwnershipRule.needs(.user(id), context.effectiveActorID, in: context)
    case .deactivateUser(let command):
      guard !command.fallbackPoolID.isEmpty else {
        return command.handoverID.isEmpty ? [] : [.handover(command.handoverID)]
      }
      return [.pool(command.fallbackPoolID)] + context.records.holdings(of: id)
        + (command.handoverID.isEmpty ? [] : [.handover(command.handoverID)])
    case .activateUser, .changeUserDetails, .moveUserToDepartment, .revokeDelegation,
      .suspendUser, .resumeUser, .reactivateUser:
      return []
    }
  }

  package func holder(for command: UserCommand.OneOf_Command) -> String? {
    guard case .deactivateUser(let command) = command, !command.fallbackPoolID.isEmpty else {
      return nil
    }
    return id
  }

  /// How many managers may stand above one another.
  static let managerLimit = 16

  /// `id` and the managers above, as far as they are loaded, and the next one.
  static func managers(from id: String, in context: DecisionContext) -> [String] {
    var line: [String] = []
    var next = id
    while !next.isEmpty, !line.contains(next), line.count < managerLimit {
      line.append(next)
      next = context.records.state(User.self, next)?.managerID ?? ""
    }
    return line
  }
}
