import CRM
import EventModel
import Schema
import SwiftProtobuf
import TestSupport

/// A small company made at random: as the oracle takes it, and as the events that the evaluator's
/// directory and facts are folded from.
struct PermissionWorld {
  /// A flaw planted between the events and the evaluator; each must be found.
  enum Leak: CaseIterable {
    case deniesAreForgotten, endsAreForgotten, masksAreOff, namedRulesAreForgotten
    case suspensionsAreForgotten, restrictionsAreForgotten, delegatorsSeeForOthers
    case poolMasksAreForgotten, exclusionsAreForgotten
  }

  private(set) var oracle = PermissionOracle()
  private(set) var records: [PermissionOracle.Record] = []
  let now = 1000

  static let users = (1...6).map { "usr_\($0)" }
  static let types: [String: ObjectType.Code] = [
    "account": .account, "lead": .lead, "opportunity": .opportunity, "ticket": .ticket,
  ]
  static let fields: [(name: String, kind: Sensitivity.Code)] = [
    ("phones", .contactData), ("amount", .money), ("note", .freeText), ("industryCode", .internal),
    ("personName", .personName),
  ]
  static let actions: [PermissionAction.Code] = [
    .read, .list, .update, .export, .replay, .reveal, .transfer, .claim, .approve,
  ]
  private static let teams = ["tea_1", "tea_2"]
  private static let roles = ["role_1", "role_2", "role_3"]
  private static let accesses = ["hidden", "masked", "readOnly", "editable"]

  init(_ random: inout SeededGenerator) {
    for role in Self.roles {
      oracle.roles[role] = Self.grants(&random)
      if Bool.random(using: &random) {
        oracle.notExported[role] = [
          ("\(Self.pick(Self.fields, &random).kind)", Self.pick(["", "A"], &random))
        ]
      }
    }
    for user in Self.users { oracle.people[user] = Self.person(user, &random) }
    for _ in 0..<Int.random(in: 0...8, using: &random) { oracle.rules.append(Self.rule(&random)) }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      var sharing = PermissionOracle.Sharing(type: Self.type(&random))
      if Bool.random(using: &random) { sharing.ownerTeam = Self.pick(Self.teams, &random) }
      if Bool.random(using: &random) { (sharing.field, sharing.value) = ("grade", "A") }
      if Bool.random(using: &random) {
        sharing.withTeam = Self.pick(Self.teams, &random)
      } else {
        sharing.withUser = Self.pick(Self.users, &random)
      }
      sharing.mayEdit = Bool.random(using: &random)
      oracle.sharing.append(sharing)
    }
    if Bool.random(using: &random) {
      oracle.poolMasks["pol_1"] = Set(
        Self.fields.map(\.name).filter { _ in Bool.random(using: &random) })
    }
    records = (0..<5).map { _ in Self.record(&random) }
  }

  private static func pick<T>(_ all: [T], _ random: inout SeededGenerator) -> T {
    all[Int.random(in: all.indices, using: &random)]
  }

  private static func type(_ random: inout SeededGenerator) -> String {
    pick(types.keys.sorted(), &random)
  }

  private static func grants(_ random: inout SeededGenerator) -> [PermissionOracle.Grant] {
    (0..<Int.random(in: 2...8, using: &random)).map { _ in
      var grant = PermissionOracle.Grant(
        type: Bool.random(using: &random) ? nil : type(&random),
        action: "\(pick(actions + [.read, .list, .read], &random))")
      grant.scope = pick(PermissionOracle.reaches, &random)
      grant.pool = Int.random(in: 0..<3, using: &random) == 0
      grant.isDenied = Int.random(in: 0..<6, using: &random) == 0
      return grant
    }
  }

  private static func person(
    _ id: String, _ random: inout SeededGenerator
  ) -> PermissionOracle.Person {
    var person = PermissionOracle.Person(id: id)
    person.isActive = Int.random(in: 0..<6, using: &random) > 0
    person.roles = roles.filter { _ in Bool.random(using: &random) }
    person.department = pick(["", "dep_1", "dep_2"], &random)
    // Managers stand before those they manage, so that there is no circle.
    let number = Int(id.dropFirst(4)) ?? 1
    if number > 1, Bool.random(using: &random) {
      person.manager = "usr_\(Int.random(in: 1..<number, using: &random))"
    }
    person.teams = Set(teams.filter { _ in Bool.random(using: &random) })
    if Int.random(in: 0..<4, using: &random) == 0 {
      person.restricted = ["\(pick(actions, &random))"]
    }
    if Int.random(in: 0..<2, using: &random) == 0 {
      let giver = pick(users.filter { $0 != id }, &random)
      let scopes = pick([["*"], ["read"], ["account.read", "list"], ["lead.update"]], &random)
      person.delegations = [
        (giver, scopes, pick([0, 990, 1000, 1001], &random), pick([1000, 1001, 2000], &random))
      ]
    }
    if Int.random(in: 0..<6, using: &random) == 0 {
      person.brokenGlass = (pick([900, 999, 1000], &random), pick([1000, 1001, 1100], &random))
    }
    return person
  }

  private static func rule(_ random: inout SeededGenerator) -> PermissionOracle.Rule {
    var rule = PermissionOracle.Rule(
      type: type(&random), role: pick(roles + ["*"], &random), access: pick(accesses, &random))
    let field = pick(fields, &random)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: rule.field = field.name
    case 1: rule.sensitivity = "\(field.kind)"
    default: break
    }
    rule.standing = pick(["", "", "own", "notOwn", "pooled"], &random)
    if Int.random(in: 0..<3, using: &random) == 0 {
      (rule.whenField, rule.whenValue) = ("grade", pick(["A", "B"], &random))
    }
    return rule
  }

  private static func record(_ random: inout SeededGenerator) -> PermissionOracle.Record {
    var record = PermissionOracle.Record(type: type(&random))
    if Int.random(in: 0..<4, using: &random) == 0 {
      record.ownerPool = "pol_1"
    } else {
      record.ownerUser = pick(users, &random)
    }
    let ends: [Int?] = [nil, 999, 1000, 1001]
    if Bool.random(using: &random) {
      record.collaborators = [
        (pick(users, &random), Bool.random(using: &random), pick(ends, &random))
      ]
    }
    if Bool.random(using: &random) {
      let toUser = Bool.random(using: &random)
      record.shares = [
        (
          toUser ? pick(users, &random) : "", toUser ? "" : pick(teams, &random),
          Bool.random(using: &random), pick(ends, &random)
        )
      ]
    }
    if record.type == "account" { record.fields = ["grade": pick(["A", "B", "C"], &random)] }
    return record
  }
}
