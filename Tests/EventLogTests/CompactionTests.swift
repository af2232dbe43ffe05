import EventLog
import EventModel
import Foundation
import Synchronization
import TestSupport
import Testing

/// Putting a compacted copy in the log's place.
@Suite struct CompactionTests {
  private static let slip: [UInt8] = Array("Featherstonehaugh".utf8)

  /// A log of three events, of which the one at the position given holds the slip.
  private func slipped(_ harness: LogHarness) throws -> Position {
    try harness.open { log throws in
      let result = try log.appendAndWait(
        .test(1, [TestEvent(), TestEvent(data: Self.slip), TestEvent()]))
      return Position(result.first.rawValue + 1)
    }
  }

  private func holdsSlip(_ folder: String) throws -> Bool {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return names.contains { name in
      FileManager.default.contents(atPath: "\(folder)/\(name)")?.range(of: Data(Self.slip)) != nil
    }
  }

  @Test func `what was blanked is in no file afterwards, and the log goes on`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      let position = try slipped(harness)
      #expect(try holdsSlip(harness.folder))
      try harness.open { log throws in
        #expect(try log.blank(1, of: position))
        #expect(try !log.blank(1, of: position))
      }
      #expect(try holdsSlip(harness.folder))
      try EventLog.compact(harness.folder)
      #expect(try !holdsSlip(harness.folder))
      try harness.open { log throws in
        #expect(log.size == 5)
        _ = try log.appendAndWait(.test(2, [TestEvent()]))
        #expect(log.size == 6)
      }
    }
  }

  @Test func `nothing is put under the feet of who reads`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      _ = try slipped(harness)
      let reader = try EventLog(reading: harness.folder)
      var isPrepared = false
      #expect(throws: OpenError.inUse(folder: harness.folder)) {
        try EventLog.compact(harness.folder) { isPrepared = true }
      }
      #expect(!isPrepared)
      try harness.open { log throws in
        #expect(throws: OpenError.locked(folder: harness.folder)) {
          try EventLog.compact(harness.folder)
        }
        _ = try log.appendAndWait(.test(2, [TestEvent()]))
      }
      #expect(reader.size == 6)
      #expect(try reader.events(EventSelection()).count == 6)
      // Nor does a restored copy come beside a lock file that somebody shares.
      try harness.open { log throws in try log.backUp(to: "\(path)/copy") }
      try FileManager.default.removeItem(atPath: "\(harness.folder)/log/data.mdb")
      #expect(throws: OpenError.inUse(folder: harness.folder)) {
        try EventLog.restore(from: "\(path)/copy", to: harness.folder)
      }
      reader.close()
      try EventLog.restore(from: "\(path)/copy", to: harness.folder)
      try EventLog.compact(harness.folder)
      try harness.verify()
    }
  }

  @Test func `who begins to read while it is prepared keeps the copy out`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      _ = try slipped(harness)
      let readers = Mutex<[EventLog]>([])
      let compact = { () throws(OpenError) in
        try EventLog.compact(harness.folder) { () throws(OpenError) in
          let reader = try EventLog(reading: harness.folder)
          readers.withLock { $0.append(reader) }
        }
      }
      #expect(throws: OpenError.inUse(folder: harness.folder)) { try compact() }
      for reader in readers.withLock({ $0 }) {
        #expect(reader.size == 5)
        reader.close()
      }
      try EventLog.compact(harness.folder)
      try harness.verify()
    }
  }

  @Test(.enabled(if: CrashWriter.url != nil))
  func `a process that has the log open keeps the copy out`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      let (process, output) = try CrashWriter.start(["read", harness.folder])
      #expect(output.next() == "open 2")
      #expect(throws: OpenError.inUse(folder: harness.folder)) {
        try EventLog.compact(harness.folder)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      try EventLog.compact(harness.folder)
      try harness.verify()
    }
  }
}
