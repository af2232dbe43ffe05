import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct AccountTests {
  @Test func `a new account belongs to whoever made it`() throws {
    var desk = Desk.staffed()
    let events = try desk.run(Account.self, Sample.company(), desk.context(by: "usr_ann"))
    #expect(events.map(\.payload.typeName) == ["AccountCreated", "OwnershipAssigned"])
    let account = desk.state(Account.self, "acc_1")
    #expect(account.status == .active)
    #expect(account.ownership.ownerUserID == "usr_ann")
    #expect(account.ownership.method == .creation)
    #expect(account.subject == .account("acc_1"))
  }

  private static let faults: [(@Sendable (inout CreateAccount) -> Void, RefusalCode)] = [
    ({ $0.name = "" }, .required),
    ({ $0.name = "王总" }, .format), ({ $0.name = "李经理" }, .format),
    ({ $0.accountType = .accountTypeUnspecified }, .required),
    ({ $0.source = Source() }, .required),
    ({ $0.unifiedSocialCreditCode = "914403001922038217" }, .format),
    ({ $0.phones = [.with { $0.raw = "ask him" }] }, .format),
    ({ $0.emails = [.with { $0.address = "nobody" }] }, .format),
    ({ $0.ims = [ImIdentity()] }, .required),
    ({ $0.externalIds = [.with { $0.system = "old" }] }, .required),
    ({ $0.owner = .pool("pol_1") }, .reference),
    ({ $0.owner = .with { $0.kind = .partner } }, .ownershipKind),
    ({ $0.owner = .user("usr_carl") }, .ownershipInactive),
    ({ $0.owner = .user("usr_nobody") }, .reference),
    ({ $0.registrationID = "reg_1" }, .reference),
    ({ $0.partnerID = "par_1" }, .notAvailable),
    ({ $0.parentAccountID = "acc_9" }, .reference),
    ({ $0.sourceLeadID = "led_9" }, .reference),
    ({ $0.accountID = "account 1" }, .format), ({ $0.accountID = "led_1" }, .format),
    ({ $0.legalName = String(repeating: "x", count: 501) }, .tooLong),
  ]

  @Test(arguments: faults)
  func `what is no account is refused`(
    change: @Sendable (inout CreateAccount) -> Void, code: RefusalCode
  ) throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    let found = try refusal { try desk.run(Account.self, Sample.company("acc_1", change), context) }
    #expect(found == code)
    #expect(desk.records[.account("acc_1")] == nil)
  }

  @Test func `an individual's name is sealed and an organisation's is plain`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    let company = try desk.run(Account.self, Sample.company(), context)
    #expect(company[0].personal.isEmpty)
    let person = try desk.run(
      Account.self,
      Sample.company("acc_2") {
        $0.accountType = .individual
        $0.name = "Ada Lovelace"
      }, context)
    #expect(person[0].personal.count == 1)
    let account = desk.state(Account.self, "acc_2")
    #expect(account.name.isEmpty)
    #expect(account.profile.content.opened?.name.full == "Ada Lovelace")
  }

  @Test func `phones and addresses are stored in their normal forms with their keys`() throws {
    var desk = Desk.staffed()
    try desk.run(
      Account.self,
      Sample.company {
        $0.phones = [.with { $0.raw = "+86 10 6552 9988" }]
        $0.emails = [.with { $0.address = "Info+a@Example.com" }]
        $0.unifiedSocialCreditCode = "91330100799655058b"
        $0.domain = "Example.com"
      }, desk.context(by: "usr_ann"))
    let personal = try #require(desk.state(Account.self, "acc_1").profile.content.opened)
    #expect(personal.phones.map(\.e164) == ["+861065529988"])
    #expect(personal.emails.map(\.normalized) == ["info@example.com"])
    #expect(personal.identityKeys.map(\.value) == ["+861065529988", "info@example.com"])
    guard case .account(.accountCreated(let created)) = desk.facts[6].fact.payload else {
      Issue.record("no AccountCreated where it was expected")
      return
    }
    #expect(created.identityKeys.map(\.value) == ["91330100799655058B", "example.com"])
  }

  @Test func `only fields that change are in the event, and no event says nothing`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company { $0.sizeBand = "S" }, context)
    let change = ChangeAccountDetails.with {
      $0.accountID = "acc_1"
      $0.sizeBand = "M"
      $0.website = ""
      $0.phones.values = [.with { $0.raw = "+86 138 0013 8000" }]
    }
    let events = try desk.run(Account.self, .changeAccountDetails(change), context)
    guard case .account(.accountDetailsChanged(let changed))? = events.first?.payload else {
      Issue.record("no AccountDetailsChanged")
      return
    }
    #expect(changed.changes.map(\.field) == ["sizeBand"])
    #expect(changed.changes.first?.from.text == "S" && changed.changes.first?.to.text == "M")
    #expect(desk.state(Account.self, "acc_1").sizeBand == "M")
    #expect(desk.state(Account.self, "acc_1").profile.content.opened?.phones.count == 1)
    #expect(try desk.run(Account.self, .changeAccountDetails(change), context).isEmpty)
    let clear = ChangeAccountDetails.with {
      $0.accountID = "acc_1"
      $0.phones = PhoneList()
    }
    try desk.run(Account.self, .changeAccountDetails(clear), context)
    #expect(desk.state(Account.self, "acc_1").profile.content.opened?.phones == [])
  }

  @Test func `what was erased can't be changed, and what is plain can`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company(), context)
    var account = desk.state(Account.self, "acc_1")
    let fact = Fact(
      payload: .account(.accountDetailsChanged(.init())), personal: [.erased(receipt: Position(9))],
      position: Position(8), revision: Revision(2), recordedAt: desk.now, occurredAt: desk.now,
      actor: context.actor)
    account.apply(fact)
    #expect(account.profile.content == .erased(receipt: Position(9)))
    let phones = ChangeAccountDetails.with {
      $0.accountID = "acc_1"
      $0.phones.values = [.with { $0.raw = "+86 138 0013 8000" }]
    }
    let erased = account
    #expect(
      try refusal { _ = try erased.decide(.changeAccountDetails(phones), in: context) } == .erased)
    let plain = ChangeAccountDetails.with { ($0.accountID, $0.sizeBand) = ("acc_1", "L") }
    #expect(try erased.decide(.changeAccountDetails(plain), in: context).count == 1)
  }

  @Test func `a person who overrules a grade says why`() throws {
    var desk = Desk.staffed()
    let grade: (Grade.Code) -> AccountCommand.OneOf_Command = { grade in
      .gradeAccount(.with { ($0.accountID, $0.grade) = ("acc_1", grade) })
    }
    try desk.run(Account.self, Sample.company(), desk.context(by: "usr_ann"))
    try desk.run(Account.self, grade(.a), desk.context(by: "usr_ann"))
    let context = try desk.context(by: "usr_ann")
    #expect(try desk.run(Account.self, grade(.a), context).isEmpty)
    #expect(try refusal { try desk.run(Account.self, grade(.b), context) } == .reasonRequired)
    try desk.run(Account.self, grade(.b), desk.context(by: "usr_ann", reason: "R1"))
    #expect(desk.state(Account.self, "acc_1").grade == .b)
  }

  @Test func `accounts stand above one another without a circle`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    for number in 1...4 { try desk.run(Account.self, Sample.company("acc_\(number)"), context) }
    let under: (Int, Int) -> AccountCommand.OneOf_Command = { child, parent in
      .setParentAccount(
        .with { ($0.accountID, $0.parentAccountID) = ("acc_\(child)", "acc_\(parent)") })
    }
    try desk.run(Account.self, under(2, 1), context)
    try desk.run(Account.self, under(3, 2), context)
    try desk.run(Account.self, under(4, 3), context)
    #expect(try refusal { try desk.run(Account.self, under(1, 4), context) } == .cycle)
    #expect(try refusal { try desk.run(Account.self, under(1, 1), context) } == .cycle)
    try desk.run(Account.self, under(4, 1), context)
    #expect(desk.state(Account.self, "acc_4").parentAccountID == "acc_1")
  }

  @Test func `an archived account takes nothing but its return`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann", reason: "R1")
    try desk.run(Account.self, Sample.company(), context)
    let archive = AccountCommand.OneOf_Command.archiveAccount(.with { $0.accountID = "acc_1" })
    let restore = AccountCommand.OneOf_Command.restoreAccount(.with { $0.accountID = "acc_1" })
    try desk.run(Account.self, archive, context)
    #expect(desk.state(Account.self, "acc_1").status == .archived)
    #expect(try refusal { try desk.run(Account.self, archive, context) } == .archived)
    let grade = GradeAccount.with { ($0.accountID, $0.grade) = ("acc_1", .a) }
    #expect(try refusal { try desk.run(Account.self, .gradeAccount(grade), context) } == .archived)
    let contact = Sample.contact(account: "acc_1")
    #expect(try refusal { try desk.run(Contact.self, contact, context) } == .archived)
    let owner = Sample.transfer(.account("acc_1"), to: "usr_bob")
    #expect(
      try refusal { try desk.run(owner, desk.context(by: "usr_admin", reason: "R1")) } == .archived)
    try desk.run(Account.self, restore, context)
    #expect(desk.state(Account.self, "acc_1").status == .active)
    #expect(try desk.run(Account.self, restore, context).isEmpty)
  }

  @Test func `what people entered stands against enrichment`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company { $0.website = "https://own.example" }, context)
    var enrich = ApplyEnrichment.with {
      $0.accountID = "acc_1"
      $0.provider = "register"
      $0.changes = [
        .with { ($0.field, $0.to.text) = ("website", "https://other.example") },
        .with { ($0.field, $0.to.text) = ("sizeBand", "L") },
      ]
    }
    try desk.run(Account.self, .applyEnrichment(enrich), context)
    #expect(desk.state(Account.self, "acc_1").website == "https://own.example")
    #expect(desk.state(Account.self, "acc_1").sizeBand == "L")
    enrich.overwrite = true
    try desk.run(Account.self, .applyEnrichment(enrich), context)
    #expect(desk.state(Account.self, "acc_1").website == "https://other.example")
  }

  @Test func `needs and commitments are opened and closed once`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company(), context)
    let need = RecordNeed.with { ($0.accountID, $0.needID, $0.text) = ("acc_1", "n1", "a quote") }
    let close = CloseNeed.with { ($0.accountID, $0.needID) = ("acc_1", "n1") }
    try desk.run(Account.self, .recordNeed(need), context)
    #expect(
      try refusal { try desk.run(Account.self, .recordNeed(need), context) } == .alreadyExists)
    try desk.run(Account.self, .closeNeed(close), context)
    #expect(try refusal { try desk.run(Account.self, .closeNeed(close), context) } == .notFound)
    let promise = RecordCommitment.with {
      ($0.accountID, $0.commitmentID, $0.promise) = ("acc_1", "c1", "a visit")
    }
    try desk.run(Account.self, .recordCommitment(promise), context)
    #expect(desk.state(Account.self, "acc_1").openCommitmentIDs == ["c1"])
    let fulfil = FulfilCommitment.with { ($0.accountID, $0.commitmentID) = ("acc_1", "c1") }
    try desk.run(Account.self, .fulfilCommitment(fulfil), context)
    #expect(desk.state(Account.self, "acc_1").openCommitmentIDs.isEmpty)
  }

  @Test(arguments: [
    AccountCommand.OneOf_Command.changeAccountTier(.with { $0.accountID = "acc_1" }),
    .changeAccountLifecycleStage(.with { $0.accountID = "acc_1" }),
  ])
  func `what needs later parts says so`(command: AccountCommand.OneOf_Command) throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company(), context)
    #expect(try refusal { try desk.run(Account.self, command, context) } == .notAvailable)
  }
}
