import EventLog
import EventModel
import Foundation
import LMDB
import Synchronization
import TestSupport
import Testing

@Suite struct IndexFaultTests {
  private static let steps = IndexStep.allCases.indices.map { $0 }

  @Test(arguments: steps, [1, 3])
  func `a kill at any step of a flush or a merge leaves an index that is right and goes on`(
    step: Int, occurrence: Int
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = path + "/index"
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [folder = folder as String, step = step as Int, occurrence = occurrence as Int] in
        var options = EventIndex.Options.small(events: 60, fanIn: 2, chunks: 60, seed: 31)
        let seen = Counter()
        options.observe = { found in
          guard found == IndexStep.allCases[step], seen.next() == occurrence else { return }
          kill(getpid(), SIGKILL)
        }
        let index = try EventIndex(writing: folder, options: options)
        try IndexScenario(seed: 31).fill(index, upTo: 3000)
        try index.flush()
      }
      let scenario = IndexScenario(seed: 31)
      let index = try EventIndex(
        writing: folder, options: .small(events: 60, fanIn: 2, chunks: 60, seed: 32))
      #expect(index.indexedThrough < 3000)
      #expect(index.witness == scenario.witness(at: index.indexedThrough))
      #expect(try scenario.firstDifference(index) == nil)
      try scenario.fill(index, upTo: 3000)
      try index.flush()
      #expect(index.indexedThrough == 3000)
      #expect(try scenario.firstDifference(index) == nil)
    }
  }

  @Test(.enabled(if: getuid() == 0))
  func `a full disk makes the writer wait in vain, loses nothing, and is over when there is room`()
    throws
  {
    try withTemporaryFolder { path in
      try run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", path)
      defer { try? run("umount", "-l", path) }
      let scenario = IndexScenario(seed: 33)
      let index = try EventIndex(
        writing: path + "/index", options: .small(events: 2000, fanIn: 2, chunks: 5000))
      try scenario.fill(index, upTo: 1500)
      index.settle()
      let ballast = URL(filePath: path + "/ballast")
      try fillDisk(ballast)
      let error = #expect(throws: LMDBError.self) { try scenario.fill(index, upTo: 90_000) }
      #expect(error?.cause == .diskFull)
      let size = index.size
      let model = IndexModel(scenario, size: size, index.hashKey)
      let hot = index.hashKey.key(.tag, "t5")
      var stream = index.candidates(.key(hot))
      #expect(try stream.all() == model.positions[hot])
      #expect(throws: LMDBError.self) { try index.waitForRoom() }
      try FileManager.default.removeItem(at: ballast)
      try scenario.fill(index, upTo: size + 500)
      try index.flush()
      #expect(try scenario.firstDifference(index) == nil)
      // Whether the writer met the failed flush waiting or at once is a matter of threads.
      #expect(try index.statistics().flushCount > 0)
    }
  }

  @Test func `an index that is no index, or of another format, is made anew`() throws {
    try withTemporaryFolder { path in
      let folder = path + "/index"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      let rubbish = Data((0..<16_384).map { UInt8(truncatingIfNeeded: $0 &* 37) })
      try rubbish.write(to: URL(filePath: folder + "/data.mdb"))
      let scenario = IndexScenario(seed: 34)
      do {
        let index = try EventIndex(writing: folder, options: .small(seed: 34))
        #expect(index.indexedThrough == 0)
        try scenario.fill(index, upTo: 300)
        try index.flush()
        #expect(index.indexedThrough == 300)
      }
      try withEnvironment(folder) { environment, meta, _ in
        try environment.write { writer throws(LMDBError) in
          try writer.put(Array("other".utf8).span, forKey: Array("manifest".utf8).span, in: meta)
        }
      }
      let index = try EventIndex(writing: folder, options: .small(seed: 35))
      #expect(index.indexedThrough == 0)
      #expect(index.hashKey == IndexHashKey(34, ~34))
      try scenario.fill(index, upTo: 300)
      #expect(try scenario.firstDifference(index) == nil)
    }
  }

  @Test func `an index that is emptied starts at 0 and has nothing`() throws {
    try withTemporaryFolder { path in
      let scenario = IndexScenario(seed: 36)
      let index = try EventIndex(writing: path + "/index", options: .small())
      try scenario.fill(index, upTo: 500)
      try index.reset()
      #expect(index.size == 0)
      #expect(index.indexedThrough == 0)
      #expect(try index.lastPosition(of: index.hashKey.key(.tag, "hot")) == nil)
      try scenario.fill(index, upTo: 400)
      #expect(try scenario.firstDifference(index) == nil)
    }
  }

  @Test func `a committed event is not taken back`() async {
    let exit = await #expect(
      processExitsWith: .signal(SIGILL), observing: [\.standardErrorContent]
    ) {
      try withTemporaryFolder { path in
        let index = try EventIndex(writing: path + "/index", options: .small())
        try IndexScenario(seed: 1).fill(index, upTo: 10)
        index.rollBack(to: Position(9))
      }
    }
    let text = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("a published event can't be taken back"))
  }
}

/// Counts what several threads do.
final class Counter: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }
}

/// Runs a system command and fails when it does.
private func run(_ command: String, _ arguments: String...) throws {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [command] + arguments
  try process.run()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0, "\(command) \(arguments)")
}

/// Writes to `file` until the disk has no room.
private func fillDisk(_ file: URL) throws {
  try Data().write(to: file)
  let handle = try FileHandle(forWritingTo: file)
  defer { try? handle.close() }
  for size in [65_536, 4096, 512] {
    for _ in 0..<10_000 {
      do { try handle.write(contentsOf: Data(count: size)) } catch { break }
    }
  }
}

/// Opens an index's environment behind its back.
func withEnvironment(
  _ folder: String,
  _ body: (borrowing Environment, _ meta: Table, _ runs: [Table]) throws -> Void
) throws {
  let environment = try Environment(
    folder: folder, options: .init(mapSizeBytes: 64 << 20, tableLimit: 100))
  let tables = try environment.openTables { opener throws(LMDBError) in
    var runs: [Table] = []
    for number in 0..<8 { runs.append(try opener.table(named: "run-\(number)")) }
    return (try opener.table(named: "meta"), runs)
  }
  try body(environment, tables.0, tables.1)
}
