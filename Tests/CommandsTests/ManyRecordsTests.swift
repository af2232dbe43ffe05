import CRM
import Commands
import EventLog
import EventModel
import Schema
import SwiftProtobuf
import Testing

/// Commands that change several records, and the guards that span them.
@Suite struct ManyRecordsTests {
  /// A lead and what it became.
  private struct Converted: Sendable {
    let leadID: String
    let accountID: String
    let contactID: String
    let opportunityID: String
  }

  private static func convert(_ work: Workplace) async throws -> Converted {
    try await work.run(.pipeline(.createPipeline(DefaultPipeline.command)), by: "usr_admin")
    let lead = try await work.run(Sample.lead()).targetID
    try await work.run(.lead(.qualifyLead(.with { $0.leadID = lead })))
    let convert = ConvertLead.with {
      $0.leadID = lead
      $0.newAccount = CreateAccount()
      $0.newContact = CreateContact()
      ($0.newOpportunity.name, $0.newOpportunity.pipelineID) = ("Order", DefaultPipeline.id)
    }
    try await work.run(.lead(.convertLead(convert)))
    let conversion = try #require(try work.state(Lead.self, lead).conversion)
    return Converted(
      leadID: lead, accountID: conversion.accountID, contactID: conversion.contactID,
      opportunityID: conversion.opportunityID)
  }

  @Test func `a conversion is one append with one transaction and the lead's subject`() async throws
  {
    try await Workplace.run { work in
      let made = try await Self.convert(work)
      try Self.checkConversion(made, try work.events())
      let contact = try work.state(Contact.self, made.contactID)
      #expect(contact.subject == .lead(made.leadID))
    }
  }

  private static func checkConversion(_ made: Converted, _ all: [RecordedEvent]) throws {
    let converted = try #require(all.first { $0.type == "LeadConverted" })
    let events = all.filter { $0.correlation == converted.correlation }
    #expect(events.count == 6)
    let transactions = try events.map { try $0.metadata()?.transactionID ?? "" }
    #expect(Set(transactions).count == 1 && transactions.first?.isEmpty == false)
    let captured = try #require(all.first { $0.type == "LeadCaptured" })
    let created = try #require(events.first { $0.type == "ContactCreated" })
    let keyID = try #require(captured.sealedSections.first).header.keyID
    #expect(created.sealedSections.map(\.header.keyID) == [keyID])
    #expect(try created.metadata()?.sealed.map(\.subject) == ["lead:\(made.leadID)"])
  }

  @Test func `a conversion that fails in its last part makes nothing at all`() async throws {
    try await Workplace.run { work in
      let lead = try await work.run(Sample.lead()).targetID
      try await work.run(.lead(.qualifyLead(.with { $0.leadID = lead })))
      let size = work.log.size
      let convert = ConvertLead.with {
        $0.leadID = lead
        $0.newAccount = CreateAccount()
        $0.newContact = CreateContact()
        ($0.newOpportunity.name, $0.newOpportunity.pipelineID) = ("Order", "pip_9")
      }
      let code = try await work.refusal { try await work.run(.lead(.convertLead(convert))) }
      #expect(code == .reference)
      #expect(work.log.size == size)
    }
  }

  @Test func `a transfer takes its cascade along in one append`() async throws {
    try await Workplace.run { work in
      let made = try await Self.convert(work)
      let open = OpenTicket.with {
        ($0.ticketNo, $0.accountID, $0.subject) = ("T-1", made.accountID, "Broken")
        ($0.channel, $0.categoryCode, $0.owner) = (.phone, "fault", .user("usr_ann"))
      }
      let ticket = try await work.run(.ticket(.openTicket(open))).targetID
      let result = try await work.run(
        Sample.transfer(
          .account(made.accountID), to: "usr_bob",
          cascade: [.opportunitiesOpen, .contacts, .tickets]), by: "usr_boss",
        reason: Reason(code: "leave", text: "Ann is away"))
      #expect(result.count == 3)
      let events = try work.events(from: result.first)
      #expect(Set(events.map(\.correlation)).count == 1)
      #expect(Set(try events.map { try $0.metadata()?.transactionID }).count == 1)
      #expect(try events.allSatisfy { try $0.metadata()?.reasonCode == "leave" })
      #expect(try work.state(Ticket.self, ticket).ownership.ownerUserID == "usr_bob")
      let opportunity = try work.state(Opportunity.self, made.opportunityID)
      #expect(opportunity.ownership.ownerUserID == "usr_bob")
    }
  }

  @Test func `who owns something is not deactivated, and an administrator remains`() async throws {
    try await Workplace.run { work in
      let account = try await work.run(Sample.company()).targetID
      let leave = CommandPayload.user(.deactivateUser(.with { $0.userID = "usr_ann" }))
      let reason = Reason(code: "left")
      let code = try await work.refusal {
        try await work.run(leave, by: "usr_admin", reason: reason)
      }
      #expect(code == .ownsRecords)
      try await work.run(
        Sample.transfer(.account(account), to: "usr_bob"), by: "usr_boss", reason: reason)
      try await work.run(leave, by: "usr_admin", reason: reason)
      #expect(try work.state(User.self, "usr_ann").status == .deactivated)
      let last = CommandPayload.user(
        .revokeUserRole(
          .with { ($0.userID, $0.roleID) = ("usr_admin", BuiltInRole.administrator) }))
      let found = try await work.refusal {
        try await work.run(last, by: "usr_admin", reason: reason)
      }
      #expect(found == .lastAdministrator)
    }
  }

  @Test func `guards folded from the log are those that stand`() async throws {
    try await Workplace.run { work in
      let made = try await Self.convert(work)
      try await work.run(
        Sample.company("acc_1") {
          $0.name = "云图数据"
          $0.unifiedSocialCreditCode = "91330100799655058B"
          $0.externalIds = [.with { ($0.system, $0.id) = ("old", "7") }]
        })
      let change = ChangeAccountDetails.with {
        ($0.accountID, $0.unifiedSocialCreditCode) = ("acc_1", "914403001922038216")
      }
      try await work.run(.account(.changeAccountDetails(change)))
      try await work.run(
        Sample.transfer(.account(made.accountID), to: "usr_bob"), by: "usr_boss",
        reason: Reason(code: "R1"))
      var model = GuardModel()
      for event in try work.events() {
        for change in try GuardDefinitions.changes(of: event) { model.apply(change) }
      }
      #expect(model.standing.count > 8)
      for (key, members) in model.standing {
        let standing = try work.log.standing(at: key).members
        #expect(Set(standing) == Set(members), "\(key)")
      }
    }
  }
}

/// What the log's guards do, said simply.
struct GuardModel {
  private(set) var standing: [GuardKey: [[UInt8]]] = [:]

  mutating func apply(_ change: GuardChange) {
    switch change {
    case .claim(let key, let value): standing[key] = [value]
    case .release(let key, let value):
      if standing[key] == [value] { standing[key] = [] }
    case .insert(let key, let member), .insertWithin(let key, let member, _):
      if standing[key]?.contains(member) != true { standing[key, default: []].append(member) }
    case .remove(let key, let member, _): standing[key, default: []].removeAll { $0 == member }
    case .count, .requireEmpty: break
    }
  }
}
