import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// O-7 for what somebody is given.
@Suite struct HoldingsTests {
  private func transfer(
    _ shop: Shop, _ id: String, to user: String, by actor: String = "usr_boss"
  ) async throws -> CommandResult {
    try await shop.run(
      .ownership(
        .transferOwnership(
          .with { ($0.record, $0.to) = (RecordKey.account(id).reference, .user(user)) })),
      by: actor, reason: "balance")
  }

  @Test func `a transfer and an assignment stop at the receiver's limit, administrators don't`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.maxHoldings = 2 }
      for number in 1...5 { try await shop.account("acc_\(number)") }
      _ = try await transfer(shop, "acc_1", to: "usr_bob")
      _ = try await transfer(shop, "acc_2", to: "usr_bob")
      let event = try #require(try shop.events("OwnershipTransferred").last)
      guard case .ownership(.ownershipTransferred(let second)) = try event.payload() else { return }
      #expect(second.holdings == 2)
      #expect(second.maxHoldings == 2)
      let size = shop.log.size
      #expect(
        try await shop.refusal { try await transfer(shop, "acc_3", to: "usr_bob") } == .quota)
      let assign = CommandPayload.ownership(
        .assignOwnership(
          .with {
            ($0.record, $0.to) = (RecordKey.account("acc_3").reference, .user("usr_bob"))
          }))
      #expect(
        try await shop.refusal {
          try await shop.run(assign, by: "usr_boss", reason: "balance")
        } == .quota)
      #expect(shop.log.size == size)
      // Whoever is in no pool has no limit, and an administrator may go beyond one.
      _ = try await transfer(shop, "acc_3", to: "usr_boss", by: "usr_admin")
      _ = try await transfer(shop, "acc_4", to: "usr_bob", by: "usr_admin")
      #expect(try shop.owner("acc_4") == .user("usr_bob"))
    }
  }

  @Test func `a merged record counts no more, and again when it is taken apart`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.maxHoldings = 2 }
      try await shop.account("acc_1", owner: "usr_bob")
      try await shop.account("acc_2", owner: "usr_bob")
      try await shop.account("acc_3")
      try await shop.account("acc_4")
      #expect(
        try await shop.refusal { try await transfer(shop, "acc_3", to: "usr_bob") } == .quota)
      try await shop.run(
        .account(
          .mergeAccounts(
            .with {
              ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_2"])
              $0.resolutions = [
                .with { ($0.field, $0.chosenFrom) = ("name", RecordKey.account("acc_1").reference) }
              ]
            })),
        by: "usr_admin", reason: "same")
      _ = try await transfer(shop, "acc_3", to: "usr_bob")
      try await shop.run(
        .account(.unmergeAccount(.with { ($0.accountID, $0.mergedID) = ("acc_1", "acc_2") })),
        by: "usr_admin", reason: "not-same")
      #expect(
        try await shop.refusal { try await transfer(shop, "acc_4", to: "usr_bob") } == .quota)
    }
  }

  @Test func `who is offered a record accepts it within the limit only`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.maxHoldings = 1 }
      try await shop.account("acc_1")
      try await shop.account("acc_2", owner: "usr_bob")
      try await shop.run(
        .ownership(
          .requestOwnershipTransfer(
            .with {
              ($0.record, $0.to) = (RecordKey.account("acc_1").reference, .user("usr_bob"))
              $0.transferID = "trf_1"
            })), reason: "holiday")
      let accept = CommandPayload.ownership(
        .acceptOwnershipTransfer(
          .with {
            ($0.record, $0.transferID) = (RecordKey.account("acc_1").reference, "trf_1")
          }))
      #expect(
        try await shop.refusal {
          try await shop.run(accept, by: "usr_bob", reason: "yes")
        } == .quota)
      try await shop.release("acc_2", by: "usr_bob")
      try await shop.run(accept, by: "usr_bob", reason: "yes")
      #expect(try shop.owner("acc_1") == .user("usr_bob"))
    }
  }

  @Test func `what the rules exempt is given without limit`() async throws {
    try await Shop.run { shop in
      try await shop.pool { rules in
        rules.claim.maxHoldings = 1
        rules.claim.holdingsExempt.grades = [.a]
      }
      for number in 1...4 { try await shop.account("acc_\(number)") }
      try await shop.grade("acc_1", .a)
      try await shop.grade("acc_2", .a)
      for number in 1...3 { _ = try await transfer(shop, "acc_\(number)", to: "usr_bob") }
      #expect(
        try await shop.refusal { try await transfer(shop, "acc_4", to: "usr_bob") } == .quota)
    }
  }

  @Test func `transfers at once never pass the limit, whatever their order`() async throws {
    let seed = UInt64.drawn(0)
    try await Shop.run { shop in
      try await shop.pool { $0.claim.maxHoldings = 7 }
      var records = (1...24).map { "acc_\($0)" }
      for id in records { try await shop.account(id) }
      var random = SeededGenerator(seed: seed)
      records.shuffle(using: &random)
      let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
        for (index, id) in records.enumerated() {
          group.addTask {
            if index.isMultiple(of: 2) {
              return try await shop.refusal { try await transfer(shop, id, to: "usr_bob") } != nil
            }
            return try await shop.refusal {
              try await shop.run(
                .ownership(
                  .assignOwnership(
                    .with {
                      ($0.record, $0.to) = (RecordKey.account(id).reference, .user("usr_bob"))
                    })), by: "usr_boss", reason: "balance")
            } != nil
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      let held = try records.count { try shop.owner($0) == .user("usr_bob") }
      #expect(held == 7, "seed \(seed)")
      #expect(refused == records.count - 7, "seed \(seed)")
    }
  }
}
