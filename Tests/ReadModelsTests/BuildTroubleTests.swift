import EventLog
import EventModel
import Foundation
import LMDB
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

/// What stands in the way of one build, and what of it others feel.
@Suite struct BuildTroubleTests {
  @Test func `a build that can't begin to serve waits, and the others serve`() throws {
    let script = try deskHistory(10)
    try withTemporaryFolder { folder in
      // Nothing can be put in the place of a folder that is not empty.
      let obstacle = "\(folder)/ticket-desk.sqlite"
      try FileManager.default.createDirectory(
        atPath: "\(obstacle)/full", withIntermediateDirectories: true)
      let other = try #require(ModelKind.standard.first { $0.name == "ticket-queue" })
      let runner = try ModelRunner(
        oldDesk + [other], source: script.source, options: options(folder))
      let error = #expect(throws: ModelError.self) { try runner.catchUp() }
      guard case .storage("ticket-desk", _)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      guard case .waiting? = try runner.statuses().first?.state else {
        Issue.record("\(try runner.statuses())")
        return
      }
      #expect(try runner.statuses().last?.state == .current)
      #expect(try runner.builds(of: "ticket-queue").serving?.number == 1)
      try FileManager.default.removeItem(atPath: obstacle)
      try runner.catchUp()
      #expect(try runner.statuses().map(\.state) == [.current, .current])
      #expect(try runner.builds(of: "ticket-desk").serving?.number == 1)
      try runner.close()
    }
  }

  @Test func `a newer version that stopped keeps nobody from making it, and no question waits`()
    throws
  {
    let (script, poison) = try PoisonTests.poisoned()
    try withTemporaryFolder { folder in
      let skips = Mutex<Set<ModelSkip>>([skip(poison)])
      let now = Mutex<Int64>(0)
      var deciding = ModelRunner.Options(folder: folder) {
        now.withLock { now in
          now += 1000
          return Timestamp(microseconds: now)
        }
      }
      deciding.skips = { skips.withLock { $0 } }
      let old = try ModelRunner(oldDesk, source: script.source, options: deciding)
      try old.catchUp()
      try old.close()
      let server = try ModelRunner(newDesk, source: script.source, options: deciding)
      try server.catchUp()
      // Nothing is to be done, so nothing is looked at.
      let looks = Mutex(0)
      try server.catchUp(ModelObserver(progress: { _ in looks.withLock { $0 += 1 } }))
      #expect(looks.withLock { $0 } == 0)
      let beside = try ModelRunner(newDesk, source: script.source, options: deciding)
      let error = #expect(throws: ModelError.self) { try beside.rebuild([], with: held) }
      guard case .stopped? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      skips.withLock { _ = $0.insert(skip(poison, version: 2)) }
      #expect(try beside.rebuild())
      now.withLock { $0 += 1_000_000 }
      try server.catchUp()
      #expect(try server.statuses().map(\.state) == [.current])
      #expect(try server.builds(of: "ticket-desk").serving?.version == 2)
      try server.close()
      try beside.close()
    }
  }

  @Test func `a waiting build that stopped goes on when that is decided, or it is tried again`()
    throws
  {
    let (script, poison) = try PoisonTests.poisoned()
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: Int(poison.rawValue))
      let skips = Mutex<Set<ModelSkip>>([skip(poison)])
      var deciding = options(folder)
      deciding.skips = { skips.withLock { $0 } }
      let old = try ModelRunner(oldDesk, source: log, options: deciding)
      try old.catchUp()
      let new = try ModelRunner(newDesk, source: log, options: deciding)
      #expect(try new.rebuild([], with: held))
      log.show(script.events.count)
      try old.catchUp()
      #expect(throws: ModelError.self) { try new.compare("ticket-desk") }
      #expect(try new.waitingFailure(of: "ticket-desk")?.position == poison)
      try new.retry("ticket-desk")
      #expect(try new.waitingFailure(of: "ticket-desk") == nil)
      #expect(throws: ModelError.self) { try new.compare("ticket-desk") }
      skips.withLock { _ = $0.insert(skip(poison, version: 2)) }
      #expect(try new.compare("ticket-desk").events == UInt64(script.events.count))
      #expect(try new.waitingFailure(of: "ticket-desk") == nil)
      try old.close()
    }
  }

  @Test func `a file that can't be opened for a while is no damaged one`() throws {
    let script = try deskHistory(10)
    try withTemporaryFolder { folder in
      func replace(_ build: Int, by data: Data?) throws {
        let path = "\(folder)/ticket-desk-v1.\(build).sqlite"
        try FileManager.default.removeItem(atPath: path)
        if let data {
          try data.write(to: URL(filePath: path))
        } else {
          try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        }
      }
      let runner = try ModelRunner(oldDesk, source: script.source, options: options(folder))
      try runner.catchUp()
      #expect(try runner.rebuild())
      #expect(try runner.age(ofPreviousBuildOf: "ticket-desk") == 0)
      try runner.close()
      // A folder can't be opened as a file can.
      try replace(1, by: nil)
      #expect(throws: ModelError.self) { try runner.age(ofPreviousBuildOf: "ticket-desk") }
      let damaged = Data(repeating: 0x2a, count: 8192)
      try replace(1, by: damaged)
      #expect(try runner.age(ofPreviousBuildOf: "ticket-desk") == UInt64(script.events.count))
      try replace(2, by: nil)
      #expect(throws: ModelError.self) { try runner.rebuild([], with: held) }
      #expect(try runner.builds(of: "ticket-desk").next == nil)
      try replace(2, by: damaged)
      #expect(try runner.rebuild([], with: held))
      #expect(try runner.builds(of: "ticket-desk").next != nil)
    }
  }

  @Test func `who only looks whether a build is made keeps nobody from making one`() throws {
    let script = try deskHistory(5)
    try withTemporaryFolder { folder in
      let look = Mutex<FolderLock?>(nil)
      var waiting = options(folder)
      // The look ends while it is waited for.
      waiting.pause = { _ in look.withLock { $0 = nil } }
      let runner = try ModelRunner(oldDesk, source: script.source, options: waiting)
      try runner.catchUp()
      let path = "\(folder)/ticket-desk.lock"
      try look.withLock { $0 = try FolderLock.take(path: path, isShared: true) }
      #expect(try runner.rebuild())
    }
  }
}
