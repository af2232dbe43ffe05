import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct RecycleTests {
  /// Grade A: thirty days, warned three days before; the contact of the first day counts.
  @Test func `an account nobody follows up is warned of and released, to the hour`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.defaultRecycle = true }
      try await shop.account("acc_1")
      try await shop.grade("acc_1", .a)
      try await shop.call("acc_1")
      try await shop.pass(to: "2026-04-02T09:00:00+08:00")
      let warned = try #require(try shop.events("OwnershipRecycleWarned").first)
      #expect(warned.recordedAt == Timestamp("2026-03-29T02:00:00+08:00"))
      guard case .ownership(.ownershipRecycleWarned(let warning)) = try warned.payload() else {
        return
      }
      #expect(Timestamp(warning.dueAt) == Timestamp("2026-04-01T02:00:00+08:00"))
      let released = try #require(try shop.events("OwnershipReleasedToPool").first)
      #expect(released.recordedAt == Timestamp("2026-04-01T02:00:00+08:00"))
      #expect(released.causation == warned.eventID)
      guard case .ownership(.ownershipReleasedToPool(let release)) = try released.payload() else {
        return
      }
      #expect(release.basis.idleDays == 30 && release.basis.thresholdDays == 30)
      #expect(release.ruleID == "recycle-a" && release.ruleVersion == 1)
      #expect(release.from == .user("usr_ann") && release.cause == .recycled)
      #expect(
        Timestamp(release.previousOwnerCooldownUntil) == Timestamp("2026-05-01T02:00:00+08:00"))
      #expect(try shop.owner("acc_1") == .pool("pol_1"))
      #expect(try shop.events("OwnershipRecycleWarned").count == 1)
    }
  }

  @Test func `a contact after the warning keeps the account, a colleague's or a note doesn't`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.pool { $0.defaultRecycle = true }
      for id in ["acc_1", "acc_2"] {
        try await shop.account(id)
        try await shop.grade(id, .a)
      }
      try await shop.pass(to: "2026-03-30T09:00:00+08:00")
      #expect(try shop.events("OwnershipRecycleWarned").count == 2)
      try await shop.call("acc_1")
      try await shop.call("acc_2", by: "usr_bob")
      try await shop.pass(to: "2026-04-02T09:00:00+08:00")
      #expect(try shop.owner("acc_1") == .user("usr_ann"))
      #expect(try shop.owner("acc_2") == .pool("pol_1"))
      try await shop.pass(to: "2026-04-29T01:00:00+08:00")
      #expect(try shop.owner("acc_1") == .user("usr_ann"))
      try await shop.pass(to: "2026-04-29T03:00:00+08:00")
      #expect(try shop.owner("acc_1") == .pool("pol_1"))
      #expect(try shop.events("OwnershipRecycleWarned").count == 3)
    }
  }

  @Test func `locked and protected accounts and those with an open opportunity stay`() async throws
  {
    try await Shop.run { shop in
      try await shop.pool {
        $0.recycle = [
          .with {
            ($0.ruleID, $0.basis, $0.days, $0.warnDaysBefore) = ("all", .noFollowUp, 10, 0)
            $0.exempt = [.openOpportunity]
          }
        ]
      }
      for number in 1...3 { try await shop.account("acc_\(number)") }
      try await shop.run(
        .ownership(
          .lockOwnership(
            .with {
              $0.record = RecordKey.account("acc_1").reference
              $0.lockReasonCode = "negotiating"
            })))
      try await shop.protect(.account("acc_2"), id: "prt_1", days: 15)
      try await shop.pass(to: "2026-03-13T09:00:00+08:00")
      #expect(try shop.owner("acc_1") == .user("usr_ann"))
      #expect(try shop.owner("acc_2") == .user("usr_ann"))
      #expect(try shop.owner("acc_3") == .pool("pol_1"))
      // The protection ends on the 17th at nine; the next look is the next night's.
      try await shop.pass(to: "2026-03-18T03:00:00+08:00")
      #expect(try shop.owner("acc_2") == .pool("pol_1"))
      #expect(try shop.owner("acc_1") == .user("usr_ann"))
    }
  }

  @Test func `a server that slept warns late and still leaves the days of the warning`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.pool { $0.defaultRecycle = true }
      try await shop.account("acc_1")
      try await shop.grade("acc_1", .a)
      try shop.go(to: "2026-04-10T09:00:00+08:00")
      _ = try await shop.reactor.run(until: shop.clock.read())
      #expect(try shop.events("OwnershipRecycleWarned").count == 1)
      try await shop.pass(to: "2026-04-13T01:00:00+08:00")
      #expect(try shop.owner("acc_1") == .user("usr_ann"))
      try await shop.pass(to: "2026-04-13T02:00:00+08:00")
      #expect(try shop.owner("acc_1") == .pool("pol_1"))
    }
  }

  @Test func `new rules are looked at when they are published`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.defaultRecycle = true }
      try await shop.account("acc_1")
      try await shop.grade("acc_1", .c)
      try await shop.pass(to: "2026-03-20T09:00:00+08:00")
      try await shop.publish {
        $0.recycle = [
          .with {
            ($0.ruleID, $0.basis, $0.days, $0.warnDaysBefore) = ("short", .noFollowUp, 5, 0)
          }
        ]
      }
      _ = try await shop.reactor.run(until: shop.clock.read())
      #expect(try shop.owner("acc_1") == .pool("pol_1"))
    }
  }

  @Test(
    arguments: [(0, 0, .range), (1, 1, .range), (3651, 3, .range), (10, 10, .range)]
      as [(UInt32, UInt32, RefusalCode)])
  func `a rule without sensible days is refused`(
    days: UInt32, warn: UInt32, code: RefusalCode
  ) async throws {
    try await Shop.run { shop in
      try await shop.pool()
      let refusal = try await shop.refusal {
        try await shop.publish {
          $0.recycle = [
            .with {
              ($0.ruleID, $0.basis, $0.days, $0.warnDaysBefore) = ("r", .noFollowUp, days, warn)
            }
          ]
        }
      }
      #expect(refusal == code)
    }
  }

  @Test(arguments: [(1, 0), (3650, 3649), (10, 9)] as [(UInt32, UInt32)])
  func `the least and the greatest days are taken`(days: UInt32, warn: UInt32) async throws {
    try await Shop.run { shop in
      try await shop.pool()
      try await shop.publish {
        $0.recycle = [
          .with {
            ($0.ruleID, $0.basis, $0.days, $0.warnDaysBefore) = ("r", .noFollowUp, days, warn)
          }
        ]
      }
      #expect(try shop.state(Pool.self, "pol_1").rules?.version == 2)
    }
  }
}
