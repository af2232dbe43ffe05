internal import Schema
internal import SwiftProtobuf

/// The roles and field rules that the product ships: version 0 of the configuration.
///
/// Least privilege: what no role grants nobody may do, and contact data is masked for whoever has
/// no rule of their own. Source: the domain's table of default roles.
package enum DefaultRoles {
  package static let byID = Dictionary(
    uniqueKeysWithValues: all.map { id, definition in
      (id, Role(id: id, version: 0, definition: definition))
    })

  private typealias Action = PermissionAction.Code
  private typealias Scope = RecordScope.Code

  private static let customers: [ObjectType.Code] = [.account, .lead, .opportunity, .contact]
  private static let engagement: [ObjectType.Code] = [.activity, .task]
  /// What everybody who works here has to know: who the colleagues are, how one sells.
  private static let directory: [ObjectType.Code] = [
    .user, .team, .pipeline, .organization, .pool,
  ]

  private static var all: [(String, RoleDefinition)] {
    [
      ("salesRep", salesRep), ("salesManager", salesManager), ("marketing", marketing),
      ("serviceAgent", serviceAgent), ("serviceSupervisor", serviceSupervisor),
      ("finance", finance), ("partnerUser", partnerUser),
      (BuiltInRole.administrator, administrator), ("auditor", auditor),
      ("arbitrator", arbitrator), ("dataProtectionOfficer", dataProtectionOfficer),
      ("integration", role("Integration", [])), (BuiltInRole.workspaceOwner, workspaceOwner),
    ]
  }

  private static var salesRep: RoleDefinition {
    var rights = known
    rights += grants([.read, .list], customers + engagement, .ownAndCollaborating, pool: true)
    rights += grants([.update, .create], customers + engagement, .ownAndCollaborating)
    rights += grants([.reveal], customers + engagement, .ownAndCollaborating, pool: true)
    rights += grants([.read, .list, .create], [.registration, .dispute], .own)
    rights += grants([.read, .list], [.duplicateCase], .own)
    rights += grants([.read, .list, .create], [.ticket], .ownAndCollaborating)
    rights += grants([.convert], [.lead], .own)
    rights += grants([.lock, .release, .share, .export], customers, .own)
    rights += grants([.export], engagement, .own)
    rights += [claim(.account), claim(.lead)]
    var role = role("Sales representative", rights, exportRows: 500, reveals: 50)
    role.notExported = [
      .with {
        $0.sensitivity = .contactData
        ($0.whenField, $0.whenValue) = ("account.grade", "A")
      }
    ]
    return role
  }

  private static var salesManager: RoleDefinition {
    let actions: [Action] = [
      .read, .list, .update, .create, .assign, .transfer, .release, .lock, .archive, .merge,
      .approve, .export, .reveal, .share,
    ]
    var rights = known
    rights += grants(actions, customers + engagement, .teamAndSubordinate)
    rights += grants([.read, .list], customers, .teamAndSubordinate, pool: true)
    rights += grants([.convert], [.lead], .teamAndSubordinate)
    rights += grants([.read, .list, .merge], [.duplicateCase], .all)
    rights += grants(
      [.read, .list, .create], [.registration, .dispute, .ticket], .teamAndSubordinate)
    rights += grants([.approve], [.registration, .handover, .export], .teamAndSubordinate)
    rights += grants([.read, .list, .create, .update], [.handover], .teamAndSubordinate)
    rights += [claim(.account), claim(.lead)]
    return role("Sales manager", rights, exportRows: 500, reveals: 100)
  }

  private static var marketing: RoleDefinition {
    var rights = known
    rights += grants([.read, .list, .create, .update], [.lead, .campaign], .all)
    rights += grants([.list], [.account], .all)
    return role("Marketing", rights)
  }

  private static var serviceAgent: RoleDefinition {
    var rights = known
    rights += grants([.read, .list], [.account, .contact], .all)
    rights += grants([.read, .list, .update, .create], [.ticket, .task, .activity], .own)
    rights += [claim(.ticket)]
    rights += grants([.reveal], [.account, .contact, .ticket], .own)
    return role("Service agent", rights, reveals: 50)
  }

  private static var serviceSupervisor: RoleDefinition {
    let actions: [Action] = [
      .read, .list, .update, .create, .assign, .transfer, .merge, .export, .reveal,
    ]
    var rights = known
    rights += grants([.read, .list], [.account, .contact], .all)
    rights += grants(actions, [.ticket, .task, .activity], .teamAndSubordinate, pool: true)
    return role("Service supervisor", rights, exportRows: 500, reveals: 100)
  }

  private static var finance: RoleDefinition {
    var rights = known
    rights += grants(
      [.read, .list, .create, .update, .export], [.contract, .order, .payment], .all)
    rights += grants([.read, .list], [.account], .all)
    return role("Finance", rights)
  }

  private static var partnerUser: RoleDefinition {
    var rights = grants([.read, .list, .create], [.registration], .own)
    for action in [Action.read, .list] {
      rights.append(
        .with {
          ($0.objectType, $0.action, $0.includesPartnerLinked) = (.account, action, true)
        })
    }
    return role("Partner user", rights)
  }

  private static var administrator: RoleDefinition {
    var rights = known
    rights += grants([.configure], [.objectTypeUnspecified], .all)
    rights += grants([.read, .list], [.permissions, .export, .import], .all)
    return role("Administrator", rights, grantable: ["*"])
  }

  private static var auditor: RoleDefinition {
    role("Auditor", grants([.read, .list, .replay], [.objectTypeUnspecified], .all))
  }

  private static var arbitrator: RoleDefinition {
    var rights = known
    rights += grants([.arbitrate], [.objectTypeUnspecified], .all)
    rights += grants([.read, .list], [.dispute], .all)
    return role("Arbitrator", rights)
  }

  private static var dataProtectionOfficer: RoleDefinition {
    role(
      "Data protection officer",
      known + grants([.replay], [.objectTypeUnspecified], .all))
  }

  private static var workspaceOwner: RoleDefinition {
    let all = Action.allCases.filter {
      ![.permissionActionUnspecified, .configure, .approve].contains($0)
    }
    return role(
      "Workspace owner", grants(all, [.objectTypeUnspecified], .all, pool: true),
      reveals: 10_000, hasUnlimitedExport: true)
  }

  private static let known = grants([.read, .list], directory, .all)

  private static func grants(
    _ actions: [Action], _ types: [ObjectType.Code], _ scope: Scope, pool: Bool = false
  ) -> [PermissionGrant] {
    types.flatMap { type in
      actions.map { action in
        PermissionGrant.with {
          ($0.objectType, $0.action, $0.scope, $0.includesPool) = (type, action, scope, pool)
        }
      }
    }
  }

  private static func claim(_ type: ObjectType.Code) -> PermissionGrant {
    .with { ($0.objectType, $0.action, $0.includesPool) = (type, .claim, true) }
  }

  private static func role(
    _ name: String, _ grants: [PermissionGrant], grantable: [String] = [],
    exportRows: UInt32 = 0, reveals: UInt32 = 0, hasUnlimitedExport: Bool = false
  ) -> RoleDefinition {
    .with {
      $0.name = name
      $0.grants = grants
      $0.grantableRoleIds = grantable
      $0.exportRowLimit = exportRows
      $0.dailyRevealLimit = reveals
      $0.hasUnlimitedExport_p = hasUnlimitedExport
    }
  }
}

extension DefaultRoles {
  /// The rules for the fields of every type that has no policy of its own.
  static let fieldRules: [FieldPolicyRule] =
    common
    + contactReaders.map {
      rule($0, .contactData, .editable)
    }

  private static let contactReaders = [
    "salesManager", "serviceAgent", "serviceSupervisor", "arbitrator", "dataProtectionOfficer",
    BuiltInRole.workspaceOwner,
  ]

  private static let common: [FieldPolicyRule] = [
    // Whoever has no other rule gets in touch by asking for it.
    rule("*", .contactData, .masked, mayReveal: true),
    rule("*", .contactData, .masked, .pooled, mayReveal: true),
    rule("salesRep", .contactData, .editable, .own),
    rule("salesRep", .money, .hidden, .notOwn),
    rule("partnerUser", .contactData, .hidden), rule("partnerUser", .personName, .hidden),
    rule("partnerUser", .freeText, .hidden), rule("partnerUser", .money, .hidden),
    rule("auditor", .contactData, .masked), rule("auditor", .personName, .masked),
    rule("auditor", .freeText, .masked),
    rule("serviceAgent", .money, .hidden), rule("serviceSupervisor", .money, .hidden),
    rule(BuiltInRole.workspaceOwner, .contactData, .editable, .pooled),
  ]

  private static func rule(
    _ role: String, _ sensitivity: Sensitivity.Code, _ access: FieldAccess.Code,
    _ standing: RecordStanding.Code = .recordStandingUnspecified, mayReveal: Bool = false
  ) -> FieldPolicyRule {
    .with {
      $0.roleID = role
      $0.sensitivity = sensitivity
      $0.access = access
      $0.standing = standing
      $0.isRevealAllowed = mayReveal
    }
  }
}
