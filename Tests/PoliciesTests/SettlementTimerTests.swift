import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// Handovers and broken glass, as time ends them; and what a user leaves behind.
@Suite struct SettlementTimerTests {
  private func fired(_ shop: Shop) async throws -> [String] {
    let size = shop.log.size
    _ = try await shop.reactor.run(until: shop.clock.read())
    return try shop.log.events(EventSelection(from: Position(size))).map(\.type)
  }

  @Test func `what was handed over and nobody acknowledged is noted, once a receiver`()
    async throws
  {
    try await Shop.run { shop in
      for id in ["acc_1", "acc_2"] { try await shop.account(id) }
      func handover(_ command: HandoverCommand.OneOf_Command) async throws {
        try await shop.run(.handover(command), by: "usr_boss", reason: "leaves")
      }
      try await handover(
        .startHandover(
          .with {
            ($0.handoverID, $0.fromUserID, $0.cause) = ("hnd_1", "usr_ann", .resignation)
          }))
      try await handover(
        .planHandoverItems(
          .with {
            $0.handoverID = "hnd_1"
            ($0.rest.disposition, $0.rest.toUserID) = (.toUser, "usr_bob")
          }))
      try await handover(.approveHandoverPlan(.with { $0.handoverID = "hnd_1" }))
      for id in ["acc_1", "acc_2"] {
        try await handover(
          .executeHandoverItem(
            .with {
              ($0.handoverID, $0.recordRef) = ("hnd_1", RecordKey.account(id).reference)
            }))
      }
      #expect(try await fired(shop) == [])
      let until = try #require(try shop.state(Handover.self, "hnd_1").acknowledgeUntil)
      shop.clock.set(until)
      #expect(try await fired(shop) == ["HandoverAcknowledgementOverdue"])
      #expect(try await fired(shop) == [])
    }
  }

  @Test func `broken glass is whole again at its minute, and the log says so`() async throws {
    try await Shop.run { shop in
      try await shop.run(
        .user(
          .activateBreakGlass(
            .with { ($0.userID, $0.minutes, $0.grantID) = ("usr_ann", 30, "grant1") })),
        by: "usr_admin", reason: "outage")
      shop.clock.advance(seconds: 1799)
      #expect(try await fired(shop) == [])
      shop.clock.advance(seconds: 1)
      #expect(try await fired(shop) == ["BreakGlassEnded"])
      #expect(try await fired(shop) == [])
    }
  }

  @Test func `a fallback pool takes what it is for, and nothing is left or half done`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.pool()
      for id in ["acc_1", "acc_2"] { try await shop.account(id) }
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 9)
      func deactivate() async throws -> CommandResult {
        try await shop.run(
          .user(
            .deactivateUser(
              .with { ($0.userID, $0.fallbackPoolID) = ("usr_ann", "pol_1") })), by: "usr_admin",
          reason: "left")
      }
      try await shop.run(
        .lead(
          .captureLead(
            .with {
              ($0.leadID, $0.companyName) = ("led_1", "Aurora")
              $0.source.channel = .website
              $0.phones = [.with { $0.raw = "+49 30 901820" }]
              $0.owner = .user("usr_ann")
            })))
      let size = shop.log.size
      #expect(try await shop.refusal { try await deactivate() } == .ownsRecords)
      #expect(shop.log.size == size)
      try await shop.run(
        .ownership(
          .transferOwnership(
            .with {
              ($0.record, $0.to) = (RecordKey.lead("led_1").reference, .user("usr_bob"))
            })), by: "usr_boss", reason: "left")
      let result = try await deactivate()
      let first: Position = try #require(result.first)
      let events = try shop.log.events(EventSelection(from: first, limit: result.count))
      #expect(
        events.map(\.type) == [
          "ProtectionEnded", "OwnershipReleasedToPool", "OwnershipReleasedToPool",
          "UserDeactivated",
        ])
      #expect(Set(try events.map { try $0.metadata()?.transactionID }).count == 1)
      for id in ["acc_1", "acc_2"] {
        let ownership = try shop.state(Account.self, id).ownership
        #expect(ownership.owner == .pool("pol_1") && ownership.protections.isEmpty)
      }
      #expect(try shop.state(User.self, "usr_ann").status == .deactivated)
    }
  }

  @Test func `two people make an auditor where the organisation wants it`() async throws {
    try await Shop.run { shop in
      func grant(by actor: String) async throws -> CommandResult {
        try await shop.run(
          .user(
            .grantUserRole(
              .with { ($0.userID, $0.roleID) = ("usr_cy", BuiltInRole.auditor) })), by: actor,
          reason: "watch")
      }
      try await shop.system(
        .organization(
          .configureOrganization(
            .with {
              ($0.name, $0.timeZone, $0.baseCurrency) = ("Star", "Asia/Shanghai", "CNY")
              $0.policySwitches = [
                .with { ($0.name, $0.value) = ("secondPersonForRoles", "on") }
              ]
            })))
      try await shop.run(
        .user(
          .grantUserRole(
            .with { ($0.userID, $0.roleID) = ("usr_boss", BuiltInRole.administrator) })),
        by: "usr_admin", reason: "second")
      _ = try await grant(by: "usr_admin")
      #expect(try shop.state(User.self, "usr_cy").roleIDs.isEmpty)
      #expect(try await shop.refusal { try await grant(by: "usr_admin") } == .permissionSelf)
      _ = try await grant(by: "usr_boss")
      #expect(try shop.state(User.self, "usr_cy").roleIDs == [BuiltInRole.auditor])
    }
  }
}
