import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct ExactDecimalTests {
  @Test(arguments: [
    ("0", "0"), ("-0", "0"), ("10", "10"), ("12.50", "12.5"), ("-0.000001", "-0.000001"),
    ("999999999999.999999", "999999999999.999999"), ("007", "7"),
  ])
  func `a decimal reads and writes exactly`(text: String, written: String) throws {
    #expect(try #require(ExactDecimal(text)).description == written)
  }

  @Test(arguments: [
    "", "-", ".5", "5.", "1e3", "+1", "1.0000001", "1000000000000", "1,5", "٣", "1.2.3", " 1",
    "NaN",
  ])
  func `anything else is no decimal`(text: String) { #expect(ExactDecimal(text) == nil) }

  @Test(arguments: [
    ("-0.000001", false), ("0", true), ("100", true), ("100.000001", false),
  ])
  func `a percentage lies between 0 and 100`(text: String, isOne: Bool) {
    #expect((ExactDecimal(percentage: text) != nil) == isOne)
  }
}

@Suite struct EventTagTests {
  @Test
  func `an event is found with its record, with those it names and with other systems' names`()
    throws
  {
    let payload = Payload.ticket(
      .ticketOpened(
        .with {
          $0.ticketID = "tkt_1"
          $0.accountID = "acc_1"
          $0.teamID = "tea_1"
          $0.externalIds = [.with { ($0.system, $0.id) = ("bpi:13", "1-36 %四") }]
        }))
    let tags = EventTags.tags(
      of: payload, record: .ticket("tkt_1"), related: [.account("acc_1"), .contact("con_1")])
    #expect(
      tags.map(\.text) == [
        "ticket:tkt_1", "account:acc_1", "team:tea_1", "contact:con_1",
        "ext:bpi%3A13:1-36%20%25%E5%9B%9B",
      ])
  }

  @Test func `a name of another system that is too long for a tag has none`() {
    let long = ExternalId.with { ($0.system, $0.id) = ("s", String(repeating: "x", count: 195)) }
    #expect(EventTags.tag(of: long) == nil)
    let short = ExternalId.with { ($0.system, $0.id) = ("s", String(repeating: "x", count: 194)) }
    #expect(EventTags.tag(of: short)?.text.utf8.count == 200)
  }

  @Test(arguments: EventCatalogue.entries)
  func `every event has the tag of its record`(entry: EventCatalogue.Entry) throws {
    let payload = try Payload(typeName: entry.typeName, json: Array("{}".utf8))
    #expect(EventTags.tags(of: payload, record: .lead("led_1")).map(\.text) == ["lead:led_1"])
  }
}

@Suite struct GuardProjectionTests {
  private func needs(_ payload: Payload, _ record: RecordKey) -> [GuardNeed] {
    GuardProjection.needs(of: payload, record: record)
  }

  @Test func `a transfer moves the record from one user's holdings to the other's`() {
    let payload = Payload.ownership(
      .ownershipTransferred(.with { ($0.from, $0.to) = (.user("usr_1"), .user("usr_2")) }))
    let key = RecordKey.account("acc_1")
    #expect(
      needs(payload, key) == [
        .disown(userID: "usr_1", key), .giveUp(userID: "usr_1", key),
        .own(userID: "usr_2", key), .hold(userID: "usr_2", key, limit: nil),
      ])
  }

  @Test func `a pool holds nothing`() {
    let key = RecordKey.lead("led_1")
    let released = Payload.ownership(
      .ownershipReleasedToPool(.with { ($0.poolID, $0.from) = ("pol_1", .user("usr_1")) }))
    #expect(needs(released, key) == [.disown(userID: "usr_1", key), .giveUp(userID: "usr_1", key)])
    let claimed = Payload.ownership(.ownershipClaimed(.with { $0.by = "usr_2" }))
    #expect(
      needs(claimed, key) == [
        .own(userID: "usr_2", key), .hold(userID: "usr_2", key, limit: nil),
      ])
  }

  @Test func `a merge frees the owner's hands, and what is taken apart fills them again`() {
    let user = OwnerRef.user("usr_1")
    let (lead, account) = (RecordKey.lead("led_1"), RecordKey.account("acc_1"))
    for (merged, unmerged, key) in [
      (
        Payload.lead(.leadMergedInto(.with { $0.formerOwner = user })),
        Payload.lead(.leadUnmerged(.with { ($0.mergedID, $0.owner) = (lead.id, user) })), lead
      ),
      (
        .account(.accountMergedInto(.with { $0.formerOwner = user })),
        .account(.accountUnmerged(.with { ($0.mergedID, $0.owner) = (account.id, user) })), account
      ),
    ] {
      #expect(
        needs(merged, key) == [.disown(userID: "usr_1", key), .giveUp(userID: "usr_1", key)])
      #expect(
        needs(unmerged, key) == [
          .own(userID: "usr_1", key), .hold(userID: "usr_1", key, limit: nil),
        ])
    }
    let contact = RecordKey.contact("con_1")
    #expect(
      needs(.contact(.contactMergedInto(.with { $0.formerOwner = user })), contact)
        == [.disown(userID: "usr_1", contact)])
  }

  @Test func `administrators are counted by their role alone`() {
    let key = RecordKey.user("usr_1")
    let admin = BuiltInRole.administrator
    #expect(
      needs(.user(.userRoleGranted(.with { $0.roleID = admin })), key)
        == [.addAdministrator(userID: "usr_1")])
    #expect(
      needs(.user(.userRoleRevoked(.with { $0.roleID = admin })), key)
        == [.removeAdministrator(userID: "usr_1")])
    #expect(needs(.user(.userRoleGranted(.with { $0.roleID = "sales" })), key).isEmpty)
    #expect(
      needs(.user(.userProvisioned(.with { $0.roleIds = ["sales", admin] })), key)
        == [.addAdministrator(userID: "usr_1")])
  }

  @Test func `a user leaves only with empty hands, unless somebody takes over`() {
    let key = RecordKey.user("usr_1")
    #expect(
      needs(.user(.userDeactivated(.init())), key) == [.requireOwnsNothing(userID: "usr_1")])
    #expect(needs(.user(.userDeactivated(.with { $0.handoverID = "hnd_1" })), key).isEmpty)
    #expect(needs(.user(.userDeactivated(.with { $0.fallbackPoolID = "pol_1" })), key).isEmpty)
  }

  @Test func `a ticket claims its number and its names elsewhere`() {
    let key = RecordKey.ticket("tkt_1")
    let opened = Payload.ticket(
      .ticketOpened(
        .with {
          $0.ticketNo = "T-1"
          $0.externalIds = [.with { ($0.system, $0.id) = ("bpi", "7") }]
        }))
    #expect(
      needs(opened, key) == [
        .claimNumber(type: .ticket, number: "T-1", by: key),
        .claimExternalID(system: "bpi", id: "7", by: key),
      ])
  }
}
