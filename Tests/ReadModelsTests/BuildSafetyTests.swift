import EventLog
import EventModel
import Foundation
import ReadModels
import Schema
import Synchronization
import TestSupport
import Testing

private enum Newer: Flaw { static let version: UInt32 = 2 }

private let held: RebuildOptions = {
  var options = RebuildOptions()
  options.isHeld = true
  return options
}()

private let oldDesk = [ModelKind(Desk<NoFlaw>.self)]
private let newDesk = [ModelKind(Desk<Newer>.self)]

private func skip(_ position: Position, version: UInt32 = 1) -> ModelSkip {
  ModelSkip(model: "ticket-desk", version: version, position: position)
}

/// What serves is never worse off for what is built, compared or switched beside it.
@Suite struct BuildSafetyTests {
  @Test func `a rebuild that stops at an event replaces nothing, and goes on when that is decided`()
    throws
  {
    let (script, poison) = try PoisonTests.poisoned()
    try withTemporaryFolder { folder in
      let skips = Mutex<Set<ModelSkip>>([skip(poison)])
      var deciding = options(folder, batch: 4)
      deciding.skips = { skips.withLock { $0 } }
      let runner = try ModelRunner(oldDesk, source: script.source, options: deciding)
      try runner.catchUp()
      let digest = try runner.digest("ticket-desk")
      skips.withLock { $0 = [] }
      for rebuilding in [RebuildOptions(), held] {
        let error = #expect(throws: ModelError.self) { try runner.rebuild([], with: rebuilding) }
        guard case .stopped(_, let why)? = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(why.contains("position \(poison)") && why.contains("TicketClosed"))
      }
      let builds = try runner.builds(of: "ticket-desk")
      #expect(builds.serving?.number == 1 && builds.next == nil)
      let found = try runner.digest("ticket-desk")
      #expect(found == digest)
      let unfinished = try #require(try runner.unfinished().first)
      #expect(unfinished.failure?.position == poison && unfinished.events == poison.rawValue)
      #expect(!unfinished.isRunning && unfinished.secondsLeft == nil)
      skips.withLock { $0 = [skip(poison)] }
      let progress = Mutex<[Position]>([])
      let observer = ModelObserver(progress: { step in progress.withLock { $0.append(step.from) } })
      #expect(try runner.rebuild([], with: RebuildOptions(), observer))
      #expect(progress.withLock { $0 }.first == poison)
      let mended = try runner.digest("ticket-desk")
      #expect(mended == digest)
      #expect(try runner.unfinished().isEmpty)
    }
  }

  @Test func `a newer version that stops at an event leaves the older one serving`() throws {
    let (script, poison) = try PoisonTests.poisoned()
    try withTemporaryFolder { folder in
      let skips = Mutex<Set<ModelSkip>>([skip(poison)])
      var deciding = options(folder)
      deciding.skips = { skips.withLock { $0 } }
      let old = try ModelRunner(oldDesk, source: script.source, options: deciding)
      try old.catchUp()
      try old.close()
      let new = try ModelRunner(newDesk, source: script.source, options: deciding)
      try new.catchUp()
      #expect(try new.builds(of: "ticket-desk").serving?.version == 1)
      guard case .failed? = try new.statuses().first?.state else {
        Issue.record("the model did not stop")
        return
      }
      skips.withLock { _ = $0.insert(skip(poison, version: 2)) }
      try new.retry("ticket-desk")
      try new.catchUp()
      #expect(try new.builds(of: "ticket-desk").serving?.version == 2)
      #expect(try new.statuses().map(\.state) == [.current])
    }
  }

  @Test func `a waiting build that stops while it is compared can't be switched to`() throws {
    let (script, poison) = try PoisonTests.poisoned()
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: Int(poison.rawValue))
      var deciding = options(folder)
      deciding.skips = { [skip(poison)] }
      let old = try ModelRunner(oldDesk, source: log, options: deciding)
      try old.catchUp()
      let new = try ModelRunner(newDesk, source: log, options: deciding)
      #expect(try new.rebuild([], with: held))
      log.show(script.events.count)
      try old.catchUp()
      for _ in 0..<2 {
        let error = #expect(throws: ModelError.self) { try new.compare("ticket-desk") }
        guard case .stopped? = error else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
      #expect(throws: ModelError.self) { try new.promote("ticket-desk") }
      #expect(try new.builds(of: "ticket-desk").serving?.version == 1)
      try old.close()
    }
  }

  @Test func `a comparison holds while what serves goes on`() throws {
    let script = try deskHistory(30)
    let count = script.events.count
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: count - 20)
      let runner = try ModelRunner(oldDesk, source: log, options: options(folder, batch: 3))
      try runner.catchUp()
      #expect(try runner.rebuild([], with: held))
      log.show(count - 10)
      try runner.catchUp()
      let differences = try runner.compare(
        "ticket-desk",
        ModelObserver(isCancelled: {
          log.show(count)
          do { try runner.catchUp() } catch { Issue.record("\(error)") }
          return false
        }))
      #expect(differences.isEmpty)
      #expect(differences.events == UInt64(count - 10))
      #expect(try runner.statuses().first?.position == Position(UInt64(count)))
    }
  }

  @Test func `who holds a model from the comparison to the switch keeps others from its builds`()
    throws
  {
    let script = try deskHistory(10)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      let runner = try ModelRunner(oldDesk, source: log, options: options(folder))
      try runner.catchUp()
      #expect(try runner.rebuild([], with: held))
      let other = try ModelRunner(oldDesk, source: log, options: options(folder))
      let claim = try runner.hold(["ticket-desk"])
      #expect(try runner.compare("ticket-desk", under: claim).isEmpty)
      #expect(throws: ModelError.alreadyRebuilding("ticket-desk")) {
        try other.rebuild([], with: held)
      }
      try runner.promote("ticket-desk", under: claim)
      #expect(try runner.builds(of: "ticket-desk").serving?.number == 2)
    }
  }

  @Test func `a file that can't be closed as it should keeps no model from going on`() throws {
    let script = try deskHistory(20)
    let count = script.events.count
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: count - 10)
      let runner = try ModelRunner(oldDesk, source: log, options: options(folder))
      try runner.catchUp()
      log.show(count - 5)
      try runner.catchUp()
      // What stands in the write-ahead log can't be written into the file any more.
      let handle = try FileHandle(
        forWritingTo: URL(filePath: "\(folder)/ticket-desk-v1.1.sqlite-wal"))
      try #require(try handle.seekToEnd() > 0)
      try handle.truncate(atOffset: 0)
      try handle.close()
      try runner.forget("ticket-desk", previous: true, next: true)
      log.show(count)
      try runner.catchUp()
      #expect(try runner.statuses().map(\.state) == [.current])
      let reader = try ModelReader(oldDesk, folder: folder)
      #expect(try reader.query("SELECT 1 FROM desk_move", events: nil).rows.count == count)
    }
  }

  @Test func `views of other moments know what was left out, and never end early unsaid`() throws {
    let (script, poison) = try PoisonTests.poisoned()
    let until = script.clock.advanced(byMicroseconds: 1_000_000_000)
    let clock: @Sendable () -> Timestamp = { until }
    let last = Position(UInt64(script.events.count - 1))
    for skips in [[skip(poison)], []] as [Set<ModelSkip>] {
      func rows(_ make: (String) throws -> ModelReader?) throws -> Int {
        try withTemporaryFolder { folder in
          let reader = try #require(try make(folder))
          return try reader.query("SELECT 1 FROM desk_ticket", events: nil).rows.count
        }
      }
      func effective(_ folder: String) throws -> ModelReader? {
        try ModelReader.effective(
          oldDesk, of: script.source, until: until, in: folder, skips: skips)
      }
      func past(_ folder: String) throws -> ModelReader? {
        try ModelReader.past(
          oldDesk, of: script.source, through: last, in: folder, skips: skips, clock: clock)
      }
      if skips.isEmpty {
        #expect(throws: ModelError.self) { try rows(effective) }
        #expect(throws: ModelError.self) { try rows(past) }
      } else {
        #expect(try rows(effective) == 6)
        #expect(try rows(past) == 6)
      }
    }
  }

  @Test func `a limited rate moves by small steps also where nobody reads the events`() throws {
    var script = EventScript()
    for number in 0..<400 { try script.account("a\(number)", name: "A") }
    try script.ticket("t1", team: "A")
    let events = script.events
    try withTemporaryFolder { folder in
      let log = GrowingLog(events, visible: events.count)
      let now = Mutex<Int64>(0)
      let pauses = Mutex<[Int64]>([])
      var limited = ModelRunner.Options(folder: folder) {
        Timestamp(microseconds: now.withLock { $0 })
      }
      limited.pause = { microseconds in
        pauses.withLock { $0.append(microseconds) }
        now.withLock { $0 += microseconds }
      }
      let runner = try ModelRunner(oldDesk, source: log, options: limited)
      try runner.catchUp()
      let steps = Mutex<[UInt64]>([0])
      var slow = RebuildOptions()
      slow.maximumRate = 100
      let observer = ModelObserver(progress: { step in
        steps.withLock { $0.append(step.position.rawValue) }
      })
      #expect(try runner.rebuild([], with: slow, observer))
      let found = steps.withLock { $0 }
      #expect(zip(found, found.dropFirst()).allSatisfy { $1 - $0 <= 20 }, "\(found)")
      #expect(pauses.withLock { $0.max() ?? 0 } <= 100_000)
      slow.maximumRate = 1
      pauses.withLock { $0 = [] }
      // Whoever cancels waits for one piece of a pause.
      let impatient = ModelObserver(isCancelled: { pauses.withLock { !$0.isEmpty } })
      #expect(try !runner.rebuild([], with: slow, impatient))
      #expect(pauses.withLock { $0.count } == 1)
    }
  }
}

@Suite struct RebuildRoomTests {
  @Test func `what an unfinished build has already needs no room`() throws {
    let script = try deskHistory(400)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      var limited = options(folder, batch: 100)
      let free = Mutex<UInt64>(.max)
      limited.freeBytes = { free.withLock { $0 } }
      let runner = try ModelRunner(oldDesk, source: log, options: limited)
      try runner.catchUp()
      let batches = Mutex(0)
      let observer = ModelObserver(
        progress: { _ in batches.withLock { $0 += 1 } },
        isCancelled: { batches.withLock { $0 } >= 4 })
      var fresh = RebuildOptions()
      fresh.isFresh = true
      for rebuilding in [RebuildOptions(), fresh] {
        free.withLock { $0 = .max }
        batches.withLock { $0 = 0 }
        let bytes = try #require(try runner.estimate().first?.bytes)
        #expect(try !runner.rebuild([], with: RebuildOptions(), observer))
        let begun = try #require(try runner.unfinished().first)
        let there = runner.byteCount(of: begun.build)
        try #require(there > 0 && there < bytes)
        free.withLock { $0 = bytes - there - 1 }
        #expect(throws: ModelError.self) { try runner.rebuild([], with: rebuilding) }
        free.withLock { $0 = bytes - there }
        #expect(try runner.rebuild([], with: rebuilding))
      }
    }
  }

  @Test(.enabled(if: getuid() == 0))
  func `a build that fills the disk is deleted, for the disk is the log's too`() throws {
    let script = try deskHistory(2000)
    try withTemporaryFolder { path in
      let disk = path + "/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
      let mounted = try BuiltCommand.run(
        script: "mount -t tmpfs -o size=8m tmpfs \(disk)", in: path)
      try #require(mounted.status == 0, "\(mounted.standardError)")
      defer {
        do { _ = try BuiltCommand.run(script: "umount -l \(disk)", in: path) } catch {
          Issue.record("\(disk) stays mounted: \(error)")
        }
      }
      let log = GrowingLog(script.events, visible: script.events.count)
      var limited = options("\(disk)/models", batch: 200)
      limited.freeBytes = { .max }
      let runner = try ModelRunner(oldDesk, source: log, options: limited)
      try runner.catchUp()
      let digest = try runner.digest("ticket-desk")
      let filled = try BuiltCommand.run(
        script: "head -c 8m /dev/zero > \(disk)/ballast || true; truncate -s -160K \(disk)/ballast",
        in: path)
      try #require(filled.status == 0, "\(filled.standardError)")
      let error = #expect(throws: ModelError.self) { try runner.rebuild([], with: held) }
      #expect(error?.isDiskFull == true, "\(String(describing: error))")
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(disk)/models")
      #expect(!files.contains { $0.hasPrefix("ticket-desk-v1.2") }, "\(files)")
      let found = try runner.digest("ticket-desk")
      #expect(found == digest)
      try runner.close()
    }
  }
}
