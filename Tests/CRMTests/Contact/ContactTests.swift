import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct ContactTests {
  @Test func `a contact of an account follows its owner and carries none`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company(), context)
    let events = try desk.run(Contact.self, Sample.contact(account: "acc_1"), context)
    #expect(events.map(\.payload.typeName) == ["ContactCreated"])
    #expect(desk.state(Contact.self, "con_1").ownership.owner == nil)
    let transfer = Sample.transfer(.contact("con_1"), to: "usr_bob")
    #expect(
      try refusal { try desk.run(transfer, desk.context(by: "usr_admin", reason: "R1")) }
        == .ownershipKind)
  }

  @Test func `a contact of no account has an owner from the start and when it leaves one`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Contact.self, Sample.contact(), context)
    #expect(desk.state(Contact.self, "con_1").ownership.ownerUserID == "usr_ann")
    try desk.run(
      Account.self, Sample.company { $0.owner = .user("usr_bob") }, desk.context(by: "usr_bob"))
    let move: (String) -> ContactCommand.OneOf_Command = { account in
      .moveContactToAccount(.with { ($0.contactID, $0.accountID) = ("con_1", account) })
    }
    try desk.run(Contact.self, move("acc_1"), context)
    #expect(try desk.run(Contact.self, move("acc_1"), context).isEmpty)
    let events = try desk.run(Contact.self, move(""), context)
    #expect(events.map(\.payload.typeName) == ["ContactMovedToAccount", "OwnershipAssigned"])
    #expect(desk.state(Contact.self, "con_1").ownership.ownerUserID == "usr_bob")
  }

  private static let faults: [(@Sendable (inout CreateContact) -> Void, RefusalCode)] = [
    ({ $0.name = PersonName() }, .required),
    ({ $0.name.full = "王总" }, .format), ({ $0.birthday = "1990-02-30" }, .format),
    ({ $0.source = Source() }, .required), ({ $0.accountID = "acc_9" }, .reference),
    ({ $0.contactID = "acc_1" }, .format),
    ({ $0.customFields = [.with { $0.key = "a" }, .with { $0.key = "a" }] }, .inconsistent),
  ]

  @Test(arguments: faults)
  func `what is no contact is refused`(
    change: @Sendable (inout CreateContact) -> Void, code: RefusalCode
  ) throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    let command = Sample.contact("con_1", account: "", change)
    #expect(try refusal { try desk.run(Contact.self, command, context) } == code)
  }

  @Test func `a change seals the new values and says what they were`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Contact.self, Sample.contact(), context)
    let change = ChangeContactDetails.with {
      $0.contactID = "con_1"
      $0.title = "CTO"
      $0.birthday = "1990-02-28"
      $0.customFields = [.with { ($0.key, $0.value.text) = ("hobby", "Go") }]
    }
    let events = try desk.run(Contact.self, .changeContactDetails(change), context)
    guard case .contact(let personal)? = events.first?.personal.first?.payload else {
      Issue.record("nothing was sealed")
      return
    }
    #expect(personal.changes.map(\.field) == ["title", "birthday", "hobby"])
    let profile = try #require(desk.state(Contact.self, "con_1").profile.content.opened)
    #expect(profile.title == "CTO" && profile.name.full == "Lin Yue")
    #expect(profile.customFields.map(\.value.text) == ["Go"])
    #expect(try desk.run(Contact.self, .changeContactDetails(change), context).isEmpty)
  }

  @Test func `nobody reports to oneself through others`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company(), context)
    for number in 1...3 {
      try desk.run(Contact.self, Sample.contact("con_\(number)", account: "acc_1"), context)
    }
    let under: (Int, Int) -> ContactCommand.OneOf_Command = { lower, upper in
      .setContactReportsTo(
        .with { ($0.contactID, $0.reportsToID) = ("con_\(lower)", "con_\(upper)") })
    }
    try desk.run(Contact.self, under(2, 1), context)
    try desk.run(Contact.self, under(3, 2), context)
    #expect(try refusal { try desk.run(Contact.self, under(1, 3), context) } == .cycle)
    try desk.run(Contact.self, Sample.contact("con_4"), context)
    #expect(try refusal { try desk.run(Contact.self, under(1, 4), context) } == .reference)
  }

  @Test func `consent is withdrawn only where it was given`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Contact.self, Sample.contact(), context)
    let grant = GrantConsent.with {
      ($0.contactID, $0.purpose, $0.channel, $0.basis) = ("con_1", "news", "email", "consent")
    }
    let withdraw = WithdrawConsent.with {
      ($0.contactID, $0.purpose, $0.channel) = ("con_1", "news", "email")
    }
    #expect(
      try refusal { try desk.run(Contact.self, .withdrawConsent(withdraw), context) }
        == .permissionConsent)
    try desk.run(Contact.self, .grantConsent(grant), context)
    #expect(desk.state(Contact.self, "con_1").consents.map(\.purpose) == ["news"])
    try desk.run(Contact.self, .withdrawConsent(withdraw), context)
    #expect(desk.state(Contact.self, "con_1").consents.isEmpty)
  }
}
