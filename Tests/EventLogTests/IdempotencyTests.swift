import EventLog
import EventModel
import TestSupport
import Testing

@Suite struct IdempotencyTests {
  @Test func `a repeated command returns its first result, whatever happened between`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      let request = AppendRequest.test(
        7, [TestEvent(), TestEvent("account-b")],
        conditions: [.stream(.known("account-a"), .none)])
      let first = try harness.open { log throws in
        let first = try log.appendAndWait(request)
        #expect(!first.isRepeat)
        #expect(try log.appendAndWait(request) == first.asRepeat)
        return first
      }
      harness.clock.advance(byMicroseconds: 1_000_000)
      try harness.open { log throws in
        for number in 100..<160 as Range<UInt64> {
          _ = try log.appendAndWait(.test(number, [TestEvent()]))
        }
        #expect(try log.appendAndWait(request) == first.asRepeat)
        #expect(log.size == 64)
      }
      try harness.open { log throws in
        let retry = AppendRequest.test(7, [TestEvent(), TestEvent("account-b")], idNumber: 9999)
        #expect(try log.appendAndWait(retry) == first.asRepeat)
        let outcome = try #require(try log.outcome(of: request.command))
        #expect(outcome.result == first.asRepeat)
        #expect(outcome.bodyDigest == request.bodyDigest)
        #expect(try log.outcome(of: CommandID(high: 1, low: 1)) == nil)
      }
      try harness.verify()
    }
  }

  @Test func `another body under a command's id is refused`() throws {
    try LogHarness.run { log, _ throws in
      let first = try log.appendAndWait(.test(7, [TestEvent()]))
      let other = AppendRequest.test(7, [TestEvent()], body: [2])
      #expect(throws: AppendError.commandReused(other.command, first: first.first)) {
        try log.appendAndWait(other)
      }
    }
  }

  @Test func `an event id stands in the log once`() throws {
    try LogHarness.run { log, harness throws in
      let first = try log.appendAndWait(.test(7, [TestEvent(), TestEvent()]))
      let reused = AppendError.eventIDReused(.test(7, 1), at: first.last)
      for _ in 0..<2 {
        #expect(throws: reused) {
          try log.appendAndWait(
            AppendRequest(
              command: CommandID(high: 0xc0, low: 8), bodyDigest: .sha256([1]),
              events: [
                TestEvent().newEvent(id: .test(8, 0), bodyDigest: .sha256([1]), count: 2),
                TestEvent().newEvent(id: .test(7, 1), bodyDigest: .sha256([1]), count: 2),
              ]))
        }
      }
      #expect(try log.position(of: .test(7, 1)) == first.last)
      #expect(try log.position(of: .test(8, 0)) == nil)
      #expect(throws: AppendError.self) {
        let event = TestEvent().newEvent(id: .test(9, 0), bodyDigest: .sha256([1]), count: 2)
        return try log.appendAndWait(
          AppendRequest(
            command: CommandID(high: 0xc0, low: 9), bodyDigest: .sha256([1]),
            events: [event, event]))
      }
      #expect(log.size == 4)
    }
  }

  @Test func `a command without metadata is compared by what its events say`() throws {
    try LogHarness.run { log, _ throws in
      let first = try log.appendAndWait(
        .json(5, stream: "system-keys", type: "KeyEpochDestroyed", #"{"epoch":1}"#, salt: 1))
      let again = try log.appendAndWait(
        .json(5, stream: "system-keys", type: "KeyEpochDestroyed", #"{"epoch":1}"#, salt: 2))
      #expect(again == first.asRepeat)
      #expect(throws: AppendError.self) {
        try log.appendAndWait(
          .json(5, stream: "system-keys", type: "KeyEpochDestroyed", #"{"epoch":2}"#))
      }
    }
  }

  @Test func `racing repeats of a command append it once`() async throws {
    try await LogHarness.run { log, _ async throws in
      let results = try await withThrowingTaskGroup(of: AppendResult.self) { group in
        for _ in 0..<40 { group.addTask { try await log.append(.test(3, [TestEvent()])) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(results.map(\.first)) == [Position(2)])
      #expect(results.count { !$0.isRepeat } == 1)
      #expect(log.size == 3)
    }
  }

  @Test func `a schema is registered when it changed`() throws {
    try LogHarness.run { log, _ throws in
      #expect(try log.registerSchema([10, 0]) == nil)
      let changed = try #require(try log.registerSchema([10, 1, 0]))
      #expect(changed.first == Position(2))
      #expect(try log.registerSchema([10, 1, 0]) == nil)
      #expect(try log.registerSchema([10, 0])?.first == Position(3))
      #expect(try log.schemaInForce(before: Position(2))?.position == Position(1))
      #expect(try log.schemaInForce()?.position == Position(3))
    }
  }
}

extension AppendResult {
  var asRepeat: AppendResult {
    AppendResult(first: first, count: count, recordedAt: recordedAt, isRepeat: true)
  }
}
