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
  /// Carries out what is due at the clock, and says which events that made, in their order.
  func fired() async throws -> [String] {
    let size = log.size
    _ = try await reactor.run(until: clock.read())
    return try log.events(EventSelection(from: Position(size))).map(\.type)
  }

  func lead(
    _ id: String = "led_1", owner: String? = "usr_ann", by actor: String = "usr_ann",
    _ change: (inout CaptureLead) -> Void = { _ in }
  ) async throws {
    var command = CaptureLead.with {
      // No two resemble each other.
      let digits = Digest.sha256(Array(id.utf8)).bytes.prefix(6).map { "\($0 % 10)" }.joined()
      ($0.leadID, $0.companyName) = (id, Digest.sha256(Array(id.utf8)).hex.prefix(16).description)
      $0.source.channel = .website
      $0.phones = [.with { $0.raw = "+49 30 901\(digits)" }]
      if let owner { $0.owner = .user(owner) }
    }
    change(&command)
    try await run(.lead(.captureLead(command)), by: actor)
  }

  func leadPool(
    _ id: String = "pol_l", _ change: (inout PublishPoolRules) -> Void = { _ in }
  ) async throws {
    try await run(
      .pool(.createPool(.with { ($0.poolID, $0.name, $0.objectType) = (id, "Leads", .lead) })),
      by: "usr_admin")
    try await publish(id, change)
  }

  func configure(_ switches: [String: String]) async throws {
    try await system(
      .organization(
        .configureOrganization(
          .with {
            ($0.name, $0.timeZone, $0.baseCurrency) = ("Star", "Asia/Shanghai", "CNY")
            $0.policySwitches = switches.sorted { $0.key < $1.key }.map { pair in
              .with { ($0.name, $0.value) = (pair.key, pair.value) }
            }
          })))
  }
}

/// Leads that nobody answers.
@Suite struct AbandonedLeadTests {
  private func owner(_ shop: Shop) throws -> OwnerRef? {
    try shop.state(Lead.self, "led_1").ownership.owner
  }

  /// A lead of ann's whose first half hour has passed.
  private func breached(_ shop: Shop) async throws {
    try await shop.lead()
    #expect(try await shop.fired() == ["FirstResponseDeadlineSet"])
    shop.clock.advance(seconds: 1800)
    #expect(try await shop.fired() == ["LeadFirstResponseBreached"])
  }

  @Test func `after twice its time a lead goes into its owner's pool`() async throws {
    try await Shop.run { shop in
      try await shop.leadPool()
      try await breached(shop)
      shop.clock.advance(seconds: 1799)
      #expect(try await shop.fired() == [])
      shop.clock.advance(seconds: 1)
      #expect(try await shop.fired() == ["OwnershipReleasedToPool"])
      #expect(try owner(shop) == .pool("pol_l"))
      let event = try #require(try shop.events("OwnershipReleasedToPool").first)
      guard case .ownership(.ownershipReleasedToPool(let released)) = try event.payload() else {
        return
      }
      #expect(released.cause == .unanswered && released.hasPreviousOwnerCooldownUntil)
      let cause = try #require(try shop.events("LeadFirstResponseBreached").first)
      #expect(event.causation == cause.eventID)
      #expect(try await shop.fired() == [])
    }
  }

  @Test func `without a pool it goes to whoever stands above, who has the time anew`() async throws
  {
    try await Shop.run { shop in
      try await breached(shop)
      shop.clock.advance(seconds: 1800)
      #expect(try await shop.fired() == ["OwnershipAssigned", "FirstResponseDeadlineSet"])
      #expect(try owner(shop) == .user("usr_boss"))
      shop.clock.advance(seconds: 1800)
      #expect(try await shop.fired() == ["LeadFirstResponseBreached"])
      // Nobody stands above the boss: it stays.
      shop.clock.advance(seconds: 1800)
      #expect(try await shop.fired() == [])
      #expect(try owner(shop) == .user("usr_boss"))
    }
  }

  @Test func `an answer at the last moment keeps it, and so does the organisation's switch`()
    async throws
  {
    try await Shop.run { shop in
      try await breached(shop)
      shop.clock.advance(seconds: 1799)
      try await shop.run(
        .activity(
          .logActivity(
            .with {
              ($0.activityID, $0.kind, $0.direction) = ("act_1", .call, .out)
              $0.subjectRefs = [RecordKey.lead("led_1").reference]
              $0.nextStep.action = "call"
              $0.nextStep.ownerID = "usr_ann"
              $0.nextStep.dueAt = shop.clock.read().advanced(byMicroseconds: 1).message
            })))
      shop.clock.advance(days: 1)
      _ = try await shop.fired()
      #expect(try owner(shop) == .user("usr_ann"))
    }
    try await Shop.run { shop in
      try await shop.configure(["unansweredLeads": "off"])
      try await breached(shop)
      shop.clock.advance(days: 1)
      _ = try await shop.fired()
      #expect(try owner(shop) == .user("usr_ann"))
    }
  }

  @Test func `a lead under protection stays until that ends`() async throws {
    try await Shop.run { shop in
      try await shop.leadPool()
      try await breached(shop)
      try await shop.protect(.lead("led_1"), id: "prt_1", days: 2)
      shop.clock.advance(days: 1)
      #expect(try await shop.fired() == [])
      shop.clock.advance(days: 2)
      #expect(try await shop.fired().contains("OwnershipReleasedToPool"))
      #expect(try owner(shop) == .pool("pol_l"))
    }
  }

  @Test func `what comes between timer and command keeps the lead with its owner`() async throws {
    for pooled in [true, false] {
      try await Shop.run { shop in
        if pooled { try await shop.leadPool() }
        try await breached(shop)
        let record = RecordKey.lead("led_1").reference
        try await shop.run(
          .ownership(
            .lockOwnership(.with { ($0.record, $0.lockReasonCode) = (record, "negotiating") })))
        shop.clock.advance(days: 1)
        let size = shop.log.size
        try await shop.system(
          pooled
            ? .ownership(
              .releaseToPool(
                .with { ($0.record, $0.poolID, $0.cause) = (record, "pol_l", .unanswered) }))
            : .ownership(
              .assignOwnership(
                .with {
                  ($0.record, $0.to) = (record, .user("usr_boss"))
                  ($0.method, $0.ruleID) = (.escalation, "unanswered")
                })))
        #expect(shop.log.size == size)
        #expect(try owner(shop) == .user("usr_ann"))
      }
    }
  }

  @Test func `nobody but the scheduler says unanswered`() async throws {
    try await Shop.run { shop in
      try await shop.leadPool()
      try await breached(shop)
      shop.clock.advance(days: 1)
      let size = shop.log.size
      let code = try await shop.refusal {
        try await shop.run(
          .ownership(
            .releaseToPool(
              .with {
                $0.record = RecordKey.lead("led_1").reference
                ($0.poolID, $0.cause) = ("pol_l", .unanswered)
              })), by: "usr_boss", reason: "slow")
      }
      #expect(code == .permissionScope)
      #expect(shop.log.size == size)
    }
  }
}

/// New leads that rules take in.
@Suite struct LeadIntakeTests {
  private static let scoring = LeadScoring.with {
    ($0.sourceWeight, $0.urgencyWeight, $0.sizeWeight) = (40, 35, 25)
    $0.sources = [.with { ($0.value, $0.score) = ("website", 90) }]
    $0.urgencies = [.with { ($0.value, $0.score) = ("soon", 80) }]
    $0.sizes = [.with { ($0.value, $0.score) = ("100-499", 60) }]
    ($0.gradeAFrom, $0.gradeBFrom) = (80, 50)
  }

  @discardableResult
  private func publish(
    _ shop: Shop, _ change: (inout PublishAssignmentRules) -> Void
  ) async throws -> CommandResult {
    var command = PublishAssignmentRules()
    change(&command)
    return try await shop.run(
      .organization(.publishAssignmentRules(command)), by: "usr_admin", reason: "rules")
  }

  private func owner(_ shop: Shop, _ id: String = "led_1") throws -> OwnerRef? {
    try shop.state(Lead.self, id).ownership.owner
  }

  @Test func `a score is the sum of weighted facts, as F-28 has it`() async throws {
    try await Shop.run { shop in
      try await publish(shop) { $0.scoring = Self.scoring }
      try await shop.lead(owner: nil) { ($0.urgency, $0.sizeBand) = ("soon", "100-499") }
      #expect(try await shop.fired() == ["LeadScored", "LeadRated"])
      let lead = try shop.state(Lead.self, "led_1")
      #expect(lead.score == 79)
      #expect(lead.rating == .b)
      #expect(lead.status == .new)
    }
  }

  @Test func `the first rule that fits gives it to whoever holds least, and says why`() async throws
  {
    try await Shop.run { shop in
      try await publish(shop) { command in
        command.rules = [
          .with {
            $0.ruleID = "fujian"
            $0.appliesTo.regions = ["福建"]
            $0.userIds = ["usr_ann", "usr_bob", "usr_cy"]
          },
          .with { ($0.ruleID, $0.userIds) = ("rest", ["usr_boss"]) },
        ]
      }
      try await shop.lead("led_0", owner: "usr_ann")
      _ = try await shop.fired()
      try await shop.lead(owner: nil, by: "usr_boss") { $0.companyName = "福建码上科技有限公司" }
      #expect(
        try await shop.fired() == [
          "LeadDataNormalized", "OwnershipAssigned", "FirstResponseDeadlineSet",
        ])
      #expect(try owner(shop) == .user("usr_bob"))
      let event = try #require(try shop.events("OwnershipAssigned").last)
      guard case .ownership(.ownershipAssigned(let assigned)) = try event.payload() else { return }
      #expect(assigned.method == .roundRobin)
      #expect(assigned.ruleID == "fujian")
      #expect(assigned.ruleVersion == 1)
      #expect(assigned.candidateUserIds == ["usr_ann", "usr_bob", "usr_cy"])
      #expect(assigned.evaluatedFacts.map(\.name) == ["channel", "region"])
      let refs = try #require(try event.metadata()).policyRefs
      #expect(refs.contains { $0.kind == "assignmentRules" && $0.version == 1 })
      let cause = try #require(try shop.events("LeadCaptured").last)
      #expect(event.causation == cause.eventID)
      try await shop.lead("led_2", owner: nil, by: "usr_boss")
      _ = try await shop.fired()
      #expect(try owner(shop, "led_2") == .user("usr_boss"))
    }
  }

  @Test func `who is away or full is passed by, and the pool takes what nobody can`() async throws {
    try await Shop.run { shop in
      try await shop.leadPool { rules in
        rules.claim.maxHoldings = 1
        rules.members.userIds = ["usr_ann", "usr_bob"]
      }
      try await shop.run(
        .team(
          .createTeam(
            .with {
              ($0.teamID, $0.name) = ("tea_1", "South")
              $0.memberIds = ["usr_ann", "usr_bob", "usr_cy"]
            })), by: "usr_admin")
      try await publish(shop) { command in
        command.rules = [.with { ($0.ruleID, $0.teamIds) = ("south", ["tea_1"]) }]
        command.fallbackPoolID = "pol_l"
      }
      try await shop.run(
        .user(.suspendUser(.with { $0.userID = "usr_cy" })), by: "usr_admin", reason: "leave")
      for number in 1...3 {
        try await shop.lead("led_\(number)", owner: nil, by: "usr_boss")
        _ = try await shop.fired()
      }
      #expect(try owner(shop, "led_1") == .user("usr_ann"))
      #expect(try owner(shop, "led_2") == .user("usr_bob"))
      #expect(try owner(shop, "led_3") == .pool("pol_l"))
    }
  }

  @Test func `without rules, and of an import, nothing is taken in`() async throws {
    try await Shop.run { shop in
      try await shop.lead(owner: nil)
      #expect(try await shop.fired() == [])
      try await publish(shop) {
        $0.rules = [.with { ($0.ruleID, $0.userIds) = ("r", ["usr_ann"]) }]
      }
      try await shop.lead("led_2", owner: nil) { $0.source.channel = .import }
      shop.clock.advance(seconds: 60)
      #expect(try await shop.fired() == [])
      #expect(try owner(shop, "led_2") == nil)
    }
  }

  @Test func `rules that can't be meant are refused, and the same ones again are nothing`()
    async throws
  {
    try await Shop.run { shop in
      func code(_ change: (inout PublishAssignmentRules) -> Void) async throws -> RefusalCode? {
        let size = shop.log.size
        let code = try await shop.refusal { try await publish(shop, change) }
        #expect(shop.log.size == size || code == nil)
        return code
      }
      #expect(try await code { $0.rules = [.with { $0.ruleID = "r" }] } == .required)
      #expect(
        try await code { $0.rules = [.with { ($0.ruleID, $0.userIds) = ("r", ["usr_none"]) }] }
          == .reference)
      let rule = AssignmentRule.with { ($0.ruleID, $0.userIds) = ("r", ["usr_ann"]) }
      #expect(try await code { $0.rules = [rule, rule] } == .inconsistent)
      #expect(try await code { $0.fallbackPoolID = "pol_none" } == .reference)
      #expect(
        try await code { command in
          command.scoring = Self.scoring
          command.scoring.sizeWeight = 26
        } == .range)
      #expect(try await code { $0.rules = [rule] } == nil)
      #expect(try await publish(shop) { $0.rules = [rule] }.count == 0)
      #expect(try await publish(shop) { $0.scoring = Self.scoring }.count == 1)
      let organization = try shop.state(Organization.self, Organization.id)
      #expect(organization.assignmentRules?.version == 2)
    }
  }

  @Test func `fields are normalised once, and the raw ones stay`() async throws {
    try await Shop.run { shop in
      try await shop.lead()
      let normalize = CommandPayload.lead(
        .normalizeLeadData(
          .with {
            ($0.leadID, $0.rulesVersion) = ("led_1", 3)
            $0.changes = [
              .with { ($0.field, $0.to.text) = ("region", "上海") },
              .with { ($0.field, $0.to.text) = ("urgency", "") },
            ]
          }))
      try await shop.run(normalize)
      #expect(try shop.state(Lead.self, "led_1").region == "上海")
      #expect(try await shop.run(normalize).count == 0)
      let size = shop.log.size
      let wrong = CommandPayload.lead(
        .normalizeLeadData(
          .with {
            ($0.leadID, $0.rulesVersion) = ("led_1", 3)
            $0.changes = [.with { ($0.field, $0.to.text) = ("phones", "1") }]
          }))
      #expect(try await shop.refusal { try await shop.run(wrong) } == .unknownCode)
      #expect(shop.log.size == size)
    }
  }
}
