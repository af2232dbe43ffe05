internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Opening one record to somebody: decided on the record itself, in whose stream it stands.
package enum ShareDecision {
  /// The record that a share is about; `nil` for commands on the configuration.
  package static func target(of command: PermissionCommand.OneOf_Command) -> RecordKey? {
    switch command {
    case .shareRecord(let command): RecordKey(command.record)
    case .unshareRecord(let command): RecordKey(command.record)
    case .defineRole, .changeRolePermissions, .retireRole, .publishSharingRule, .retireSharingRule,
      .publishFieldPolicy:
      nil
    }
  }

  package static func identify(
    _ command: inout PermissionCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .shareRecord(var share) = command, share.shareID.isEmpty {
      share.shareID = make("shr")
      command = .shareRecord(share)
    }
  }

  package static func decide(
    _ command: PermissionCommand.OneOf_Command, on record: any OwnedAggregate, _ key: RecordKey,
    in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard record.exists else { throw .notFound(key) }
    switch command {
    case .shareRecord(let command): return try share(command, record, key, in: context)
    case .unshareRecord(let command):
      guard record.ownership.shares.contains(where: { $0.id == command.shareID }) else {
        throw Refusal(
          .notFound,
          "The \(key.typeName) \(key.id) has no share \(command.shareID); check the identifier.",
          field: "shareId")
      }
      try context.requireReason(for: "UnshareRecord")
      return [
        DecidedEvent(key, .permission(.recordUnshared(.with { $0.shareID = command.shareID })))
      ]
    case .defineRole, .changeRolePermissions, .retireRole, .publishSharingRule, .retireSharingRule,
      .publishFieldPolicy:
      preconditionFailure("the configuration is decided on by itself")
    }
  }

  private static func share(
    _ command: ShareRecord, _ record: any OwnedAggregate, _ key: RecordKey,
    in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try User.checkRole(command.shareID)
    guard !record.ownership.shares.contains(where: { $0.id == command.shareID }) else {
      throw Refusal(
        .alreadyExists,
        "The \(key.typeName) \(key.id) has a share \(command.shareID) already; use another "
          + "identifier.", field: "shareId")
    }
    try check(command.with, command.access)
    if command.hasUntil {
      guard context.now < Timestamp(command.until) else {
        throw Refusal(
          .range, "until is \(Timestamp(command.until)), which is past; give a later time.",
          field: "until")
      }
    }
    try context.requireReason(for: "ShareRecord")
    let shared = RecordShared.with {
      $0.shareID = command.shareID
      $0.with = command.with
      $0.access = command.access
      if command.hasUntil { $0.until = command.until }
    }
    return [DecidedEvent(key, .permission(.recordShared(shared)))]
  }

  /// One target, and whether it may edit.
  static func check(
    _ target: ShareTarget, _ access: CollaboratorAccess.Code
  ) throws(Refusal) {
    let given = [target.userID, target.teamID, target.roleID].filter { !$0.isEmpty }
    guard given.count == 1 else {
      throw Refusal(
        .inconsistent, "with names \(given.count) subjects; name one user, team or role.",
        field: "with")
    }
    guard access != .collaboratorAccessUnspecified else {
      throw Refusal.required("access", of: "The share")
    }
  }
}

extension Ownership {
  /// Takes a share of the record, or its end.
  package mutating func apply(_ event: PermissionEvent.OneOf_Event) {
    switch event {
    case .recordShared(let shared):
      shares.append(
        RecordShare(
          id: shared.shareID, target: shared.with, access: shared.access,
          until: shared.hasUntil ? Timestamp(shared.until) : nil))
    case .recordUnshared(let unshared): shares.removeAll { $0.id == unshared.shareID }
    case .roleDefined, .rolePermissionsChanged, .roleRetired, .sharingRulePublished,
      .sharingRuleRetired, .fieldPolicyPublished:
      break
    }
  }
}
