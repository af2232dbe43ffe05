import CRM
import EventModel
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// What a pool shows of its records before somebody claims them (O-12), and how much may be looked
/// up.
@Suite struct PoolMaskTests {
  /// The account in a pool of everybody's that masks the industry and allows two looks a day.
  private func pooled(_ place: AccessWorkplace) async throws {
    let admin = try #require(ActorID(place.administrator))
    let owner = try #require(ActorID(place.users["owner"] ?? ""))
    _ = try await place.founder.perform(
      .account(
        .changeAccountDetails(
          .with { ($0.accountID, $0.industryCode) = (place.account, "secret-industry") })),
      by: owner, key: "industry")
    _ = try await place.founder.perform(
      .pool(.createPool(.with { ($0.poolID, $0.name, $0.objectType) = ("pol_1", "P", .account) })),
      by: admin, key: "pool")
    _ = try await place.founder.perform(
      .pool(
        .publishPoolRules(
          .with {
            $0.poolID = "pol_1"
            $0.members.everyone = true
            $0.claim.maskBeforeClaim = ["industryCode"]
            $0.claim.maxPoolViewsPerDay = 2
          })), by: admin, key: "rules")
    _ = try await place.founder.perform(
      .ownership(
        .releaseToPool(
          .with {
            $0.record = RecordKey.account(place.account).reference
            $0.poolID = "pol_1"
          })), by: owner, key: "release", reason: Reason(code: "no-fit"))
  }

  @Test func `members see the record without what its pool masks, until they claim it`()
    async throws
  {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      try await pooled(place)
      let seller = try place.workspace("salesRep")
      func shown(_ workspace: Workspace) throws -> String {
        "\(try workspace.show("account", id: place.account, from: .now))"
      }
      #expect(try shown(seller).contains("Acme Works"))
      #expect(try !shown(seller).contains("secret-industry"))
      #expect(try shown(place.founder).contains("secret-industry"))
      let member = "\(try seller.pool(show: "pol_1"))"
      #expect(member.contains(place.account))
      let pools = "\(try seller.pools())"
      #expect(pools.contains("pol_1"))
      let past =
        "\(try place.founder.canSee(place.users["salesRep"] ?? "", place.account, at: nil))"
      #expect(past.contains("masked"))
      let user = try #require(ActorID(place.users["salesRep"] ?? ""))
      _ = try await place.founder.perform(
        .ownership(
          .claimFromPool(.with { $0.record = RecordKey.account(place.account).reference })),
        by: user, key: "claim")
      #expect(try shown(seller).contains("secret-industry"))
      try place.founder.close()
    }
  }

  @Test func `each look counts against the pool's rules`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      try await pooled(place)
      let seller = try place.workspace("salesRep")
      func reveal() throws -> Answer {
        try seller.reveal("industryCode", of: place.account, reason: "call")
      }
      let revealed = "\(try reveal())"
      #expect(revealed.contains("secret-industry"))
      _ = try reveal()
      let error = #expect(throws: ServiceError.self) { try reveal() }
      #expect(error?.code == "QUOTA.EXCEEDED")
      #expect(error?.description.contains("pol_1") == true)
      try place.founder.close()
    }
  }

  @Test func `the search before a record is made has a limit a day`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      _ = try await place.founder.execute(
        CommandRequest(
          name: "ConfigureOrganization",
          body: #"""
            {"organizationId":"org_main","name":"Access","timeZone":"UTC","baseCurrency":"EUR",
            "policySwitches":[{"name":"matchLookupsPerDay","value":"3"}]}
            """#))
      let seller = try place.workspace("salesRep")
      var question = CustomerQuestion()
      question.company = "Somebody Else"
      for _ in 1...3 { _ = try seller.match(question) }
      let error = #expect(throws: ServiceError.self) { try seller.match(question) }
      #expect(error?.code == "QUOTA.EXCEEDED")
      // Another one has searches of their own.
      _ = try place.workspace("owner").match(question)
      try place.founder.close()
    }
  }

  @Test func `quality and adoption say what the records and the logs say`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let owner = place.users["owner"] ?? ""
      let quality = try place.founder.dataQuality(by: .owner, issues: 10)
      let scores = try #require(quality.tables.first { $0.name == "scores" })
      let row = try #require(scores.rows.first { $0.first == .text("user:\(owner)") })
      // An account of five fields, two of them filled, and a contact that has its account.
      #expect(row[1] == .integer(2))
      #expect(row[2] == .decimal("42.86"))
      #expect(row[3] == .decimal("50.00"))
      let issues = try #require(quality.tables.first { $0.name == "issues" })
      #expect(issues.rows.contains { $0.first == .text("account:\(place.account)") })
      let others = "\(try place.workspace("salesRep").dataQuality(by: .owner, issues: 10))"
      #expect(!others.contains(place.account))
      try place.founder.signedIn(method: "password")
      let adoption = try place.founder.adoption()
      let users = try #require(adoption.tables.first)
      let used = try #require(users.rows.first { $0.first == .text(owner) })
      #expect(used[4] == .integer(4))
      #expect(throws: ServiceError.self) { try place.workspace("salesRep").adoption() }
      try place.founder.close()
    }
  }
}
