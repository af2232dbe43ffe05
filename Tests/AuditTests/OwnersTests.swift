internal import Audit
internal import CRM
internal import EventModel
internal import Schema
internal import SwiftProtobuf
internal import TestSupport
internal import Testing
internal import Vault

@Suite struct OwnersTests {
  @Test(
    arguments: [
      ("03-01 00:00", nil), ("03-02 08:59", nil), ("03-02 09:00", "user:usr_1"),
      ("03-31 12:00", "user:usr_1"), ("04-01 01:59", "user:usr_1"), ("04-01 02:00", "pool:pool_1"),
      ("04-01 12:00", "pool:pool_1"), ("04-03 00:00", "user:usr_2"), ("09-01 00:00", "user:usr_2"),
    ] as [(String, String?)])
  func `the owner at a time is the last one recorded by then`(
    time: String, owner: String?
  ) throws {
    try withTestLog { log in
      try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let at = try moment(time)
      let found = try log.auditor.owner(of: Story.account, at: .recorded(at))
      #expect(found?.ownerText == owner)
    }
  }

  @Test func `the ledger says by what right each owner came`() throws {
    try withTestLog { log in
      let places = try Story.tell(
        in: log, subject: try log.vault.createSubject(at: Position(2)))
      let ledger = try log.auditor.owners(of: Story.account)
      #expect(ledger.intervals.map(\.ownerText) == ["user:usr_1", "pool:pool_1", "user:usr_2"])
      #expect(ledger.intervals.map(\.method) == ["creation", "release", "claim"])
      #expect(ledger.intervals.map(\.cause) == ["", "recycled", ""])
      #expect(ledger.intervals.map(\.ruleVersion) == [0, 3, 0])
      #expect(
        ledger.intervals.map(\.began.position)
          == [places.assigned, places.released, places.claimed])
      #expect(
        ledger.intervals.map(\.ended?.position) == [places.released, places.claimed, nil])
      #expect(ledger.owner(at: nil)?.ownerText == "user:usr_2")
      let beforeRelease = Position(places.released.rawValue - 1)
      #expect(ledger.owner(at: .position(beforeRelease))?.ownerText == "user:usr_1")
      #expect(ledger.owner(at: .position(places.released))?.ownerText == "pool:pool_1")
      #expect(ledger.owner(at: .position(places.created)) == nil)
    }
  }

  @Test func `history imported today was effective years ago`() throws {
    try withTestLog { log in
      let lead = RecordKey.lead("led_1")
      let assigned = { (user: String) in
        Payload.ownership(.ownershipAssigned(.with { ($0.to, $0.method) = (.user(user), .import) }))
      }
      try log.record(
        assigned("usr_1"), of: lead, at: "05-01 00:00",
        TestLog.Envelope(occurredAt: "2019-01-01T00:00:00Z"))
      try log.record(
        assigned("usr_2"), of: lead, at: "05-01 00:00",
        TestLog.Envelope(occurredAt: "2020-01-01T00:00:00Z"))
      let middle = try moment("2019-06-01T00:00:00Z")
      let auditor = log.auditor
      #expect(try auditor.owner(of: lead, at: .recorded(middle)) == nil)
      #expect(try auditor.owner(of: lead, at: .effective(middle))?.ownerText == "user:usr_1")
      let later = try moment("2021-01-01T00:00:00Z")
      #expect(try auditor.owner(of: lead, at: .effective(later))?.ownerText == "user:usr_2")
    }
  }

  @Test func `after a merge the survivor's owner counts, until it is undone`() throws {
    try withTestLog { log in
      let loser = RecordKey.account("acc_L")
      let survivor = RecordKey.account("acc_S")
      func own(_ key: RecordKey, _ user: String, _ time: String) throws -> Position {
        try log.record(
          .ownership(
            .ownershipTransferred(.with { ($0.to, $0.cause) = (.user(user), .manual) })),
          of: key, at: time)
      }
      _ = try own(loser, "usr_1", "03-01 00:00")
      _ = try own(survivor, "usr_2", "03-02 00:00")
      let merged = try log.record(
        .account(.accountMergedInto(.with { $0.survivorID = survivor.id })), of: loser,
        at: "03-03 00:00")
      _ = try own(survivor, "usr_3", "03-04 00:00")
      let undone = try log.record(
        .account(.accountUnmerged(.with { $0.mergedID = loser.id })), of: loser,
        at: "03-05 00:00")
      _ = try own(survivor, "usr_4", "03-06 00:00")
      let ledger = try log.auditor.owners(of: loser)
      #expect(
        ledger.intervals.map(\.ownerText)
          == ["user:usr_1", "user:usr_2", "user:usr_3", "user:usr_1"])
      #expect(ledger.intervals.map(\.method) == ["transfer", "merge", "transfer", "unmerge"])
      #expect(ledger.owner(at: .position(merged))?.ownerText == "user:usr_2")
      #expect(ledger.owner(at: .position(undone))?.ownerText == "user:usr_1")
    }
  }

  @Test func `records merged into each other are followed only so far`() throws {
    try withTestLog { log in
      let keys = [RecordKey.account("acc_1"), .account("acc_2")]
      for (key, other) in zip(keys, keys.reversed()) {
        try log.record(
          .account(.accountMergedInto(.with { $0.survivorID = other.id })), of: key,
          at: "03-03 00:00")
      }
      #expect(try log.auditor.owners(of: keys[0]).intervals.isEmpty)
    }
  }

  /// The model: fold whatever happened, or was recorded, by then.
  @Test(arguments: [61, 62, .drawn(63)] as [UInt64])
  func `any history has the owners of the fold at every moment`(seed: UInt64) throws {
    try withTestLog { log in
      var generator = SeededGenerator(seed: seed)
      let key = RecordKey.ticket("tkt_1")
      var events: [(position: Position, recorded: Timestamp, occurred: Timestamp, owner: String)] =
        []
      var clock = try moment("03-01 00:00").microseconds
      for _ in 0..<30 {
        clock += Int64.random(in: 0...2, using: &generator) * 1_000_000
        let user = "usr_\(Int.random(in: 1...4, using: &generator))"
        let occurred = clock - Int64.random(in: 0...20, using: &generator) * 1_000_000
        let position = try log.record(
          .ownership(.ownershipTransferred(.with { $0.to = .user(user) })), of: key,
          at: Timestamp(microseconds: clock).description,
          TestLog.Envelope(occurredAt: Timestamp(microseconds: occurred).description))
        events.append(
          (
            position, Timestamp(microseconds: clock), Timestamp(microseconds: occurred),
            "user:\(user)"
          ))
      }
      let recorded = try log.auditor.owners(of: key)
      let effective = try log.auditor.owners(of: key, by: .effective)
      for second in -25...70 {
        let time = Timestamp(
          microseconds: try moment("03-01 00:00").microseconds + Int64(second) * 1_000_000)
        #expect(
          recorded.owner(at: .recorded(time))?.ownerText
            == events.last { $0.recorded <= time }?.owner, "seed \(seed), \(time)")
        #expect(
          effective.owner(at: .effective(time))?.ownerText
            == events.last { $0.occurred <= time }?.owner, "seed \(seed), \(time)")
      }
      for event in events {
        #expect(recorded.owner(at: .position(event.position))?.ownerText == event.owner)
      }
      for ledger in [recorded, effective] {
        for (one, next) in zip(ledger.intervals, ledger.intervals.dropFirst()) {
          #expect(one.ended == next.began, "seed \(seed)")
        }
      }
    }
  }
}
