internal import Audit
internal import CRM
internal import EventModel
internal import Schema
internal import SwiftProtobuf
internal import TestSupport
internal import Testing
internal import Vault

@Suite struct TimelineTests {
  @Test func `a timeline has the record's events and its children's, in the log's order`() throws {
    try withTestLog { log in
      let places = try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let other = RecordKey.account("acc_B")
      try log.record(
        .account(.accountCreated(.with { $0.accountID = other.id })), of: other, at: "04-07 00:00")
      let entries = try log.auditor.timeline(of: Story.account)
      #expect(
        entries.map(\.event.position) == [
          places.created, places.assigned, places.call, places.changed, places.graded,
          places.released, places.claimed, places.protected, places.backdated,
        ])
      #expect(entries[2].record == "activity:act_1")
      #expect(entries[2].event.occurredAt == (try moment("03-02 09:02")))
      let own = try log.auditor.timeline(of: Story.account, includesChildren: false)
      #expect(own.count == 7)
      #expect(own.allSatisfy { $0.record == "account:acc_A" })
    }
  }

  @Test func `a line says in words what changed`() throws {
    try withTestLog { log in
      try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let entries = try log.auditor.timeline(of: Story.account, includesChildren: false)
      #expect(
        entries[2].words == "account details changed; industryCode: “I65” → “C39”; "
          + "phones: “+8613800000000” → “+8613911111111”")
      #expect(entries[3].words == "account graded; grade: “A”")
      #expect(entries[4].words.contains("owner: “user:usr_1” → “pool:pool_1”"))
    }
  }

  @Test func `without keys a line says that something personal changed`() throws {
    try withTestLog { log in
      try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let entries = try log.blindAuditor.timeline(of: Story.account, includesChildren: false)
      #expect(
        entries[2].words
          == "account details changed; industryCode: “I65” → “C39”; personal: hidden")
      #expect(entries[2].event.reasonText == .hidden)
      #expect(entries[3].words == "account graded; grade: “A”")
    }
  }

  @Test func `a period cuts a timeline and leaves its changes right`() throws {
    try withTestLog { log in
      let places = try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let auditor = log.auditor
      let recorded = try auditor.timeline(
        of: Story.account,
        in: Period(
          from: .recorded(try moment("03-03 10:00")), through: .recorded(try moment("03-04 10:00"))
        ))
      #expect(recorded.map(\.event.position) == [places.changed, places.graded])
      #expect(recorded[0].changes.first?.from == .value("I65"))
      let effective = try auditor.timeline(
        of: Story.account,
        in: Period(
          from: .effective(try moment("03-10 00:00")),
          through: .effective(try moment("03-20 00:00"))
        ))
      #expect(effective.map(\.event.position) == [places.backdated])
      let positions = try auditor.timeline(
        of: Story.account,
        in: Period(from: .position(places.released), through: .position(places.released)))
      #expect(positions.map(\.event.position) == [places.released])
      #expect(try auditor.timeline(of: Story.account, limit: 2).count == 2)
      let none = Period(through: .recorded(try moment("2020-01-01T00:00:00Z")))
      #expect(try auditor.timeline(of: Story.account, in: none).isEmpty)
    }
  }

  @Test func `a person's deeds are theirs and those done for them`() throws {
    try withTestLog { log in
      let places = try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let auditor = log.auditor
      let first = try auditor.deeds(of: try unwrap(ActorID("usr_1")))
      #expect(
        first.map(\.event.position) == [
          places.created, places.assigned, places.call, places.changed, places.graded,
          places.backdated,
        ])
      #expect(first.filter { $0.part == .onBehalf }.map(\.event.position) == [places.changed])
      #expect(first[3].event.actor == "usr_3")
      let third = try auditor.deeds(of: try unwrap(ActorID("usr_3")))
      #expect(third.map(\.part) == [.did])
      #expect(
        third[0].changes.first
          == FieldDiff(field: "industryCode", from: .value("I65"), to: .value("C39")))
      let page = try auditor.deeds(of: try unwrap(ActorID("usr_1")), limit: 2)
      #expect(page.map(\.event.position) == [places.created, places.assigned])
      let next = try auditor.deeds(
        of: try unwrap(ActorID("usr_1")),
        in: Period(from: .position(places.assigned.next)), limit: 2)
      #expect(next.map(\.event.position) == [places.call, places.changed])
      #expect(try auditor.deeds(of: try unwrap(ActorID("usr_9"))).isEmpty)
    }
  }
}
