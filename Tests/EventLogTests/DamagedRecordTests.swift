import EventLog
import EventModel
import Foundation
import LMDB
import TestSupport
import Testing

/// Records that no log writes, in the tables of one.
@Suite struct DamagedRecordTests {
  /// Changes the table `records` of a closed log.
  private func change(
    _ harness: LogHarness, _ body: (inout WriteTransaction, IntegerTable) throws(LMDBError) -> Void
  ) throws {
    let environment = try Environment(
      folder: harness.folder + "/log",
      options: .init(mapSizeBytes: 1 << 28, tableLimit: 16))
    let records = try environment.openTables { opener throws(LMDBError) in
      try opener.integerTable(named: "records")
    }
    try environment.write { writer throws(LMDBError) in try body(&writer, records) }
  }

  private func isDamaged(_ harness: LogHarness) {
    let error = #expect(throws: OpenError.self) {
      try EventLog(writing: harness.folder, options: harness.options)
    }
    switch error {
    case .damaged, .storage: break
    case let other: Issue.record("\(String(describing: other))")
    }
  }

  @Test func `a record that is missing far from the end is found while the index is made`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      try harness.open { log throws in
        for number in 1...6 as ClosedRange<UInt64> {
          let events = (0..<2_000).map { TestEvent("account-\(number)-\($0)") }
          _ = try log.appendAndWait(.test(number, events))
        }
      }
      try FileManager.default.removeItem(atPath: harness.folder + "/index")
      try change(harness) { writer, records throws(LMDBError) in
        _ = try writer.delete(500, from: records)
      }
      isDamaged(harness)
    }
  }

  @Test func `a record of the last number there is keeps a log from opening`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      try change(harness) { writer, records throws(LMDBError) in
        try writer.append([1, 2, 3].span, forKey: .max, to: records)
      }
      isDamaged(harness)
    }
  }

  @Test func `nothing comes behind the last position, and nothing is proven of it`() throws {
    #expect(Position(.max).next == Position(.max))
    #expect(Revision(.max).next == Revision(.max))
    try LogHarness.run { log, _ throws in
      _ = try log.appendAndWait(.test(1, [TestEvent()]))
      _ = try log.publishCheckpointAndWait()
      #expect(throws: CheckpointError.unknownSize(.max)) {
        try log.inclusionProof(of: Position(.max))
      }
      let all = try log.events(EventSelection(through: Position(.max)))
      #expect(UInt64(all.count) == log.size)
      #expect(
        try log.events(EventSelection(from: Position(.max), direction: .backwards)).count
          == all.count)
    }
  }

  @Test func `an export of tiles that was cut off at its checkpoint can be made again`() throws {
    try LogHarness.run { log, harness throws in
      _ = try log.appendAndWait(.test(1, [TestEvent()]))
      _ = try log.publishCheckpointAndWait()
      let folder = harness.folder + "/../tiles"
      try FileManager.default.createDirectory(
        atPath: folder + "/tile", withIntermediateDirectories: true)
      try Data("deed".utf8).write(to: URL(filePath: folder + "/checkpoint.new"))
      #expect(try log.exportTiles(to: folder).size == log.size)
    }
  }
}
