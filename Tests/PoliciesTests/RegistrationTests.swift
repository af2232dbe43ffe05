import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

extension Shop {
  @discardableResult
  func register(
    _ id: String, by actor: String = "usr_bob",
    change: (inout SubmitRegistration) -> Void = { _ in }
  ) async throws -> CommandResult {
    var command = SubmitRegistration.with {
      ($0.registrationID, $0.kind, $0.isDeclaredTrue) = (id, .account, true)
      $0.legalName = String(Digest.sha256(Array(id.utf8)).hex.prefix(24))
      $0.domain = "\(id.replacing("_", with: "-")).example"
    }
    change(&command)
    return try await run(.registration(.submitRegistration(command)), by: actor)
  }

  @discardableResult
  func approve(
    _ id: String, by actor: String = "usr_boss",
    _ change: (inout ApproveRegistration) -> Void = { _ in }
  ) async throws -> CommandResult {
    var command = ApproveRegistration.with { $0.registrationID = id }
    change(&command)
    return try await run(.registration(.approveRegistration(command)), by: actor)
  }

  func registration(_ id: String) throws -> Registration { try state(Registration.self, id) }
}

@Suite struct RegistrationTests {
  private static let phone = "+86 591 8765 4321"

  @Test func `a registration collides with a customer of somebody else, at its position`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.account("acc_1") { $0.phones = [.with { $0.raw = Self.phone }] }
      try await shop.protect(.account("acc_1"), id: "prt_1", days: 7)
      try await shop.register("reg_1") { $0.phones = [.with { $0.raw = Self.phone }] }
      let registration = try shop.registration("reg_1")
      #expect(registration.status == .submitted)
      let collision = try #require(registration.collisions.first)
      #expect(registration.collisions.count == 1)
      #expect(collision.against == RecordKey.account("acc_1").reference)
      #expect(collision.keys == [.phone] && collision.owner == .user("usr_ann"))
      #expect(collision.hasProtectedUntil)
      try await shop.register("reg_2", by: "usr_ann") {
        $0.phones = [.with { $0.raw = Self.phone }]
      }
      // Its own customer is no collision; the other's open declaration is.
      #expect(
        try shop.registration("reg_2").collisions.map(\.against.objectType) == [.registration])
    }
  }

  @Test func `an approval protects the record, is warned of, and expires by itself`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1", owner: "usr_bob")
      try await shop.register("reg_1") {
        $0.record = RecordKey.account("acc_1").reference
        $0.hasDeposit_p = true
      }
      try await shop.approve("reg_1")
      let approved = shop.clock.read()
      let until = approved.advanced(byMicroseconds: 90 * 86_400_000_000)
      #expect(try shop.registration("reg_1").until == until)
      let protection = try #require(
        try shop.state(Account.self, "acc_1").ownership.protections.first)
      #expect(protection.basis == .registration && protection.until == until)
      shop.clock.set(approved.advanced(byMicroseconds: 83 * 86_400_000_000 - 1))
      _ = try await shop.reactor.run(until: shop.clock.read())
      #expect(try shop.registration("reg_1").isExpiring == false)
      shop.clock.advance(seconds: 1)
      _ = try await shop.reactor.run(until: shop.clock.read())
      #expect(try shop.registration("reg_1").isExpiring)
      shop.clock.set(until)
      _ = try await shop.reactor.run(until: shop.clock.read())
      #expect(try shop.registration("reg_1").status == .expired)
      #expect(try shop.state(Account.self, "acc_1").ownership.protections.isEmpty)
      #expect(try shop.events("RegistrationExpiring").count == 1)
      #expect(try shop.events("RegistrationExpired").count == 1)
      #expect(try shop.events("ProtectionEnded").count == 1)
    }
  }

  @Test func `it may be extended twice, before its end`() async throws {
    try await Shop.run { shop in
      try await shop.register("reg_1")
      try await shop.approve("reg_1")
      func extend() async throws -> CommandResult {
        try await shop.run(
          .registration(
            .extendRegistration(
              .with { ($0.registrationID, $0.progress) = ("reg_1", "They test it") })),
          by: "usr_boss")
      }
      _ = try await extend()
      _ = try await extend()
      #expect(try await shop.refusal { try await extend() } == .quota)
      let until = try #require(try shop.registration("reg_1").until)
      shop.clock.set(until)
      _ = try await shop.reactor.run(until: until)
      #expect(try shop.registration("reg_1").status == .expired)
      #expect(try await shop.refusal { try await extend() } == .status)
    }
  }

  @Test func `one certain key is approved for one claimant at a time`() async throws {
    let code = "91440300708461136T"
    try await Shop.run { shop in
      try await shop.register("reg_1") { $0.unifiedSocialCreditCode = code }
      try await shop.register("reg_2", by: "usr_cy") { $0.unifiedSocialCreditCode = code }
      try await shop.approve("reg_1")
      #expect(try await shop.refusal { try await shop.approve("reg_2") } == .duplicate)
      try await shop.run(
        .registration(
          .revokeRegistration(
            .with { ($0.registrationID, $0.reasonCode) = ("reg_1", "mistake") })), by: "usr_boss")
      try await shop.approve("reg_2")
    }
  }

  @Test func `somebody else's customer is protected for nobody, unless its owner agrees`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.register("reg_1") { $0.record = RecordKey.account("acc_1").reference }
      #expect(try await shop.refusal { try await shop.approve("reg_1") } == .collision)
      #expect(
        try await shop.refusal { try await shop.approve("reg_1", by: "usr_bob") }
          == .permissionSelf)
      #expect(
        try await shop.refusal { try await shop.approve("reg_1", by: "usr_cy") }
          == .permissionScope)
      try await shop.approve("reg_1") { $0.ownerAgrees = true }
      #expect(
        try shop.state(Account.self, "acc_1").ownership.protections.map(\.holder)
          == [.user("usr_bob")])
    }
  }

  @Test func `as many open registrations as are allowed, and one more when one ends`() async throws
  {
    try await Shop.run { shop in
      for number in 1...50 { try await shop.register("reg_\(number)") }
      #expect(try await shop.refusal { try await shop.register("reg_51") } == .quota)
      try await shop.run(
        .registration(
          .rejectRegistration(.with { ($0.registrationID, $0.reasonCode) = ("reg_1", "known") })),
        by: "usr_boss")
      try await shop.register("reg_51")
    }
  }

  private static let faults: [(@Sendable (inout SubmitRegistration) -> Void, RefusalCode)] = [
    ({ $0.isDeclaredTrue = false }, .required), ({ $0.legalName = "" }, .required),
    ({ $0.domain = "" }, .required), ({ $0.kind = .opportunity }, .required),
    ({ $0.kind = .registrationKindUnspecified }, .required),
    ({ $0.claimant = .user("usr_nobody") }, .reference),
    ({ $0.claimant = .pool("pol_1") }, .ownershipKind),
    ({ $0.unifiedSocialCreditCode = "914403001922038217" }, .format),
    ({ $0.expectedCloseOn = "soon" }, .format),
    ({ $0.record = RecordKey.account("acc_9").reference }, .reference),
  ]

  @Test(arguments: faults)
  func `what is no declaration is refused`(
    change: @Sendable (inout SubmitRegistration) -> Void, code: RefusalCode
  ) async throws {
    try await Shop.run { shop in
      let size = shop.log.size
      let found = try await shop.refusal { try await shop.register("reg_1", change: change) }
      #expect(found == code)
      #expect(shop.log.size == size)
    }
  }

  @Test func `the same claimant waits before it declares again, others don't`() async throws {
    let code = "91440300708461136T"
    try await Shop.run { shop in
      func declare(_ id: String, by actor: String) async throws -> CommandResult {
        try await shop.register(id, by: actor) { $0.unifiedSocialCreditCode = code }
      }
      _ = try await declare("reg_1", by: "usr_bob")
      #expect(
        try await shop.refusal { try await declare("reg_2", by: "usr_bob") } == .duplicate)
      try await shop.run(
        .registration(
          .rejectRegistration(.with { ($0.registrationID, $0.reasonCode) = ("reg_1", "late") })),
        by: "usr_boss")
      #expect(
        try await shop.refusal { try await declare("reg_2", by: "usr_bob") }
          == .ownershipCooldown)
      _ = try await declare("reg_3", by: "usr_cy")
      shop.clock.advance(days: 30)
      _ = try await declare("reg_4", by: "usr_bob")
    }
  }

  @Test func `an account made under its registration is protected by it, and nobody else makes it`()
    async throws
  {
    try await Shop.run { shop in
      try await shop.register("reg_1") { $0.phones = [.with { $0.raw = Self.phone }] }
      try await shop.approve("reg_1")
      let phones = [Phone.with { $0.raw = Self.phone }]
      #expect(
        try await shop.refusal {
          try await shop.account("acc_2") { $0.phones = phones }
          return try await shop.approve("reg_1")
        } == .collision)
      try await shop.account("acc_1", owner: "usr_bob") {
        ($0.phones, $0.registrationID) = (phones, "reg_1")
      }
      let account = try shop.state(Account.self, "acc_1")
      let until = try #require(try shop.registration("reg_1").until)
      #expect(account.ownership.protections.map(\.until) == [until])
      #expect(account.ownership.protections.map(\.basis) == [.registration])
      #expect(try shop.registration("reg_1").protectedRecord.id == "acc_1")
      shop.clock.set(until)
      _ = try await shop.reactor.run(until: until)
      #expect(try shop.state(Account.self, "acc_1").ownership.protections.isEmpty)
      let reused = try await shop.refusal {
        try await shop.account("acc_3", owner: "usr_bob") { $0.registrationID = "reg_1" }
        return try await shop.approve("reg_1")
      }
      #expect(reused == .status)
    }
  }

  @Test func `a partner's claim is refused while our own sales are in touch`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      try await shop.run(
        .activity(
          .logActivity(
            .with {
              ($0.activityID, $0.kind, $0.direction) = ("act_1", .call, .in)
              $0.subjectRefs = [RecordKey.account("acc_1").reference]
            })))
      try await shop.register("reg_1") {
        $0.claimant = .with { ($0.kind, $0.id) = (.partner, "par_1") }
        $0.record = RecordKey.account("acc_1").reference
      }
      #expect(
        try await shop.refusal { try await shop.approve("reg_1", by: "usr_admin") } == .collision)
      try await shop.approve("reg_1", by: "usr_admin") { $0.ownerAgrees = true }
      let until = try #require(try shop.registration("reg_1").until)
      let days = (until.microseconds - shop.clock.read().microseconds) / 86_400_000_000
      #expect(days == 180)
    }
  }
}
