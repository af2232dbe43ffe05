import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

/// Which events may be redacted.
@Suite struct DescriptiveTests {
  @Test(arguments: EventCatalogue.entries)
  func `nothing that makes a record or says who may do what is a mere description`(
    entry: EventCatalogue.Entry
  ) throws {
    let payload = try Payload(typeName: entry.typeName, json: Array("{}".utf8))
    let described = [
      "AccountDetailsChanged", "AccountEnriched", "AccountFieldVerified", "ContactDetailsChanged",
      "ContactVerified", "LeadDetailsChanged", "LeadDataNormalized", "OpportunityDetailsChanged",
      "TicketDetailsChanged", "ActivityCorrected", "TagApplied", "TagRemoved",
    ]
    #expect(payload.isDescriptive == described.contains(entry.typeName))
  }

  @Test(arguments: [
    ("name", true), ("region", true), ("partnerId", false), ("unifiedSocialCreditCode", false),
  ])
  func `what names another record is more than a description`(field: String, isDescriptive: Bool) {
    let payload = Payload.account(
      .accountDetailsChanged(.with { $0.changes = [.with { $0.field = field }] }))
    #expect(payload.isDescriptive == isDescriptive)
  }
}
