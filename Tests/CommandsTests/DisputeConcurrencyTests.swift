import CRM
import Commands
import EventLog
import EventModel
import Foundation
import Schema
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct DisputeConcurrencyTests {
  private static let reason = Reason(code: "claim")

  /// A workspace with a disputed account of ann's, the answer filed, and arb to rule.
  private static func dispute(
    _ work: Workplace, _ body: (RecordKey) async throws -> Void
  ) async throws {
    let arbitrator = ProvisionUser.with {
      ($0.userID, $0.active, $0.roleIds) = ("usr_arb", true, [BuiltInRole.arbitrator])
      $0.name.full = "Arb"
    }
    try await work.run(.user(.provisionUser(arbitrator)), by: "usr_admin")
    let account = RecordKey.account(try await work.run(Sample.company()).targetID)
    try await work.run(
      Sample.transfer(account, to: "usr_bob"), by: "usr_boss", reason: reason)
    let open = OpenDispute.with {
      ($0.disputeID, $0.kind, $0.statement) = ("dsp_1", .wrongfulTransfer, "Mine.")
      $0.subject = account.reference
    }
    try await work.run(.dispute(.openDispute(open)), by: "usr_ann", reason: reason)
    let size = try work.state(Dispute.self, "dsp_1").opened.asOfSize
    let pack = DisputeEvidencePackSealed.with {
      $0.toPosition = size
      $0.sha256 = Data(repeating: 1, count: 32)
      $0.merkleRoot = Data(repeating: 1, count: 32)
      $0.logRoot = Data(repeating: 1, count: 32)
    }
    try await work.run(
      .dispute(.sealDisputeEvidence(.with { ($0.disputeID, $0.pack) = ("dsp_1", pack) })),
      by: "system:disputes"
    ) { $0.actorKind = .system }
    let answer = RespondToDispute.with { ($0.disputeID, $0.statement) = ("dsp_1", "No.") }
    try await work.run(.dispute(.respondToDispute(answer)), by: "usr_bob")
    let assign = AssignArbitrator.with { ($0.disputeID, $0.arbitratorID) = ("dsp_1", "usr_arb") }
    try await work.run(.dispute(.assignArbitrator(assign)), by: "usr_admin")
    try await body(account)
  }

  private static let ruling = CommandPayload.dispute(
    .ruleOnDispute(
      .with {
        ($0.disputeID, $0.outcome, $0.rationale) = ("dsp_1", .upheld, "First.")
        $0.rulesCited = ["R1"]
        $0.ownerAfter = .user("usr_ann")
      }))

  /// The normative fold beside the freeze: what may happen between the two.
  private static func check(_ work: Workplace, _ account: RecordKey) throws {
    var frozen = false
    var owner: OwnerRef?
    var changesWhileFrozen = 0
    for event in try work.events(.stream(try #require(account.stream))) {
      guard case .ownership(let change)? = try event.payload() else { continue }
      switch change {
      case .ownershipFrozen: frozen = true
      case .ownershipUnfrozen: frozen = false
      case .ownershipTransferred(let transferred):
        #expect(transferred.from == owner, "at \(event.position)")
        owner = transferred.to
        if frozen {
          changesWhileFrozen += 1
          #expect(transferred.cause == .ruling, "at \(event.position)")
        }
      case .ownershipAssigned(let assigned):
        #expect(!frozen, "at \(event.position)")
        owner = assigned.to
      case _: continue
      }
    }
    #expect(!frozen && changesWhileFrozen == 1)
    #expect(try work.state(Account.self, account.id).ownership.owner == owner)
  }

  @Test func `a ruling among transfers is one, and the freeze lets nothing else through`()
    async throws
  {
    try await Workplace.run { work in
      try await Self.dispute(work) { account in
        let codes = try await withThrowingTaskGroup(of: RefusalCode?.self) { group in
          for number in 0..<48 {
            group.addTask {
              try await work.refusal {
                guard number == 24 else {
                  return try await work.run(
                    Sample.transfer(account, to: number % 2 == 0 ? "usr_boss" : "usr_ann"),
                    by: "usr_admin", reason: Self.reason)
                }
                return try await work.run(Self.ruling, by: "usr_arb", reason: Self.reason)
              }
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.allSatisfy { $0 == nil || $0 == .frozen || $0 == .ownershipSame })
        try Self.check(work, account)
        let ruled = try work.events(.types([try #require(EventType("DisputeRuled"))]))
        let applied = try work.events(.types([try #require(EventType("DisputeRulingApplied"))]))
        #expect(ruled.count == 1 && applied.count == 1)
        // All of it stands together: one append.
        let first = try #require(ruled.first)
        let last = try #require(applied.first)
        #expect(last.position.rawValue - first.position.rawValue == 3)
        #expect(first.correlation == last.correlation)
      }
    }
  }

  @Test func `of many claims at once exactly one freezes the record`() async throws {
    try await Workplace.run { work in
      let account = RecordKey.account(try await work.run(Sample.company()).targetID)
      try await work.run(
        Sample.transfer(account, to: "usr_bob"), by: "usr_boss", reason: Self.reason)
      let codes = try await withThrowingTaskGroup(of: RefusalCode?.self) { group in
        for number in 0..<16 {
          group.addTask {
            let open = OpenDispute.with {
              ($0.disputeID, $0.kind) = ("dsp_\(number)", .wrongfulTransfer)
              ($0.subject, $0.statement) = (account.reference, "Mine.")
            }
            return try await work.refusal {
              try await work.run(
                .dispute(.openDispute(open)), by: number % 2 == 0 ? "usr_ann" : "usr_boss",
                reason: Self.reason)
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(codes.count { $0 == nil } == 1)
      #expect(codes.count { $0 == .frozen } == 15)
      #expect(try work.state(Account.self, account.id).ownership.frozenBy.count == 1)
    }
  }

  @Test func `a claim meets transfers: whoever owns it when it is frozen is the respondent`()
    async throws
  {
    try await Workplace.run { work in
      let account = RecordKey.account(try await work.run(Sample.company()).targetID)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<12 {
          group.addTask {
            _ = try await work.refusal {
              try await work.run(
                Sample.transfer(account, to: number % 2 == 0 ? "usr_boss" : "usr_bob"),
                by: "usr_admin", reason: Self.reason)
            }
          }
        }
        group.addTask {
          let open = OpenDispute.with {
            ($0.disputeID, $0.kind) = ("dsp_1", .ownership)
            ($0.subject, $0.statement) = (account.reference, "Mine.")
          }
          _ = try await work.refusal {
            try await work.run(
              .dispute(.openDispute(open)), by: "usr_admin", reason: Self.reason)
          }
        }
        try await group.waitForAll()
      }
      let state = try work.state(Account.self, account.id)
      let opened = try work.state(Dispute.self, "dsp_1").opened
      #expect(state.ownership.frozenBy == ["dsp_1"])
      #expect(state.ownership.owner == opened.owner)
      #expect(state.ownership.owner == .user(opened.respondentID))
    }
  }

  @Test func `what is done to a frozen record is found with its dispute`() async throws {
    try await Workplace.run { work in
      try await Self.dispute(work) { account in
        try await work.run(Sample.tag("vip", on: account), by: "usr_bob")
        let tag = try #require(Tag("dispute:dsp_1"))
        let found = try work.events(.tags([tag])).map(\.type)
        #expect(found.contains("TagApplied"))
      }
    }
  }
}
