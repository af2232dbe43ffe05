import CRM
import Commands
import EventLog
import EventModel
import Foundation
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// What time brings about in disputes: an answer that doesn't come, a ruling that stands.
@Suite struct DisputeTimerTests {
  /// An account of ann's that went to bob on Monday at nine, disputed by her, with its pack sealed.
  private func dispute(_ shop: Shop) async throws {
    let arbitrator = ProvisionUser.with {
      ($0.userID, $0.active, $0.roleIds) = ("usr_arb", true, [BuiltInRole.arbitrator])
      $0.name.full = "Arb"
    }
    try await shop.system(.user(.provisionUser(arbitrator)))
    try await shop.account("acc_1")
    try await shop.run(
      .ownership(
        .transferOwnership(
          .with {
            ($0.record, $0.to) = (RecordKey.account("acc_1").reference, .user("usr_bob"))
          })), by: "usr_boss", reason: "balance")
    try await shop.run(
      .dispute(
        .openDispute(
          .with {
            ($0.disputeID, $0.kind, $0.statement) = ("dsp_1", .wrongfulTransfer, "Mine.")
            $0.subject = RecordKey.account("acc_1").reference
          })), reason: "claim")
    let size = try shop.state(Dispute.self, "dsp_1").opened.asOfSize
    let pack = DisputeEvidencePackSealed.with {
      $0.toPosition = size
      $0.sha256 = Data(repeating: 1, count: 32)
      $0.merkleRoot = Data(repeating: 1, count: 32)
      $0.logRoot = Data(repeating: 1, count: 32)
    }
    try await shop.system(
      .dispute(.sealDisputeEvidence(.with { ($0.disputeID, $0.pack) = ("dsp_1", pack) })))
    try await shop.run(
      .dispute(
        .assignArbitrator(.with { ($0.disputeID, $0.arbitratorID) = ("dsp_1", "usr_arb") })),
      by: "usr_admin")
    _ = try await shop.fired()
  }

  private static let ruling = CommandPayload.dispute(
    .ruleOnDispute(
      .with {
        ($0.disputeID, $0.outcome, $0.rationale) = ("dsp_1", .upheld, "First.")
        $0.rulesCited = ["R1"]
        $0.ownerAfter = .user("usr_ann")
      }))

  @Test func `a dispute that nobody answers is noted once, and may be ruled on then`() async throws
  {
    try await Shop.run { shop in
      try await dispute(shop)
      let due = try shop.state(Dispute.self, "dsp_1").responseDueAt
      shop.clock.set(due.advanced(byMicroseconds: -1))
      #expect(try await shop.fired() == [])
      #expect(
        try await shop.refusal { try await shop.run(Self.ruling, by: "usr_arb") } == .status)
      shop.clock.set(due)
      #expect(try await shop.fired() == ["DisputeResponseOverdue"])
      let overdue = try #require(try shop.events("DisputeResponseOverdue").first)
      let cause = try #require(try shop.events("DisputeOpened").first)
      #expect(overdue.causation == cause.eventID)
      #expect(try await shop.fired() == [])
      try await shop.run(Self.ruling, by: "usr_arb")
      #expect(try shop.owner("acc_1") == .user("usr_ann"))
    }
  }

  @Test func `an answer in time leaves nothing to note`() async throws {
    try await Shop.run { shop in
      try await dispute(shop)
      try await shop.run(
        .dispute(
          .respondToDispute(.with { ($0.disputeID, $0.statement) = ("dsp_1", "No.") })),
        by: "usr_bob")
      shop.clock.advance(days: 30)
      #expect(try await shop.fired() == [])
      #expect(try shop.events("DisputeResponseOverdue").isEmpty)
    }
  }

  @Test func `a ruling that nobody appeals against closes its dispute, a week later`() async throws
  {
    try await Shop.run { shop in
      try await dispute(shop)
      try await shop.run(
        .dispute(
          .respondToDispute(.with { ($0.disputeID, $0.statement) = ("dsp_1", "No.") })),
        by: "usr_bob")
      try await shop.run(Self.ruling, by: "usr_arb")
      let ruled = shop.clock.read()
      // An appeal at the last moment would still count.
      shop.clock.set(ruled.advanced(byMicroseconds: 7 * 86_400_000_000))
      #expect(try await shop.fired() == [])
      shop.clock.advance(seconds: 1)
      #expect(try await shop.fired() == ["DisputeClosed"])
      #expect(try shop.state(Dispute.self, "dsp_1").status == .closed)
      #expect(try await shop.fired() == [])
    }
  }

  @Test func `an appeal keeps it open, and a replay of the log fires nothing`() async throws {
    try await Shop.run { shop in
      try await dispute(shop)
      try await shop.run(
        .dispute(
          .respondToDispute(.with { ($0.disputeID, $0.statement) = ("dsp_1", "No.") })),
        by: "usr_bob")
      try await shop.run(Self.ruling, by: "usr_arb")
      shop.clock.advance(days: 6)
      try await shop.run(
        .dispute(.appealDispute(.with { ($0.disputeID, $0.statement) = ("dsp_1", "Again.") })),
        by: "usr_bob", reason: "appeal")
      shop.clock.advance(days: 20)
      #expect(try await shop.fired() == [])
      #expect(try shop.events("DisputeClosed").isEmpty)
      let size = shop.log.size
      let again = try TimerStore(
        folder: "\(shop.folder)/again", origin: shop.log.origin, mapSizeBytes: 1 << 33)
      _ = try TimerFold(log: shop.log, store: again).catchUp()
      #expect(shop.log.size == size)
    }
  }
}

/// The comparison of everything with everything, every night.
@Suite struct DuplicateSweepTests {
  private func twins(_ shop: Shop) async throws {
    try await shop.configure(["duplicateCheck": "off"])
    for id in ["acc_1", "acc_2"] {
      try await shop.account(id) { $0.name = "Aurora Metals Trading" }
    }
  }

  @Test func `at three in the morning twins become a case, once`() async throws {
    try await Shop.run { shop in
      try await twins(shop)
      try await shop.configure(["duplicateCheck": "on"])
      try shop.go(to: "2026-03-03T02:59:59+08:00")
      #expect(try await shop.fired() == [])
      try shop.go(to: "2026-03-03T03:00:00+08:00")
      #expect(try await shop.fired() == ["DuplicateSuspected"])
      try shop.go(to: "2026-03-04T03:00:00+08:00")
      #expect(try await shop.fired() == [])
      guard
        case .duplicateCase(.duplicateSuspected(let suspected))? =
          try shop.events("DuplicateSuspected").first?.payload()
      else { return }
      #expect(suspected.trigger == .batch)
      #expect(Set(suspected.refs.map(\.id)) == ["acc_1", "acc_2"])
    }
  }

  @Test func `the organisation turns it off, and a dismissed pair stays dismissed`() async throws {
    try await Shop.run { shop in
      try await twins(shop)
      try await shop.configure(["duplicateSweep": "off"])
      try shop.go(to: "2026-03-03T03:00:00+08:00")
      #expect(try await shop.fired() == [])
      try await shop.configure(["duplicateSweep": "on"])
      shop.clock.advance(seconds: 3600)
      #expect(try await shop.fired() == [])
      try shop.go(to: "2026-03-04T03:00:00+08:00")
      #expect(try await shop.fired() == ["DuplicateSuspected"])
      let id = try #require(try shop.events("DuplicateSuspected").first).stream
      try await shop.run(
        .duplicateCase(
          .dismissDuplicate(.with { $0.caseID = String(id.dropFirst("duplicateCase-".count)) })),
        by: "usr_admin", reason: "two shops")
      try shop.go(to: "2026-03-05T03:00:00+08:00")
      #expect(try await shop.fired() == [])
    }
  }
}
