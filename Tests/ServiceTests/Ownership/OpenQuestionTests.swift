import CRM
import EventLog
import EventModel
import Foundation
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// The questions that the reference scenario leaves open (Q4, Q7, Q9, Q10, Q12, Q14), on what comes
/// after it.
@Suite struct OpenQuestionTests {
  /// The customer is u2's; u2 has a deal with it, and goes.
  private func play(_ path: String) async throws -> ReferenceScenario {
    let scenario = try await ReferenceScenario(path)
    try await scenario.register()
    try await scenario.recycleAndClaim()
    try scenario.go(to: "2026-04-10T09:00:00+08:00")
    let deal = CreateOpportunity.with {
      ($0.opportunityID, $0.accountID) = ("opp_A", ReferenceScenario.account)
      ($0.name, $0.pipelineID) = ("Pumps", "pip_default")
      $0.source.channel = .exhibition
    }
    try await scenario.ask("CreateOpportunity", try deal.jsonString(), by: "usr_u2")
    return scenario
  }

  @Test func `Q4 and Q12: who transferred it, with which children, and for whom`() async throws {
    try await inTemporaryFolder { path in
      let scenario = try await play(path)
      let delegate = GrantDelegation.with {
        ($0.userID, $0.delegationID, $0.toUserID) = ("usr_boss", "dlg_1", "usr_u1")
        $0.scopes = ["*"]
        $0.until = (Timestamp("2026-05-01T00:00:00+08:00") ?? Timestamp(microseconds: 0)).message
      }
      try await scenario.perform(
        .user(.grantDelegation(delegate)), by: "usr_boss", reason: "holiday")
      let transfer = TransferOwnership.with {
        ($0.record, $0.to) = (ReferenceScenario.reference, .user("usr_u3"))
        $0.cascade = [.opportunitiesOpen]
      }
      try await scenario.ask(
        "TransferOwnership", try transfer.jsonString(), by: "usr_u1", onBehalfOf: "usr_boss")
      let auditor = try scenario.acting("usr_aud")
      let found = try auditor.replay(
        EventFilter(
          types: ["OwnershipTransferred"], tags: ["account:\(ReferenceScenario.account)"]),
        limit: 10)
      #expect(found.tables[0].rows.count == 2)
      #expect(try scenario.column("actor", of: found) == [.text("usr_u1"), .text("usr_u1")])
      let child = try auditor.owners(of: "opp_A", at: nil, from: .now)
      #expect(
        try scenario.column("cascadedFrom", of: child).last
          == .text("account:\(ReferenceScenario.account)"))
      #expect(try scenario.column("reason", of: child).last == .text("scenario"))
      // For whom it was done stands with both: it is in the boss's log, and in u1's.
      let boss = try auditor.actions(of: "usr_boss", period: Period(), limit: 100)
      let parts = try scenario.column("part", of: boss)
      let types = try scenario.column("type", of: boss)
      #expect(
        zip(parts, types).filter { $0.0 == .text("onBehalf") }.map(\.1)
          == [.text("OwnershipTransferred"), .text("OwnershipTransferred")])
      try scenario.close()
    }
  }

  @Test func `Q7: which export has it, in which file, without which fields`() async throws {
    try await inTemporaryFolder { path in
      let scenario = try await play(path)
      let file = "\(path)/acc.jsonl"
      _ = try await scenario.acting("usr_u2").export(
        ExportRequest(
          EventFilter(stream: "account-\(ReferenceScenario.account)"), to: file,
          purpose: "visit"))
      let found = try scenario.acting("usr_aud").exports(of: ReferenceScenario.account)
      #expect(try scenario.column("by", of: found) == [.text("usr_u2")])
      let bytes = try Data(contentsOf: URL(filePath: file))
      #expect(
        try scenario.column("sha256", of: found)
          == [.text(EventModel.Digest.sha256(Array(bytes)).hex)])
      let none = try scenario.acting("usr_aud").exports(of: "opp_A")
      #expect(none.tables[0].rows.isEmpty)
      try scenario.close()
    }
  }

  @Test func `Q9, Q10 and Q14: what changed, what it was then, who could see it, and the proof`()
    async throws
  {
    try await inTemporaryFolder { path in
      let scenario = try await play(path)
      let before = "2026-04-10T10:00:00+08:00"
      try scenario.go(to: "2026-04-11T09:00:00+08:00")
      let change = ChangeAccountDetails.with {
        $0.accountID = ReferenceScenario.account
        $0.industryCode = "C34"
      }
      try await scenario.ask("ChangeAccountDetails", try change.jsonString(), by: "usr_u2")
      let auditor = try scenario.acting("usr_aud")
      let field = try auditor.history(
        of: ReferenceScenario.account, field: "industryCode", period: Period())
      #expect(field.tables[0].rows.count == 1)
      func industry(_ view: PointOfView) throws -> Value? {
        try auditor.show("account", id: ReferenceScenario.account, from: view)
          .facts.first { $0.name == "industryCode" }?.value
      }
      #expect(try industry(.now) == .text("C34"))
      #expect(try industry(.recorded(try Moment(before))) != .text("C34"))
      // u3 may read it by a sharing rule, now and then; a partner never could.
      for (user, sees) in [("usr_u3", true), ("usr_pt1", false)] {
        let seen = try auditor.canSee(
          user, ReferenceScenario.account, at: try Moment(before))
        let fact = try #require(seen.facts.first { $0.name == "canSee" })
        #expect(fact.value == .flag(sees))
      }
      #expect(!(try auditor.verifyLog(threads: 1) { _ in }.isRefused))
      try scenario.close()
    }
  }
}
