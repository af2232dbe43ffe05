import EventLog
import EventModel
import Foundation
import LMDB
import ReadModels
import Schema
import Synchronization
import TestSupport
import Testing

/// A log that grows: what the runner sees of it can be moved.
final class GrowingLog: EventSource {
  let events: [RecordedEvent]
  private let visible: Mutex<Int>
  /// Where reading fails, once.
  let damage = Mutex<Position?>(nil)
  let origin: String

  init(_ events: [RecordedEvent], visible: Int = 0, origin: String = "local/main/00000001") {
    self.events = events
    self.visible = Mutex(visible)
    self.origin = origin
  }

  var size: UInt64 { UInt64(visible.withLock { $0 }) }

  func show(_ count: Int) { visible.withLock { $0 = min(count, events.count) } }

  func scan(
    from start: Position, _ visit: (RecordLayout, Span<UInt8>) throws(LMDBError) -> Continuation
  ) throws(LMDBError) {
    let shown = Array(events.prefix(Int(size)))
    let damaged = damage.withLock { $0 }
    try EventArray(shown, origin: origin).scan(from: start) { layout, record throws(LMDBError) in
      if let damaged, layout.leaf.position(in: record.extracting(layout.leafRange)) == damaged {
        damage.withLock { $0 = nil }
        throw LMDBError(call: .get, cause: .damaged)
      }
      return try visit(layout, record)
    }
  }
}

func options(_ folder: String, batch: Int = 32_768, rows: Int = 100_000) -> ModelRunner.Options {
  var options = ModelRunner.Options(folder: folder) { Timestamp(microseconds: 0) }
  options.batchEventLimit = batch
  options.rowLimit = rows
  return options
}

/// The digests of all models, in their order.
func digests(_ runner: ModelRunner) throws -> [ModelDigest] {
  try runner.kinds.map { try runner.digest($0.name) }
}

/// What one undisturbed fold over the whole array makes.
func plainDigests(_ events: [RecordedEvent]) throws -> [ModelDigest] {
  try withTemporaryFolder { folder in
    let runner = try ModelRunner(
      ModelKind.standard, source: GrowingLog(events, visible: events.count),
      options: options(folder, batch: .max, rows: .max))
    try runner.catchUp()
    let digests = try digests(runner)
    try runner.close()
    return digests
  }
}

@Suite struct RunnerTests {
  @Test(arguments: [1, 2, .drawn(3)] as [UInt64])
  func `batches, cache sizes and closings in between change nothing`(seed: UInt64) throws {
    let history = try RandomHistory(seed: seed, count: 3000).script
    let expected = try plainDigests(history.events)
    // The history has no disputes.
    #expect(expected.allSatisfy { $0.rowCount > 0 || $0.name == "dispute-docket" })
    #expect(expected.allSatisfy { $0.position.rawValue >= 3000 })
    var random = SeededGenerator(seed: seed)
    try withTemporaryFolder { base in
      var folder = "\(base)/models"
      let log = GrowingLog(history.events)
      var shown = 0
      while shown < history.events.count {
        shown += Int.random(in: 1...400, using: &random)
        log.show(shown)
        let runner = try ModelRunner(
          ModelKind.standard, source: log,
          options: options(
            folder, batch: Int.random(in: 1...200, using: &random),
            rows: Int.random(in: 1...50, using: &random)))
        try runner.catchUp(
          ModelObserver(isCancelled: { Int(log.size) % 7 == 0 && log.size < 2500 }))
        let left = "\(base)/\(shown)"
        // The next one goes on with the files as they lie there: what a crash leaves.
        try FileManager.default.copyItem(atPath: folder, toPath: left)
        if Bool.random(using: &random) { folder = left }
        try runner.close()
      }
      let runner = try ModelRunner(ModelKind.standard, source: log, options: options(folder))
      let found = try digests(runner)
      #expect(found == expected, "seed \(seed)")
      try runner.close()
    }
  }

  @Test(arguments: [21, .drawn(22)] as [UInt64])
  func `a log that can't be read ends the batch, and nothing of it is lost or doubled`(
    seed: UInt64
  ) throws {
    let history = try RandomHistory(seed: seed, count: 4000).script
    let expected = try plainDigests(history.events)
    var random = SeededGenerator(seed: seed)
    try withTemporaryFolder { folder in
      let log = GrowingLog(history.events, visible: history.events.count)
      let runner = try ModelRunner(
        ModelKind.standard, source: log, options: options(folder, batch: 300))
      for _ in 0..<5 {
        log.damage.withLock {
          $0 = Position(UInt64.random(in: 0..<UInt64(history.events.count), using: &random))
        }
        do throws(ModelError) { try runner.catchUp() } catch {
          guard case .log(let damage) = error, damage.cause == .damaged else { throw error }
        }
      }
      log.damage.withLock { $0 = nil }
      try runner.catchUp()
      let found = try digests(runner)
      #expect(found == expected, "seed \(seed)")
      try runner.close()
    }
  }

  @Test(arguments: [11, .drawn(12)] as [UInt64])
  func `a rebuild that is cut at any batch goes on and ends with equal rows`(seed: UInt64) throws {
    let history = try RandomHistory(seed: seed, count: 2000).script
    let expected = try plainDigests(history.events)
    var random = SeededGenerator(seed: seed)
    try withTemporaryFolder { folder in
      let log = GrowingLog(history.events, visible: 1500)
      let first = try ModelRunner(ModelKind.standard, source: log, options: options(folder))
      try first.catchUp()
      var isDone = false
      var cuts = 0
      while !isDone {
        let runner = try ModelRunner(
          ModelKind.standard, source: log,
          options: options(folder, batch: Int.random(in: 20...300, using: &random)))
        let cut = Int.random(in: 1...4, using: &random)
        let batches = Mutex(0)
        isDone = try runner.rebuild(
          [],
          ModelObserver(
            progress: { _ in batches.withLock { $0 += 1 } },
            isCancelled: { batches.withLock { $0 } >= cut }))
        cuts += isDone ? 0 : 1
        log.show(history.events.count)
      }
      #expect(cuts > 0, "seed \(seed)")
      try first.close()
      let runner = try ModelRunner(ModelKind.standard, source: log, options: options(folder))
      try runner.catchUp()
      let found = try digests(runner)
      #expect(found == expected, "seed \(seed)")
    }
  }

  @Test func `the old build serves while a rebuild runs, and readers of it are not disturbed`()
    throws
  {
    let history = try RandomHistory(seed: 5, count: 600).script
    try withTemporaryFolder { folder in
      let log = GrowingLog(history.events, visible: 500)
      let runner = try ModelRunner(
        ModelKind.standard, source: log, options: options(folder, batch: 100))
      try runner.catchUp()
      let before = try runner.digest("ticket-queue")
      let served = Mutex<[ModelDigest]>([])
      let done = try runner.rebuild(
        ["ticket-queue"],
        ModelObserver(isCancelled: {
          guard let digest = try? runner.digest("ticket-queue") else { return true }
          served.withLock { $0.append(digest) }
          log.show(600)
          return false
        }))
      #expect(served.withLock { $0 }.count >= 2)
      #expect(served.withLock { $0 }.allSatisfy { $0 == before })
      #expect(done)
      let after = try runner.digest("ticket-queue")
      #expect(before.position.rawValue == 500)
      #expect(after.position.rawValue == 600)
      #expect(
        after.digest
          == (try plainDigests(history.events).first { $0.name == "ticket-queue" }?.digest))
    }
  }

  @Test func `an event that can't be read stops its model exactly before it, and no other`() throws
  {
    var script = EventScript()
    try script.standardPipeline()
    try script.ticket("t1", team: "A")
    try script.opportunity("o1")
    let poison = try script.add(
      type: "TicketClosed", message: TicketEvent.protoMessageName, content: [0xff, 0xff],
      metadata: [8, 1], on: "ticket-t1")
    try script.ticketStatus("t1", to: .closed)
    try script.opportunity("o2")
    for batch in [1, 2, 100] {
      try withTemporaryFolder { folder in
        let runner = try ModelRunner(
          ModelKind.standard, source: script.source, options: options(folder, batch: batch))
        try runner.catchUp()
        let statuses = try runner.statuses()
        let stopped = statuses.filter { $0.position == poison }
        #expect(
          stopped.map(\.name) == ["account-360", "ownership-ledger", "ticket-queue", "worklist"])
        for status in stopped {
          guard case .failed(let failure) = status.state else {
            Issue.record("\(status.name) is \(status.state)")
            continue
          }
          #expect(failure.position == poison)
          #expect(failure.event == script.events[Int(poison.rawValue)].eventID)
          #expect(failure.type == "TicketClosed")
          #expect(failure.cause.contains("TicketEvent"))
          #expect(status.lag == 3)
        }
        #expect(statuses.filter { $0.state == .current }.count == 6)
        let short = Array(script.events.prefix(Int(poison.rawValue)))
        let expected = try plainDigests(short).first { $0.name == "ticket-queue" }
        let found = try runner.digest("ticket-queue")
        #expect(found == expected)
        // It stays so after a restart.
        try runner.close()
        let again = try ModelRunner(
          ModelKind.standard, source: script.source, options: options(folder))
        try again.catchUp()
        #expect(try again.statuses() == statuses)
      }
    }
  }

  @Test func `an event about an unknown record is noted and changes nothing`() throws {
    var script = EventScript()
    try script.ticketStatus("t9", to: .closed)
    try withTemporaryFolder { folder in
      let runner = try ModelRunner(
        ModelKind.standard, source: script.source, options: options(folder))
      try runner.catchUp()
      #expect(try runner.statuses().allSatisfy { $0.state == .current })
      #expect(try runner.digest("ticket-queue").rowCount == 1)
    }
  }

  @Test func `models of another log, or of a longer one, are refused and can be rebuilt`() throws {
    let history = try RandomHistory(seed: 7, count: 300).script
    try withTemporaryFolder { folder in
      let first = try ModelRunner(
        ModelKind.standard, source: GrowingLog(history.events, visible: 300),
        options: options(folder))
      try first.catchUp()
      try first.close()
      let other = GrowingLog(history.events, visible: 300, origin: "local/main/00000002")
      let runner = try ModelRunner(ModelKind.standard, source: other, options: options(folder))
      try runner.catchUp()
      #expect(
        try runner.statuses().allSatisfy { status in
          guard case .waiting(let reason) = status.state else { return false }
          return reason.contains("00000001") && reason.contains("rebuild")
        })
      #expect(try runner.rebuild())
      #expect(try runner.statuses().allSatisfy { $0.state == .current })
      try runner.close()
      let shorter = GrowingLog(history.events, visible: 200, origin: "local/main/00000002")
      let behind = try ModelRunner(ModelKind.standard, source: shorter, options: options(folder))
      #expect(throws: ModelError.self) { try behind.digest("ticket-queue") }
    }
  }

  @Test func `progress says where it is, how fast, and how long it still takes`() {
    let progress = ModelProgress(
      models: ["ticket-queue"], position: Position(3000), size: 9000, from: Position(1000),
      elapsedMicroseconds: 500_000)
    #expect(progress.eventsPerSecond == 4000)
    #expect(progress.secondsLeft == 2)
  }
}
