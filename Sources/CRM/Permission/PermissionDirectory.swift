internal import EventModel
internal import Schema

/// Users, teams and the permission configuration as of a position: what every question of who may
/// do what is answered from, beside the record itself.
///
/// A pure fold over the events of the streams `user-…`, `team-…`, `pool-…` and
/// `permissions-main`.
package struct PermissionDirectory: Sendable {
  /// The categories of the streams that it is made of.
  package static let categories = ["user", "team", "permissions", "pool"]

  package private(set) var users: [String: User] = [:]
  package private(set) var permissions = Permissions()
  private var teams: [String: Team] = [:]
  private var pools: [String: Pool] = [:]
  /// Fields that some pool masks for whoever hasn't claimed a record yet.
  private(set) var maskedBeforeClaim: Set<String> = []
  private var teamsOfUser: [String: Set<String>] = [:]
  /// Who delegated to whom: givers by receivers.
  private var giversOf: [String: Set<String>] = [:]
  /// The administrator that the workspace was made with; empty for none.
  private var founderID = ""
  /// Whether anybody was ever given the role of the workspace's owner.
  private var ownerWasNamed = false

  package init() {}

  /// Applies the next event of one of those streams.
  package mutating func apply(_ fact: Fact, of record: RecordKey) {
    switch record.type {
    case .user:
      users[record.id, default: User()].apply(fact)
      if case .user(let event) = fact.payload { note(event, of: record.id, by: fact.actor) }
    case .team:
      let before = members(of: record.id)
      teams[record.id, default: Team()].apply(fact)
      let after = members(of: record.id)
      for user in before.subtracting(after) { teamsOfUser[user]?.remove(record.id) }
      for user in after.subtracting(before) { teamsOfUser[user, default: []].insert(record.id) }
    case .pool:
      pools[record.id, default: Pool()].apply(fact)
      maskedBeforeClaim = Set(pools.values.flatMap { $0.rules?.claim.maskBeforeClaim ?? [] })
    case .permissions: permissions.apply(fact)
    // Nothing else decides on rights by itself.
    default: break
    }
  }

  private mutating func note(
    _ event: UserEvent.OneOf_Event, of userID: String, by actor: ActorID
  ) {
    if case .delegationGranted(let granted) = event {
      giversOf[granted.toUserID, default: []].insert(userID)
    } else if case .userProvisioned(let provisioned) = event {
      if founderID.isEmpty, actor == ActorID(system: "init"),
        provisioned.roleIds.contains(BuiltInRole.administrator)
      {
        founderID = userID
      }
      if provisioned.roleIds.contains(BuiltInRole.workspaceOwner) { ownerWasNamed = true }
    } else if case .userRoleGranted(let granted) = event,
      granted.roleID == BuiltInRole.workspaceOwner
    {
      ownerWasNamed = true
    }
  }

  private func members(of team: String) -> Set<String> {
    guard let team = teams[team], !team.isDissolved else { return [] }
    return Set(team.memberIDs)
  }

  /// A pool as its rules were then; `nil` when there was none.
  package func pool(_ id: String) -> Pool? { pools[id] }

  /// The teams that a user is in.
  package func teams(of user: String) -> Set<String> { teamsOfUser[user] ?? [] }

  /// Whoever ever delegated something to `user`.
  func givers(to user: String) -> [String] { (giversOf[user] ?? []).sorted() }

  /// Whether `upper` stands above `lower` in the line of managers.
  func isAbove(_ upper: String, _ lower: String) -> Bool {
    var next = users[lower]?.managerID ?? ""
    for _ in 0..<User.managerLimit where !next.isEmpty {
      if next == upper { return true }
      next = users[next]?.managerID ?? ""
    }
    return false
  }

  /// The roles of a user that are in force.
  ///
  /// A workspace that was made before there was a ``BuiltInRole/workspaceOwner`` has its first
  /// administrator for one, until somebody is given the role.
  package func roles(of user: String) -> [Role] {
    guard let person = users[user] else { return [] }
    let isOwner = !ownerWasNamed && user == founderID && person.isAdministrator
    guard isOwner else { return permissions.active(person.roleIDs) }
    return permissions.active(person.roleIDs + [BuiltInRole.workspaceOwner])
  }

  /// The administrators who can act.
  package var activeAdministrators: [String] {
    users.values.filter { $0.status == .active && $0.isAdministrator }.map(\.id).sorted()
  }
}
