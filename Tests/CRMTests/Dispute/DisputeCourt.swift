import CRM
import EventModel
import Schema
import SwiftProtobuf

/// A desk with a contested account: made by ann, transferred to bob; arb and judge may rule.
struct DisputeCourt {
  static let account = RecordKey.account("acc_1")
  static let day: Int64 = 86_400_000_000
  var desk: Desk

  init() throws {
    desk = Desk.staffed()
    for id in ["usr_arb", "usr_judge", "usr_stranger"] {
      let provisioned = UserProvisioned.with {
        ($0.userID, $0.active) = (id, true)
        if id != "usr_stranger" { $0.roleIds = [BuiltInRole.arbitrator] }
      }
      desk.record(DecidedEvent(.user(id), .user(.userProvisioned(provisioned))), by: "usr_admin")
    }
    try desk.run(Account.self, Sample.company("acc_1"), desk.context(by: "usr_ann"))
    try desk.run(
      Sample.transfer(Self.account, to: "usr_bob"), desk.context(by: "usr_boss", reason: "R"))
  }

  static func open(
    _ change: (inout OpenDispute) -> Void = { _ in }
  ) -> DisputeCommand.OneOf_Command {
    var command = OpenDispute.with {
      $0.disputeID = "dsp_1"
      $0.subject = account.reference
      $0.kind = .wrongfulTransfer
      $0.statement = "I kept in touch."
    }
    change(&command)
    return .openDispute(command)
  }

  /// A court in which the dispute was opened and its pack sealed.
  static func opened() throws -> DisputeCourt {
    var court = try DisputeCourt()
    try court.run(open(), by: "usr_ann")
    try court.seal()
    return court
  }

  /// A court in which bob has answered and arb is to rule.
  static func reviewed() throws -> DisputeCourt {
    var court = try opened()
    try court.run(
      .respondToDispute(.with { ($0.disputeID, $0.statement) = ("dsp_1", "I did not know.") }),
      by: "usr_bob")
    try court.run(assign("usr_arb"), by: "usr_admin")
    return court
  }

  static func assign(_ user: String) -> DisputeCommand.OneOf_Command {
    .assignArbitrator(.with { ($0.disputeID, $0.arbitratorID) = ("dsp_1", user) })
  }

  static func rule(
    _ outcome: DisputeOutcome.Code = .upheld, owner: String? = "usr_ann",
    _ change: (inout RuleOnDispute) -> Void = { _ in }
  ) -> DisputeCommand.OneOf_Command {
    var command = RuleOnDispute.with {
      $0.disputeID = "dsp_1"
      $0.outcome = outcome
      $0.rationale = "The call was first."
      $0.rulesCited = ["R3"]
      if let owner { $0.ownerAfter = .user(owner) }
    }
    change(&command)
    return .ruleOnDispute(command)
  }

  static let appeal = DisputeCommand.OneOf_Command.appealDispute(
    .with { ($0.disputeID, $0.statement) = ("dsp_1", "R4 was not heard.") })

  var dispute: Dispute { desk.state(Dispute.self, "dsp_1") }
  var ownership: Ownership { desk.state(Account.self, "acc_1").ownership }

  func context(
    by actor: String, reason: String? = "claim", kind: ActorKind.Code = .user
  ) throws -> DecisionContext {
    var context = try desk.context(by: actor, reason: reason, kind: kind)
    context.logSize = UInt64(desk.facts.count)
    var participants: Set<String> = []
    for (record, fact) in desk.facts
    where record == Self.account || EventTags.references(of: fact.payload).contains(Self.account) {
      participants.insert(fact.actor.text)
    }
    context.records.insertParticipants(participants, of: Self.account)
    return context
  }

  @discardableResult
  mutating func run(
    _ command: DisputeCommand.OneOf_Command, by actor: String, kind: ActorKind.Code = .user
  ) throws -> [DecidedEvent] {
    try desk.run(Dispute.self, command, context(by: actor, kind: kind))
  }

  mutating func seal() throws {
    let pack = DisputeEvidencePackSealed.with {
      $0.packID = "pck_\(dispute.packs.count + 1)"
      $0.toPosition = dispute.nextPackSize
      $0.sha256 = .init(repeating: 7, count: 32)
      $0.merkleRoot = .init(repeating: 7, count: 32)
      $0.logRoot = .init(repeating: 7, count: 32)
    }
    try run(
      .sealDisputeEvidence(.with { ($0.disputeID, $0.pack) = ("dsp_1", pack) }),
      by: "system:disputes", kind: .system)
  }

  /// The code with which the command is refused; `nil` when it isn't.
  func refused(
    _ command: DisputeCommand.OneOf_Command, by actor: String
  ) throws -> RefusalCode? {
    var copy = self
    return try refusal { try copy.run(command, by: actor) }
  }

  /// The same court so many microseconds later.
  func later(_ microseconds: Int64) -> DisputeCourt {
    var copy = self
    copy.desk.now = desk.now.advanced(byMicroseconds: microseconds)
    return copy
  }
}
