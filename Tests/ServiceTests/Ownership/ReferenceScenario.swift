import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// The reference scenario of the domain specification (3.14), played by commands and by the clock.
///
/// Positions of the specification are labels here: the events have positions of their own.
final class ReferenceScenario: Sendable {
  let workspace: Workspace
  let clock: ScriptedClock
  let administrator: String

  static let account = "acc_A"
  static let pool = "pol_P1"
  static let phone = "+86 591 8765 4321"

  /// An organisation of Shanghai with u1 and u2 of team T1 and pool P1, and u3 of team T2.
  init(_ path: String) async throws {
    let start = try #require(Timestamp("2026-02-01T09:00:00+08:00"))
    let clock = ScriptedClock(start)
    let founded = try await Workspace.create(
      try DataFolder(path: "\(path)/data"),
      NewWorkspace(
        organization: "Reference", administrator: "Chen Jie", timeZone: "Asia/Shanghai",
        currency: "CNY"),
      clock: clock.now, isSimulated: true, random: .system)
    self.clock = clock
    workspace = founded.workspace
    administrator = founded.administrator
    try await staff()
    try await openPool()
  }

  func close() throws { try workspace.close() }

  func go(to time: String) throws { clock.set(try #require(Timestamp(time))) }

  /// Carries out what is due each day at two in Shanghai, up to and with `time`.
  func pass(to time: String) async throws {
    let end = try #require(Timestamp(time))
    while clock.now() < end {
      let next = clock.now().advanced(byMicroseconds: 3_600_000_000)
      clock.set(min(next, end))
      _ = try await workspace.reactor().run(until: clock.now())
    }
  }

  @discardableResult
  func perform(
    _ command: CommandPayload, by actor: String, occurredAt: String? = nil, reason: String? = nil
  ) async throws -> CommandResult {
    let actorID = try #require(ActorID(actor))
    let key = CommandID(version7At: clock.now(), random: RandomSource.system.words()).uuidText
    return try await workspace.perform(
      command, by: actorID, key: key, occurredAt: occurredAt.flatMap(Timestamp.init),
      reason: reason.map { Reason(code: $0) })
  }

  /// The code with which a command is refused; `nil` when it isn't.
  func refusal(_ command: CommandPayload, by actor: String) async throws -> String? {
    do {
      try await perform(command, by: actor)
      return nil
    } catch let error as ServiceError {
      return error.code
    }
  }

  private func staff() async throws {
    for (id, role) in [
      ("usr_boss", "salesManager"), ("usr_u1", "salesRep"), ("usr_u2", "salesRep"),
      ("usr_u3", "salesRep"), ("usr_pt1", "partnerUser"), ("usr_arb", BuiltInRole.arbitrator),
      ("usr_aud", BuiltInRole.auditor),
    ] {
      try await perform(
        .user(
          .provisionUser(
            .with {
              ($0.userID, $0.active, $0.roleIds) = (id, true, [role])
              $0.managerID = role == "salesRep" ? "usr_boss" : ""
              $0.name.full = "Person \(id)"
            })), by: administrator)
    }
    for (id, members) in [("tea_T1", ["usr_u1", "usr_u2"]), ("tea_T2", ["usr_u3"])] {
      try await perform(
        .team(.createTeam(.with { ($0.teamID, $0.name, $0.memberIds) = (id, id, members) })),
        by: administrator)
    }
    try await openRecords()
  }

  /// Whoever sells may read every account, and call one back with a reason.
  private func openRecords() async throws {
    for (id, team) in [("shr_T1", "tea_T1"), ("shr_T2", "tea_T2")] {
      try await perform(
        .permission(
          .publishSharingRule(
            .with {
              ($0.sharingRuleID, $0.objectType, $0.access) = (id, .account, .read)
              $0.with.teamID = team
            })), by: administrator, reason: "scenario")
    }
    let reveal = PermissionGrant.with {
      ($0.objectType, $0.action, $0.scope) = (.account, .reveal, .all)
    }
    try await perform(
      .permission(
        .defineRole(
          .with {
            $0.roleID = "callBack"
            ($0.definition.name, $0.definition.grants) = ("Calls back", [reveal])
            $0.definition.dailyRevealLimit = 5
          })), by: administrator, reason: "scenario")
    try await perform(
      .user(.grantUserRole(.with { ($0.userID, $0.roleID) = ("usr_u3", "callBack") })),
      by: administrator, reason: "scenario")
  }

  private func openPool() async throws {
    try await perform(
      .pool(
        .createPool(
          .with { ($0.poolID, $0.name, $0.objectType) = (Self.pool, "P1", .account) })),
      by: administrator)
    try await perform(
      .pool(
        .publishPoolRules(
          .with {
            $0.poolID = Self.pool
            $0.members.teamIds = ["tea_T1"]
            $0.defaultRecycle = true
          })), by: administrator)
  }
}

/// The steps, by the labels of the specification.
extension ReferenceScenario {
  /// 100 to 102: u1 registers the customer and calls it.
  func register() async throws {
    try go(to: "2026-03-02T09:00:00+08:00")
    try await perform(
      .account(
        .createAccount(
          .with {
            ($0.accountID, $0.accountType) = (Self.account, .organization)
            ($0.name, $0.legalName) = ("福建码上科技有限公司", "福建码上科技有限公司")
            $0.source.channel = .exhibition
            $0.phones = [.with { $0.raw = Self.phone }]
          })), by: "usr_u1")
    try await perform(
      .account(
        .gradeAccount(
          .with { ($0.accountID, $0.grade, $0.basis) = (Self.account, .a, .manual) })),
      by: "usr_u1", reason: "size")
    try go(to: "2026-03-02T09:05:00+08:00")
    try await call(occurredAt: "2026-03-02T09:02:00+08:00")
    try go(to: "2026-03-02T10:00:00+08:00")
  }

  /// 150 to 191: nobody follows up; warned, recycled, claimed by u2.
  func recycleAndClaim() async throws {
    try await pass(to: "2026-04-02T10:00:00+08:00")
    try await perform(
      .ownership(.claimFromPool(.with { $0.record = Self.reference })), by: "usr_u2")
  }

  /// 200 to 202: a partner declares the customer; it is somebody's, and protected.
  func registerInVain() async throws {
    try go(to: "2026-04-03T11:00:00+08:00")
    let submit = SubmitRegistration.with {
      ($0.registrationID, $0.kind, $0.isDeclaredTrue) = ("reg_pt1", .account, true)
      ($0.legalName, $0.phones) = ("码上科技", [.with { $0.raw = Self.phone }])
      $0.claimant = .with { ($0.kind, $0.id) = (.partner, "par_pt1") }
    }
    try await ask("SubmitRegistration", try submit.jsonString(), by: "usr_pt1")
    try await perform(
      .registration(
        .rejectRegistration(
          .with {
            ($0.registrationID, $0.reasonCode) = ("reg_pt1", "collision")
            $0.collidesWith = Self.reference
          })), by: administrator)
  }

  /// 205 and 206: u3 looks at the customer, and reveals its phone.
  func look() async throws {
    try go(to: "2026-04-03T12:00:00+08:00")
    let workspace = try acting("usr_u3")
    _ = try workspace.show("account", id: Self.account, from: .now)
    _ = try workspace.reveal("phones", of: Self.account, reason: "call-back")
    try workspace.flushAccessLog()
  }

  /// 207: u1 wants it back out of a pool that it isn't in.
  func claimInVain() async throws -> String? {
    try go(to: "2026-04-03T12:10:00+08:00")
    let command = ClaimFromPool.with { $0.record = Self.reference }
    return try await refusal("ClaimFromPool", try command.jsonString(), by: "usr_u1")
  }

  /// 210 and 211: u3 makes the customer anew.
  func createInVain() async throws -> String? {
    try go(to: "2026-04-05T09:00:00+08:00")
    let command = CreateAccount.with {
      ($0.accountID, $0.accountType, $0.name) = ("acc_B", .organization, "码上科技")
      $0.source.channel = .exhibition
      $0.phones = [.with { $0.raw = Self.phone }]
    }
    return try await refusal("CreateAccount", try command.jsonString(), by: "usr_u3")
  }

  /// 218: u1 enters a call of March only now.
  func enterLateCall() async throws {
    try go(to: "2026-04-06T08:50:00+08:00")
    try await call(occurredAt: "2026-03-15T10:00:00+08:00")
  }

  /// 220 to 232: u1 claims that the recycling was wrong, and is told that it wasn't.
  ///
  /// - Returns: the dispute's identifier.
  func dispute() async throws -> String {
    try go(to: "2026-04-06T09:00:00+08:00")
    let released = try #require(try events("OwnershipReleasedToPool").first)
    let opened = try await acting("usr_u1").openDispute(
      DisputeClaim(
        subject: Self.account, kind: "wrongfulRecycle", statement: "I called on 15 March.",
        contestedPosition: released.position.rawValue))
    guard case .text(let id)? = opened.facts.first(where: { $0.name == "id" })?.value else {
      throw ServiceError(.failed, code: "TEST", "no dispute was opened")
    }
    _ = try await acting(administrator).assignArbitrator("usr_arb", toDispute: id)
    // The respondent is silent; its three working days are over on the 9th.
    try go(to: "2026-04-10T15:00:00+08:00")
    _ = try await acting("usr_arb").rule(
      onDispute: id,
      DisputeRulingRequest(
        outcome: "dismissed", rules: ["R3", "R6"],
        rationale: "The call was first recorded after the recycle."))
    return id
  }

  func acting(_ user: String) throws -> Workspace {
    try workspace.acting(as: Principal(user, sessionID: "session-\(user)"))
  }

  /// Carries out a command as its user asks for it, with rights checked and refusals on record.
  @discardableResult
  func ask(
    _ name: String, _ body: String, by user: String, reason: String = "scenario",
    onBehalfOf: String? = nil
  ) async throws -> Answer {
    try await acting(user).execute(
      CommandRequest(
        name: name, body: body, onBehalfOf: onBehalfOf, reasonCode: reason))
  }

  private func refusal(_ name: String, _ body: String, by user: String) async throws -> String? {
    do {
      try await ask(name, body, by: user)
      return nil
    } catch let error as ServiceError {
      return error.code
    }
  }

  private func call(occurredAt: String) async throws {
    try await perform(
      .activity(
        .logActivity(
          .with {
            ($0.kind, $0.direction, $0.outcome) = (.call, .out, "connected")
            $0.subjectRefs = [Self.reference]
          })), by: "usr_u1", occurredAt: occurredAt)
  }

  static var reference: RecordRef { RecordKey.account(account).reference }
}

/// What the scenario's events say.
extension ReferenceScenario {
  /// The types of the events about the customer, in the order of the log.
  func types() throws -> [String] {
    let tag = try #require(RecordKey.account(Self.account).tag)
    return try workspace.log.events(EventSelection(.tags([tag]))).map(\.type)
  }

  func position(_ type: String) throws -> UInt64 {
    try #require(try events(type).first).position.rawValue
  }

  /// A column of an answer's first table.
  func column(_ name: String, of answer: Answer, table: Int = 0) throws -> [Value] {
    let table = answer.tables[table]
    let index = try #require(table.columns.firstIndex { $0.name == name })
    return table.rows.map { $0[index] }
  }

  func events(_ type: String) throws -> [RecordedEvent] {
    try workspace.log.events(EventSelection(.types([try #require(EventType(type))])))
  }

  /// The owner at a moment, as `deed owners --at` says it.
  func owner(at moment: String) throws -> Value? {
    let answer = try workspace.owners(of: Self.account, at: try Moment(moment), from: .now)
    return answer.tables[0].rows.first?.first
  }
}
