import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// What a record resembles once it was changed.
@Suite struct ChangedDetailsTests {
  @Test func `a lead that gets another's telephone is noted, and not refused`() async throws {
    try await Shop.run { shop in
      try await shop.lead("led_1") { $0.phones = [.with { $0.raw = "+49 30 901820" }] }
      try await shop.lead("led_2", owner: "usr_bob", by: "usr_bob")
      try await shop.run(
        .lead(
          .changeLeadDetails(
            .with {
              $0.leadID = "led_2"
              $0.phones.values = [.with { $0.raw = "+49 30 901820" }]
            })), by: "usr_bob")
      let collision = try #require(try shop.events("CollisionDetected").first)
      guard case .duplicateCase(.collisionDetected(let found)) = try collision.payload() else {
        return
      }
      #expect(found.trigger == .update)
      #expect(found.keys.contains(.phone))
      #expect(Set(found.parties.map(\.id)) == ["usr_ann", "usr_bob"])
      // A change of what nobody is recognised by compares nothing.
      let cases = try shop.events("CollisionDetected").count
      try await shop.run(
        .lead(
          .changeLeadDetails(.with { ($0.leadID, $0.urgency) = ("led_2", "soon") })),
        by: "usr_bob")
      #expect(try shop.events("CollisionDetected").count == cases)
    }
  }

  @Test func `a contact that becomes a colleague's double is asked about`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      for (id, name, phone) in [
        ("con_1", "Zoe Quill", "+49 30 901820"), ("con_2", "Max Stone", "+49 30 901821"),
      ] {
        try await shop.run(
          .contact(
            .createContact(
              .with {
                ($0.contactID, $0.accountID, $0.name.full) = (id, "acc_1", name)
                $0.source.channel = .website
                $0.phones = [.with { $0.raw = phone }]
              })))
      }
      func change(isConfirmed: Bool) async throws -> CommandResult {
        try await shop.run(
          .contact(
            .changeContactDetails(
              .with {
                ($0.contactID, $0.name.full) = ("con_2", "Zoe Quill")
                $0.phones.values = [.with { $0.raw = "+49 30 901820" }]
                $0.confirmNotDuplicate = isConfirmed
              })), reason: isConfirmed ? "twins" : nil)
      }
      let size = shop.log.size
      #expect(try await shop.refusal { try await change(isConfirmed: false) } == .duplicate)
      #expect(shop.log.size == size)
      _ = try await change(isConfirmed: true)
      #expect(try shop.events("DuplicateOverrideConfirmed").count == 1)
      guard
        case .contact(.contactDetailsChanged(let changed))? =
          try shop.events("ContactDetailsChanged").first?.payload()
      else { return }
      #expect(changed.matchCheck.candidates.first?.ref.id == "con_1")
    }
  }
}
