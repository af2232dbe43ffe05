import CRM
import EventModel
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

@Suite("Records shown a moment ago")
struct ShownRecordsTests {
  private let key = ShownRecords.Key(user: "u", kind: "contact", id: "c")
  private let answer = Answer("Contact", facts: [.init("name", "Name", .text("王小明"))])
  private let now = Timestamp(microseconds: 1_772_000_000_000_000)

  private func keep(
    in shown: ShownRecords, size: UInt64, epoch: UInt64, until: Timestamp? = nil
  ) {
    shown.keep(
      answer, [], for: key, size: size, epoch: epoch, within: .init(from: now, until: until))
  }

  @Test func `An answer is kept as long as the log stays as it was`() {
    let shown = ShownRecords()
    keep(in: shown, size: 7, epoch: shown.epoch)
    #expect(shown.find(key, size: 7, at: now)?.answer == answer)
    #expect(shown.find(key, size: 8, at: now) == nil)
    let other = ShownRecords.Key(user: "v", kind: "contact", id: "c")
    #expect(shown.find(other, size: 7, at: now) == nil)
  }

  @Test func `An answer that was begun before a key went is not kept after it`() {
    let shown = ShownRecords()
    let begun = shown.epoch
    keep(in: shown, size: 7, epoch: begun)
    shown.forget()
    #expect(shown.find(key, size: 7, at: now) == nil)
    keep(in: shown, size: 7, epoch: begun)
    #expect(shown.find(key, size: 7, at: now) == nil)
    keep(in: shown, size: 7, epoch: shown.epoch)
    #expect(shown.find(key, size: 7, at: now)?.answer == answer)
  }

  @Test func `An answer is kept no longer than the rights it was given by`() {
    let shown = ShownRecords()
    let end = now.advanced(byMicroseconds: 2)
    keep(in: shown, size: 7, epoch: shown.epoch, until: end)
    #expect(shown.find(key, size: 7, at: now) != nil)
    #expect(shown.find(key, size: 7, at: now.advanced(byMicroseconds: 1)) != nil)
    #expect(shown.find(key, size: 7, at: end) == nil)
    // The clock was set back.
    #expect(shown.find(key, size: 7, at: now.advanced(byMicroseconds: -1)) == nil)
  }

  @Test func `A record is written once for all who see the same, and recorded each time`()
    async throws
  {
    let shown = ShownRecords()
    keep(in: shown, size: 7, epoch: shown.epoch)
    let record = try #require(shown.find(key, size: 7, at: now))
    for _ in 0..<3 {
      let written = record.written { .init(bytes: Array($0.title.utf8), tag: "1") }
      #expect(written.bytes == Array("Contact".utf8))
    }
    let again = record.written { _ in .init(bytes: [], tag: "2") }
    #expect(again.tag == "1")
  }

  @Test func `What is shown again is recorded again, and not shown when the right is over`()
    async throws
  {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let account = place.account
      let helper = try #require(place.users["nobody"])
      let end = place.clock.now().advanced(byMicroseconds: 3_600_000_000)
      _ = try await place.founder.perform(
        .ownership(
          .addCollaborator(
            .with {
              ($0.record.objectType, $0.record.id) = (.account, account)
              ($0.userID, $0.access) = (helper, .read)
              $0.until = .with { $0.seconds = end.microseconds / 1_000_000 }
            })), by: try #require(ActorID(place.users["owner"] ?? "")), key: "collaborator")
      let asking = try place.workspace("nobody")
      #expect(try asking.shownAgain("account", id: account) == nil)
      let answer = try asking.show("account", id: account, from: .now)
      for _ in 1...3 {
        #expect(try asking.shownAgain("account", id: account)?.answer == answer)
      }
      // Nobody else is shown what they were shown.
      #expect(try place.workspace("salesRep").shownAgain("account", id: account) == nil)
      let seen = try place.workspace("auditor").whoSaw(account).tables.flatMap(\.rows)
      #expect(seen.contains { $0.contains(.text(helper)) && $0.contains(.integer(4)) })
      place.clock.advance(seconds: 3_599)
      #expect(try asking.shownAgain("account", id: account) != nil)
      place.clock.advance(seconds: 1)
      #expect(try asking.shownAgain("account", id: account) == nil)
      #expect(throws: ServiceError.self) {
        _ = try asking.show("account", id: account, from: .now)
      }
      try place.founder.close()
    }
  }
}
