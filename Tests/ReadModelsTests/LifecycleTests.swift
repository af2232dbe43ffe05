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

@Suite struct LifecycleTests {
  @Test func `a held build waits, is switched to in one step, and can be left again`() throws {
    let script = try deskHistory(20)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      let runner = try ModelRunner(oldDesk, source: log, options: options(folder))
      try runner.catchUp()
      let reader = try ModelReader(oldDesk, folder: folder)
      func rows() throws -> Int {
        try reader.query("SELECT * FROM desk_ticket", events: nil).rows.count
      }
      #expect(try rows() == 20)
      #expect(try runner.rebuild([], with: held))
      let before = try runner.builds(of: "ticket-desk")
      #expect(before.serving?.number == 1)
      #expect(before.next?.number == 2)
      #expect(before.previous == nil)
      #expect(try runner.compare("ticket-desk").isEmpty)
      try runner.promote("ticket-desk")
      let after = try runner.builds(of: "ticket-desk")
      #expect(after.serving?.number == 2)
      #expect(after.next == nil)
      #expect(after.previous?.number == 1)
      #expect(try rows() == 20)
      try runner.rollBack("ticket-desk")
      let back = try runner.builds(of: "ticket-desk")
      #expect(back.serving?.number == 1)
      #expect(back.next?.number == 2)
      #expect(back.previous == nil)
      // There and back again, and the files of neither are lost.
      try runner.promote("ticket-desk")
      #expect(try runner.builds(of: "ticket-desk") == after)
      try runner.catchUp()
      #expect(try rows() == 20)
    }
  }

  @Test func `a newer version waits while the older serves, and both are compared in one place`()
    throws
  {
    let script = try deskHistory(30)
    let count = script.events.count
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: count - 20)
      let old = try ModelRunner(oldDesk, source: log, options: options(folder))
      try old.catchUp()
      log.show(count - 5)
      let new = try ModelRunner(newDesk, source: log, options: options(folder, batch: 3))
      #expect(try new.rebuild([], with: held))
      // It stopped where the one stands that serves, not at the log's end.
      #expect(try new.compare("ticket-desk").events == UInt64(count - 20))
      #expect(try new.statuses().map(\.state) == [.held])
      try new.catchUp()
      #expect(throws: QueryError.self) {
        try ModelReader(newDesk, folder: folder).query("SELECT * FROM desk_ticket", events: nil)
      }
      // The old program goes on, and the comparison follows it.
      try old.catchUp()
      #expect(try new.compare("ticket-desk").events == UInt64(count - 5))
      #expect(try new.compare("ticket-desk").isEmpty)
      try new.promote("ticket-desk")
      try new.catchUp()
      #expect(try new.statuses().map(\.state) == [.current])
      let reader = try ModelReader(newDesk, folder: folder)
      #expect(try reader.query("SELECT * FROM desk_ticket", events: nil).rows.count == 30)
      try old.close()
    }
  }

  @Test func `without a build that waits a newer version is built and serves by itself`() throws {
    let script = try deskHistory(10)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      let old = try ModelRunner(oldDesk, source: log, options: options(folder))
      try old.catchUp()
      try old.close()
      let new = try ModelRunner(newDesk, source: log, options: options(folder))
      try new.catchUp()
      let builds = try new.builds(of: "ticket-desk")
      #expect(builds.serving?.version == 2)
      #expect(builds.previous?.version == 1)
    }
  }

  @Test func `readers in flight finish on the build they began with`() throws {
    let script = try deskHistory(20)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      let runner = try ModelRunner(oldDesk, source: log, options: options(folder))
      try runner.catchUp()
      _ = try runner.rebuild([], with: held)
      let reader = try ModelReader(oldDesk, folder: folder)
      // A statement that is not at its end holds its file.
      let answer = try reader.query(
        "SELECT a.ticket_id FROM desk_ticket a, desk_ticket b ORDER BY 1", events: nil)
      try runner.promote("ticket-desk")
      try runner.forget("ticket-desk", previous: true, next: true)
      #expect(answer.rows.count == 400)
      #expect(try reader.query("SELECT 1 FROM desk_ticket", events: nil).rows.count == 20)
      #expect(try runner.builds(of: "ticket-desk").previous == nil)
    }
  }

  @Test func `a rebuild that the disk can't hold is refused before anything is written`() throws {
    let script = try deskHistory(20)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      var limited = options(folder)
      let free = Mutex<UInt64>(.max)
      limited.freeBytes = { free.withLock { $0 } }
      let runner = try ModelRunner(oldDesk, source: log, options: limited)
      try runner.catchUp()
      let estimate = try #require(try runner.estimate().first)
      let bytes = try #require(estimate.bytes)
      #expect(bytes > 0 && estimate.events == UInt64(script.events.count))
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      free.withLock { $0 = bytes - 1 }
      #expect(
        throws: ModelError.noRoom(
          models: ["ticket-desk"], neededBytes: bytes, freeBytes: bytes - 1)
      ) { try runner.rebuild() }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == files.count)
      free.withLock { $0 = bytes }
      #expect(try runner.rebuild())
    }
  }

  @Test func `a limited rate waits between small batches`() throws {
    let script = try deskHistory(50)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      let now = Mutex<Int64>(0)
      let waited = Mutex<Int64>(0)
      var limited = ModelRunner.Options(folder: folder) {
        Timestamp(microseconds: now.withLock { $0 })
      }
      limited.pause = { microseconds in
        waited.withLock { $0 += microseconds }
        now.withLock { $0 += microseconds }
      }
      let runner = try ModelRunner(oldDesk, source: log, options: limited)
      try runner.catchUp()
      var slow = RebuildOptions()
      slow.maximumRate = 100
      #expect(try runner.rebuild([], with: slow))
      // As long as so many events take at the rate, and nothing else moves this clock.
      let expected = Int64(script.events.count) * 10_000
      #expect(waited.withLock { $0 } == expected)
    }
  }

  @Test func `two rebuilds of a model, here or in another process, are refused`() throws {
    let script = try deskHistory(20)
    try withTemporaryFolder { folder in
      let log = GrowingLog(script.events, visible: script.events.count)
      let runner = try ModelRunner(oldDesk, source: log, options: options(folder, batch: 5))
      try runner.catchUp()
      let other = try ModelRunner(oldDesk, source: log, options: options(folder))
      let refused = Mutex(0)
      let done = try runner.rebuild(
        [], with: held,
        ModelObserver(progress: { _ in
          for busy in [runner, other] {
            do {
              _ = try busy.rebuild([], with: held)
            } catch ModelError.alreadyRebuilding {
              refused.withLock { $0 += 1 }
            } catch {
              Issue.record("\(error)")
            }
          }
        }))
      #expect(done)
      #expect(refused.withLock { $0 } > 2)
    }
  }
}

@Suite struct PoisonTests {
  /// Tickets, and an event that no projector can take.
  static func poisoned() throws -> (EventScript, Position) {
    var script = try deskHistory(5)
    let poison = try script.add(
      type: "TicketClosed", message: TicketEvent.protoMessageName, content: [0xff, 0xff],
      metadata: [8, 1], on: "ticket-t1")
    try script.ticket("t6", team: "A")
    return (script, poison)
  }

  @Test func `a skipped event is left out, noted, and left out of rebuilds too`() throws {
    let (script, poison) = try Self.poisoned()
    try withTemporaryFolder { folder in
      let skips = Mutex<Set<ModelSkip>>([])
      var deciding = options(folder, batch: 4)
      deciding.skips = { skips.withLock { $0 } }
      let runner = try ModelRunner(oldDesk, source: script.source, options: deciding)
      try runner.catchUp()
      guard case .failed(let failure)? = try runner.statuses().first?.state else {
        Issue.record("the model did not stop")
        return
      }
      #expect(failure.position == poison)
      // Nothing was decided: it stops there again.
      try runner.retry("ticket-desk")
      try runner.catchUp()
      #expect(try runner.statuses().first?.position == poison)
      let skip = ModelSkip(model: "ticket-desk", version: 1, position: poison)
      skips.withLock { _ = $0.insert(skip) }
      try runner.retry("ticket-desk")
      try runner.catchUp()
      #expect(try runner.statuses().map(\.state) == [.current])
      let digest = try runner.digest("ticket-desk")
      let noted = try ModelReader(oldDesk, folder: folder).query(
        "SELECT position, type, cause FROM ticket_desk.model_anomaly", events: nil)
      #expect(
        noted.rows == [
          [
            .integer(Int64(poison.rawValue)), .text("TicketClosed"), .text("skipped by decision"),
          ]
        ])
      #expect(try runner.rebuild())
      #expect(try runner.digest("ticket-desk") == digest)
    }
  }

  @Test func `a skip is of one version: a newer projector is shown the event again`() throws {
    let (script, poison) = try Self.poisoned()
    try withTemporaryFolder { folder in
      var deciding = options(folder)
      deciding.skips = { [ModelSkip(model: "ticket-desk", version: 1, position: poison)] }
      let runner = try ModelRunner(newDesk, source: script.source, options: deciding)
      try runner.catchUp()
      #expect(try runner.statuses().first?.position == poison)
    }
  }
}
