package import EventModel
package import Schema

/// A person who works with the system: the sum of its stream's events.
package struct User: Aggregate {
  /// That another user may act for this one.
  package struct Delegation: Hashable, Sendable {
    package let id: String
    package let toUserID: String
    package let scopes: [String]
    package let from: Timestamp
    package let until: Timestamp
  }

  /// That somebody wants the user to have a role, and somebody else has to agree.
  package struct RoleProposal: Hashable, Sendable {
    package let actorID: String
    package let expiresAt: Timestamp
  }

  package private(set) var id = ""
  package private(set) var status = UserStatus.Code.userStatusUnspecified
  package private(set) var departmentID = ""
  package private(set) var managerID = ""
  /// In the order of their granting.
  package private(set) var roleIDs: [String] = []
  /// Roles that somebody wants the user to have, by the role.
  package private(set) var proposals: [String: RoleProposal] = [:]
  package private(set) var delegations: [Delegation] = []
  /// In the order of their activation.
  package private(set) var breakGlassGrants: [BreakGlass] = []
  package private(set) var restrictedRights: [String] = []
  package private(set) var externalIDs: [ExternalId] = []
  /// The directory entry: what is sealed under the employee.
  package internal(set) var profile = Profile<UserPersonal>()

  package init() {}

  package static var objectType: ObjectType.Code { .user }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { .user(id) }
  package var isAdministrator: Bool { roleIDs.contains(BuiltInRole.administrator) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .user(let event):
      applyBreakGlass(event, at: fact.recordedAt)
      if case .userRoleProposed(let proposed) = event {
        proposals[proposed.roleID] = RoleProposal(
          actorID: fact.actor.text, expiresAt: Timestamp(proposed.expiresAt))
      }
      let personal = fact.sealedPart { part in
        if case .user(let message) = part { message } else { nil }
      }
      apply(event, personal)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team,
      .ticket:
      break
    }
  }

  private mutating func apply(_ event: UserEvent.OneOf_Event, _ personal: Sealed<UserPersonal>?) {
    switch event {
    case .userProvisioned(let provisioned):
      id = provisioned.userID
      status = provisioned.active ? .active : .invited
      departmentID = provisioned.departmentID
      managerID = provisioned.managerID
      roleIDs = provisioned.roleIds
      externalIDs = provisioned.externalIds
      profile = Profile(personal)
    case .userActivated, .userResumed, .userReactivated: status = .active
    case .userDetailsChanged: profile.change(personal)
    case .userMovedDepartment(let moved): departmentID = moved.to
    case .userManagerChanged(let changed): managerID = changed.to
    case .userRoleGranted(let granted):
      proposals[granted.roleID] = nil
      if !roleIDs.contains(granted.roleID) { roleIDs.append(granted.roleID) }
    case .userRoleRevoked(let revoked): roleIDs.removeAll { $0 == revoked.roleID }
    case .delegationGranted(let granted):
      delegations.append(
        Delegation(
          id: granted.delegationID, toUserID: granted.toUserID, scopes: granted.scopes,
          from: Timestamp(granted.from), until: Timestamp(granted.until)))
    case .delegationRevoked(let revoked): delegations.removeAll { $0.id == revoked.delegationID }
    case .userSuspended: status = .suspended
    case .userDeactivated: status = .deactivated
    case .userRightsRestricted(let restricted):
      restrictedRights += restricted.rights.filter { !restrictedRights.contains($0) }
    case .userRightsRestored(let restored):
      restrictedRights.removeAll { restored.rights.contains($0) }
    case .breakGlassActivated, .breakGlassEnded, .breakGlassReviewed, .userRoleProposed: break
    }
  }
}

extension User {
  private mutating func applyBreakGlass(_ event: UserEvent.OneOf_Event, at time: Timestamp) {
    if case .breakGlassActivated(let activated) = event {
      breakGlassGrants.append(BreakGlass(activated, at: time))
    } else if case .breakGlassEnded(let ended) = event {
      for index in breakGlassGrants.indices where breakGlassGrants[index].id == ended.grantID {
        breakGlassGrants[index].until = min(breakGlassGrants[index].until, time)
        breakGlassGrants[index].isEnded = true
      }
    } else if case .breakGlassReviewed(let reviewed) = event {
      for index in breakGlassGrants.indices where breakGlassGrants[index].id == reviewed.grantID {
        breakGlassGrants[index].isReviewed = true
      }
    }
  }
}

extension UserPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: UserPersonal) {
    switch name {
    case "name": self.name = other.name
    case "email": email = other.email
    case "phones": phones = other.phones
    default: break
    }
  }
}
