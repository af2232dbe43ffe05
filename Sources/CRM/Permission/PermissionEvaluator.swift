package import EventModel
package import Schema

/// Says who may do what: the one place where rights are worked out, for reading, writing, exports
/// and streams alike.
///
/// Pure: the same directory, moment and facts give the same verdict, so that it answers "could U
/// see R at T" as it answers for now.
package struct PermissionEvaluator: Sendable {
  package let directory: PermissionDirectory
  /// What ends by itself (delegations, shares, break-glass) is compared with it.
  package let now: Timestamp

  package init(_ directory: PermissionDirectory, at now: Timestamp) {
    self.directory = directory
    self.now = now
  }

  /// Whether `user` may do `action` with the record of `facts`, and by what right.
  package func verdict(
    _ user: String, _ action: PermissionAction.Code, on facts: RecordFacts
  ) -> PermissionVerdict {
    guard let person = directory.users[user], person.status == .active else {
      return .denied(.inactive)
    }
    if isRestricted(person, action) { return .denied(.restricted) }
    if isDenied(user, action, facts.key.type) { return .denied(.byRole) }
    if let basis = ownBasis(user, action, facts) { return .allowed(basis) }
    if let delegation = delegations(to: user, action, facts).first {
      return .allowed(.delegation(id: delegation.id, from: delegation.giver))
    }
    if Self.breakGlassActions.contains(action), let grant = person.breakGlass(at: now) {
      return .allowed(.breakGlass(id: grant.id))
    }
    return .denied(.noRight)
  }

  /// When a verdict about `user` and one of these records may be another one although nothing is
  /// recorded; `nil` for never: shares, delegations and a broken glass end by themselves.
  package func nextChange(for user: String, on facts: some Sequence<RecordFacts>) -> Timestamp? {
    var moments: [Timestamp] = []
    for each in facts {
      moments += each.shares.compactMap(\.until)
      moments += each.collaborators.compactMap(\.until)
    }
    for giver in directory.givers(to: user) {
      for delegation in directory.users[giver]?.delegations ?? []
      where delegation.toUserID == user { moments += [delegation.from, delegation.until] }
    }
    for grant in directory.users[user]?.breakGlassGrants ?? [] {
      moments += [grant.since, grant.until]
    }
    return moments.filter { now < $0 }.min()
  }

  /// Whether `upper` stands above `lower` in the line of managers.
  package func isAbove(_ upper: String, _ lower: String) -> Bool {
    directory.isAbove(upper, lower)
  }

  package func may(
    _ user: String, _ action: PermissionAction.Code, on facts: RecordFacts
  ) -> Bool {
    verdict(user, action, on: facts).isAllowed
  }

  /// What `user` sees of the field `name` of the record: hidden unless it may read the record.
  package func access(
    _ user: String, to name: String, of facts: RecordFacts
  ) -> FieldAccess.Code {
    access(user, to: name, facts.sensitivity(of: name), of: facts)
  }

  package func access(
    _ user: String, to name: String, _ sensitivity: Sensitivity.Code, of facts: RecordFacts
  ) -> FieldAccess.Code {
    guard case .allowed(let basis) = verdict(user, .read, on: facts) else { return .hidden }
    let access: FieldAccess.Code
    switch basis {
    case .role, .sharingRule, .share, .collaborator, .dispute:
      access = ruled(user, name, sensitivity, facts)
    case .delegation:
      // Whose right opened the record decides what is seen of it; of several, the strictest.
      access =
        delegations(to: user, .read, facts)
        .map { ruled($0.giver, name, sensitivity, facts) }
        .min { $0.rawValue < $1.rawValue } ?? .hidden
    case .breakGlass: access = .readOnly
    }
    return access == .editable && !may(user, .update, on: facts) ? .readOnly : access
  }

  /// What happens to the field on the way out, on `path`.
  package func delivery(
    _ user: String, of name: String, _ facts: RecordFacts, on path: AccessPath
  ) -> FieldDelivery {
    delivery(user, of: name, facts.sensitivity(of: name), facts, on: path)
  }

  package func delivery(
    _ user: String, of name: String, _ sensitivity: Sensitivity.Code, _ facts: RecordFacts,
    on path: AccessPath
  ) -> FieldDelivery {
    switch access(user, to: name, sensitivity, of: facts) {
    case .hidden, .fieldAccessUnspecified, .UNRECOGNIZED: return .withheld
    case .masked: return path.showsMasks ? .masked : .withheld
    case .readOnly, .editable:
      if path == .export, isKeptBack(user, name, sensitivity, facts) { return .withheld }
      guard let action = path.action, !may(user, action, on: facts) else { return .value }
      return .withheld
    }
  }
}

/// A way on which data reaches somebody.
package enum AccessPath: String, Sendable, Hashable, CaseIterable {
  case show, history, owners, search, duplicate, list, filter, sort, group, aggregate, export
  case replay, stream

  /// Masks are for people who look at a record; wherever a value decides or counts, or leaves, a
  /// masked one is not used at all.
  package var showsMasks: Bool { self == .show || self == .history || self == .owners }

  /// What the path asks beside reading.
  package var action: PermissionAction.Code? {
    switch self {
    case .show, .history, .owners, .search, .duplicate: nil
    case .list, .filter, .sort, .group, .aggregate: .list
    case .export: .export
    case .replay, .stream: .replay
    }
  }
}

/// What happens to a field on a path.
package enum FieldDelivery: Sendable, Hashable {
  case value, masked, withheld
}

/// Whether something is allowed, and why.
package enum PermissionVerdict: Sendable, Hashable {
  case allowed(PermissionBasis)
  case denied(PermissionDenial)

  package var isAllowed: Bool {
    if case .allowed = self { true } else { false }
  }
}

/// By what right.
package enum PermissionBasis: Sendable, Hashable {
  case role(id: String, scope: String)
  case sharingRule(id: String)
  case share(id: String)
  case collaborator
  /// The record is in dispute, and the subject may rule on it.
  case dispute
  case delegation(id: String, from: String)
  case breakGlass(id: String)
}

/// Why not.
package enum PermissionDenial: String, Sendable, Hashable {
  /// The subject is no active user.
  case inactive
  /// A handover took the right away.
  case restricted
  /// A role of the subject denies it.
  case byRole
  /// Nothing allows it.
  case noRight
}
