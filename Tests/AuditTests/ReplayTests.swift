internal import Audit
internal import CRM
internal import EventModel
internal import Schema
internal import TestSupport
internal import Testing
internal import Vault

@Suite struct ReplayTests {
  @Test func `a replay shows every event with what it says`() throws {
    try withTestLog { log in
      let subject = try log.vault.createSubject(at: Position(2))
      let places = try Story.tell(in: log, subject: subject)
      let events = try log.auditor.replay(ReplayFilter(), limit: 100)
      #expect(events.map(\.event.position.rawValue) == Array(0..<UInt64(events.count)))
      #expect(events[0].event.type == "LogCreated")
      #expect(events[0].dataType == "application/json")
      #expect(events[0].data.contains("\"origin\""))
      let changed = events[Int(places.changed.rawValue)]
      #expect(changed.dataType == "deed.crm.v1.AccountDetailsChanged")
      #expect(changed.data.contains("\"industryCode\""))
      #expect(changed.tags == ["account:acc_A"])
      #expect(changed.event.channel == "api")
      #expect(changed.personal.map(\.section) == [2, 3])
      #expect(changed.personal.allSatisfy { $0.keyID == subject })
      #expect(
        changed.personal.compactMap(\.content.opened?.type)
          == ["deed.crm.v1.AccountPersonal", "deed.envelope.v1.ReasonText"])
      #expect(changed.personal[0].content.opened?.json.contains("+8613911111111") == true)
      #expect(changed.personal[1].content.opened?.json == #"{"text":"was entered wrongly"}"#)
    }
  }

  @Test func `personal sections are hidden without keys and erased without hope`() throws {
    try withTestLog { log in
      let subject = try log.vault.createSubject(at: Position(2))
      let places = try Story.tell(in: log, subject: subject)
      let filter = ReplayFilter(
        period: Period(from: .position(places.changed), through: .position(places.changed)))
      let hidden = try log.blindAuditor.replay(filter, limit: 1)
      #expect(hidden[0].personal.map(\.content) == [.hidden, .hidden])
      try log.vault.destroy(subject, receipt: Position(77))
      let erased = try log.auditor.replay(filter, limit: 1)
      let gone = Sealed<ReplayedContent>.erased(receipt: Position(77))
      #expect(erased[0].personal.map(\.content) == [gone, gone])
      #expect(erased[0].data == hidden[0].data)
      #expect(erased[0].event.reasonText == .erased(receipt: Position(77)))
    }
  }

  @Test func `filters narrow a replay, together`() throws {
    try withTestLog { log in
      let places = try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      func positions(_ filter: ReplayFilter) throws -> [Position] {
        try log.auditor.replay(filter, limit: 100).map(\.event.position)
      }
      let type = try unwrap(EventType("ActivityLogged"))
      let tag = try unwrap(Tag("account:acc_A"))
      #expect(try positions(ReplayFilter(types: [type])) == [places.call, places.backdated])
      #expect(
        try positions(ReplayFilter(types: [type], tags: [tag], isBackwards: true))
          == [places.backdated, places.call])
      #expect(
        try positions(
          ReplayFilter(
            period: Period(through: .recorded(try moment("04-01 00:00"))), types: [type]))
          == [places.call])
      #expect(
        try positions(
          ReplayFilter(
            period: Period(through: .effective(try moment("03-20 00:00"))), types: [type]))
          == [places.call, places.backdated])
      #expect(
        try positions(ReplayFilter(streams: [try unwrap(Story.activity.stream)]))
          == [places.call])
      #expect(
        try positions(ReplayFilter(tags: [tag], actors: [try unwrap(ActorID("usr_2"))]))
          == [places.claimed, places.protected])
      #expect(
        try positions(
          ReplayFilter(
            period: Period(from: .position(places.graded), through: .position(places.claimed)),
            isBackwards: true)) == [places.claimed, places.released, places.graded])
      #expect(try log.auditor.replay(ReplayFilter(), limit: 0).isEmpty)
    }
  }

  @Test func `a key destroyed by the log alone is erased also where there is no vault`() throws {
    try withTestLog { log in
      let subject = try log.vault.createSubject(at: Position(2))
      let places = try Story.tell(in: log, subject: subject)
      let receipt = try log.destroy(subject, at: "05-01 00:00")
      let filter = ReplayFilter(
        period: Period(from: .position(places.created), through: .position(places.created)))
      let event = try log.blindAuditor.replay(filter, limit: 1)[0]
      #expect(event.personal.map(\.content) == [.erased(receipt: receipt)])
    }
  }
}
