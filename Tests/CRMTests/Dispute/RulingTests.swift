import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct RulingTests {
  typealias Command = DisputeCommand.OneOf_Command

  @Test func `a ruling changes the owner, ends the freeze and says what it changed, in one step`()
    throws
  {
    var court = try DisputeCourt.reviewed()
    let until = court.desk.now.advanced(byMicroseconds: 30 * DisputeCourt.day)
    let events = try court.run(
      DisputeCourt.rule { $0.protectionUntil = until.message }, by: "usr_arb")
    #expect(
      events.map(\.payload.typeName) == [
        "DisputeRuled", "OwnershipTransferred", "ProtectionGranted", "OwnershipUnfrozen",
        "DisputeRulingApplied",
      ])
    #expect(court.ownership.owner == .user("usr_ann") && court.ownership.frozenBy.isEmpty)
    #expect(court.ownership.protections.first?.holder == .user("usr_ann"))
    #expect(court.dispute.status == .applied)
    guard case .dispute(.disputeRulingApplied(let applied))? = events.last?.payload else {
      Issue.record("the last event is no DisputeRulingApplied")
      return
    }
    #expect(applied.changed.map { RecordKey($0) } == [DisputeCourt.account])
    #expect(applied.eventCount == 3)
  }

  @Test func `a dismissal leaves the owner and frees the record`() throws {
    var court = try DisputeCourt.reviewed()
    let events = try court.run(DisputeCourt.rule(.dismissed, owner: nil), by: "usr_arb")
    #expect(
      events.map(\.payload.typeName) == [
        "DisputeRuled", "OwnershipUnfrozen", "DisputeRulingApplied",
      ]
    )
    #expect(court.ownership.owner == .user("usr_bob") && court.ownership.frozenBy.isEmpty)
  }

  @Test(
    arguments: [
      (DisputeCourt.rule { $0.rationale = "" }, RefusalCode.required),
      (DisputeCourt.rule { $0.rulesCited = [] }, .required),
      (DisputeCourt.rule { $0.rulesCited = ["R9"] }, .unknownCode),
      (DisputeCourt.rule(.disputeOutcomeUnspecified), .required),
      (DisputeCourt.rule(.dismissed, owner: "usr_ann"), .inconsistent),
      (DisputeCourt.rule(.split, owner: nil), .required),
      (DisputeCourt.rule(owner: "usr_arb"), .permissionSelf),
      (DisputeCourt.rule(owner: "usr_carl"), .ownershipInactive),
      (DisputeCourt.rule(owner: "usr_nobody"), .reference),
      (DisputeCourt.rule(owner: nil) { $0.cascade = [.contacts] }, .inconsistent),
      (DisputeCourt.rule { $0.consideredEvidenceIds = ["evd_9"] }, .reference),
      (DisputeCourt.rule { $0.creditOpportunityIds = ["opp_1"] }, .required),
    ] as [(Command, RefusalCode)])
  func `a ruling that can't stand is refused`(command: Command, code: RefusalCode) throws {
    #expect(try DisputeCourt.reviewed().refused(command, by: "usr_arb") == code)
  }

  @Test(
    arguments: [
      (["60", "40"], nil), (["33.333333", "66.666667"], nil), (["100"], nil),
      (["60", "39.999999"], RefusalCode.inconsistent), (["60", "40.000001"], .inconsistent),
      (["0", "100"], .range), (["-1", "101"], .range), (["101"], .range), (["x", "100"], .range),
    ] as [([String], RefusalCode?)])
  func `shares are above nothing and add up to a hundred`(
    shares: [String], code: RefusalCode?
  ) throws {
    let command = DisputeCourt.rule(.split, owner: nil) {
      $0.awards = zip(["usr_ann", "usr_bob"], shares).map { user, share in
        .with { ($0.userID, $0.pct) = (user, share) }
      }
    }
    #expect(try DisputeCourt.reviewed().refused(command, by: "usr_arb") == code)
  }

  @Test func `nobody else rules, and not before the answer or its deadline`() throws {
    let reviewed = try DisputeCourt.reviewed()
    for actor in ["usr_ann", "usr_bob", "usr_admin", "usr_judge"] {
      #expect(try reviewed.refused(DisputeCourt.rule(), by: actor) == .permissionScope)
    }
    var court = try DisputeCourt.opened()
    try court.run(DisputeCourt.assign("usr_arb"), by: "usr_admin")
    #expect(try court.refused(DisputeCourt.rule(), by: "usr_arb") == .status)
    let due = court.dispute.responseDueAt
    court.desk.now = due.advanced(byMicroseconds: -1)
    #expect(try court.refused(DisputeCourt.rule(), by: "usr_arb") == .status)
    court.desk.now = due
    #expect(try court.refused(DisputeCourt.rule(), by: "usr_arb") == nil)
  }

  @Test func `nothing is ruled before the evidence is sealed`() throws {
    var court = try DisputeCourt()
    try court.run(DisputeCourt.open(), by: "usr_ann")
    try court.run(
      .respondToDispute(.with { ($0.disputeID, $0.statement) = ("dsp_1", "No.") }), by: "usr_bob")
    try court.run(DisputeCourt.assign("usr_arb"), by: "usr_admin")
    #expect(try court.refused(DisputeCourt.rule(), by: "usr_arb") == .status)
    try court.seal()
    #expect(try court.refused(DisputeCourt.rule(), by: "usr_arb") == nil)
  }

  @Test func `children of the loser go along, closed ones and others' don't`() throws {
    var court = try DisputeCourt.reviewed()
    for (id, owner, status) in [
      ("opp_1", "usr_bob", OpportunityStatus.Code.open), ("opp_2", "usr_bob", .won),
      ("opp_3", "usr_stranger", .open),
    ] {
      let key = RecordKey.opportunity(id)
      court.desk.record(
        DecidedEvent(
          key,
          .opportunity(
            .opportunityCreated(.with { ($0.opportunityID, $0.accountID) = (id, "acc_1") }))),
        by: owner)
      court.desk.record(
        DecidedEvent(
          key,
          .ownership(.ownershipAssigned(.with { ($0.to, $0.method) = (.user(owner), .creation) }))
        ), by: owner)
      if status == .won {
        court.desk.record(DecidedEvent(key, .opportunity(.opportunityWon(.init()))), by: owner)
      }
    }
    var context = try court.context(by: "usr_arb")
    context.records.insertChildren(
      ["opp_1", "opp_2", "opp_3"].map { .opportunity($0) }, of: DisputeCourt.account)
    for id in ["opp_1", "opp_2", "opp_3"] {
      context.records.insert(court.desk.state(Opportunity.self, id), for: .opportunity(id))
    }
    for key in [
      DisputeCourt.account, .user("usr_arb"), .user("usr_ann"), DisputeRuleBook.key,
    ] {
      context.records.insert(court.desk.records[key], for: key)
    }
    let events = try court.dispute.decide(
      DisputeCourt.rule { $0.cascade = [.opportunitiesOpen] }, in: context)
    let moved = events.filter { $0.payload.typeName == "OwnershipTransferred" }.map(\.record)
    #expect(moved == [DisputeCourt.account, .opportunity("opp_1")])
  }

  @Test(arguments: [(-1, nil), (0, nil), (1, RefusalCode.tooLate)] as [(Int64, RefusalCode?)])
  func `a ruling is appealed within seven days, at the last moment too, by a party`(
    microseconds: Int64, code: RefusalCode?
  ) throws {
    var court = try DisputeCourt.reviewed()
    try court.run(DisputeCourt.rule(), by: "usr_arb")
    let until = try #require(court.dispute.rulings.last?.appealUntil)
    court.desk.now = until.advanced(byMicroseconds: microseconds)
    #expect(try court.refused(DisputeCourt.appeal, by: "usr_bob") == code)
    #expect(try court.refused(DisputeCourt.appeal, by: "usr_stranger") == .permissionScope)
    let close = Command.closeDispute(.with { $0.disputeID = "dsp_1" })
    #expect(try court.refused(close, by: "usr_bob") == (code == nil ? .status : nil))
  }

  @Test func `an appeal freezes again, another arbitrator rules, and that is the end`() throws {
    var court = try DisputeCourt.reviewed()
    try court.run(DisputeCourt.rule(), by: "usr_arb")
    try court.run(DisputeCourt.appeal, by: "usr_bob")
    #expect(court.ownership.frozenBy == ["dsp_1"] && court.dispute.needsPack)
    #expect(try court.refused(DisputeCourt.assign("usr_arb"), by: "usr_admin") == .permissionSelf)
    try court.run(DisputeCourt.assign("usr_judge"), by: "usr_admin")
    #expect(try court.refused(DisputeCourt.rule(owner: "usr_bob"), by: "usr_judge") == .status)
    try court.seal()
    #expect(court.dispute.packs.count == 2)
    try court.run(DisputeCourt.rule(owner: "usr_bob"), by: "usr_judge")
    #expect(court.ownership.owner == .user("usr_bob") && court.ownership.frozenBy.isEmpty)
    #expect(court.dispute.status == .closed)
    for command in [DisputeCourt.appeal, DisputeCourt.rule(), DisputeCourt.assign("usr_arb")] {
      let actor =
        if case .appealDispute = command { "usr_ann" } else { "usr_admin" }
      #expect(try court.refused(command, by: actor) != nil)
    }
  }

  @Test func `the claimant takes the claim back, and the appellant the appeal`() throws {
    let withdraw = Command.withdrawDispute(.with { $0.disputeID = "dsp_1" })
    var court = try DisputeCourt.opened()
    #expect(try court.refused(withdraw, by: "usr_bob") == .permissionScope)
    try court.run(withdraw, by: "usr_ann")
    #expect(court.dispute.status == .withdrawn && court.ownership.frozenBy.isEmpty)
    #expect(try court.refused(DisputeCourt.appeal, by: "usr_ann") == .status)
    court = try DisputeCourt.reviewed()
    try court.run(DisputeCourt.rule(), by: "usr_arb")
    #expect(try court.refused(withdraw, by: "usr_ann") == .status)
    try court.run(DisputeCourt.appeal, by: "usr_bob")
    #expect(try court.refused(withdraw, by: "usr_ann") == .permissionScope)
    try court.run(withdraw, by: "usr_bob")
    #expect(court.dispute.status == .applied && court.ownership.frozenBy.isEmpty)
    #expect(court.ownership.owner == .user("usr_ann"))
    #expect(court.dispute.arbitratorID == "usr_arb")
    // Once for each party, and the ruling stands when the time is over.
    #expect(try court.refused(DisputeCourt.appeal, by: "usr_bob") == .status)
    let until = try #require(court.dispute.rulings.last?.appealUntil)
    court.desk.now = until.advanced(byMicroseconds: 1)
    let close = Command.closeDispute(.with { $0.disputeID = "dsp_1" })
    try court.run(close, by: "usr_bob")
    #expect(court.dispute.status == .closed)
  }

  @Test func `who won can't take away the other's appeal`() throws {
    let withdraw = Command.withdrawDispute(.with { $0.disputeID = "dsp_1" })
    var court = try DisputeCourt.reviewed()
    try court.run(DisputeCourt.rule(), by: "usr_arb")
    try court.run(DisputeCourt.appeal, by: "usr_ann")
    try court.seal()
    try court.run(withdraw, by: "usr_ann")
    try court.run(DisputeCourt.appeal, by: "usr_bob")
    #expect(court.dispute.status == .underReview && court.dispute.needsPack)
    try court.seal()
    #expect(court.dispute.packs.count == 3 && !court.dispute.needsPack)
    // What is taken back after the time ends the dispute.
    let until = try #require(court.dispute.rulings.last?.appealUntil)
    court.desk.now = until.advanced(byMicroseconds: 1)
    try court.run(withdraw, by: "usr_bob")
    #expect(court.dispute.status == .closed && court.ownership.frozenBy.isEmpty)
  }
}
