internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import Schema

/// What somebody could see, now or at any time.
extension Workspace {
  /// Whether `user` may read a record, by what right, and which of its fields: by the rights, the
  /// teams and the record as they were at `moment`.
  ///
  /// For administrators and auditors, and for anybody of themselves.
  public func canSee(
    _ user: String, _ record: String, at moment: Moment?
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let asked = try Self.actor(user).text
    let zone = try timeZone()
    let asker = try gate()
    if asker.user != asked { try requireOperator("can-see") }
    let point = try moment.map { moment throws(ServiceError) in
      try recorded(moment, .end, in: zone)
    }
    let (gate, position) = try self.gate(for: asked, asOf: point)
    try asker.record(.question("can-see"))
    var answer = Answer(
      "Could \(asked) see \(key)?", timeZone: zone.identifier)
    let facts = try gate.facts(key)
    let verdict = facts.map { gate.evaluator.verdict(asked, .read, on: $0) } ?? .denied(.noRight)
    answer.facts = [
      .init("user", "User", .text(asked)), .init("record", "Record", .text("\(key)")),
      .init("canSee", "Can see", .flag(facts != nil && verdict.isAllowed)),
      .init("why", "Why", .text(facts == nil ? "there was no such record" : verdict.words)),
      .init(
        "asOfPosition", "As of position",
        position.map { .integer(Int64($0.rawValue)) } ?? .none),
      .init("at", "At", .moment(gate.evaluator.now)),
      .init(
        "roles", "Roles",
        .list(gate.evaluator.directory.roles(of: asked).map { .text($0.id) })),
      .init(
        "teams", "Teams",
        .list(gate.evaluator.directory.teams(of: asked).sorted().map { .text($0) })),
    ]
    guard let facts, verdict.isAllowed else { return answer }
    let snapshot = try auditing { auditor throws(AuditError) in
      try auditor.record(key, asOf: point)
    }
    answer.tables = [
      .init(
        "fields", "Fields",
        columns: [
          .init("field", "Field"), .init("sensitivity", "Kind"), .init("access", "Access"),
        ],
        rows: snapshot.fields.map { field in
          [
            .text(field.name), .text("\(facts.sensitivity(of: field.name))"),
            .text("\(gate.evaluator.access(asked, to: field.name, of: facts))"),
          ]
        }),
      .init(
        "actions", "Actions", columns: [.init("action", "Action"), .init("by", "By")],
        rows: PermissionAction.Code.allCases.compactMap { action in
          guard case .allowed(let basis) = gate.evaluator.verdict(asked, action, on: facts) else {
            return nil
          }
          return [.text("\(action)"), .text(basis.words)]
        }),
    ]
    return answer
  }

  /// A gate by somebody's rights as of a moment, and the position that it stands at.
  private func gate(
    for user: String, asOf moment: Audit.Moment?
  ) throws(ServiceError) -> (AccessGate, Position?) {
    guard let moment else {
      let directory: PermissionDirectory
      do throws(CommandFailure) { directory = try executor.permissions.current().directory } catch {
        throw ServiceError(error)
      }
      let gate = AccessGate(
        self, user: user, evaluator: PermissionEvaluator(directory, at: clock()))
      return (gate, log.size == 0 ? nil : Position(log.size - 1))
    }
    guard let position = try modelPosition(moment) else {
      throw ServiceError(
        .refused, code: "VALIDATION.MOMENT", "Nothing was recorded by then: ask for later.")
    }
    let directory: PermissionDirectory
    do throws(CommandFailure) {
      directory = try executor.permissions.directory(asOf: position)
    } catch { throw ServiceError(error) }
    let evaluator = PermissionEvaluator(directory, at: try time(of: moment, position))
    return (AccessGate(self, user: user, evaluator: evaluator, asOf: .position(position)), position)
  }

  private func modelPosition(_ moment: Audit.Moment) throws(ServiceError) -> Position? {
    switch moment {
    case .position(let position): return position
    case .recorded(let time), .effective(let time):
      do throws(LMDBError) { return try log.position(at: time) } catch {
        throw ServiceError(storage: error)
      }
    }
  }

  /// What ends by itself is compared with the time asked for, or with that of the position.
  private func time(
    of moment: Audit.Moment, _ position: Position
  ) throws(ServiceError) -> Timestamp {
    switch moment {
    case .recorded(let time), .effective(let time): return time
    case .position:
      do throws(LMDBError) {
        let found = try log.events(EventSelection(from: position, through: position))
        return found.first?.recordedAt ?? clock()
      } catch { throw ServiceError(storage: error) }
    }
  }

  /// Roles with their holders: who may do what, now or at `moment` (RM-24).
  ///
  /// - Throws: ``ServiceError`` when the principal may not ask, or nothing was recorded by then.
  public func roles(at moment: Moment? = nil) throws(ServiceError) -> Answer {
    let asker = try gate()
    try asker.require(.read, .user, path: "roles")
    let zone = try timeZone()
    let point = try moment.map { moment throws(ServiceError) in
      try recorded(moment, .end, in: zone)
    }
    let (gate, position) = try self.gate(for: asker.user, asOf: point)
    let directory = gate.evaluator.directory
    let holders = Dictionary(
      grouping: directory.users.values.flatMap { user in
        user.roleIDs.map { (role: $0, user: user.id) }
      }, by: \.role)
    let rows = directory.permissions.roles.values.sorted { $0.id < $1.id }.map { role -> [Value] in
      let users = (holders[role.id] ?? []).map(\.user).sorted()
      return [
        .text(role.id), .text(role.definition.name), .integer(Int64(role.version)),
        .flag(role.isRetired), .list(users.map { .text($0) }),
        .text(Self.words(of: role.definition.grants)),
      ]
    }
    return Answer(
      "Roles",
      facts: [
        .init("version", "Configuration", .integer(Int64(directory.permissions.version))),
        .init(
          "asOfPosition", "As of position",
          position.map { .integer(Int64($0.rawValue)) } ?? .none),
        .init(
          "activeAdministrators", "Administrators",
          .list(directory.activeAdministrators.map { .text($0) })),
      ],
      tables: [
        .init(
          "roles", "",
          columns: [
            .init("role", "Role"), .init("name", "Name"), .init("version", "Version"),
            .init("retired", "Retired"), .init("holders", "Holders"), .init("rights", "Rights"),
          ], rows: rows)
      ], timeZone: zone.identifier)
  }

  /// Rights in short, such as `account: read list (team)`.
  private static func words(of grants: [PermissionGrant]) -> String {
    var lines: [String: [String]] = [:]
    var order: [String] = []
    for grant in grants {
      let type = grant.objectType == .objectTypeUnspecified ? "*" : grant.objectType.streamCategory
      let reach =
        (grant.scope == .recordScopeUnspecified ? [] : ["\(grant.scope)"])
        + (grant.includesPool ? ["pool"] : []) + (grant.includesPartnerLinked ? ["partner"] : [])
      let key = "\(type) (\(grant.isDenied ? "denied" : reach.joined(separator: "+")))"
      if lines[key] == nil { order.append(key) }
      lines[key, default: []].append("\(grant.action)")
    }
    return order.map { "\($0): \((lines[$0] ?? []).joined(separator: " "))" }
      .joined(separator: "; ")
  }
}

extension PermissionVerdict {
  var words: String {
    switch self {
    case .allowed(let basis): basis.words
    case .denied(.inactive): "no active user"
    case .denied(.restricted): "the right was taken away for a handover"
    case .denied(.byRole): "a role denies it"
    case .denied(.noRight): "no role, share or delegation gives it"
    }
  }
}

extension PermissionBasis {
  var words: String {
    switch self {
    case .role(let id, let scope):
      scope == "recordScopeUnspecified" ? "role \(id)" : "role \(id), scope \(scope)"
    case .sharingRule(let id): "sharing rule \(id)"
    case .share(let id): "share \(id)"
    case .collaborator: "collaborator"
    case .dispute: "arbitrator of its dispute"
    case .delegation(let id, let from): "delegation \(id) of \(from)"
    case .breakGlass(let id): "broken glass \(id)"
    }
  }
}
