import EventLog
import EventModel
import Foundation
import LMDB
import Synchronization
import TestSupport
import Testing

@Suite struct IndexReaderTests {
  @Test func `readers see every published event at every moment, beside flushes and merges`()
    throws
  {
    try withTemporaryFolder { path in
      let scenario = IndexScenario(seed: 51)
      let index = try EventIndex(
        writing: path + "/index", options: .small(events: 80, fanIn: 2, chunks: 100))
      let model = IndexModel(scenario, size: 6000, index.hashKey)
      let isDone = Atomic<Bool>(false)
      let failures = Mutex<[String]>([])
      let readers = (0..<3).map { number in
        Thread {
          var random = SeededGenerator(seed: UInt64(number))
          let keys = scenario.allKeys(index.hashKey)
          while !isDone.load(ordering: .acquiring) {
            let key = keys[Int.random(in: keys.indices, using: &random)]
            if let failure = check(index, model, key) { failures.withLock { $0.append(failure) } }
          }
        }
      }
      for reader in readers { reader.start() }
      try scenario.fill(index, upTo: 6000)
      isDone.store(true, ordering: .releasing)
      while readers.contains(where: { !$0.isFinished }) { sched_yield() }
      #expect(failures.withLock { $0 } == [])
    }
  }

  @Test func `another process reads the index beside the writer, and keeps the rest itself`()
    async throws
  {
    try await inTemporaryFolder { path in
      let folder = path + "/index"
      let scenario = IndexScenario(seed: 52)
      let index = try EventIndex(
        writing: folder, options: .small(events: 400, fanIn: 2, chunks: 5000))
      try scenario.fill(index, upTo: 1500)
      #expect(index.indexedThrough < 1500)
      await #expect(processExitsWith: .success) { [folder = folder as String] in
        try readAlone(folder, size: 1500)
      }
      try scenario.fill(index, upTo: 9000)
      try index.flush()
      await #expect(processExitsWith: .success) { [folder = folder as String] in
        try readAlone(folder, size: 9000)
      }
    }
  }

  @Test func `a reader of an index far behind its log is told so`() async throws {
    try await inTemporaryFolder { path in
      let folder = path + "/index"
      let index = try EventIndex(writing: folder, options: .small(events: 400))
      try IndexScenario(seed: 53).fill(index, upTo: 100)
      await #expect(processExitsWith: .success) { [folder = folder as String] in
        let reader = try EventIndex(reading: folder, options: .small(events: 40))
        #expect(try reader.refresh(logSize: 100_000) == .tooFarBehind(indexed: 0))
        #expect(try reader.refresh(logSize: 100) == .insert(from: Position(0)))
      }
    }
  }

  @Test func `where there is no index, reading is refused`() throws {
    try withTemporaryFolder { path in
      let error = #expect(throws: LMDBError.self) {
        _ = try EventIndex(reading: path + "/index", options: .small())
      }
      #expect(error?.cause == .noFile)
    }
  }
}

/// Compares what `index` has of `key` with the model, up to what is published at this moment.
private func check(_ index: EventIndex, _ model: IndexModel, _ key: IndexKey) -> String? {
  let size = index.size
  let expected = model.positions(of: key, in: 0..<size)
  do throws(LMDBError) {
    var forwards = index.candidates(.key(key), .forwards, below: size)
    guard try forwards.all() == expected else { return "forwards up to \(size)" }
    var backwards = index.candidates(.key(key), .backwards, below: size)
    guard try backwards.all() == expected.reversed() else { return "backwards from \(size)" }
    let last = try index.lastPosition(of: key, below: size)
    return last?.rawValue == expected.last ? nil : "the last one below \(size)"
  } catch { return "\(error)" }
}

/// Opens the index for reading, fills in what it lacks in three parts, and compares everything.
private func readAlone(_ folder: String, size: UInt64) throws {
  let scenario = IndexScenario(seed: 52)
  let reader = try EventIndex(reading: folder, options: .small(events: 400))
  let model = IndexModel(scenario, size: size, reader.hashKey)
  for part in [size - 200, size - 100, size] {
    guard case .insert(let start) = try reader.refresh(logSize: part) else {
      throw LMDBError(call: .get, cause: .notFound)
    }
    #expect(start.rawValue == reader.stagedSize)
    if start.rawValue < part { try scenario.fill(reader, upTo: part) }
  }
  #expect(reader.size == size)
  for key in scenario.allKeys(reader.hashKey) {
    #expect(check(reader, model, key) == nil)
  }
  #expect(try scenario.firstDifference(reader) == nil)
}
