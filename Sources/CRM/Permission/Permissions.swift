internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Roles, sharing rules and field policies: the sum of the stream `permissions-main`, on top of
/// what the product ships.
///
/// The revision of that stream is the configuration's version.
package struct Permissions: Aggregate {
  package static let id = "main"
  package static let key = RecordKey(.permissions, id)

  /// By their identifiers.
  package private(set) var roles: [String: Role] = DefaultRoles.byID
  /// By their identifiers; retired ones are gone.
  package private(set) var sharingRules: [String: SharingRule] = [:]
  /// The versions that sharing rules ever had, so that none is used twice.
  package private(set) var sharingVersions: [String: UInt32] = [:]
  /// By object type; for others the product's own rules hold.
  package private(set) var fieldPolicies: [ObjectType.Code: FieldPolicy] = [:]
  /// How many events it is made of.
  package private(set) var version = 0

  package init() {}

  package static var objectType: ObjectType.Code { .permissions }
  /// The product's own configuration is always there.
  package var exists: Bool { true }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .permission(let event):
      version += 1
      apply(event)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team, .ticket,
      .user:
      break
    }
  }

  private mutating func apply(_ event: PermissionEvent.OneOf_Event) {
    switch event {
    case .roleDefined(let defined):
      roles[defined.roleID] = Role(
        id: defined.roleID, version: 1, definition: defined.definition)
    case .rolePermissionsChanged(let changed):
      roles[changed.roleID] = Role(
        id: changed.roleID, version: changed.version, definition: changed.definition)
    case .roleRetired(let retired): roles[retired.roleID]?.isRetired = true
    case .sharingRulePublished(let rule):
      sharingVersions[rule.sharingRuleID] = rule.version
      sharingRules[rule.sharingRuleID] = SharingRule(
        id: rule.sharingRuleID, version: rule.version, objectType: rule.objectType,
        criteria: rule.criteria, target: rule.with, access: rule.access)
    case .sharingRuleRetired(let retired): sharingRules[retired.sharingRuleID] = nil
    case .fieldPolicyPublished(let policy):
      fieldPolicies[policy.objectType] = FieldPolicy(version: policy.version, rules: policy.rules)
    case .recordShared, .recordUnshared: break
    }
  }

  /// The roles in force; a retired or unknown one gives no right.
  package func active(_ roleIDs: [String]) -> [Role] {
    var active: [Role] = []
    active.reserveCapacity(roleIDs.count)
    for id in roleIDs {
      if let role = roles[id], !role.isRetired { active.append(role) }
    }
    return active
  }

  /// The rules for the fields of records of `type`.
  package func fieldRules(_ type: ObjectType.Code) -> [FieldPolicyRule] {
    fieldPolicies[type]?.rules ?? DefaultRoles.fieldRules
  }
}
