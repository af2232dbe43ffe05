import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct ConversionTests {
  /// A qualified lead of Ann and the default pipeline.
  private static func desk() throws -> Desk {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    let admin = try desk.context(by: "usr_admin")
    try desk.run(Pipeline.self, .createPipeline(DefaultPipeline.command), admin)
    desk.settings.defaultPipelineID = DefaultPipeline.id
    try desk.run(Lead.self, Sample.lead("led_1", owner: "usr_ann"), context)
    try desk.run(Lead.self, .qualifyLead(.with { $0.leadID = "led_1" }), context)
    return desk
  }

  private static let whole = ConvertLead.with {
    $0.leadID = "led_1"
    $0.newAccount = CreateAccount()
    $0.newContact = CreateContact()
    $0.newOpportunity.name = "First order"
  }

  @Test func `a lead becomes an account, a contact and an opportunity of its owner`() throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_boss")
    let events = try desk.run(Lead.self, .convertLead(Self.whole), context)
    #expect(
      events.map(\.payload.typeName) == [
        "LeadConverted", "AccountCreated", "OwnershipAssigned", "ContactCreated",
        "OpportunityCreated", "OwnershipAssigned",
      ])
    let lead = desk.state(Lead.self, "led_1")
    let conversion = try #require(lead.conversion)
    #expect(lead.status == .converted)
    let account = desk.state(Account.self, conversion.accountID)
    #expect(account.name == "码上科技" && account.sourceLeadID == "led_1")
    #expect(account.ownership.ownerUserID == "usr_ann" && account.ownership.method == .creation)
    let contact = desk.state(Contact.self, conversion.contactID)
    #expect(contact.accountID == account.id && contact.sourceLeadID == "led_1")
    #expect(contact.subject == .lead("led_1"))
    #expect(contact.profile.content.opened?.phones.map(\.e164) == ["+8613800138000"])
    let opportunity = desk.state(Opportunity.self, conversion.opportunityID)
    #expect(opportunity.accountID == account.id)
    #expect(opportunity.ownership.ownerUserID == "usr_ann")
    for event in events where event.record.type == .contact {
      #expect(event.personal.map(\.subject) == [.lead("led_1")])
    }
  }

  @Test func `a lead is converted once`() throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Lead.self, .convertLead(Self.whole), context)
    #expect(try refusal { try desk.run(Lead.self, .convertLead(Self.whole), context) } == .status)
  }

  @Test func `a person without a company becomes an individual under the same subject`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(
      Lead.self, Sample.lead("led_1", owner: "usr_ann") { $0.companyName = "" }, context)
    try desk.run(Lead.self, .qualifyLead(.with { $0.leadID = "led_1" }), context)
    let convert = ConvertLead.with { ($0.leadID, $0.newAccount) = ("led_1", CreateAccount()) }
    try desk.run(Lead.self, .convertLead(convert), context)
    let id = try #require(desk.state(Lead.self, "led_1").conversion?.accountID)
    let account = desk.state(Account.self, id)
    #expect(account.type == .individual && account.name.isEmpty)
    #expect(account.subject == .lead("led_1"))
    #expect(account.profile.content.opened?.name.full == "Lin Yue")
  }

  private static let faults: [(@Sendable (inout ConvertLead) -> Void, RefusalCode)] = [
    ({ $0.clearNewAccount() }, .required),
    (
      {
        $0.clearNewAccount()
        $0.accountID = "acc_9"
      }, .reference
    ),
    (
      {
        $0.clearNewContact()
        $0.contactID = "con_9"
      }, .reference
    ),
    ({ $0.newContact.name.full = "王总" }, .format), ({ $0.newAccount.name = "老板" }, .format),
    ({ $0.newOpportunity.pipelineID = "pip_9" }, .reference),
  ]

  @Test(arguments: faults)
  func `what can't be made is refused as a whole`(
    change: @Sendable (inout ConvertLead) -> Void, code: RefusalCode
  ) throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_ann")
    var convert = Self.whole
    change(&convert)
    let count = desk.facts.count
    #expect(try refusal { try desk.run(Lead.self, .convertLead(convert), context) } == code)
    #expect(desk.facts.count == count)
  }

  @Test func `a lead of nobody or not yet qualified is not converted`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Lead.self, Sample.lead("led_1", owner: "usr_ann"), context)
    let code = try refusal { try desk.run(Lead.self, .convertLead(Self.whole), context) }
    #expect(code == .status)
  }

  @Test func `a transfer takes the open children of the former owner along`() throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Lead.self, .convertLead(Self.whole), context)
    let conversion = try #require(desk.state(Lead.self, "led_1").conversion)
    let other = CreateOpportunity.with {
      ($0.opportunityID, $0.accountID, $0.name) = ("opp_bob", conversion.accountID, "Bob's")
      ($0.source, $0.owner) = (Sample.web, .user("usr_bob"))
    }
    try desk.run(Opportunity.self, .createOpportunity(other), desk.context(by: "usr_bob"))
    let lost = CreateOpportunity.with {
      ($0.opportunityID, $0.accountID, $0.name) = ("opp_lost", conversion.accountID, "Lost")
      $0.source = Sample.web
    }
    try desk.run(Opportunity.self, .createOpportunity(lost), context)
    let lose = LoseOpportunity.with { ($0.opportunityID, $0.reasonCode) = ("opp_lost", "price") }
    try desk.run(Opportunity.self, .loseOpportunity(lose), context)
    let transfer = Sample.transfer(
      .account(conversion.accountID), to: "usr_boss", cascade: [.opportunitiesOpen, .contacts])
    let events = try desk.run(transfer, desk.context(by: "usr_boss", reason: "R1"))
    #expect(
      events.map(\.record) == [
        .account(conversion.accountID), .opportunity(conversion.opportunityID),
      ])
    #expect(desk.state(Opportunity.self, "opp_bob").ownership.ownerUserID == "usr_bob")
    #expect(desk.state(Opportunity.self, "opp_lost").ownership.ownerUserID == "usr_ann")
    let moved = desk.state(Opportunity.self, conversion.opportunityID)
    #expect(moved.ownership.ownerUserID == "usr_boss" && moved.status == .open)
  }

  @Test func `an account with an open opportunity is not archived`() throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Lead.self, .convertLead(Self.whole), context)
    let id = try #require(desk.state(Lead.self, "led_1").conversion?.accountID)
    let archive = AccountCommand.OneOf_Command.archiveAccount(.with { $0.accountID = id })
    #expect(try refusal { try desk.run(Account.self, archive, context) } == .hasOpenRecords)
  }
}
