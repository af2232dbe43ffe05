internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Permissions {
  package static func target(of command: PermissionCommand.OneOf_Command) -> String { id }

  package static func identify(
    _ command: inout PermissionCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .defineRole(var define) = command, define.roleID.isEmpty {
      define.roleID = make("rol")
      command = .defineRole(define)
    } else if case .publishSharingRule(var publish) = command, publish.sharingRuleID.isEmpty {
      publish.sharingRuleID = make("shr")
      command = .publishSharingRule(publish)
    } else {
      ShareDecision.identify(&command, make)
    }
  }

  package func needs(
    for command: PermissionCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] { [] }

  package func decide(
    _ command: PermissionCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command {
    case .defineRole(let command): return try define(command, in: context)
    case .changeRolePermissions(let command): return try change(command, in: context)
    case .retireRole(let command): return try retire(command, in: context)
    case .publishSharingRule(let command): return try publish(command, in: context)
    case .retireSharingRule(let command):
      guard sharingRules[command.sharingRuleID] != nil else {
        throw Refusal(
          .notFound, "There is no sharing rule \(command.sharingRuleID); check the identifier.",
          field: "sharingRuleId")
      }
      try context.requireReason(for: "RetireSharingRule")
      return [event(.sharingRuleRetired(.with { $0.sharingRuleID = command.sharingRuleID }))]
    case .publishFieldPolicy(let command): return try publish(command, in: context)
    case .shareRecord, .unshareRecord:
      preconditionFailure("shares are decided on the record that they open")
    }
  }

  private func event(_ event: PermissionEvent.OneOf_Event) -> DecidedEvent {
    DecidedEvent(Self.key, .permission(event))
  }
}

/// Roles.
extension Permissions {
  /// The most rights, rules or conditions that one command brings.
  static let partLimit = 1000

  private func define(
    _ command: DefineRole, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try User.checkRole(command.roleID)
    guard roles[command.roleID] == nil else {
      throw Refusal(
        .alreadyExists,
        "There is a role \(command.roleID) already; change it with ChangeRolePermissions.",
        field: "roleId")
    }
    try Self.check(command.definition)
    try context.requireReason(for: "DefineRole")
    return [
      event(
        .roleDefined(.with { ($0.roleID, $0.definition) = (command.roleID, command.definition) }))
    ]
  }

  private func change(
    _ command: ChangeRolePermissions, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let role = try usable(command.roleID)
    try Self.check(command.definition)
    guard command.definition != role.definition else { return [] }
    try context.requireReason(for: "ChangeRolePermissions")
    if role.id == BuiltInRole.administrator {
      let configures = command.definition.grants.contains {
        $0.grants(.configure, .objectTypeUnspecified) && $0.scope == .all
      }
      let isDenied = command.definition.grants.contains { $0.action == .configure && $0.isDenied }
      guard configures, !isDenied, command.definition.grantableRoleIds.contains("*") else {
        throw Refusal(
          .lastAdministrator,
          "The role \(role.id) must go on configuring everything and granting every role; nobody "
            + "could give that back.", field: "definition")
      }
    }
    let before = role.definition.grants
    let after = command.definition.grants
    return [
      event(
        .rolePermissionsChanged(
          .with {
            $0.roleID = role.id
            $0.version = role.version + 1
            $0.definition = command.definition
            $0.added = after.filter { !before.contains($0) }
            $0.removed = before.filter { !after.contains($0) }
          }))
    ]
  }

  private func retire(
    _ command: RetireRole, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let role = try usable(command.roleID)
    guard role.id != BuiltInRole.administrator else {
      throw Refusal(
        .lastAdministrator, "The role \(role.id) can't be retired; nobody could configure then.",
        field: "roleId")
    }
    try context.requireReason(for: "RetireRole")
    return [event(.roleRetired(.with { $0.roleID = role.id }))]
  }

  private func usable(_ id: String) throws(Refusal) -> Role {
    guard let role = roles[id], !role.isRetired else {
      throw Refusal(
        .notFound, "There is no role \(id), or it is retired; check the identifier.",
        field: "roleId")
    }
    return role
  }

  private static func check(_ definition: RoleDefinition) throws(Refusal) {
    try FieldRule.required(definition.name, "name", of: "The role")
    try FieldRule.text(definition.name, "name")
    guard definition.grants.count <= partLimit, definition.grantableRoleIds.count <= partLimit
    else {
      throw Refusal(.range, "A role has at most \(partLimit) rights; make two.", field: "grants")
    }
    for role in definition.grantableRoleIds where role != "*" { try User.checkRole(role) }
    for (index, grant) in definition.grants.enumerated() {
      guard grant.action != .permissionActionUnspecified else {
        throw Refusal.required("action", of: "The right \(index + 1)")
      }
      let reaches =
        grant.scope != .recordScopeUnspecified || grant.includesPool || grant.includesPartnerLinked
      guard grant.isDenied || reaches else {
        throw Refusal.required("scope", of: "The right \(index + 1)")
      }
    }
    try checkSeparation(definition)
  }

  /// P-3: who says what others may do doesn't let data out.
  private static func checkSeparation(_ definition: RoleDefinition) throws(Refusal) {
    let types: [ObjectType.Code] = [.objectTypeUnspecified, .permissions, .user]
    let configures = definition.grants.contains { grant in
      types.contains { grant.grants(.configure, $0) }
    }
    let approves = definition.grants.contains { $0.grants(.approve, .export) }
    guard !(configures && approves) else {
      throw Refusal(
        .inconsistent,
        "A role that configures can't approve exports too; make two roles and give them to two "
          + "people.", field: "grants")
    }
  }
}

/// Sharing rules and field policies.
extension Permissions {
  private func publish(
    _ command: PublishSharingRule, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try User.checkRole(command.sharingRuleID)
    guard command.objectType != .objectTypeUnspecified else {
      throw Refusal.required("objectType", of: "The sharing rule")
    }
    try ShareDecision.check(command.with, command.access)
    try context.requireReason(for: "PublishSharingRule")
    let version = (sharingVersions[command.sharingRuleID] ?? 0) + 1
    return [
      event(
        .sharingRulePublished(
          .with {
            $0.sharingRuleID = command.sharingRuleID
            $0.version = version
            $0.objectType = command.objectType
            $0.criteria = command.criteria
            $0.with = command.with
            $0.access = command.access
          }))
    ]
  }

  private func publish(
    _ command: PublishFieldPolicy, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.objectType != .objectTypeUnspecified else {
      throw Refusal.required("objectType", of: "The field policy")
    }
    guard command.rules.count <= Self.partLimit else {
      throw Refusal(
        .range, "A field policy has at most \(Self.partLimit) rules; give fewer.", field: "rules")
    }
    for (index, rule) in command.rules.enumerated() {
      if rule.roleID != "*" { try User.checkRole(rule.roleID) }
      guard rule.access != .fieldAccessUnspecified else {
        throw Refusal.required("access", of: "The rule \(index + 1)")
      }
      guard rule.whenField.isEmpty == rule.whenValue.isEmpty else {
        throw Refusal(
          .inconsistent,
          "The rule \(index + 1) has whenField or whenValue alone; give both, or neither.",
          field: "rules")
      }
    }
    let current = fieldPolicies[command.objectType]
    guard current?.rules != command.rules else { return [] }
    try context.requireReason(for: "PublishFieldPolicy")
    return [
      event(
        .fieldPolicyPublished(
          .with {
            $0.objectType = command.objectType
            $0.version = (current?.version ?? 0) + 1
            $0.rules = command.rules
          }))
    ]
  }
}
