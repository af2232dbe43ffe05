internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Roles and delegations.
extension User {
  static func checkRole(_ role: String) throws(Refusal) {
    try FieldRule.required(role, "roleId", of: "The command")
    let isName = role.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
    guard isName, role.utf8.count <= 80 else {
      throw Refusal(
        .format, "roleId “\(role)” is no role of letters, digits and _; correct it.",
        field: "roleId")
    }
  }

  /// U-1: nobody grants or revokes a role that no role of theirs lets them grant.
  static func requireGrantRight(
    _ roleID: String, in context: DecisionContext
  ) throws(Refusal) {
    guard !context.isSystem else { return }
    let actor = context.records.state(User.self, context.effectiveActorID)
    let permissions =
      context.records.state(Permissions.self, Permissions.id) ?? Permissions()
    guard let actor, actor.status == .active,
      permissions.active(actor.roleIDs).contains(where: { $0.mayGrant(roleID) })
    else {
      throw Refusal(
        .permissionGrant,
        "\(context.effectiveActorID) has no right to grant or revoke the role \(roleID); ask an "
          + "administrator.")
    }
  }

  /// A role gives rights to those who can act; the last of the administrators must be one (U-2).
  private func requireActive(for roleID: String) throws(Refusal) {
    guard roleID == BuiltInRole.administrator, status != .active else { return }
    throw Refusal(
      .status, "The user \(id) is \(status); only an active user becomes an administrator.")
  }

  func grant(
    _ command: GrantUserRole, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireNotDeactivated()
    try Self.checkRole(command.roleID)
    guard !roleIDs.contains(command.roleID) else { return [] }
    try context.requireReason(for: "GrantUserRole")
    try Self.requireGrantRight(command.roleID, in: context)
    try requireActive(for: command.roleID)
    guard context.isSystem || context.effectiveActorID != id else {
      throw Refusal(
        .permissionSelf, "\(id) can't grant a role to itself; ask another administrator.")
    }
    return try proposed(command.roleID, in: context)
      ?? [event(.userRoleGranted(.with { $0.roleID = command.roleID }))]
  }

  /// Roles that watch or rule over others: where the organisation wants it, two people give them.
  package static let watchfulRoles: Set<String> = [BuiltInRole.auditor, BuiltInRole.arbitrator]
  private static let proposalMicroseconds: Int64 = 72 * 3_600_000_000

  /// The proposal that a grant is at first; `nil` where it may be granted at once.
  private func proposed(
    _ roleID: String, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent]? {
    guard context.settings.needsSecondPersonForRoles, Self.watchfulRoles.contains(roleID),
      !context.isSystem
    else { return nil }
    if let proposal = proposals[roleID], context.now < proposal.expiresAt {
      guard proposal.actorID != context.actor.text else {
        throw Refusal(
          .permissionSelf,
          "\(context.actor) proposed the role \(roleID) for \(id) already; another administrator "
            + "has to grant it by \(proposal.expiresAt).")
      }
      return nil
    }
    let expires = context.now.advanced(byMicroseconds: Self.proposalMicroseconds)
    return [
      event(
        .userRoleProposed(
          .with { ($0.roleID, $0.expiresAt) = (roleID, expires.message) }))
    ]
  }

  /// U-2: the guard of administrators refuses to lose its last one.
  func revoke(
    _ command: RevokeUserRole, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try Self.checkRole(command.roleID)
    guard roleIDs.contains(command.roleID) else { return [] }
    try context.requireReason(for: "RevokeUserRole")
    try Self.requireGrantRight(command.roleID, in: context)
    return [event(.userRoleRevoked(.with { $0.roleID = command.roleID }))]
  }

  func delegate(
    _ command: GrantDelegation, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status == .active else {
      throw Refusal(.status, "The user \(id) is \(status); only an active user delegates.")
    }
    try FieldRule.required(command.delegationID, "delegationId", of: "The delegation")
    guard !delegations.contains(where: { $0.id == command.delegationID }) else {
      throw Refusal(
        .alreadyExists,
        "The user \(id) has the delegation \(command.delegationID) already; use another "
          + "identifier.", field: "delegationId")
    }
    guard command.toUserID != id else {
      throw Refusal(
        .inconsistent, "toUserId names the user \(id) itself; name somebody else.",
        field: "toUserId")
    }
    try OwnerRule.check(.user(command.toUserID), field: "toUserId", in: context)
    guard !command.scopes.isEmpty, command.scopes.allSatisfy({ !$0.isEmpty }) else {
      throw .required("scopes", of: "The delegation")
    }
    guard command.hasUntil else { throw .required("until", of: "The delegation") }
    let from = command.hasFrom ? Timestamp(command.from) : context.now
    let until = Timestamp(command.until)
    guard from < until, context.now < until else {
      throw Refusal(
        .range,
        "until is \(until), which is not after \(max(from, context.now)); give a later one.",
        field: "until")
    }
    try context.requireReason(for: "GrantDelegation")
    return [
      event(
        .delegationGranted(
          .with {
            $0.delegationID = command.delegationID
            $0.toUserID = command.toUserID
            $0.scopes = command.scopes
            $0.from = from.message
            $0.until = until.message
          }))
    ]
  }

  func endDelegation(
    _ command: RevokeDelegation, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let delegation = delegations.first(where: { $0.id == command.delegationID }) else {
      throw Refusal(
        .notFound,
        "The user \(id) has no delegation \(command.delegationID); check the identifier.",
        field: "delegationId")
    }
    try context.requireReason(for: "RevokeDelegation")
    return [
      event(
        .delegationRevoked(
          .with { ($0.delegationID, $0.toUserID) = (delegation.id, delegation.toUserID) }))
    ]
  }
}

/// Rights taken for a time, whatever roles say.
extension User {
  func restrict(
    _ command: RestrictUserRights, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireNotDeactivated()
    try checkRestriction(command.rights, "RestrictUserRights", in: context)
    let new = command.rights.filter { !restrictedRights.contains($0) }
    guard !new.isEmpty else { return [] }
    return [
      event(
        .userRightsRestricted(
          .with { ($0.rights, $0.handoverID) = (new, command.handoverID) }))
    ]
  }

  func restore(
    _ command: RestoreUserRights, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try checkRestriction(command.rights, "RestoreUserRights", in: context)
    let gone = command.rights.filter { restrictedRights.contains($0) }
    guard !gone.isEmpty else { return [] }
    return [
      event(
        .userRightsRestored(.with { ($0.rights, $0.handoverID) = (gone, command.handoverID) }))
    ]
  }

  private func checkRestriction(
    _ rights: [String], _ command: String, in context: DecisionContext
  ) throws(Refusal) {
    try context.requireReason(for: command)
    let actor = context.effectiveActorID
    guard actor != id, OwnershipRule.mayManage(.user(id), actor, in: context) else {
      throw Refusal(
        .permissionScope,
        "\(command) is for administrators and those above \(id), and \(actor) is none of them; ask "
          + "one.")
    }
    guard !rights.isEmpty, Set(rights).count == rights.count else {
      throw Refusal(
        .required, "rights is empty or has one twice; name each once.", field: "rights")
    }
    for right in rights where !Handover.restrictedRights.contains(right) {
      throw .unknownCode(right, field: "rights")
    }
  }
}
