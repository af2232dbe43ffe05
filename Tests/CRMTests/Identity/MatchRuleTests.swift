import CRM
import EventModel
import Matching
import Schema
import SwiftProtobuf
import Testing

/// ACC-2 to ACC-5 as a matrix: whose the other record is, how it agrees, and whether the actor
/// confirmed, with the answer that the specification gives.
@Suite struct MatchRuleTests {
  struct Row: Sendable, CustomTestStringConvertible {
    /// The owner of the account that stands already.
    let owner: String
    let strength: KeyStrength?
    let score: Int
    var isConfirmed = false
    var channel = Channel.Code.web
    /// `nil` when the account is made.
    let refusal: RefusalCode?
    /// The types of the events, when it is.
    var events: [String] = []
    var testDescription: String {
      "\(owner) \(strength.map { "\($0)" } ?? "fuzzy") \(score) \(isConfirmed) \(channel)"
    }
  }

  private static let made = ["AccountCreated", "OwnershipAssigned"]
  static let rows: [Row] = [
    // Below and at the threshold nothing happens.
    Row(owner: "usr_bob", strength: nil, score: 7875, refusal: nil, events: made),
    Row(owner: "usr_bob", strength: nil, score: 8000, refusal: nil, events: made),
    // ACC-3: one's own customer.
    Row(owner: "usr_ann", strength: nil, score: 8001, refusal: .duplicate),
    Row(owner: "usr_ann", strength: .strong, score: 9500, refusal: .duplicate),
    Row(
      owner: "usr_ann", strength: .strong, score: 9500, isConfirmed: true, refusal: nil,
      events: made + ["DuplicateSuspected", "DuplicateOverrideConfirmed"]),
    // ACC-2: what is certain can't be confirmed away.
    Row(
      owner: "usr_ann", strength: .certain, score: 10_000, isConfirmed: true, refusal: .duplicate),
    // ACC-4: somebody else's.
    Row(
      owner: "usr_bob", strength: .certain, score: 10_000, isConfirmed: true, refusal: .collision),
    Row(owner: "usr_bob", strength: .strong, score: 9500, isConfirmed: true, refusal: .collision),
    // ACC-5: only names agree.
    Row(owner: "usr_bob", strength: nil, score: 9250, refusal: .duplicate),
    Row(owner: "usr_bob", strength: .medium, score: 8500, refusal: .duplicate),
    Row(
      owner: "usr_bob", strength: nil, score: 9250, isConfirmed: true, refusal: nil,
      events: made + ["CollisionDetected", "DuplicateOverrideConfirmed"]),
    // An import is noted and never asked.
    Row(
      owner: "usr_bob", strength: .strong, score: 9500, channel: .import, refusal: nil,
      events: made + ["CollisionDetected"]),
    Row(
      owner: "usr_ann", strength: .strong, score: 9500, channel: .import, refusal: nil,
      events: made + ["DuplicateSuspected"]),
  ]

  private func desk(_ row: Row) throws -> (Desk, DecisionContext) {
    var desk = Desk.staffed()
    try desk.run(Account.self, Sample.company("acc_1"), desk.context(by: row.owner))
    var context = try desk.context(by: "usr_ann", reason: "namesake", channel: row.channel)
    context.records.insert(desk.state(Account.self, "acc_1"), for: .account("acc_1"))
    context.matches = [
      MatchFinding(
        record: .account("acc_1"), score: MatchScore(row.score), kinds: [.phone],
        strength: row.strength)
    ]
    return (desk, context)
  }

  @Test(arguments: rows)
  func `a resemblance is refused, asked about or noted as the rules say`(row: Row) throws {
    var (desk, context) = try desk(row)
    let command = Sample.company("acc_2") { $0.confirmNotDuplicate = row.isConfirmed }
    var events: [DecidedEvent] = []
    let code = try refusal { events = try desk.run(Account.self, command, context) }
    #expect(code == row.refusal)
    #expect(events.map(\.payload.typeName) == row.events)
    #expect((desk.records[.account("acc_2")] == nil) == (row.refusal != nil))
  }

  @Test func `a confirmation without a reason is refused`() throws {
    var (desk, context) = try desk(
      Row(owner: "usr_ann", strength: .strong, score: 9500, refusal: .reasonRequired))
    context.reason = nil
    let code = try refusal {
      try desk.run(
        Account.self, Sample.company("acc_2") { $0.confirmNotDuplicate = true }, context)
    }
    #expect(code == .reasonRequired)
  }

  @Test func `a collision says which case it opens, and nothing of the owner`() throws {
    var (desk, context) = try desk(
      Row(owner: "usr_bob", strength: .strong, score: 9500, refusal: .collision))
    do {
      try desk.run(Account.self, Sample.company("acc_2"), context)
      Issue.record("not refused")
    } catch let refusal as Refusal {
      #expect(refusal.opens?.refs == [RecordKey.account("acc_1").reference])
      #expect(refusal.opens?.parties == [.user("usr_ann"), .user("usr_bob")])
      #expect(refusal.opens?.refusedType == .account)
      #expect(!refusal.message.contains("usr_bob"))
    }
  }

  @Test func `an account under reserve gets no opportunity before its case is settled`() throws {
    var (desk, context) = try desk(
      Row(owner: "usr_bob", strength: nil, score: 9250, isConfirmed: true, refusal: nil))
    try desk.run(
      Account.self, Sample.company("acc_2") { $0.confirmNotDuplicate = true }, context)
    let caseID = desk.state(Account.self, "acc_2").provisionalCaseID
    #expect(caseID == "dup_2")
    let found = desk.state(DuplicateCase.self, caseID)
    #expect(found.isContested && found.isOpen && found.wasOverridden)
    func create(_ desk: inout Desk) throws {
      try desk.run(
        Opportunity.self,
        .createOpportunity(
          .with {
            ($0.opportunityID, $0.accountID, $0.name) = ("opp_1", "acc_2", "Servers")
            $0.source = Sample.web
          }), desk.context(by: "usr_ann"))
    }
    #expect(try refusal { try create(&desk) } == .collision)
    let settle = DuplicateCaseCommand.OneOf_Command.settleCollision(
      .with { ($0.caseID, $0.outcome) = (caseID, .keepOwner) })
    #expect(
      try refusal {
        try desk.run(DuplicateCase.self, settle, desk.context(by: "usr_ann", reason: "mine"))
      } == .permissionSelf)
    try desk.run(DuplicateCase.self, settle, desk.context(by: "usr_boss", reason: "agreed"))
    #expect(try refusal { try create(&desk) } != .collision)
  }

  @Test func `a lead of an owned customer goes to the owner`() throws {
    var (desk, context) = try desk(
      Row(owner: "usr_bob", strength: .strong, score: 9500, refusal: nil))
    context.records.insert(desk.state(User.self, "usr_bob"), for: .user("usr_bob"))
    let events = try desk.run(Lead.self, Sample.lead(), context)
    #expect(
      events.map(\.payload.typeName) == ["LeadCaptured", "OwnershipAssigned", "CollisionDetected"])
    #expect(desk.state(Lead.self, "led_1").ownership.ownerUserID == "usr_bob")
  }
}

@Suite struct DuplicateCaseTests {
  private func opened(contested: Bool) throws -> Desk {
    var desk = Desk.staffed()
    for id in ["acc_1", "acc_2"] {
      try desk.run(Account.self, Sample.company(id), desk.context(by: "usr_ann"))
    }
    try desk.run(
      DuplicateCase.self,
      .openDuplicateCase(
        .with {
          $0.caseID = "dup_1"
          $0.refs = [RecordKey.account("acc_1").reference, RecordKey.account("acc_2").reference]
          $0.score = "0.925"
          $0.trigger = .batch
          if contested { $0.parties = [.user("usr_ann"), .user("usr_bob")] }
        }), desk.context(by: "system:test", kind: .system))
    return desk
  }

  private static let commands: [(DuplicateCaseCommand.OneOf_Command, Bool, String, RefusalCode?)] =
    [
      (.dismissDuplicate(.with { $0.caseID = "dup_1" }), false, "usr_ann", nil),
      (.dismissDuplicate(.with { $0.caseID = "dup_1" }), true, "usr_ann", .permissionSelf),
      (.dismissDuplicate(.with { $0.caseID = "dup_1" }), true, "usr_boss", nil),
      (.dismissDuplicate(.with { $0.caseID = "dup_9" }), true, "usr_boss", .notFound),
      (
        .settleCollision(.with { ($0.caseID, $0.outcome) = ("dup_1", .share) }), false, "usr_boss",
        .status
      ),
      (.settleCollision(.with { $0.caseID = "dup_1" }), true, "usr_boss", .required),
      (
        .settleCollision(.with { ($0.caseID, $0.outcome) = ("dup_1", .share) }), true, "usr_boss",
        nil
      ),
      (
        .escalateCollision(.with { ($0.caseID, $0.disputeID) = ("dup_1", "dsp_1") }), true,
        "usr_ann",
        nil
      ),
      (.escalateCollision(.with { $0.caseID = "dup_1" }), true, "usr_ann", .required),
      (.openDuplicateCase(.with { $0.caseID = "dup_1" }), true, "usr_ann", .alreadyExists),
      (.openDuplicateCase(.with { $0.caseID = "dup_2" }), true, "usr_ann", .permissionScope),
    ]

  @Test(arguments: commands)
  func `a case is decided once, by who is no party`(
    command: DuplicateCaseCommand.OneOf_Command, contested: Bool, actor: String, code: RefusalCode?
  ) throws {
    var desk = try opened(contested: contested)
    let context = try desk.context(by: actor, reason: "looked at both")
    #expect(try refusal { try desk.run(DuplicateCase.self, command, context) } == code)
    guard code == nil else { return }
    #expect(!desk.state(DuplicateCase.self, "dup_1").isOpen)
    let again = DuplicateCaseCommand.OneOf_Command.settleCollision(
      .with { ($0.caseID, $0.outcome) = ("dup_1", .keepOwner) })
    let boss = try desk.context(by: "usr_boss", reason: "again")
    #expect(try refusal { try desk.run(DuplicateCase.self, again, boss) } == .status)
  }
}
