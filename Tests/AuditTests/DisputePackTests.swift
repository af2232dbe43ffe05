internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema
internal import SwiftProtobuf
internal import TestSupport
internal import Testing
internal import Transparency
internal import Vault

@Suite struct DisputePackTests {
  private static func pack(_ auditor: Auditor, size: UInt64) throws -> DisputePack {
    try auditor.disputePack(
      of: Story.account, dispute: "dsp_1", size: size,
      logRoot: try auditor.log.root(size: size))
  }

  private static func lines(_ pack: DisputePack) -> [String] {
    pack.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  @Test func `anyone makes the same bytes: without keys, after an erasure, after later events`()
    throws
  {
    try withTestLog { log in
      let subject = try log.vault.createSubject(at: Position(2))
      let places = try Story.tell(in: log, subject: subject)
      let size = places.backdated.rawValue + 1
      let first = try Self.pack(log.auditor, size: size)
      #expect(try Self.pack(log.blindAuditor, size: size) == first)
      try log.vault.destroy(subject, receipt: try log.destroy(subject, at: "05-01 00:00"))
      #expect(try Self.pack(log.auditor, size: size) == first)
      try log.record(
        .ownership(
          .ownershipTransferred(
            .with { ($0.from, $0.to) = (.user("usr_2"), .user("usr_3")) })),
        of: Story.account, at: "06-01 00:00")
      let later = try Self.pack(log.auditor, size: size)
      #expect(later == first && later.sha256 == first.sha256)
      // The flaw that this must catch: one more event makes another pack.
      #expect(try Self.pack(log.auditor, size: log.log.size).sha256 != first.sha256)
      #expect(try Self.pack(log.auditor, size: size - 1).sha256 != first.sha256)
    }
  }

  @Test func `the manifest is what its lines are`() throws {
    try withTestLog { log in
      let places = try Story.tell(
        in: log, subject: try log.vault.createSubject(at: Position(2)))
      let pack = try Self.pack(log.auditor, size: places.backdated.rawValue + 1)
      let lines = Self.lines(pack)
      #expect(pack.text.hasSuffix("\n"))
      #expect(pack.itemCount == UInt64(lines.count - 1))
      var edge = MerkleEdge()
      for line in lines.dropFirst() { edge.append(.leafHash(Array(line.utf8).span)) }
      #expect(edge.root == pack.merkleRoot)
      var rest = lines.dropFirst()
      for section in pack.sections {
        let part = rest.prefix(Int(section.itemCount))
        #expect(part.allSatisfy { $0.contains(#""section":"\#(section.name)""#) })
        let text = part.map { "\($0)\n" }.joined()
        #expect(Digest.sha256(Array(text.utf8)) == section.sha256)
        rest = rest.dropFirst(Int(section.itemCount))
      }
      #expect(rest.isEmpty)
      let manifest = try #require(lines.first)
      for part in [
        #""format":"deed.dispute-pack/v1""#, #""merkleRoot":"\#(pack.merkleRoot.hex)""#,
        #""subject":"account:acc_A""#, #""queryVersion":2"#,
      ] {
        #expect(manifest.contains(part))
      }
    }
  }

  @Test func `it has the owner's chain with rules, both clocks, and nobody's phone`() throws {
    try withTestLog { log in
      let places = try Story.tell(
        in: log, subject: try log.vault.createSubject(at: Position(2)))
      let pack = try Self.pack(log.auditor, size: places.backdated.rawValue + 1)
      let lines = Self.lines(pack)
      let intervals = lines.filter { $0.contains(#""interval":"#) }
      #expect(intervals.count == 3)
      #expect(
        intervals[1].contains(
          #""from":\#(places.released),"method":"release","owner":"pool:pool_1","rule":"recycle-A""#
        ))
      #expect(intervals[2].contains(#""to":null"#))
      let late = try #require(
        lines.first { $0.contains(#""position":\#(places.backdated),"#) })
      #expect(late.contains(#""occurredAt":"2026-03-15T10:00:00Z""#))
      #expect(late.contains(#""recordedAt":"2026-04-06T08:50:00Z""#))
      #expect(!pack.text.contains("13800000000") && !pack.text.contains("entered wrongly"))
    }
  }

  @Test func `an owner's time that ends behind the position had not ended then`() throws {
    try withTestLog { log in
      let places = try Story.tell(
        in: log, subject: try log.vault.createSubject(at: Position(2)))
      let pack = try Self.pack(log.auditor, size: places.released.rawValue)
      let intervals = Self.lines(pack).filter { $0.contains(#""interval":"#) }
      #expect(intervals.count == 1)
      #expect(intervals.first?.contains(#""owner":"user:usr_1""#) == true)
      #expect(intervals.first?.contains(#""to":null"#) == true)
    }
  }

  @Test func `histories of what belongs to the customer are in it, others' are not`() throws {
    try withTestLog { log in
      try Story.tell(in: log, subject: try log.vault.createSubject(at: Position(2)))
      let own = RecordKey.opportunity("opp_1")
      let other = RecordKey.opportunity("opp_2")
      for (key, account) in [(own, "acc_A"), (other, "acc_B")] {
        try log.record(
          .opportunity(
            .opportunityCreated(
              .with { ($0.opportunityID, $0.accountID, $0.name) = (key.id, account, "2026") })),
          of: key, at: "04-07 00:00")
        try log.record(
          .opportunity(.opportunityAmountChanged(.init())), of: key, at: "04-08 00:00")
      }
      let pack = try Self.pack(log.auditor, size: log.log.size)
      #expect(pack.related == [own])
      #expect(Self.lines(pack).count { $0.contains(#""stream":"opportunity-opp_1""#) } == 2)
      #expect(!pack.text.contains("opp_2"))
    }
  }
}
