package import EventModel
package import Schema

/// What its holders may do, as a version of the permission configuration says.
package struct Role: Hashable, Sendable {
  package let id: String
  /// 0 for what the product ships; each change adds one.
  package var version: UInt32
  package var definition: RoleDefinition
  package var isRetired = false

  package init(id: String, version: UInt32, definition: RoleDefinition) {
    self.id = id
    self.version = version
    self.definition = definition
  }

  /// Whether its holders may grant and revoke `roleID` (U-1).
  package func mayGrant(_ roleID: String) -> Bool {
    let grantable = definition.grantableRoleIds
    return grantable.contains("*") || grantable.contains(roleID)
  }

  /// Whether it grants `action` with records of `type` anywhere.
  package func grants(_ action: PermissionAction.Code, _ type: ObjectType.Code) -> Bool {
    definition.grants.contains { $0.grants(action, type) }
  }
}

extension PermissionGrant {
  /// Whether it is about `action` with records of `type`.
  func concerns(_ action: PermissionAction.Code, _ type: ObjectType.Code) -> Bool {
    self.action == action && (objectType == .objectTypeUnspecified || objectType == type)
  }

  func grants(_ action: PermissionAction.Code, _ type: ObjectType.Code) -> Bool {
    !isDenied && concerns(action, type)
      && (scope != .recordScopeUnspecified || includesPool || includesPartnerLinked)
  }

  func denies(_ action: PermissionAction.Code, _ type: ObjectType.Code) -> Bool {
    isDenied && concerns(action, type)
  }
}

/// A rule that opens records to others than their owners' own.
package struct SharingRule: Hashable, Sendable {
  package let id: String
  package let version: UInt32
  package let objectType: ObjectType.Code
  package let criteria: SharingCriteria
  package let target: ShareTarget
  package let access: CollaboratorAccess.Code
}

/// Which access to the fields of one type of record.
package struct FieldPolicy: Hashable, Sendable {
  package let version: UInt32
  package let rules: [FieldPolicyRule]
}

/// One record opened to somebody.
package struct RecordShare: Hashable, Sendable {
  package let id: String
  package let target: ShareTarget
  package let access: CollaboratorAccess.Code
  /// `nil` for without end.
  package let until: Timestamp?
}
