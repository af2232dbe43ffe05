import EventLog
import EventModel
import LMDB
import TestSupport
import Testing

@Suite struct ReadTests {
  /// One event as the model knows it.
  private struct Known {
    let position: UInt64
    let event: TestEvent
  }

  private static func randomEvent(_ random: inout SeededGenerator) -> TestEvent {
    let categories = ["account", "lead", "accountx"]
    return TestEvent(
      "\(categories[Int.random(in: 0...2, using: &random)])-\(Int.random(in: 0...9, using: &random))",
      type: ["Created", "Changed", "Closed"][Int.random(in: 0...2, using: &random)],
      actor: "usr_\(Int.random(in: 0...3, using: &random))",
      tags: (0..<Int.random(in: 0...3, using: &random)).map { _ in
        "t:\(Int.random(in: 0...5, using: &random))"
      },
      onBehalfOf: Bool.random(using: &random) ? "usr_\(Int.random(in: 0...3, using: &random))" : nil
    )
  }

  private static func randomQuery(_ random: inout SeededGenerator) -> EventQuery {
    EventQuery(
      (0..<Int.random(in: 0...2, using: &random)).map { _ in
        var item = EventQuery.Item()
        if Int.random(in: 0...2, using: &random) == 0 {
          item.types = [.known(["Created", "Changed"][Int.random(in: 0...1, using: &random)])]
        }
        if Int.random(in: 0...1, using: &random) == 0 {
          item.tags = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            .known("t:\(Int.random(in: 0...5, using: &random))")
          }
        }
        if Int.random(in: 0...3, using: &random) == 0 {
          item.streams = [
            .known("account-\(Int.random(in: 0...9, using: &random))"), .known("lead-3"),
          ]
        }
        if Int.random(in: 0...3, using: &random) == 0 { item.categories = ["account"] }
        if Int.random(in: 0...3, using: &random) == 0 {
          item.actors = [.known("usr_\(Int.random(in: 0...3, using: &random))")]
        }
        return item
      })
  }

  private static func matches(_ query: EventQuery, _ event: TestEvent) -> Bool {
    guard !query.items.isEmpty else { return true }
    return query.items.contains { item in
      (item.types.isEmpty || item.types.contains { $0.text == event.type })
        && item.tags.allSatisfy { event.tags.contains($0.text) }
        && (item.streams.isEmpty || item.streams.contains { $0.text == event.stream })
        && (item.categories.isEmpty
          || item.categories.contains { event.stream.hasPrefix($0 + "-") })
        && (item.actors.isEmpty
          || item.actors.contains { $0.text == event.actor || $0.text == event.onBehalfOf })
    }
  }

  private static func expected(_ selection: EventSelection, of known: [Known]) -> [UInt64] {
    var found = known.filter { matches(selection.query, $0.event) }.map(\.position)
    switch selection.direction {
    case .forwards:
      if let from = selection.from { found.removeAll { $0 < from.rawValue } }
      if let through = selection.through { found.removeAll { $0 > through.rawValue } }
    case .backwards:
      found.reverse()
      if let from = selection.from { found.removeAll { $0 > from.rawValue } }
      if let through = selection.through { found.removeAll { $0 < through.rawValue } }
    }
    return Array(found.prefix(selection.limit ?? .max))
  }

  @Test(arguments: [11, 12] as [UInt64])
  func `a selection is what a filter over all events leaves`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try LogHarness.run { log, _ throws in
      var known: [Known] = []
      for number in 1...80 as ClosedRange<UInt64> {
        let events = (0..<Int.random(in: 1...6, using: &random)).map { _ in
          Self.randomEvent(&random)
        }
        let first = try log.appendAndWait(.test(number, events)).first.rawValue
        for (index, event) in events.enumerated() {
          known.append(Known(position: first + UInt64(index), event: event))
        }
      }
      let size = log.size
      for _ in 0..<300 {
        let selection = EventSelection(
          Self.randomQuery(&random),
          from: Bool.random(using: &random)
            ? Position(UInt64.random(in: 2...size + 5, using: &random)) : Position(2),
          through: Bool.random(using: &random)
            ? Position(UInt64.random(in: 2...size + 5, using: &random)) : nil,
          direction: .forwards,
          limit: Bool.random(using: &random) ? Int.random(in: 0...9, using: &random) : nil)
        #expect(
          try log.events(selection).map(\.position.rawValue)
            == Self.expected(selection, of: known), "seed \(seed), \(selection)")
        var backwards = selection
        backwards.direction = .backwards
        backwards.from = Bool.random(using: &random) ? selection.from : nil
        backwards.through = selection.through ?? Position(2)
        #expect(
          try log.events(backwards).map(\.position.rawValue)
            == Self.expected(backwards, of: known), "seed \(seed), \(backwards)")
      }
    }
  }

  @Test(arguments: [13, 14] as [UInt64])
  func `there is no news where nothing matches, and one name is never missed`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    try LogHarness.run { log, _ throws in
      var known: [Known] = []
      for number in 1...60 as ClosedRange<UInt64> {
        let event = Self.randomEvent(&random)
        let first = try log.appendAndWait(.test(number, [event])).first.rawValue
        known.append(Known(position: first, event: event))
        let query = Self.randomQuery(&random)
        let since = UInt64.random(in: 0...log.size, using: &random)
        let isMatched = known.contains {
          $0.position >= since && Self.matches(query, $0.event)
        }
        let seen = try log.sizeWithoutNews(of: query, since: since)
        #expect(seen == nil || seen == log.size && !isMatched, "seed \(seed), \(query)")
        let stream = "lead-\(Int.random(in: 0...9, using: &random))"
        let isNew = known.contains { $0.position >= since && $0.event.stream == stream }
        #expect(
          try log.sizeWithoutNews(of: .stream(.known(stream)), since: since)
            == (isNew ? nil : log.size), "seed \(seed), \(stream) since \(since)")
      }
    }
  }

  @Test func `whoever only reads has to look for news`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      try harness.open { log throws in
        _ = try log.appendAndWait(.test(1, [TestEvent()]))
      }
      let reader = try EventLog(reading: harness.folder)
      defer { reader.close() }
      #expect(try reader.sizeWithoutNews(of: .everything, since: reader.size) == nil)
    }
  }

  @Test func `the position at a time is the last one recorded by then`() throws {
    try LogHarness.run { log, harness throws in
      let start = harness.clock.now
      for number in 1...5 as ClosedRange<UInt64> {
        harness.clock.advance(byMicroseconds: 10)
        _ = try log.appendAndWait(.test(number, [TestEvent(), TestEvent()]))
      }
      #expect(try log.position(at: start.advanced(byMicroseconds: -1)) == nil)
      #expect(try log.position(at: start) == Position(1))
      #expect(try log.position(at: start.advanced(byMicroseconds: 10)) == Position(3))
      #expect(try log.position(at: start.advanced(byMicroseconds: 29)) == Position(5))
      #expect(try log.position(at: Timestamp(microseconds: .max)) == Position(11))
    }
  }

  @Test func `a closed log can't be read, and takes no events`() throws {
    try LogHarness.run { log, _ throws in
      log.close()
      #expect(throws: LMDBError.self) { try log.events(EventSelection()) }
      #expect(throws: AppendError.self) { try log.appendAndWait(.test(1, [TestEvent()])) }
    }
  }

  @Test func `a reader that stays open sees its snapshot while the log grows`() throws {
    try LogHarness.run { log, harness throws in
      let reading = try EventLog(reading: harness.folder)
      defer { reading.close() }
      var seen: UInt64 = 0
      try reading.scan(EventSelection()) { _, _ throws(ReadFailure) in
        seen += 1
        do throws(AppendError) {
          _ = try log.appendAndWait(.test(seen, [TestEvent()]))
        } catch { throw .append(error) }
        return .proceed
      }
      #expect(seen == 2)
      #expect(reading.size == 4)
      #expect(try reading.events(EventSelection(.stream(.known("account-a")))).count == 2)
      #expect(try reading.revision(of: .known("account-a")) == Revision(1))
      #expect(throws: AppendError.self) { try reading.appendAndWait(.test(9, [TestEvent()])) }
    }
  }
}

enum ReadFailure: Error, LMDBFailure {
  case append(AppendError)
  case store(LMDBError)
  init(_ error: LMDBError) { self = .store(error) }
}
