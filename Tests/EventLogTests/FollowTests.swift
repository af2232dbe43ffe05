import EventLog
import EventModel
import Foundation
import LMDB
import Synchronization
import TestSupport
import Testing

@Suite struct FollowTests {
  /// The positions a feed delivers up to the first time it has caught up with `size`.
  private static func positions(
    of feed: EventFeed, upTo size: UInt64
  ) async throws -> [UInt64] {
    var positions: [UInt64] = []
    for try await element in feed {
      switch element {
      case .events(let events): positions += events.map(\.position.rawValue)
      case .caughtUp(let reached): if reached >= size { return positions }
      }
    }
    return positions
  }

  @Test func `a feed catches up, says so, and goes on live`() async throws {
    try await LogHarness.run { log, _ async throws in
      for number in 1...10 as ClosedRange<UInt64> {
        _ = try await log.append(.test(number, [TestEvent()]))
      }
      var iterator = log.follow(.category("account"), after: Position(4), batchLimit: 4)
        .makeAsyncIterator()
      var seen: [String] = []
      for _ in 0..<3 { seen.append(Self.text(try await iterator.next())) }
      #expect(seen == ["5,6,7,8", "9,10,11", "caught up 12"])
      _ = try await log.append(.test(20, [TestEvent("lead-a")]))
      #expect(Self.text(try await iterator.next()) == "caught up 13")
      async let next = iterator.next()
      _ = try await log.append(.test(21, [TestEvent()]))
      #expect(Self.text(try await next) == "13")
    }
  }

  private static func text(_ element: EventFeed.Element?) -> String {
    switch element {
    case nil: "end"
    case .events(let events): events.map(\.position.description).joined(separator: ",")
    case .caughtUp(let size): "caught up \(size)"
    }
  }

  @Test func `every follower gets every event once, slow or quick`() async throws {
    try await LogHarness.run { log, _ async throws in
      let count: UInt64 = 400
      try await withThrowingTaskGroup(of: [UInt64].self) { group in
        for follower in 0..<6 {
          group.addTask {
            try await Self.positions(
              of: log.follow(.everything, after: nil, batchLimit: 1 + follower * 7),
              upTo: count + 2)
          }
        }
        for number in 1...count { _ = try await log.append(.test(number, [TestEvent()])) }
        for try await positions in group { #expect(positions == Array(0..<count + 2)) }
      }
    }
  }

  @Test func `a feed over nothing that matches still says that it caught up`() async throws {
    try await LogHarness.run { log, _ async throws in
      var iterator = log.follow(.types([.known("Never")]), after: nil).makeAsyncIterator()
      #expect(Self.text(try await iterator.next()) == "caught up 2")
    }
  }

  @Test func `cancelling ends a waiting feed at once`() async throws {
    try await LogHarness.run { log, _ async throws in
      let isWaiting = Mutex(false)
      let task = Task {
        for try await element in log.follow(.everything, after: nil) {
          if case .caughtUp = element { isWaiting.withLock { $0 = true } }
        }
      }
      while !isWaiting.withLock({ $0 }) { await Task.yield() }
      task.cancel()
      try await task.value
    }
  }

  @Test func `closing the log ends its feeds`() async throws {
    try await LogHarness.run { log, _ async throws in
      let isWaiting = Mutex(false)
      let task = Task {
        for try await element in log.follow(.everything, after: nil) {
          if case .caughtUp = element { isWaiting.withLock { $0 = true } }
        }
      }
      while !isWaiting.withLock({ $0 }) { await Task.yield() }
      log.close()
      try await task.value
    }
  }

  @Test(.enabled(if: CrashWriter.url != nil))
  func `another process follows, and reads beside the writer`() async throws {
    try await LogHarness.run { log, harness async throws in
      let (process, output) = try CrashWriter.start(["follow", harness.folder, "202"])
      #expect(output.next()?.hasPrefix("events 0 ") == true)
      for number in 1...200 as ClosedRange<UInt64> {
        _ = try await log.append(.test(number, [TestEvent()]))
      }
      var next: UInt64 = 2
      var reached: UInt64 = 2
      while reached < 202, let line = output.next() {
        let words = line.split(separator: " ")
        if words[0] == "events" {
          #expect(UInt64(words[1]) == next)
          next += UInt64(words[2]) ?? 0
        } else {
          reached = UInt64(words[1]) ?? 0
        }
      }
      #expect(next == 202)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
  }
}
