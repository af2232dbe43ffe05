import CRM
import Commands
import EventLog
import EventModel
import Foundation
import ReadModels
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing
import Vault

/// The reference dispute of the specification: a customer is recycled, claimed by a colleague, and
/// disputed with a call that was entered too late.
///
/// What pools do is told as history here, at the same times; all else are commands.
private struct DisputedCustomer {
  let workspace: Workspace
  let clock: ScriptedClock
  private let importer: HistoryImporter
  private(set) var users: [String: String] = [:]
  private(set) var account = ""
  private(set) var dispute = ""

  init(in path: String) async throws {
    let clock = ScriptedClock(try #require(Timestamp("2026-03-01T09:00:00+08:00")))
    self.clock = clock
    let founded = try await Workspace.create(
      try DataFolder(path: "\(path)/data"),
      NewWorkspace(
        organization: "Star", administrator: "Chen", timeZone: "Asia/Shanghai", currency: "CNY"),
      clock: clock.now, isSimulated: true, random: .system)
    workspace = founded.workspace
    importer = HistoryImporter(
      log: workspace.log, vault: workspace.keys.vault, clock: clock.now, random: .system)
    users["admin"] = founded.administrator
    for (name, role) in [
      ("u1", "salesRep"), ("u2", "salesRep"), ("u3", "salesRep"), ("arb", BuiltInRole.arbitrator),
    ] {
      users[name] = try await perform(
        .user(
          .provisionUser(
            .with { ($0.name.full, $0.roleIds, $0.active) = (name, [role], true) })), by: "admin"
      ).targetID
    }
  }

  func id(_ name: String) -> String { users[name] ?? "" }

  @discardableResult
  func perform(
    _ command: CommandPayload, by name: String, occurredAt: String? = nil
  ) async throws -> CommandResult {
    try await workspace.perform(
      command, by: try #require(ActorID(id(name))), key: UUID().uuidString,
      occurredAt: occurredAt.flatMap { Timestamp($0) }, reason: Reason(code: "scenario"))
  }

  private func go(to time: String) throws { clock.set(try #require(Timestamp(time))) }

  private func tell(_ events: [OwnershipEvent.OneOf_Event], by actor: String) async throws {
    let stream = try #require(RecordKey.account(account).stream)
    let history = events.enumerated().map { index, event in
      HistoryEvent(
        key: "\(clock.now())-\(index)", stream: stream, payload: .ownership(event),
        actor: ActorID(actor) ?? ActorID(system: "recycler"),
        actorKind: actor.hasPrefix("system:") ? .system : .user, occurredAt: clock.now())
    }
    let source = HistorySource(name: "scenario", batchID: "imp_1")
    for outcome in try await importer.importHistory(history, from: source) {
      guard case .added = outcome else {
        Issue.record("the history was not added: \(outcome)")
        return
      }
    }
  }

  private func call() -> CommandPayload {
    .activity(
      .logActivity(
        .with {
          ($0.kind, $0.direction) = (.call, .out)
          $0.subjectRefs = [RecordKey.account(account).reference]
          $0.summary = "Called about the need."
        }))
  }

  mutating func play() async throws {
    try go(to: "2026-03-02T09:00:00+08:00")
    account = try await perform(
      .account(
        .createAccount(
          .with {
            ($0.accountType, $0.name) = (.organization, "福建码上科技有限公司")
            $0.source.channel = .exhibition
            $0.phones = [.with { $0.raw = "+86 591 8765 4321" }]
          })), by: "u1"
    ).targetID
    try go(to: "2026-03-02T09:05:00+08:00")
    try await perform(call(), by: "u1", occurredAt: "2026-03-02T09:02:00+08:00")
    try go(to: "2026-03-29T02:00:00+08:00")
    let due = try #require(Timestamp("2026-04-01T02:00:00+08:00"))
    try await tell(
      [
        .ownershipRecycleWarned(
          .with { ($0.poolID, $0.ruleID, $0.dueAt) = ("pol_1", "recycle-A", due.message) })
      ], by: "system:recycler")
    try await recycleAndClaim()
    try go(to: "2026-04-06T08:50:00+08:00")
    try await perform(call(), by: "u1", occurredAt: "2026-03-15T10:00:00+08:00")
    try await settle()
  }

  private func recycleAndClaim() async throws {
    let (u1, u2) = (id("u1"), id("u2"))
    try go(to: "2026-04-01T02:00:00+08:00")
    let cooldown = try #require(Timestamp("2026-05-01T02:00:00+08:00"))
    try await tell(
      [
        .ownershipReleasedToPool(
          .with {
            ($0.poolID, $0.from, $0.cause) = ("pol_1", .user(u1), .recycled)
            ($0.ruleID, $0.ruleVersion, $0.basis.idleDays) = ("recycle-A", 1, 30)
            $0.previousOwnerCooldownUntil = cooldown.message
          })
      ], by: "system:recycler")
    try go(to: "2026-04-02T10:00:00+08:00")
    let until = try #require(Timestamp("2026-04-09T10:00:00+08:00"))
    try await tell(
      [
        .ownershipClaimed(.with { ($0.poolID, $0.by, $0.claimNoToday) = ("pol_1", u2, 1) }),
        .protectionGranted(
          .with {
            ($0.protectionID, $0.holder, $0.basis) = ("prt_1", .user(u2), .claim)
            $0.until = until.message
          }),
      ], by: u2)
  }

  private mutating func settle() async throws {
    try go(to: "2026-04-06T09:00:00+08:00")
    let opened = try await workspace.acting(as: Principal(id("u1"))).openDispute(
      DisputeClaim(
        subject: account, kind: "wrongfulRecycle", statement: "I called on 15 March.",
        contestedPosition: try position(of: "OwnershipReleasedToPool")))
    guard case .text(let id)? = opened.facts.first(where: { $0.name == "id" })?.value else {
      Issue.record("no dispute was opened")
      return
    }
    dispute = id
    _ = try await workspace.assignArbitrator(self.id("arb"), toDispute: dispute)
    // The respondent is silent; its three working days are over on the 9th.
    try go(to: "2026-04-10T15:00:00+08:00")
    _ = try await workspace.acting(as: Principal(self.id("arb"))).rule(
      onDispute: dispute,
      DisputeRulingRequest(
        outcome: "dismissed", rules: ["R3", "R6"],
        rationale: "The call was first recorded after the recycle."))
  }

  func types() throws -> [String] {
    let tag = try #require(RecordKey.account(account).tag)
    return try workspace.log.events(EventSelection(.tags([tag]))).map(\.type)
  }

  func position(of type: String) throws -> UInt64 {
    let tag = try #require(RecordKey.account(account).tag)
    let found = try workspace.log.events(
      EventSelection(.tags([tag], types: [try #require(EventType(type))])))
    return try #require(found.first).position.rawValue
  }

  /// The one owner at `moment`, such as `user:u2`.
  func owner(at moment: String) throws -> String {
    let answer = try workspace.owners(of: account, at: try Moment(moment), from: .now)
    guard case .text(let owner)? = answer.tables[0].rows.first?[0] else { return "" }
    let name = users.first { owner.hasSuffix($0.value) }?.key
    return name.map { "user:\($0)" } ?? owner
  }
}

@Suite struct ReferenceScenarioTests {
  @Test func `the reference dispute has its order and its answers, and a rebuild the same`()
    async throws
  {
    try await inTemporaryFolder { path in
      var scenario = try await DisputedCustomer(in: path)
      try await scenario.play()
      #expect(
        try scenario.types() == [
          "AccountCreated", "OwnershipAssigned", "ActivityLogged", "OwnershipRecycleWarned",
          "OwnershipReleasedToPool", "OwnershipClaimed", "ProtectionGranted", "ActivityLogged",
          "DisputeOpened", "OwnershipFrozen", "DisputeEvidencePackSealed",
          "DisputeArbitratorAssigned", "DisputeRuled", "OwnershipUnfrozen", "DisputeRulingApplied",
        ])
      try answers(of: scenario)
      let before = try scenario.workspace.models(withTables: false, withDigests: true).tables
      let after = try scenario.workspace.rebuild(ModelRebuild()) { _ in }.answer
      let digest = try #require(before[0].columns.firstIndex { $0.name == "digest" })
      let rebuilt = try #require(after.tables[0].columns.firstIndex { $0.name == "digest" })
      #expect(before[0].rows.map { $0[digest] } == after.tables[0].rows.map { $0[rebuilt] })
      try answers(of: scenario)
      #expect(try await !scenario.workspace.disputePack(scenario.dispute).isRefused)
      #expect(!(try scenario.workspace.verifyLog(threads: 1) { _ in }).isRefused)
      try scenario.workspace.close()
    }
  }

  private func answers(of scenario: DisputedCustomer) throws {
    // Q2: who owned it when; the call that was entered late changes nothing.
    #expect(try scenario.owner(at: "2026-03-31") == "user:u1")
    #expect(try scenario.owner(at: "2026-04-01T12:00:00+08:00") == "pool:pol_1")
    #expect(try scenario.owner(at: "2026-04-03") == "user:u2")
    #expect(try scenario.owner(at: "2026-04-10T16:00:00+08:00") == "user:u2")
    // Q3, Q11: how it came to each, by which version of which rule.
    let chain = try scenario.workspace.owners(of: scenario.account, at: nil, from: .now).tables[0]
    func column(_ name: String) throws -> [Value] {
      let index = try #require(chain.columns.firstIndex { $0.name == name })
      return chain.rows.map { $0[index] }
    }
    #expect(try column("method") == [.text("creation"), .text("release"), .text("claim")])
    #expect(try column("cause") == [.none, .text("recycled"), .none])
    #expect(try column("rule") == [.none, .text("recycle-A@1"), .none])
    // Q5: protected at the third of April, on the basis of the claim, and not in March.
    func protections(_ moment: String) throws -> Bool {
      try scenario.workspace.show(
        "account", id: scenario.account, from: .recorded(try Moment(moment))
      ).facts.contains { $0.name == "ownership.protections" && "\($0.value)".contains("claim") }
    }
    #expect(try protections("2026-04-03"))
    #expect(try !protections("2026-03-31"))
    // Q8: what u1 did, with the late call where it was recorded.
    let deeds = try scenario.workspace.actions(
      of: scenario.id("u1"), period: Period(from: try Moment("2026-04-06"), to: nil), limit: 10)
    #expect(deeds.tables[0].rows.count == 3)
    // The dispute: evidence up to the claim, dismissed, nobody's any more to freeze.
    let shown = try scenario.workspace.dispute(scenario.dispute)
    let facts = Dictionary(uniqueKeysWithValues: shown.facts.map { ($0.name, $0.value) })
    let opened = try scenario.position(of: "DisputeOpened")
    #expect(facts["asOfPosition"] == .integer(Int64(opened)))
    let released = try scenario.position(of: "OwnershipReleasedToPool")
    #expect(facts["contestedPosition"] == .integer(Int64(released)))
    #expect(facts["respondent"] == .text(scenario.id("u2")))
    #expect(facts["status"] == .text("applied") && facts["isFrozen"] == .flag(false))
  }
}
