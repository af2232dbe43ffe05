internal import Audit
internal import CRM
internal import EventModel
internal import Schema
internal import SwiftProtobuf
internal import TestSupport
internal import Testing
internal import Vault

@Suite struct RecordTests {
  private func text(_ name: String, in snapshot: RecordSnapshot) -> Sealed<String>? {
    snapshot.fields.first { $0.name == name }?.value
  }

  @Test func `a record is shown as it was at each position`() throws {
    try withTestLog { log in
      let places = try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let auditor = log.auditor
      let first = try auditor.record(Story.account, asOf: .position(places.assigned))
      #expect(first.exists)
      #expect(first.eventCount == 2)
      #expect(text("industryCode", in: first) == .value("I65"))
      #expect(text("phones", in: first) == .value("+8613800000000"))
      #expect(text("owner", in: first) == .value("user:usr_1"))
      #expect(text("grade", in: first) == nil)
      let now = try auditor.record(Story.account)
      #expect(now.eventCount == 7)
      #expect(text("industryCode", in: now) == .value("C39"))
      #expect(text("phones", in: now) == .value("+8613911111111"))
      #expect(text("owner", in: now) == .value("user:usr_2"))
      #expect(text("grade", in: now) == .value("A"))
      #expect(text("name", in: now) == .value("福建码上科技有限公司"))
      #expect(now.last?.position == places.protected)
      let before = try auditor.record(
        Story.account, asOf: .position(Position(places.created.rawValue - 1)))
      #expect(!before.exists)
      #expect(before.last == nil)
    }
  }

  @Test func `each field of a record has a name of its own`() throws {
    try withTestLog { log in
      let subject = try log.vault.createSubject(at: Position(2))
      let ticket = RecordKey(.ticket, "tkt_1")
      try log.record(
        .ticket(
          .ticketOpened(
            .with {
              $0.ticketID = "tkt_1"
              $0.subjectRef = RecordKey.contact("con_1").reference
            })), of: ticket, at: "03-02 09:00",
        TestLog.Envelope(
          subject: subject, personal: .ticket(.with { $0.subject = "发票抬头有误" })))
      let shown = try log.auditor.record(ticket)
      #expect(text("subject", in: shown) == .value("发票抬头有误"))
      #expect(text("subjectRef", in: shown) == .value("contact:con_1"))
      #expect(Set(shown.fields.map(\.name)).count == shown.fields.count)
    }
  }

  @Test func `a recorded time stands between the events around it`() throws {
    try withTestLog { log in
      let places = try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let time = try moment("03-03 09:59")
      let snapshot = try log.auditor.record(Story.account, asOf: .recorded(time))
      #expect(snapshot.last?.position == places.assigned)
      let same = try log.auditor.record(
        Story.account, asOf: .recorded(try moment("03-03 10:00")))
      #expect(same.last?.position == places.changed)
      let never = try log.auditor.record(
        Story.account, asOf: .recorded(try moment("2020-01-01T00:00:00Z")))
      #expect(!never.exists)
    }
  }

  @Test func `without keys personal fields are hidden and the others are not`() throws {
    try withTestLog { log in
      try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let snapshot = try log.blindAuditor.record(Story.account)
      #expect(text("phones", in: snapshot) == nil)
      #expect(text("personal", in: snapshot) == .hidden)
      #expect(text("industryCode", in: snapshot) == .value("C39"))
    }
  }

  @Test func `with the key destroyed personal fields are erased, and the receipt is named`() throws
  {
    try withTestLog { log in
      let subject = try log.vault.createSubject(at: Position(2))
      try Story.tell(in: log, subject: subject)
      try log.vault.destroy(subject, receipt: Position(99))
      let snapshot = try log.auditor.record(Story.account)
      #expect(text("personal", in: snapshot) == .erased(receipt: Position(99)))
      #expect(text("name", in: snapshot) == .value("福建码上科技有限公司"))
    }
  }

  @Test func `blame names who changed a field from what to what`() throws {
    try withTestLog { log in
      let places = try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let auditor = log.auditor
      let industry = try auditor.blame(Story.account, field: "industryCode")
      #expect(industry.map(\.event.position) == [places.created, places.changed])
      #expect(
        industry.map(\.change) == [
          FieldDiff(field: "industryCode", from: nil, to: .value("I65")),
          FieldDiff(field: "industryCode", from: .value("I65"), to: .value("C39")),
        ])
      #expect(industry.last?.event.actor == "usr_3")
      #expect(industry.last?.event.onBehalfOf == "usr_1")
      #expect(industry.last?.event.reasonCode == "correction")
      #expect(industry.last?.event.reasonText == .value("was entered wrongly"))
      let owner = try auditor.blame(Story.account, field: "owner")
      #expect(
        owner.map(\.change.to) == [
          .value("user:usr_1"), .value("pool:pool_1"), .value("user:usr_2"),
        ])
      let april = try auditor.blame(
        Story.account, field: "owner",
        in: Period(from: .recorded(try moment("04-02 00:00"))))
      #expect(april.map(\.event.position) == [places.claimed])
      let phones = try auditor.blame(Story.account, field: "phones")
      #expect(phones.map(\.change.to) == [.value("+8613800000000"), .value("+8613911111111")])
    }
  }

  @Test func `a field that never was is refused with those that were`() throws {
    try withTestLog { log in
      try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let error = #expect(throws: AuditError.self) {
        try log.auditor.blame(Story.account, field: "colour")
      }
      guard case .unknownField("colour", let known) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(known.contains("industryCode"))
      #expect(known.contains("owner"))
    }
  }

  @Test func `the last blame of each field is the field`() throws {
    try withTestLog { log in
      try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      var last: [String: Sealed<String>] = [:]
      for entry in try log.auditor.blame(Story.account) {
        last[entry.change.field] = entry.change.to
      }
      let fields = try log.auditor.record(Story.account).fields
      #expect(last == Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) }))
    }
  }

  @Test func `an identifier that can't be one is refused`() throws {
    try withTestLog { log in
      #expect(throws: AuditError.badIdentifier("a b")) {
        try log.auditor.record(.account("a b"))
      }
    }
  }
}
