import CRM
import EventModel
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// Random commands on a few records, most of them refused.
@Suite struct OwnershipProperties {
  private static let users = ["usr_admin", "usr_boss", "usr_ann", "usr_bob", "usr_carl"]

  @Test(arguments: [1, 20_261_122, 77, .drawn(0)] as [UInt64])
  func `at every position a record has exactly one owner, and a replay says the same`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company("acc_1"), context)
    try desk.run(Account.self, Sample.company("acc_2"), context)
    try desk.run(Contact.self, Sample.contact("con_1"), context)
    try desk.run(Lead.self, Sample.lead("led_1", owner: "usr_ann"), context)
    var done = 0
    for _ in 0..<400 {
      if try step(&desk, &generator) { done += 1 }
    }
    #expect(done > 40, "seed \(seed): only \(done) commands were carried out")
    check(desk, seed)
  }

  private func step(_ desk: inout Desk, _ generator: inout SeededGenerator) throws -> Bool {
    let records = [
      RecordKey.account("acc_1"), .account("acc_2"), .contact("con_1"), .lead("led_1"),
    ]
    let record = records.randomElement(using: &generator) ?? .account("acc_1")
    let actor = Self.users.randomElement(using: &generator) ?? "usr_ann"
    let other = Self.users.randomElement(using: &generator) ?? "usr_bob"
    let context = try desk.context(by: actor, reason: "R1")
    let transferID = "trf_\(Int.random(in: 1...3, using: &generator))"
    let commands: [OwnershipDecision.Command] = [
      Sample.transfer(record, to: other), Sample.assign(record, to: other),
      .requestOwnershipTransfer(
        .with {
          ($0.record, $0.to, $0.transferID) = (record.reference, .user(other), transferID)
        }),
      .acceptOwnershipTransfer(
        .with { ($0.record, $0.transferID) = (record.reference, transferID) }),
      .declineOwnershipTransfer(
        .with { ($0.record, $0.transferID) = (record.reference, transferID) }),
      .addCollaborator(
        .with { ($0.record, $0.userID, $0.access) = (record.reference, other, .read) }),
    ]
    let choice = Int.random(in: 0..<(commands.count + 2), using: &generator)
    let code = try refusal {
      switch choice {
      case commands.count:
        let account = Bool.random(using: &generator) ? "acc_1" : ""
        try desk.run(
          Contact.self,
          .moveContactToAccount(.with { ($0.contactID, $0.accountID) = ("con_1", account) }),
          context)
      case commands.count + 1:
        let id = Bool.random(using: &generator) ? "acc_1" : "acc_2"
        let isArchived = desk.state(Account.self, id).status == .archived
        try desk.run(
          Account.self,
          isArchived
            ? .restoreAccount(.with { $0.accountID = id })
            : .archiveAccount(.with { $0.accountID = id }), context)
      default: try desk.run(commands[choice], context)
      }
    }
    return code == nil
  }

  /// The normative fold of crm-domain.md 3.4.8 beside the states.
  private func check(_ desk: Desk, _ seed: UInt64) {
    var owners: [RecordKey: OwnerRef] = [:]
    for (record, fact) in desk.facts {
      guard case .ownership(let event) = fact.payload else { continue }
      switch event {
      case .ownershipAssigned(let assigned):
        let former = assigned.hasFrom ? assigned.from : nil
        #expect(former == owners[record], "seed \(seed), \(record) at \(fact.position)")
        owners[record] = assigned.to
      case .ownershipTransferred(let transferred):
        #expect(
          transferred.from == owners[record], "seed \(seed), \(record) at \(fact.position)")
        owners[record] = transferred.to
      case _: continue
      }
      #expect(owners[record]?.kind == .user && owners[record]?.id.isEmpty == false)
    }
    for (record, state) in desk.records {
      if let owned = state as? any OwnedAggregate {
        #expect(owned.ownership.owner == owners[record], "seed \(seed), \(record)")
      }
      #expect(isSame(desk.replayed(record), state), "seed \(seed), \(record)")
    }
  }

  private func isSame(_ replayed: (any Aggregate)?, _ live: any Aggregate) -> Bool {
    func compare<A: Aggregate>(_ live: A) -> Bool { replayed as? A == live }
    return compare(live)
  }
}
