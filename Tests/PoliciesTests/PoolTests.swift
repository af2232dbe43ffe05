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

extension Shop {
  /// A pool of accounts whose members are ann, bob and cy.
  func pool(
    _ id: String = "pol_1", _ change: (inout PublishPoolRules) -> Void = { _ in }
  ) async throws {
    try await run(
      .pool(
        .createPool(
          .with { ($0.poolID, $0.name, $0.objectType) = (id, "South", .account) })),
      by: "usr_admin")
    try await publish(id, change)
  }

  @discardableResult
  func publish(
    _ id: String = "pol_1", _ change: (inout PublishPoolRules) -> Void = { _ in }
  ) async throws -> CommandResult {
    var rules = PublishPoolRules.with {
      $0.poolID = id
      $0.members.userIds = ["usr_ann", "usr_bob", "usr_cy"]
      $0.adminIds = ["usr_boss"]
    }
    change(&rules)
    return try await run(.pool(.publishPoolRules(rules)), by: "usr_admin")
  }

  @discardableResult
  func release(
    _ id: String, to pool: String = "pol_1", by actor: String = "usr_ann"
  ) async throws -> CommandResult {
    try await run(
      .ownership(
        .releaseToPool(
          .with { ($0.record, $0.poolID) = (RecordKey.account(id).reference, pool) })),
      by: actor, reason: "noFit")
  }

  @discardableResult
  func claim(_ id: String, by actor: String = "usr_bob") async throws -> CommandResult {
    try await run(
      .ownership(.claimFromPool(.with { $0.record = RecordKey.account(id).reference })),
      by: actor)
  }

  func pooled(_ id: String) async throws {
    try await account(id)
    try await release(id)
  }

  func grade(_ id: String, _ grade: Grade.Code, by actor: String = "usr_ann") async throws {
    try await run(
      .account(.gradeAccount(.with { ($0.accountID, $0.grade, $0.basis) = (id, grade, .manual) })),
      by: actor, reason: "judgement")
  }

  func call(_ id: String, by actor: String = "usr_ann") async throws {
    try await run(
      .activity(
        .logActivity(
          .with {
            ($0.kind, $0.direction, $0.summary) = (.call, .out, "Talked")
            $0.subjectRefs = [RecordKey.account(id).reference]
          })), by: actor)
  }

  func owner(_ id: String) throws -> OwnerRef? { try state(Account.self, id).ownership.owner }

  func go(to time: String) throws {
    guard let time = Timestamp(time) else { throw ShopError.noType(time) }
    clock.set(time)
  }

  /// Carries out what is due at each hour from now to `time`, as a server would.
  func pass(to time: String) async throws {
    guard let end = Timestamp(time) else { throw ShopError.noType(time) }
    while clock.read() < end {
      clock.set(min(end, clock.read().advanced(byMicroseconds: 3_600_000_000)))
      _ = try await reactor.run(until: clock.read())
    }
  }
}

@Suite struct ClaimTests {
  @Test func `a record goes into a pool and out again, with what the rules say`() async throws {
    try await Shop.run { shop in
      try await shop.pool()
      try await shop.pooled("acc_1")
      #expect(try shop.owner("acc_1") == .pool("pol_1"))
      try await shop.claim("acc_1")
      #expect(try shop.owner("acc_1") == .user("usr_bob"))
      let event = try #require(try shop.events("OwnershipClaimed").first)
      guard case .ownership(.ownershipClaimed(let claimed)) = try event.payload() else { return }
      #expect(claimed.claimNoToday == 1)
      #expect(claimed.localDate == "2026-03-02")
      #expect(claimed.ruleVersion == 1)
      #expect(!claimed.hasMaxHoldings)
      let protection = try #require(
        try shop.state(Account.self, "acc_1").ownership.protections.first)
      #expect(protection.basis == .claim)
      #expect(
        protection.until == shop.clock.read().advanced(byMicroseconds: 7 * 86_400_000_000))
      #expect(try event.metadata()?.policyRefs.first?.id == "pol_1")
    }
  }

  @Test func `what is in no pool can't be claimed, nor by who is no member`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.members.userIds = ["usr_ann"] }
      try await shop.account("acc_1")
      #expect(try await shop.refusal { try await shop.claim("acc_1") } == .ownershipNotPooled)
      try await shop.release("acc_1")
      #expect(try await shop.refusal { try await shop.claim("acc_1") } == .permissionScope)
      try await shop.publish { $0.members.everyone = true }
      try await shop.claim("acc_1")
      #expect(try shop.owner("acc_1") == .user("usr_bob"))
    }
  }

  @Test func `as many claims a day as the rules allow, and no more until tomorrow`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.maxClaimsPerDay = 3 }
      for number in 1...5 { try await shop.pooled("acc_\(number)") }
      for number in 1...3 { try await shop.claim("acc_\(number)") }
      #expect(try await shop.refusal { try await shop.claim("acc_4") } == .quota)
      // Giving back restores nothing (O-6).
      try await shop.release("acc_1", by: "usr_bob")
      #expect(try await shop.refusal { try await shop.claim("acc_4") } == .quota)
      // Another member has an allowance of their own.
      try await shop.claim("acc_4", by: "usr_cy")
      // The day is Shanghai's: 15:59:59 UTC is still today.
      try shop.go(to: "2026-03-02T15:59:59Z")
      #expect(try await shop.refusal { try await shop.claim("acc_5") } == .quota)
      try shop.go(to: "2026-03-02T16:00:00Z")
      try await shop.claim("acc_5")
    }
  }

  @Test func `a pool that allows no claims refuses the first`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.maxClaimsPerDay = 0 }
      try await shop.pooled("acc_1")
      #expect(try await shop.refusal { try await shop.claim("acc_1") } == .quota)
    }
  }

  @Test func `holdings are limited, what is exempt doesn't count, and giving up makes room`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.pool {
        $0.claim.maxHoldings = 2
        $0.claim.holdingsExempt.grades = [.a]
        $0.claim.protectionDaysAfterClaim = 0
      }
      for number in 1...4 { try await shop.pooled("acc_\(number)") }
      try await shop.claim("acc_1")
      try await shop.claim("acc_2")
      #expect(try await shop.refusal { try await shop.claim("acc_3") } == .quota)
      try await shop.grade("acc_1", .a, by: "usr_bob")
      try await shop.claim("acc_3")
      #expect(try await shop.refusal { try await shop.claim("acc_4") } == .quota)
      try await shop.release("acc_2", by: "usr_bob")
      try await shop.claim("acc_4")
      let last = try #require(try shop.events("OwnershipClaimed").last)
      guard case .ownership(.ownershipClaimed(let claimed)) = try last.payload() else { return }
      #expect(claimed.holdings == 3 && claimed.maxHoldings == 3)
    }
  }

  @Test func `an earlier owner waits out the cool-down, colleagues don't`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.protectionDaysAfterClaim = 0 }
      try await shop.pooled("acc_1")
      let released = shop.clock.read()
      #expect(
        try await shop.refusal { try await shop.claim("acc_1", by: "usr_ann") }
          == .ownershipCooldown)
      try await shop.claim("acc_1", by: "usr_bob")
      try await shop.release("acc_1", by: "usr_bob")
      // Not only the last owner: ann's own thirty days go on.
      shop.clock.set(
        released.advanced(byMicroseconds: 30 * 86_400_000_000 - 1))
      #expect(
        try await shop.refusal { try await shop.claim("acc_1", by: "usr_ann") }
          == .ownershipCooldown)
      shop.clock.set(released.advanced(byMicroseconds: 30 * 86_400_000_000))
      try await shop.claim("acc_1", by: "usr_ann")
    }
  }

  @Test func `what came into a pool may not be claimed before the lock is over`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.newEntryLockHours = 24 }
      try await shop.pooled("acc_1")
      shop.clock.advance(seconds: 86_399)
      #expect(try await shop.refusal { try await shop.claim("acc_1") } == .ownershipNewEntryLock)
      shop.clock.advance(seconds: 1)
      try await shop.claim("acc_1")
    }
  }

  @Test func `who may not give a record away is refused, and so is a locked or protected one`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.pool()
      try await shop.account("acc_1")
      #expect(
        try await shop.refusal { try await shop.release("acc_1", by: "usr_bob") }
          == .ownershipNotOwner)
      let record = RecordKey.account("acc_1").reference
      try await shop.run(
        .ownership(
          .lockOwnership(.with { ($0.record, $0.lockReasonCode) = (record, "negotiating") })))
      #expect(try await shop.refusal { try await shop.release("acc_1") } == .ownershipLocked)
      try await shop.run(.ownership(.unlockOwnership(.with { $0.record = record })))
      #expect(
        try await shop.refusal {
          try await shop.run(
            .ownership(
              .releaseToPool(
                .with { ($0.record, $0.poolID, $0.cause) = (record, "pol_1", .recycled) })),
            reason: "any")
        } == .permissionScope)
      try await shop.release("acc_1")
    }
  }

  @Test func `a pool's admin gives records out, within the holdings`() async throws {
    try await Shop.run { shop in
      try await shop.pool { $0.claim.maxHoldings = 1 }
      try await shop.pooled("acc_1")
      try await shop.pooled("acc_2")
      func assign(_ id: String, by actor: String) async throws -> CommandResult {
        try await shop.run(
          .ownership(
            .assignOwnership(
              .with {
                $0.record = RecordKey.account(id).reference
                ($0.to, $0.method) = (.user("usr_cy"), .poolAdmin)
              })), by: actor, reason: "region")
      }
      #expect(
        try await shop.refusal { try await assign("acc_1", by: "usr_bob") } == .permissionScope)
      _ = try await assign("acc_1", by: "usr_boss")
      #expect(try await shop.refusal { try await assign("acc_2", by: "usr_boss") } == .quota)
      _ = try await assign("acc_2", by: "usr_admin")
    }
  }

  @Test(arguments: [1, 2, .drawn(0)] as [UInt64])
  func `racing claims never pass a quota, and each record has one owner`(seed: UInt64) async throws
  {
    print("seed \(seed)")
    try await Shop.run { shop in
      try await shop.pool {
        ($0.claim.maxClaimsPerDay, $0.claim.maxHoldings) = (4, 3)
        $0.claim.previousOwnerCooldownDays = 0
      }
      for number in 1...8 { try await shop.pooled("acc_\(number)") }
      var generator = SeededGenerator(seed: seed)
      var attempts: [(record: String, user: String)] = []
      for _ in 1...60 {
        attempts.append(
          (
            "acc_\(Int.random(in: 1...8, using: &generator))",
            ["usr_ann", "usr_bob", "usr_cy"].randomElement(using: &generator) ?? "usr_ann"
          ))
      }
      await withTaskGroup(of: Void.self) { group in
        for attempt in attempts {
          group.addTask {
            do {
              try await shop.claim(attempt.record, by: attempt.user)
            } catch let failure as CommandFailure {
              guard case .refused = failure else {
                Issue.record("seed \(seed): \(failure)")
                return
              }
            } catch { Issue.record("seed \(seed): \(error)") }
          }
        }
      }
      try Self.check(shop, seed: seed)
    }
  }

  /// A fold of the log that knows nothing of guards.
  private static func check(_ shop: Shop, seed: UInt64) throws {
    var owner: [String: OwnerRef] = [:]
    var claims: [String: Int] = [:]
    var claimed = 0
    for event in try shop.log.events(EventSelection()) {
      guard case .ownership(let change) = try event.payload(),
        let id = StreamName(event.stream)?.id
      else { continue }
      switch change {
      case .ownershipAssigned(let assigned): owner[id] = assigned.to
      case .ownershipReleasedToPool(let released):
        #expect(owner[id] == released.from, "seed \(seed)")
        owner[id] = .pool(released.poolID)
      case .ownershipClaimed(let claim):
        #expect(owner[id] == .pool(claim.poolID), "seed \(seed)")
        owner[id] = .user(claim.by)
        claims["\(claim.by) \(claim.localDate)", default: 0] += 1
        claimed += 1
        #expect(
          claim.claimNoToday == claims["\(claim.by) \(claim.localDate)"] ?? 0, "seed \(seed)")
      case .ownershipTransferRequested, .ownershipTransferAccepted, .ownershipTransferDeclined,
        .ownershipTransferCancelled, .ownershipTransferred, .ownershipRecycleWarned,
        .ownershipLocked, .ownershipUnlocked, .ownershipFrozen, .ownershipUnfrozen,
        .protectionGranted, .protectionExtended, .protectionEnded, .collaboratorAdded,
        .collaboratorRemoved:
        continue
      }
    }
    #expect(claimed > 3, "seed \(seed)")
    #expect(claims.values.allSatisfy { $0 <= 4 }, "seed \(seed): \(claims)")
    for user in ["usr_ann", "usr_bob", "usr_cy"] {
      let held = owner.values.count { $0 == .user(user) }
      #expect(held <= 3, "seed \(seed): \(user) holds \(held)")
    }
    for (id, expected) in owner {
      #expect(try shop.owner(id) == expected, "seed \(seed): \(id)")
    }
  }
}
