import EventLog
import EventModel
import Foundation
import TestSupport
import Testing
import Transparency

@Suite struct CheckpointTests {
  @Test func `a checkpoint is published when there is news, and kept in table and file`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      let key = try #require(harness.options.signer).key
      try harness.open { log throws in
        let first = try #require(try log.publishCheckpointAndWait())
        #expect(first.checkpoint.size == 2)
        #expect(try log.publishCheckpointAndWait() == nil)
        _ = try log.appendAndWait(.test(1, [TestEvent()]))
      }
      // Closing published the news.
      let file = try String(contentsOfFile: harness.folder + "/checkpoint.last", encoding: .utf8)
      try harness.open { log throws in
        let newest = try #require(try log.newestCheckpoint())
        #expect(newest.checkpoint.size == 3)
        #expect(newest.note == file)
        #expect(try log.checkpoints(limit: 9).map(\.checkpoint.size) == [2, 3])
        #expect(try log.root(size: 3) == newest.checkpoint.root)
        let verified = try VerifiedCheckpoint(
          note: newest.note, origin: log.origin, keys: [key])
        #expect(verified.checkpoint == newest.checkpoint)
        #expect(throws: CheckpointError.unknownSize(1)) { try log.checkpoint(size: 1) }
      }
    }
  }

  @Test func `every event is proved under every published checkpoint`() throws {
    try LogHarness.run { log, harness throws in
      let key = try #require(harness.options.signer).key
      var sizes: [UInt64] = []
      for number in 1...40 as ClosedRange<UInt64> {
        let events = (0..<Int(number % 13 + 1)).map { TestEvent("account-\($0)") }
        _ = try log.appendAndWait(.test(number, events))
        if number % 9 == 0 {
          sizes.append(try #require(try log.publishCheckpointAndWait()).checkpoint.size)
        }
      }
      let events = try log.events(EventSelection())
      for size in sizes {
        for position in stride(from: 0, to: size, by: 17) {
          let proof = try log.inclusionProof(of: Position(position), size: size)
          let verified = try proof.verify(
            entry: events[Int(position)].leaf.encoded(), origin: log.origin, keys: [key])
          #expect(verified.checkpoint.size == size)
        }
      }
      for (old, new) in zip(sizes, sizes.dropFirst()) {
        let proof = try log.consistencyProof(from: old, to: new)
        try proof.verify(
          from: log.checkpoint(size: old).checkpoint, to: log.checkpoint(size: new).checkpoint)
      }
      #expect(throws: CheckpointError.unknownSize(5)) {
        try log.consistencyProof(from: 5, to: sizes[0])
      }
      #expect(throws: CheckpointError.self) {
        try log.inclusionProof(of: Position(sizes[0]), size: sizes[0])
      }
    }
  }

  @Test func `without a key nothing is published`() throws {
    try withTemporaryFolder { path throws in
      let options = try EventLog.Options.test(signs: false)
      try EventLog.createTest(in: path, options: options)
      let log = try EventLog(writing: path, options: options)
      #expect(throws: CheckpointError.noSigner) { try log.publishCheckpointAndWait() }
      log.close()
      #expect(!FileManager.default.fileExists(atPath: path + "/checkpoint.last"))
    }
  }
}
