import CRM
import EventModel
import Schema
import SwiftProtobuf
import TestSupport

/// The world as events, and what is folded from them.
extension PermissionWorld {
  static func time(_ minutes: Int) -> Timestamp {
    Timestamp(microseconds: 1_760_000_000_000_000 + Int64(minutes) * 60_000_000)
  }

  private static func fact(_ payload: Payload, at minutes: Int = 0) -> Fact {
    Fact(
      payload: payload, personal: [], position: Position(0), revision: Revision(0),
      recordedAt: time(minutes), occurredAt: time(minutes), actor: ActorID(system: "test"))
  }

  func evaluator(_ leak: Leak? = nil) -> PermissionEvaluator {
    var directory = PermissionDirectory()
    addPermissions(to: &directory, leak)
    for person in oracle.people.values { add(person, to: &directory, leak) }
    for team in ["tea_1", "tea_2"] {
      let members = oracle.people.values.filter { $0.teams.contains(team) }.map(\.id)
      directory.apply(
        Self.fact(
          .team(.teamCreated(.with { ($0.teamID, $0.memberIds) = (team, members) }))),
        of: .team(team))
    }
    for (pool, masks) in oracle.poolMasks where leak != .poolMasksAreForgotten {
      directory.apply(
        Self.fact(
          .pool(
            .poolRulesPublished(
              .with { ($0.poolID, $0.claim.maskBeforeClaim) = (pool, masks.sorted()) }))),
        of: .pool(pool))
    }
    return PermissionEvaluator(directory, at: Self.time(now))
  }

  private func addPermissions(to directory: inout PermissionDirectory, _ leak: Leak?) {
    func add(_ event: PermissionEvent.OneOf_Event) {
      directory.apply(Self.fact(.permission(event)), of: Permissions.key)
    }
    for (role, grants) in oracle.roles {
      let made = grants.filter { leak != .deniesAreForgotten || !$0.isDenied }.map(Self.grant)
      let excluded = leak == .exclusionsAreForgotten ? [] : oracle.notExported[role] ?? []
      add(
        .roleDefined(
          .with {
            ($0.roleID, $0.definition.grants) = (role, made)
            $0.definition.notExported = excluded.map { entry in
              .with {
                $0.sensitivity =
                  Sensitivity.Code.allCases.first { "\($0)" == entry.sensitivity } ?? .internal
                if !entry.grade.isEmpty {
                  ($0.whenField, $0.whenValue) = ("account.grade", entry.grade)
                }
              }
            }
          }))
    }
    for (name, type) in Self.types {
      let rules = oracle.rules.filter { rule in
        rule.type == name && (leak != .namedRulesAreForgotten || rule.field.isEmpty)
      }
      add(
        .fieldPolicyPublished(
          .with { ($0.objectType, $0.rules) = (type, rules.map { Self.rule($0, leak) }) }))
    }
    for (number, sharing) in oracle.sharing.enumerated() {
      add(
        .sharingRulePublished(
          .with {
            $0.sharingRuleID = "shr_\(number)"
            $0.objectType = Self.types[sharing.type] ?? .account
            $0.criteria.ownerTeamID = sharing.ownerTeam
            $0.criteria.field = sharing.field
            $0.criteria.value = sharing.value
            $0.with.teamID = sharing.withTeam
            $0.with.userID = sharing.withUser
            $0.access = sharing.mayEdit ? .edit : .read
          }))
    }
  }

  private static func grant(_ grant: PermissionOracle.Grant) -> PermissionGrant {
    .with {
      if let type = grant.type { $0.objectType = types[type] ?? .account }
      $0.action = PermissionAction.Code.allCases.first { "\($0)" == grant.action } ?? .read
      $0.scope = RecordScope.Code.allCases.first { "\($0)" == grant.scope } ?? .own
      $0.includesPool = grant.pool
      $0.isDenied = grant.isDenied
    }
  }

  private static func rule(_ rule: PermissionOracle.Rule, _ leak: Leak?) -> FieldPolicyRule {
    .with {
      $0.field = rule.field
      $0.sensitivity =
        Sensitivity.Code.allCases.first { "\($0)" == rule.sensitivity } ?? .sensitivityUnspecified
      $0.standing =
        RecordStanding.Code.allCases.first { "\($0)" == rule.standing }
        ?? .recordStandingUnspecified
      $0.whenField = rule.whenField
      $0.whenValue = rule.whenValue
      $0.roleID = rule.role
      $0.access = FieldAccess.Code.allCases.first { "\($0)" == rule.access } ?? .hidden
      if leak == .masksAreOff, $0.access == .masked { $0.access = .readOnly }
    }
  }

  private func add(
    _ person: PermissionOracle.Person, to directory: inout PermissionDirectory, _ leak: Leak?
  ) {
    func add(_ event: UserEvent.OneOf_Event, of user: String, at minutes: Int = 0) {
      directory.apply(Self.fact(.user(event), at: minutes), of: .user(user))
    }
    add(
      .userProvisioned(
        .with {
          $0.userID = person.id
          $0.roleIds = person.roles
          $0.departmentID = person.department
          $0.managerID = person.manager
          $0.active = true
        }), of: person.id)
    if !person.restricted.isEmpty, leak != .restrictionsAreForgotten {
      add(.userRightsRestricted(.with { $0.rights = person.restricted.sorted() }), of: person.id)
    }
    if let glass = person.brokenGlass {
      add(
        .breakGlassActivated(
          .with {
            ($0.grantID, $0.minutes) = ("bgl_1", UInt32(max(0, glass.until - glass.since)))
          }), of: person.id, at: glass.since)
    }
    if !person.isActive, leak != .suspensionsAreForgotten {
      add(.userSuspended(.init()), of: person.id)
    }
  }

  /// Delegations stand in the giver's stream, which must be there before them.
  func addDelegations(to evaluator: PermissionEvaluator, _ leak: Leak? = nil) -> PermissionEvaluator
  {
    var directory = evaluator.directory
    for person in oracle.people.values {
      for (number, delegation) in person.delegations.enumerated() {
        let until = leak == .endsAreForgotten ? 9999 : delegation.until
        let scopes = leak == .delegatorsSeeForOthers ? ["*"] : delegation.scopes
        directory.apply(
          Self.fact(
            .user(
              .delegationGranted(
                .with {
                  $0.delegationID = "dlg_\(person.id)_\(number)"
                  $0.toUserID = person.id
                  $0.scopes = scopes
                  $0.from = Self.message(delegation.since)
                  $0.until = Self.message(until)
                }))), of: .user(delegation.from))
      }
    }
    return PermissionEvaluator(directory, at: evaluator.now)
  }

  static func message(_ minutes: Int) -> Google_Protobuf_Timestamp {
    .with { $0.seconds = time(minutes).microseconds / 1_000_000 }
  }

  /// The record's facts, folded from its events.
  func facts(_ record: PermissionOracle.Record) -> RecordFacts {
    let key = RecordKey(Self.types[record.type] ?? .account, "rec_1")
    guard var state = Aggregates.empty(key.type) else {
      preconditionFailure("there is no aggregate \(key.type)")
    }
    func apply(_ payload: Payload) { state.apply(Self.fact(payload)) }
    let owner = record.ownerPool.isEmpty ? OwnerRef.user(record.ownerUser) : .pool(record.ownerPool)
    apply(.ownership(.ownershipAssigned(.with { $0.to = owner })))
    for entry in record.collaborators {
      apply(
        .ownership(
          .collaboratorAdded(
            .with {
              $0.userID = entry.user
              $0.access = entry.mayEdit ? .edit : .read
              if let until = entry.until { $0.until = Self.message(until) }
            })))
    }
    for (number, share) in record.shares.enumerated() {
      apply(
        .permission(
          .recordShared(
            .with {
              $0.shareID = "shr_\(number)"
              $0.with.userID = share.user
              $0.with.teamID = share.team
              $0.access = share.mayEdit ? .edit : .read
              if let until = share.until { $0.until = Self.message(until) }
            })))
    }
    if let grade = record.fields["grade"] {
      let code = Grade.Code.allCases.first { "\($0)".uppercased() == grade }
      apply(.account(.accountGraded(.with { $0.to = code ?? .gradeUnspecified })))
    }
    return RecordFacts(key, state)
  }
}
