import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct OwnershipTests {
  private static let account = RecordKey.account("acc_1")

  private static func desk() throws -> Desk {
    var desk = Desk.staffed()
    try desk.run(Account.self, Sample.company(), desk.context(by: "usr_ann"))
    return desk
  }

  private static func refused(
    _ desk: Desk, _ command: OwnershipDecision.Command, by actor: String, reason: String? = "R1"
  ) throws -> RefusalCode? {
    var desk = desk
    let context = try desk.context(by: actor, reason: reason)
    return try refusal { try desk.run(command, context) }
  }

  @Test(arguments: [
    ("usr_admin", nil), ("usr_boss", nil), ("usr_ann", RefusalCode.ownershipTransfer),
    ("usr_bob", .permissionScope), ("usr_carl", .permissionScope),
    ("usr_nobody", .permissionScope),
  ])
  func `only those above the owner take a record`(actor: String, code: RefusalCode?) throws {
    let command = Sample.transfer(Self.account, to: "usr_bob")
    #expect(try Self.refused(Self.desk(), command, by: actor) == code)
  }

  @Test(arguments: [
    ("usr_carl", RefusalCode.ownershipInactive), ("usr_nobody", .reference),
    ("usr_ann", .ownershipSame),
  ])
  func `a new owner is active and another one`(receiver: String, code: RefusalCode) throws {
    let command = Sample.transfer(Self.account, to: receiver)
    #expect(try Self.refused(Self.desk(), command, by: "usr_boss") == code)
  }

  @Test func `every change of an owner has a reason`() throws {
    let desk = try Self.desk()
    let transfer = Sample.transfer(Self.account, to: "usr_bob")
    let assign = Sample.assign(Self.account, to: "usr_bob")
    #expect(try Self.refused(desk, transfer, by: "usr_boss", reason: nil) == .reasonRequired)
    #expect(try Self.refused(desk, assign, by: "usr_boss", reason: nil) == .reasonRequired)
    #expect(try Self.refused(desk, assign, by: "usr_bob") == .permissionScope)
    #expect(try Self.refused(desk, assign, by: "usr_boss") == nil)
  }

  @Test func `a transfer says from whom to whom and leaves what it should`() throws {
    var desk = try Self.desk()
    var command = TransferOwnership.with {
      ($0.record, $0.to) = (Self.account.reference, .user("usr_bob"))
      $0.keepPreviousOwnerAs = .readOnly
    }
    command.transferID = "trf_1"
    try desk.run(.transferOwnership(command), desk.context(by: "usr_boss", reason: "R1"))
    let ownership = desk.state(Account.self, "acc_1").ownership
    #expect(ownership.ownerUserID == "usr_bob")
    #expect(ownership.formerOwners == [.user("usr_ann")])
    #expect(ownership.collaborators.map(\.userID) == ["usr_ann"])
    #expect(ownership.collaborators.map(\.access) == [.read])
    let back = Sample.transfer(Self.account, to: "usr_ann")
    try desk.run(back, desk.context(by: "usr_boss", reason: "R1"))
    #expect(desk.state(Account.self, "acc_1").ownership.collaborators.isEmpty)
  }

  @Test func `an owner offers and the receiver decides`() throws {
    var desk = try Self.desk()
    let request = RequestOwnershipTransfer.with {
      ($0.record, $0.transferID) = (Self.account.reference, "trf_1")
      ($0.to, $0.note) = (.user("usr_bob"), "please")
    }
    let accept = AcceptOwnershipTransfer.with {
      ($0.record, $0.transferID) = (Self.account.reference, "trf_1")
    }
    let decline = DeclineOwnershipTransfer.with {
      ($0.record, $0.transferID) = (Self.account.reference, "trf_1")
    }
    let cancel = CancelOwnershipTransfer.with {
      ($0.record, $0.transferID) = (Self.account.reference, "trf_1")
    }
    #expect(
      try Self.refused(desk, .acceptOwnershipTransfer(accept), by: "usr_bob")
        == .ownershipTransfer)
    try desk.run(.requestOwnershipTransfer(request), desk.context(by: "usr_ann", reason: "R1"))
    #expect(desk.state(Account.self, "acc_1").ownership.ownerUserID == "usr_ann")
    #expect(
      try Self.refused(desk, .requestOwnershipTransfer(request), by: "usr_ann")
        == .ownershipTransfer)
    #expect(
      try Self.refused(desk, .acceptOwnershipTransfer(accept), by: "usr_ann")
        == .ownershipTransfer)
    #expect(
      try Self.refused(desk, .cancelOwnershipTransfer(cancel), by: "usr_bob")
        == .ownershipNotOwner)
    var declined = desk
    try declined.run(.declineOwnershipTransfer(decline), declined.context(by: "usr_bob"))
    #expect(declined.state(Account.self, "acc_1").ownership.requested == nil)
    #expect(declined.state(Account.self, "acc_1").ownership.ownerUserID == "usr_ann")
    let events = try desk.run(.acceptOwnershipTransfer(accept), desk.context(by: "usr_bob"))
    #expect(
      events.map(\.payload.typeName) == ["OwnershipTransferAccepted", "OwnershipTransferred"])
    #expect(desk.state(Account.self, "acc_1").ownership.ownerUserID == "usr_bob")
  }

  @Test func `offers can be switched off`() throws {
    var desk = try Self.desk()
    desk.settings.peerTransferByAcceptance = false
    let request = RequestOwnershipTransfer.with {
      ($0.record, $0.to) = (Self.account.reference, .user("usr_bob"))
    }
    #expect(
      try Self.refused(desk, .requestOwnershipTransfer(request), by: "usr_ann")
        == .ownershipTransfer)
  }

  @Test func `a frozen or protected record stays where it is`() throws {
    var desk = try Self.desk()
    let protection = ProtectionGranted.with {
      ($0.protectionID, $0.holder) = ("prt_1", .user("usr_bob"))
      $0.until = desk.now.advanced(byMicroseconds: 86_400_000_000).message
    }
    desk.record(
      DecidedEvent(Self.account, .ownership(.protectionGranted(protection))), by: "usr_admin")
    let transfer = Sample.transfer(Self.account, to: "usr_boss")
    var lone = desk
    lone.record(
      DecidedEvent(
        .user("usr_bob"), .user(.userManagerChanged(.with { $0.from = "usr_boss" }))),
      by: "usr_admin")
    #expect(try Self.refused(lone, transfer, by: "usr_boss") == .ownershipProtected)
    #expect(try Self.refused(desk, transfer, by: "usr_boss") == nil)
    let frozen = OwnershipFrozen.with { $0.disputeID = "dsp_1" }
    desk.record(DecidedEvent(Self.account, .ownership(.ownershipFrozen(frozen))), by: "usr_admin")
    #expect(try Self.refused(desk, transfer, by: "usr_boss") == .frozen)
    let archive = AccountCommand.OneOf_Command.archiveAccount(.with { $0.accountID = "acc_1" })
    let context = try desk.context(by: "usr_ann")
    #expect(try refusal { try desk.run(Account.self, archive, context) } == .frozen)
  }

  @Test(arguments: [
    OwnershipDecision.Command.transferOwnership(
      .with {
        ($0.record, $0.to) = (account.reference, .user("usr_bob"))
        $0.cascade = [.subscriptions]
      })
  ])
  func `what needs later parts says so`(command: OwnershipDecision.Command) throws {
    #expect(try Self.refused(Self.desk(), command, by: "usr_admin") == .notAvailable)
  }

  @Test(arguments: [
    OwnershipDecision.Command.freezeOwnership(.with { $0.record = account.reference }),
    .unfreezeOwnership(.with { $0.record = account.reference }),
    Sample.assign(account, to: "usr_bob", .ruling),
    Sample.assign(account, to: "usr_bob", .handover),
    .transferOwnership(
      .with {
        ($0.record, $0.to, $0.cause) = (account.reference, .user("usr_bob"), .ruling)
      }),
    .transferOwnership(
      .with {
        ($0.record, $0.to, $0.cause) = (account.reference, .user("usr_bob"), .handover)
      }),
  ])
  func `what only disputes and handovers do is refused`(
    command: OwnershipDecision.Command
  ) throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_admin", reason: "R1")
    #expect(try refusal { try desk.run(command, context) } == .inconsistent)
  }

  @Test func `collaborators are added and removed by the owner`() throws {
    var desk = try Self.desk()
    let add = AddCollaborator.with {
      ($0.record, $0.userID, $0.access) = (Self.account.reference, "usr_bob", .edit)
    }
    let remove = RemoveCollaborator.with {
      ($0.record, $0.userID) = (Self.account.reference, "usr_bob")
    }
    #expect(try Self.refused(desk, .addCollaborator(add), by: "usr_bob") == .ownershipNotOwner)
    try desk.run(.addCollaborator(add), desk.context(by: "usr_ann"))
    #expect(try desk.run(.addCollaborator(add), desk.context(by: "usr_ann")).isEmpty)
    try desk.run(.removeCollaborator(remove), desk.context(by: "usr_bob"))
    #expect(desk.state(Account.self, "acc_1").ownership.collaborators.isEmpty)
    let own = AddCollaborator.with {
      ($0.record, $0.userID, $0.access) = (Self.account.reference, "usr_ann", .edit)
    }
    #expect(try Self.refused(desk, .addCollaborator(own), by: "usr_ann") == .ownershipSame)
  }
}
