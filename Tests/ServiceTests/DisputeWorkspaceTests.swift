import CRM
import Commands
import EventModel
import Foundation
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// A workspace with a scripted clock: ann made a customer, the boss gave it to bob.
private struct DisputedCompany {
  let workspace: Workspace
  let clock: ScriptedClock
  let folder: DataFolder
  let administrator: String
  private(set) var ids: [String: String] = [:]
  private(set) var account = ""

  init(in path: String) async throws {
    let start = try #require(Timestamp("2026-03-02T09:00:00+08:00"))
    let clock = ScriptedClock(start)
    self.clock = clock
    folder = try DataFolder(path: "\(path)/data")
    let founded = try await Workspace.create(
      folder,
      NewWorkspace(
        organization: "Star", administrator: "Chen", timeZone: "Asia/Shanghai", currency: "CNY"),
      clock: clock.now, isSimulated: true, random: .system)
    workspace = founded.workspace
    administrator = founded.administrator
    for (name, manager, roles) in [
      ("boss", "", ["salesManager"]), ("ann", "boss", ["salesRep"]), ("bob", "boss", ["salesRep"]),
      ("arb", "", [BuiltInRole.arbitrator]), ("eve", "", ["salesRep"]),
    ] {
      let managerID = ids[manager] ?? ""
      ids[name] = try await perform(
        .user(
          .provisionUser(
            .with {
              ($0.name.full, $0.managerID, $0.roleIds, $0.active) = (name, managerID, roles, true)
            })), by: administrator
      ).targetID
    }
    account = try await perform(
      .account(
        .createAccount(
          .with {
            ($0.accountType, $0.name) = (.organization, "福建码上科技有限公司")
            $0.source.channel = .exhibition
          })), by: user("ann")
    ).targetID
    clock.set(try #require(Timestamp("2026-04-02T10:00:00+08:00")))
    let (record, bob) = (RecordKey.account(account).reference, OwnerRef.user(user("bob")))
    try await perform(
      .ownership(.transferOwnership(.with { ($0.record, $0.to) = (record, bob) })),
      by: user("boss"))
  }

  func user(_ name: String) -> String { ids[name] ?? "" }

  func acting(_ name: String) throws -> Workspace {
    try workspace.acting(as: Principal(name == "admin" ? administrator : user(name)))
  }

  @discardableResult
  func perform(_ command: CommandPayload, by actor: String) async throws -> CommandResult {
    clock.advance(seconds: 1)
    return try await workspace.perform(
      command, by: try #require(ActorID(actor)), key: UUID().uuidString,
      reason: Reason(code: "test"))
  }

  func open() async throws -> String {
    clock.set(try #require(Timestamp("2026-04-06T09:00:00+08:00")))
    let answer = try await acting("ann").openDispute(
      DisputeClaim(subject: account, kind: "wrongfulTransfer", statement: "I called in March."))
    return try #require(answer.text("id"))
  }
}

private func code(_ body: () async throws -> Void) async throws -> String? {
  do {
    try await body()
    return nil
  } catch let error as ServiceError {
    return error.code
  }
}

@Suite struct DisputeWorkspaceTests {
  @Test func `a claim seals the evidence at once, and anyone finds the same bytes ever after`()
    async throws
  {
    try await inTemporaryFolder { path in
      let (dispute, folder) = try await Self.sealedAndBackedUp(in: path)
      let restored = try DataFolder(path: "\(path)/again", keysPath: folder.keysPath)
      _ = try Workspace.restore(restored, from: "\(path)/copy")
      let again = try Workspace(opening: restored)
      #expect(try await !again.disputePack(dispute, to: "\(path)/third.jsonl").isRefused)
      try again.close()
      let bytes = try ["first", "second", "third"].map { name in
        try Data(contentsOf: URL(filePath: "\(path)/\(name).jsonl"))
      }
      #expect(Set(bytes).count == 1 && !bytes[0].isEmpty)
    }
  }

  /// Writes the pack when it was sealed, and again after a rebuild and later events; lets go of
  /// the workspace, which the caller opens again from its backup.
  private static func sealedAndBackedUp(
    in path: String
  ) async throws -> (dispute: String, folder: DataFolder) {
    let company = try await DisputedCompany(in: path)
    let dispute = try await company.open()
    let shown = try company.workspace.dispute(dispute)
    #expect(shown.text("status") == "responding")
    #expect(shown.tables.first { $0.name == "packs" }?.rows.count == 1)
    let ann = try company.acting("ann")
    #expect(try await !ann.disputePack(dispute, to: "\(path)/first.jsonl").isRefused)
    _ = try company.workspace.rebuild(ModelRebuild()) { _ in }.answer
    let record = RecordKey.account(company.account).reference
    try await company.perform(
      .tag(.applyTag(.with { ($0.record, $0.tagID) = (record, "late") })), by: company.user("bob"))
    let bob = try company.acting("bob")
    #expect(try await !bob.disputePack(dispute, to: "\(path)/second.jsonl").isRefused)
    _ = try company.workspace.backUp(to: "\(path)/copy")
    try company.workspace.close()
    return (dispute, company.folder)
  }

  @Test func `from claim to ruling: who may do what, and what comes of it`() async throws {
    try await inTemporaryFolder { path in
      let company = try await DisputedCompany(in: path)
      let dispute = try await company.open()
      #expect(
        try await code { _ = try company.acting("eve").dispute(dispute) } == "PERMISSION.DENIED")
      #expect(try company.acting("eve").disputes().tables[0].rows.isEmpty)
      #expect(try company.acting("bob").disputes().tables[0].rows.count == 1)
      #expect(
        try await code { _ = try await company.acting("eve").disputePack(dispute) }
          == "PERMISSION.DENIED")
      _ = try await company.acting("bob").respond(toDispute: dispute, statement: "Mine now.")
      _ = try await company.acting("admin").assignArbitrator(
        company.user("arb"), toDispute: dispute)
      let ruling = DisputeRulingRequest(
        outcome: "upheld", rules: ["R3"], rationale: "It was recorded in time.",
        owner: company.user("ann"))
      #expect(
        try await code { _ = try await company.acting("bob").rule(onDispute: dispute, ruling) }
          == "PERMISSION.SCOPE")
      let ruled = try await company.acting("arb").rule(onDispute: dispute, ruling)
      #expect(ruled.text("status") == "applied")
      let listed = try company.workspace.disputes(statuses: ["applied"]).tables[0]
      #expect(listed.rows.count == 1)
      let owners = try company.workspace.owners(of: company.account, at: nil, from: .now)
      #expect(owners.tables[0].rows.count == 3)
      #expect(owners.tables[0].rows.last?[0] == .text("user:\(company.user("ann"))"))
      // An appeal freezes it again, and seals what came since.
      _ = try await company.acting("bob").appeal(
        againstDispute: dispute, statement: "It was not.")
      let appealed = try company.workspace.dispute(dispute)
      #expect(appealed.text("status") == "underReview")
      #expect(appealed.tables.first { $0.name == "packs" }?.rows.count == 2)
      for number in 1...2 {
        #expect(try await !company.workspace.disputePack(dispute, number: number).isRefused)
      }
      #expect(
        try await code { _ = try await company.workspace.disputePack(dispute, number: 3) }
          == "STATE.NOT_FOUND")
      try company.workspace.close()
    }
  }

  @Test func `a leaver's customers go over, and a claim waits outside`() async throws {
    try await inTemporaryFolder { path in
      let company = try await DisputedCompany(in: path)
      let boss = try company.acting("boss")
      let started = try await boss.startHandover(of: company.user("bob"), cause: "resignation")
      let id = try #require(started.text("id"))
      #expect(started.facts.first { $0.name == "leaverEvents" }?.value == .integer(0))
      #expect(
        try await code { _ = try await boss.approveHandover(id) } == "STATE.HAS_OPEN_RECORDS")
      _ = try await boss.planHandover(id, HandoverPlan(receiver: company.user("ann")))
      _ = try await boss.approveHandover(id)
      let outcome = try await boss.executeHandover(id)
      #expect(!outcome.isRefused && outcome.answer.text("status") == "completed")
      let owners = try company.workspace.owners(of: company.account, at: nil, from: .now)
      #expect(owners.tables[0].rows.last?[0] == .text("user:\(company.user("ann"))"))
      let taken = try await company.acting("ann").acknowledgeHandover(id)
      #expect(taken.facts.first { $0.name == "unacknowledged" }?.value == .integer(0))
      #expect(
        try await code { _ = try company.acting("eve").handover(id) } == "PERMISSION.DENIED")
      // Asked again, nothing changes.
      #expect(try await !boss.executeHandover(id).isRefused)
      try company.workspace.close()
    }
  }
}
