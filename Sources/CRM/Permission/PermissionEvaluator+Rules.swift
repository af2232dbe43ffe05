internal import EventModel
package import Schema

/// How the verdict is made.
extension PermissionEvaluator {
  static let breakGlassActions: Set<PermissionAction.Code> = [.read, .list, .reveal]
  /// Deciding over others' requests, configuring and carrying data out stay with the person they
  /// were given to.
  static let undelegable: Set<PermissionAction.Code> = [
    .configure, .approve, .arbitrate, .impersonate, .export,
  ]
  private static let reading: Set<PermissionAction.Code> = [.read, .list]

  /// A handover names actions, or the two that it takes together.
  func isRestricted(_ person: User, _ action: PermissionAction.Code) -> Bool {
    person.restrictedRights.contains { right in
      switch right {
      case "bulkRead": action == .export || action == .replay || action == .bulkUpdate
      case "poolClaim": action == .claim
      default: right == action.text
      }
    }
  }

  func isDenied(
    _ user: String, _ action: PermissionAction.Code, _ type: ObjectType.Code
  ) -> Bool {
    directory.roles(of: user).contains { role in
      role.definition.grants.contains { $0.denies(action, type) }
    }
  }

  /// The user's own right, apart from what others delegated.
  func ownBasis(
    _ user: String, _ action: PermissionAction.Code, _ facts: RecordFacts
  ) -> PermissionBasis? {
    for role in directory.roles(of: user) {
      for grant in role.definition.grants where !grant.isDenied {
        guard grant.concerns(action, facts.key.type), reaches(grant, user, action, facts) else {
          continue
        }
        return .role(id: role.id, scope: grant.scope.text)
      }
    }
    if let rule = sharing(with: user, action, facts) { return .sharingRule(id: rule.id) }
    if let share = facts.shares.first(where: { share in
      suffices(share.access, action) && lasts(share.until) && isTarget(share.target, user)
    }) {
      return .share(id: share.id)
    }
    if collaborates(user, action, facts) { return .collaborator }
    if facts.isDisputed, Self.reading.contains(action), isArbitrator(user, facts) {
      return .dispute
    }
    return nil
  }

  /// Whoever rules on a dispute reads what it is about.
  private func isArbitrator(_ user: String, _ facts: RecordFacts) -> Bool {
    directory.roles(of: user).contains { role in
      role.definition.grants.contains { grant in
        !grant.isDenied && grant.concerns(.arbitrate, facts.key.type)
          && reaches(grant, user, .arbitrate, facts)
      }
    }
  }

  /// Whether every role by which `user` exports the record leaves the field out.
  func isKeptBack(
    _ user: String, _ name: String, _ sensitivity: Sensitivity.Code, _ facts: RecordFacts
  ) -> Bool {
    let exporting = directory.roles(of: user).filter { role in
      role.definition.grants.contains {
        !$0.isDenied && $0.concerns(.export, facts.key.type)
          && reaches($0, user, .export, facts)
      }
    }
    return !exporting.isEmpty
      && exporting.allSatisfy { role in
        role.definition.notExported.contains { exclusion in
          (exclusion.field.isEmpty
            ? exclusion.sensitivity == sensitivity : exclusion.field == name)
            && (exclusion.whenField.isEmpty
              || facts.fields[exclusion.whenField] == exclusion.whenValue)
        }
      }
  }

  private func reaches(
    _ grant: PermissionGrant, _ user: String, _ action: PermissionAction.Code,
    _ facts: RecordFacts
  ) -> Bool {
    if grant.includesPool, facts.isPooled { return true }
    if grant.includesPartnerLinked, !facts.partnerID.isEmpty,
      facts.partnerID == partner(of: user)
    {
      return true
    }
    let scope = grant.scope
    guard scope != .recordScopeUnspecified else { return false }
    if scope == .all || facts.ownerIDs.contains(user) { return true }
    func isWithin(_ reach: RecordScope.Code) -> Bool { scope.rawValue >= reach.rawValue }
    if isWithin(.ownAndCollaborating), collaborates(user, action, facts) { return true }
    return facts.ownerIDs.contains { owner in
      guard let holder = directory.users[owner] else { return false }
      if isWithin(.team), !directory.teams(of: owner).isDisjoint(with: directory.teams(of: user)) {
        return true
      }
      if isWithin(.teamAndSubordinate), directory.isAbove(user, owner) { return true }
      let department = directory.users[user]?.departmentID ?? ""
      return isWithin(.department) && !department.isEmpty && holder.departmentID == department
    }
  }

  /// The partner that a partner's user belongs to stands as its department.
  private func partner(of user: String) -> String { directory.users[user]?.departmentID ?? "" }

  private func collaborates(
    _ user: String, _ action: PermissionAction.Code, _ facts: RecordFacts
  ) -> Bool {
    facts.collaborators.contains {
      $0.userID == user && suffices($0.access, action) && lasts($0.until)
    }
  }

  private func sharing(
    with user: String, _ action: PermissionAction.Code, _ facts: RecordFacts
  ) -> SharingRule? {
    directory.permissions.sharingRules.values.sorted { $0.id < $1.id }.first { rule in
      rule.objectType == facts.key.type && suffices(rule.access, action)
        && isTarget(rule.target, user) && fits(rule.criteria, facts)
    }
  }

  private func fits(_ criteria: SharingCriteria, _ facts: RecordFacts) -> Bool {
    if !criteria.field.isEmpty, facts.fields[criteria.field] != criteria.value { return false }
    let owners = facts.ownerIDs
    if !criteria.ownerUserID.isEmpty, !owners.contains(criteria.ownerUserID) { return false }
    if !criteria.ownerTeamID.isEmpty,
      !owners.contains(where: { directory.teams(of: $0).contains(criteria.ownerTeamID) })
    {
      return false
    }
    return criteria.ownerDepartmentID.isEmpty
      || owners.contains {
        directory.users[$0]?.departmentID == criteria.ownerDepartmentID
      }
  }

  private func isTarget(_ target: ShareTarget, _ user: String) -> Bool {
    if !target.userID.isEmpty { return target.userID == user }
    if !target.teamID.isEmpty { return directory.teams(of: user).contains(target.teamID) }
    return !target.roleID.isEmpty && directory.roles(of: user).contains { $0.id == target.roleID }
  }

  /// Whoever may only look at a record doesn't change it; who may edit it does nothing else.
  private func suffices(
    _ access: CollaboratorAccess.Code, _ action: PermissionAction.Code
  ) -> Bool {
    switch access {
    case .read: Self.reading.contains(action)
    case .edit: Self.reading.contains(action) || action == .update
    case .collaboratorAccessUnspecified, .UNRECOGNIZED: false
    }
  }

  private func lasts(_ until: Timestamp?) -> Bool { until.map { now < $0 } ?? true }

  /// The delegations that let `user` do it in another's place.
  func delegations(
    to user: String, _ action: PermissionAction.Code, _ facts: RecordFacts
  ) -> [(id: String, giver: String)] {
    guard !Self.undelegable.contains(action) else { return [] }
    let type = facts.key.type
    let scopes: Set<String> = ["*", "\(action)", "\(type.streamCategory).\(action)"]
    return directory.givers(to: user).flatMap { giver -> [(id: String, giver: String)] in
      guard let person = directory.users[giver], person.status == .active,
        !isRestricted(person, action), !isDenied(giver, action, type),
        ownBasis(giver, action, facts) != nil
      else { return [] }
      return person.delegations.filter { delegation in
        delegation.toUserID == user && delegation.from <= now && now < delegation.until
          && delegation.scopes.contains { scopes.contains($0) }
      }.map { ($0.id, giver) }
    }
  }
}

/// What is seen of a field: the most specific rule wins, of equal ones the stricter.
extension PermissionEvaluator {
  func ruled(
    _ user: String, _ name: String, _ sensitivity: Sensitivity.Code, _ facts: RecordFacts
  ) -> FieldAccess.Code {
    let access = winning(user, name, sensitivity, facts)?.access ?? .editable
    guard access.rawValue > FieldAccess.Code.masked.rawValue,
      isMaskedBeforeClaim(name, facts), !readsAll(user, facts.key.type)
    else { return access }
    return .masked
  }

  /// O-12: what a pool shows of its records before somebody claims them.
  private func isMaskedBeforeClaim(_ name: String, _ facts: RecordFacts) -> Bool {
    facts.isPooled
      && directory.pool(facts.poolID)?.rules?.claim.maskBeforeClaim.contains(name) == true
  }

  /// Whether a role lets `user` read every record of `type`, so that no pool is a way around.
  private func readsAll(_ user: String, _ type: ObjectType.Code) -> Bool {
    directory.roles(of: user).contains { role in
      role.definition.grants.contains {
        !$0.isDenied && $0.concerns(.read, type) && $0.scope == .all
      }
    }
  }

  /// Whether a masked field may be revealed to `user`.
  package func mayReveal(_ user: String, _ name: String, of facts: RecordFacts) -> Bool {
    guard may(user, .reveal, on: facts) else { return false }
    return winning(user, name, facts.sensitivity(of: name), facts)?.isRevealAllowed ?? true
  }

  private func winning(
    _ user: String, _ name: String, _ sensitivity: Sensitivity.Code, _ facts: RecordFacts
  ) -> FieldPolicyRule? {
    let roles = Set(directory.roles(of: user).map(\.id))
    return directory.permissions.fieldRules(facts.key.type)
      .filter { rule in
        rule.applies(to: name, sensitivity, roles) && rule.fits(facts, heldBy: user)
      }
      .max { $0.weight < $1.weight }
  }

  /// Whether a field may decide or count for `user` whatever the record: in filter, sort, group,
  /// aggregate or search over records of `type`.
  ///
  /// It may unless some rule hides or masks it under some condition; totals of what is hidden are
  /// withheld.
  package func mayUse(
    _ user: String, _ name: String, of type: ObjectType.Code,
    _ sensitivity: Sensitivity.Code? = nil
  ) -> Bool {
    if directory.maskedBeforeClaim.contains(name), !readsAll(user, type) { return false }
    let kind = sensitivity ?? Sensitivity.Code(ofField: name, in: type)
    let roles = Set(directory.roles(of: user).map(\.id))
    let rules = directory.permissions.fieldRules(type).filter { $0.applies(to: name, kind, roles) }
    // Under each combination of conditions the rule that wins must show the field.
    let conditions = rules.filter { !$0.whenField.isEmpty }.map(FieldCondition.init) + [nil]
    let standings: [RecordStanding.Code] = [.own, .notOwn, .pooled]
    for standing in standings {
      for condition in conditions {
        let holding = rules.filter { $0.holds(in: standing, condition) }
        let winner = holding.max { $0.weight < $1.weight }
        let access = winner?.access ?? .editable
        if access.rawValue < FieldAccess.Code.readOnly.rawValue { return false }
      }
    }
    return true
  }

  /// Whether the rights of `user` reach every record and every field that stands plain: what people's
  /// own SQL is asked with, for a statement can be narrowed to nobody's part of the tables.
  package func isUnrestricted(_ user: String, _ action: PermissionAction.Code = .read) -> Bool {
    guard let person = directory.users[user], person.status == .active,
      !isRestricted(person, action), !isRestricted(person, .replay)
    else { return false }
    let reachesAll = ObjectType.Code.allCases.filter { $0 != .objectTypeUnspecified }
      .allSatisfy { type in
        !isDenied(user, action, type)
          && directory.roles(of: user).contains { role in
            role.definition.grants.contains {
              $0.grants(action, type) && $0.scope == .all
            }
          }
      }
    guard reachesAll else { return false }
    let plain: [Sensitivity.Code] = [.money, .internal]
    return ObjectType.Code.allCases.allSatisfy { type in
      let named = directory.permissions.fieldRules(type).map(\.field).filter { !$0.isEmpty }
      return plain.allSatisfy { mayUse(user, "", of: type, $0) }
        && named.allSatisfy { name in
          // Names and texts of people stand sealed wherever statements reach.
          !plain.contains(Sensitivity.Code(ofField: name, in: type)) || mayUse(user, name, of: type)
        }
    }
  }
}

extension PermissionAction.Code {
  private static let texts = Dictionary(uniqueKeysWithValues: allCases.map { ($0, "\($0)") })

  /// As the events say it.
  package var text: String { Self.texts[self] ?? "\(self)" }
}

extension RecordScope.Code {
  private static let texts = Dictionary(uniqueKeysWithValues: allCases.map { ($0, "\($0)") })

  /// As the events say it.
  var text: String { Self.texts[self] ?? "\(self)" }
}

/// That a field of the record has a value.
struct FieldCondition: Equatable {
  let field: String
  let value: String

  init(_ rule: FieldPolicyRule) { (field, value) = (rule.whenField, rule.whenValue) }
}

extension FieldPolicyRule {
  func applies(to name: String, _ sensitivity: Sensitivity.Code, _ roles: Set<String>) -> Bool {
    (roleID == "*" || roles.contains(roleID)) && (field.isEmpty || field == name)
      && (self.sensitivity == .sensitivityUnspecified || self.sensitivity == sensitivity)
  }

  func fits(_ facts: RecordFacts, heldBy user: String) -> Bool {
    let isOwn = facts.ownerIDs.contains(user)
    let stands =
      switch standing {
      case .recordStandingUnspecified: true
      case .own: isOwn
      case .notOwn: !isOwn
      case .pooled: facts.isPooled
      case .UNRECOGNIZED: false
      }
    return stands && (whenField.isEmpty || facts.fields[whenField] == whenValue)
  }

  func holds(in standing: RecordStanding.Code, _ condition: FieldCondition?) -> Bool {
    guard whenField.isEmpty || FieldCondition(self) == condition else { return false }
    return holds(in: standing)
  }

  private func holds(in standing: RecordStanding.Code) -> Bool {
    switch self.standing {
    case .recordStandingUnspecified: true
    case .notOwn: standing == .notOwn || standing == .pooled
    case .own, .pooled, .UNRECOGNIZED: self.standing == standing
    }
  }

  /// How specific it is, and of equally specific ones, how strict: the greatest wins.
  var weight: Int {
    let named = field.isEmpty ? (sensitivity == .sensitivityUnspecified ? 0 : 1) : 2
    let conditions = (whenField.isEmpty ? 0 : 2) + (standing == .recordStandingUnspecified ? 0 : 1)
    let strictness = 9 - access.rawValue
    return ((named * 4 + conditions) * 2 + (roleID == "*" ? 0 : 1)) * 10 + strictness
  }
}

/// Acting for somebody else.
extension PermissionEvaluator {
  /// Whether `actor` may do `action` in the place of `principal`; for themselves when that is `nil`.
  ///
  /// The actor's own roles must not deny it, and the principal must have both the right and
  /// delegated it.
  package func verdict(
    _ actor: String, for principal: String?, _ action: PermissionAction.Code,
    on facts: RecordFacts
  ) -> PermissionVerdict {
    guard let principal, principal != actor else { return verdict(actor, action, on: facts) }
    guard let person = directory.users[actor], person.status == .active else {
      return .denied(.inactive)
    }
    if isRestricted(person, action) { return .denied(.restricted) }
    if isDenied(actor, action, facts.key.type) { return .denied(.byRole) }
    guard
      let found = delegations(to: actor, action, facts).first(where: { $0.giver == principal })
    else { return .denied(.noRight) }
    return .allowed(.delegation(id: found.id, from: principal))
  }

  /// Whether `giver` delegated `action` with records of `type` to `actor` and may still do so.
  package func isDelegated(
    _ action: PermissionAction.Code, _ type: ObjectType.Code, to actor: String, by giver: String
  ) -> Bool {
    guard let person = directory.users[giver], person.status == .active else { return false }
    let scopes: Set<String> = ["*", "\(action)", "\(type.streamCategory).\(action)"]
    return person.delegations.contains { delegation in
      delegation.toUserID == actor && delegation.from <= now && now < delegation.until
        && delegation.scopes.contains { scopes.contains($0) }
    }
  }
}
