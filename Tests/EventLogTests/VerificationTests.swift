import EventLog
import EventModel
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct VerificationTests {
  /// A closed log of 610 events whose files a test can damage and put back.
  private struct Damaged {
    let harness: LogHarness
    let events: [RecordedEvent]
    private let data: Data

    init(in path: String) throws {
      harness = try LogHarness(in: path)
      events = try harness.open { log throws in
        for number in 1...152 as ClosedRange<UInt64> {
          _ = try log.appendAndWait(
            .test(
              number,
              (0..<4).map { index in
                TestEvent(
                  "account-\(number % 37)", tags: ["n:\(number)"],
                  data: Array("the data of \(number) and \(index)".utf8))
              }))
          if number == 80 { _ = try log.publishCheckpointAndWait() }
        }
        return try log.events(EventSelection())
      }
      data = try Data(contentsOf: URL(filePath: harness.folder + "/log/data.mdb"))
    }

    /// Flips bits of byte `offset` of every place in the data file that holds `pattern`.
    func flip(_ pattern: [UInt8], at offset: Int, mask: UInt8 = 0x01) throws {
      var damaged = data
      var start = damaged.startIndex
      var count = 0
      while let found = damaged.range(of: Data(pattern), in: start..<damaged.endIndex) {
        damaged[found.lowerBound + offset] ^= mask
        start = found.upperBound
        count += 1
      }
      try #require(count > 0, "the pattern is in the file")
      try damaged.write(to: URL(filePath: harness.folder + "/log/data.mdb"))
    }

    /// Puts `bytes` in the place of byte `offset` on, wherever the data file holds `pattern`.
    func plant(_ bytes: [UInt8], in pattern: [UInt8], at offset: Int) throws {
      var damaged = data
      var start = damaged.startIndex
      var count = 0
      while let found = damaged.range(of: Data(pattern), in: start..<damaged.endIndex) {
        let place = found.lowerBound + offset
        damaged.replaceSubrange(place..<place + bytes.count, with: bytes)
        start = found.upperBound
        count += 1
      }
      try #require(count > 0, "the pattern is in the file")
      try damaged.write(to: URL(filePath: harness.folder + "/log/data.mdb"))
    }

    func findings() throws -> [VerificationFinding] {
      let log = try EventLog(reading: harness.folder)
      defer { log.close() }
      return try log.verify(harness.verification).findings
    }
  }

  private static func text(_ findings: [VerificationFinding]) -> [String] {
    findings.map { "\($0.kind) \($0.position)" }
  }

  @Test func `a sound log is found sound, with its figures`() throws {
    try withTemporaryFolder { path throws in
      let damaged = try Damaged(in: path)
      let log = try EventLog(reading: damaged.harness.folder)
      defer { log.close() }
      let stages = Stages()
      var verification = damaged.harness.verification
      verification.progress = { stages.add($0.stage) }
      let report = try log.verify(verification)
      #expect(report.isSound, "\(report.findings)")
      #expect(report.eventCount == 610)
      #expect(report.streamCount == 39)
      #expect(report.checkpointCount == 2)
      #expect(report.notChecked == ["the guards: their rules are not known here"])
      #expect(stages.all.contains(.records) && stages.all.contains(.index))
      let statistics = try log.statistics()
      #expect(statistics.eventCount == 610)
      #expect(statistics.streamCount == 39)
      #expect(statistics.recordBytes == report.recordBytes)
      #expect(statistics.types.map(\.type) == ["AccountCreated", "LogCreated", "SchemaRegistered"])
      #expect(statistics.types.map(\.count) == [608, 1, 1])
      #expect(statistics.checkpointSize == 610)
    }
  }

  @Test func `a flipped byte is found and named, wherever it is`() throws {
    try withTemporaryFolder { path throws in
      let damaged = try Damaged(in: path)
      let event = damaged.events[300]
      let leaf = event.leaf.encoded()
      let actor = try #require(leaf.firstRange(of: Array("usr_1".utf8))).lowerBound
      try damaged.flip(leaf, at: actor)
      #expect(try Self.text(damaged.findings()) == ["leafHash 300", "indexEntry 300"])

      try damaged.flip(event.blob(1), at: 30)
      #expect(try Self.text(damaged.findings()) == ["section 300"])

      try damaged.flip(event.leafHash.bytes, at: 31)
      #expect(try Self.text(damaged.findings()).contains("leafHash 300"))

      let subtree = Self.fold(damaged.events[256..<512].map(\.leafHash))
      try damaged.flip(subtree.bytes, at: 3)
      #expect(try Self.text(damaged.findings()) == ["treeNode 256"])

      try damaged.flip(Array("deed.test/log\n322\n".utf8), at: 14)
      #expect(try Self.text(damaged.findings()) == ["checkpoint 322"])
      try damaged.flip(Array("deed.test/log\n322\n".utf8), at: 20)
      #expect(try Self.text(damaged.findings()) == ["checkpoint 322"])

      try damaged.flip(Array("totals".utf8), at: 7)
      #expect(try Self.text(damaged.findings()) == ["meta 0"])
      try damaged.flip(Array("AccountCreated\0\0\0\0".utf8), at: 21)
      #expect(try Self.text(damaged.findings()) == ["meta 0"])
      try damaged.flip(Array("origindeed.test".utf8), at: 8)
      #expect(try Self.text(damaged.findings()).contains("meta 0"))
    }
  }

  @Test func `a revision that none can follow is found like any other`() throws {
    try withTemporaryFolder { path throws in
      let damaged = try Damaged(in: path)
      // Another event of its stream stands behind it.
      let event = damaged.events[302]
      #expect(damaged.events[303].stream == event.stream)
      try damaged.plant(
        [UInt8](repeating: 0xff, count: 8), in: event.leaf.encoded(), at: 4 + 8 + 8 + 16)
      // It, and the one behind it, which follows nothing.
      let found = try damaged.findings().filter { $0.kind == .stream }
      #expect(found.first?.position == Position(302), "\(found)")
      #expect(found.reduce(0) { $0 + $1.count } == 2, "\(found)")
    }
  }

  @Test(arguments: [21] as [UInt64])
  func `any flipped byte of any record is found at its position`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try withTemporaryFolder { path throws in
      let damaged = try Damaged(in: path)
      for _ in 0..<25 {
        let position = Int.random(in: 2..<610, using: &random)
        let record = damaged.events[position].record
        let offset = Int.random(in: 0..<record.count, using: &random)
        let mask = UInt8(1) << UInt8.random(in: 0...7, using: &random)
        try damaged.flip(record, at: offset, mask: mask)
        let findings = try damaged.findings()
        #expect(
          findings.contains { $0.position.rawValue == UInt64(position) },
          "seed \(seed), position \(position), byte \(offset): \(findings)")
      }
    }
  }

  @Test func `a flipped byte in the checkpoint's file is found`() throws {
    try withTemporaryFolder { path throws in
      let damaged = try Damaged(in: path)
      let url = URL(filePath: damaged.harness.folder + "/checkpoint.last")
      let note = try Data(contentsOf: url)
      for offset in stride(from: 0, to: note.count, by: 7) {
        var flipped = note
        flipped[offset] ^= 0x04
        try flipped.write(to: url)
        #expect(try damaged.findings().map(\.kind) == [.checkpointFile], "byte \(offset)")
      }
    }
  }

  @Test func `a damaged tail keeps a log from opening for writing`() throws {
    try withTemporaryFolder { path throws in
      let damaged = try Damaged(in: path)
      try damaged.flip(damaged.events[608].leaf.encoded(), at: 30)
      #expect(
        throws: OpenError.damaged("the record at position 608 differs from its hash")
      ) { try EventLog(writing: damaged.harness.folder, options: damaged.harness.options) }
    }
  }

  @Test func `another log's index is not taken for this one's`() throws {
    try withTemporaryFolder { path throws in
      let damaged = try Damaged(in: path)
      let other = try LogHarness(in: path + "/other")
      try other.open { log in
        for number in 500...520 as ClosedRange<UInt64> {
          _ = try log.appendAndWait(.test(number, [TestEvent("lead-\(number)")]))
        }
      }
      let index = damaged.harness.folder + "/index"
      try FileManager.default.removeItem(atPath: index)
      try FileManager.default.copyItem(atPath: other.folder + "/index", toPath: index)
      let reading = try EventLog(reading: damaged.harness.folder)
      #expect(try reading.events(EventSelection(.tags([.known("n:7")]))).count == 4)
      reading.close()
      try damaged.harness.verify()
    }
  }

  private static func fold(_ hashes: [Digest]) -> Digest {
    var row = hashes
    while row.count > 1 {
      row = stride(from: 0, to: row.count, by: 2).map { .nodeHash(row[$0], row[$0 + 1]) }
    }
    return row[0]
  }
}

/// The stages a verification told of.
private final class Stages: Sendable {
  private let seen = Mutex<[VerificationProgress.Stage]>([])
  func add(_ stage: VerificationProgress.Stage) { seen.withLock { $0.append(stage) } }
  var all: [VerificationProgress.Stage] { seen.withLock { $0 } }
}
