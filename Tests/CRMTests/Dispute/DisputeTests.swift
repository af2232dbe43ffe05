import CRM
import EventModel
import Foundation
import Schema
import SwiftProtobuf
import Testing

@Suite struct DisputeTests {
  typealias Command = DisputeCommand.OneOf_Command

  @Test func `opening freezes the record, names the owner as respondent and sets the deadline`()
    throws
  {
    var court = try DisputeCourt()
    // 2025-10-09 is a Thursday: the third working day behind it is the Tuesday.
    let events = try court.run(DisputeCourt.open(), by: "usr_ann")
    #expect(events.map(\.payload.typeName) == ["DisputeOpened", "OwnershipFrozen"])
    #expect(court.ownership.frozenBy == ["dsp_1"])
    let opened = court.dispute.opened
    #expect(opened.claimantID == "usr_ann" && opened.respondentID == "usr_bob")
    #expect(opened.contestedActorID == "usr_boss")
    #expect(opened.contestedPosition == court.ownership.changes.last?.position.rawValue)
    #expect(court.dispute.status == .open && court.dispute.needsPack)
    let openedAt = try #require(court.desk.facts.last).fact.recordedAt
    let days =
      (court.dispute.responseDueAt.microseconds - openedAt.microseconds) / DisputeCourt.day
    #expect(days == 5)
  }

  @Test(
    arguments: [
      ("usr_ann", nil), ("usr_boss", nil), ("usr_admin", nil),
      ("usr_stranger", RefusalCode.permissionScope), ("usr_arb", .permissionScope),
      ("usr_bob", .inconsistent), ("usr_nobody", .reference),
    ] as [(String, RefusalCode?)])
  func `who has or had a part in the record may open a dispute, or stands above its owner`(
    actor: String, code: RefusalCode?
  ) throws {
    #expect(try DisputeCourt().refused(DisputeCourt.open(), by: actor) == code)
  }

  @Test(
    arguments: [
      (DisputeCourt.open { $0.clearSubject() }, RefusalCode.required),
      (DisputeCourt.open { $0.kind = .disputeKindUnspecified }, .required),
      (DisputeCourt.open { $0.statement = " " }, .required),
      (DisputeCourt.open { $0.subject = RecordKey.user("usr_bob").reference }, .ownershipKind),
      (DisputeCourt.open { $0.subject = RecordKey.account("acc_9").reference }, .reference),
      (DisputeCourt.open { $0.respondentID = "usr_ann" }, .inconsistent),
      (DisputeCourt.open { $0.contestedPosition = 1 }, .reference),
      (DisputeCourt.open { $0.claimantID = "usr_boss" }, .permissionScope),
      (DisputeCourt.open { $0.disputeID = "acc_1" }, .format),
    ] as [(Command, RefusalCode)])
  func `a claim that can't be understood is refused`(command: Command, code: RefusalCode) throws {
    #expect(try DisputeCourt().refused(command, by: "usr_ann") == code)
  }

  @Test(arguments: [(-1, nil), (0, nil), (1, RefusalCode.tooLate)] as [(Int64, RefusalCode?)])
  func `a claim comes within thirty days of the contested event, at the last moment too`(
    microseconds: Int64, code: RefusalCode?
  ) throws {
    var court = try DisputeCourt()
    let changed = try #require(court.ownership.changes.last).at
    court.desk.now = changed.advanced(byMicroseconds: 30 * DisputeCourt.day + microseconds)
    #expect(try court.refused(DisputeCourt.open(), by: "usr_ann") == code)
    #expect(try court.refused(DisputeCourt.open(), by: "usr_admin") == nil)
  }

  @Test func `a record has one dispute, and its owner can't change meanwhile`() throws {
    let court = try DisputeCourt.opened()
    let second = DisputeCourt.open { $0.disputeID = "dsp_2" }
    #expect(try court.refused(second, by: "usr_boss") == .frozen)
    var desk = court.desk
    let context = try desk.context(by: "usr_boss", reason: "R")
    for command in [
      Sample.transfer(DisputeCourt.account, to: "usr_ann"),
      Sample.assign(DisputeCourt.account, to: "usr_ann"),
      .requestOwnershipTransfer(
        .with { ($0.record, $0.to) = (DisputeCourt.account.reference, .user("usr_ann")) }),
    ] {
      #expect(try refusal { try desk.run(command, context) } == .frozen)
    }
    let archive = AccountCommand.OneOf_Command.archiveAccount(.with { $0.accountID = "acc_1" })
    #expect(try refusal { try desk.run(Account.self, archive, context) } == .frozen)
  }

  @Test func `the pack is the product's own, as of the claim, and sealed once`() throws {
    var court = try DisputeCourt()
    try court.run(DisputeCourt.open(), by: "usr_ann")
    let size = court.dispute.opened.asOfSize
    func seal(_ change: (inout DisputeEvidencePackSealed) -> Void) -> Command {
      var pack = DisputeEvidencePackSealed.with {
        $0.toPosition = size
        $0.sha256 = Data(repeating: 1, count: 32)
        $0.merkleRoot = Data(repeating: 1, count: 32)
        $0.logRoot = Data(repeating: 1, count: 32)
      }
      change(&pack)
      return .sealDisputeEvidence(.with { ($0.disputeID, $0.pack) = ("dsp_1", pack) })
    }
    #expect(try court.refused(seal { _ in }, by: "usr_admin") == .permissionScope)
    for change: (inout DisputeEvidencePackSealed) -> Void in [
      { $0.toPosition += 1 }, { $0.toPosition -= 1 }, { $0.fromPosition = 1 },
      { $0.sha256 = Data(repeating: 1, count: 31) },
    ] {
      #expect(
        try refusal {
          var copy = court
          try copy.run(seal(change), by: "system:disputes", kind: .system)
        } == .inconsistent)
    }
    try court.run(seal { _ in }, by: "system:disputes", kind: .system)
    #expect(court.dispute.status == .responding && !court.dispute.needsPack)
    #expect(try court.run(seal { _ in }, by: "system:disputes", kind: .system).isEmpty)
  }

  @Test func `the respondent alone answers, once`() throws {
    let answer = Command.respondToDispute(
      .with { ($0.disputeID, $0.statement) = ("dsp_1", "No.") })
    let court = try DisputeCourt.opened()
    #expect(try court.refused(answer, by: "usr_ann") == .permissionScope)
    #expect(try court.refused(answer, by: "usr_boss") == .permissionScope)
    #expect(try court.refused(answer, by: "usr_bob") == nil)
    #expect(try DisputeCourt.reviewed().refused(answer, by: "usr_bob") == .status)
  }

  @Test(
    arguments: [
      ("usr_arb", nil), ("usr_ann", RefusalCode.permissionScope),
      ("usr_stranger", .permissionScope),
      ("usr_nobody", .reference),
    ] as [(String, RefusalCode?)])
  func `an arbitrator has the role`(user: String, code: RefusalCode?) throws {
    let court = try DisputeCourt.opened()
    #expect(try court.refused(DisputeCourt.assign(user), by: "usr_admin") == code)
  }

  @Test(arguments: ["usr_ann", "usr_bob", "usr_boss"])
  func `whoever has an interest is no arbitrator, whatever the role`(user: String) throws {
    var court = try DisputeCourt.opened()
    court.desk.record(
      DecidedEvent(
        .user(user), .user(.userRoleGranted(.with { $0.roleID = BuiltInRole.arbitrator }))),
      by: "usr_admin")
    #expect(try court.refused(DisputeCourt.assign(user), by: "usr_admin") == .permissionSelf)
    #expect(try court.refused(DisputeCourt.assign("usr_arb"), by: user) == .permissionScope)
  }
}
