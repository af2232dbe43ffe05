import Service
import TestSupport
import Testing

@Suite struct ConsumerTests {
  private static let teams = StreamFilter(types: ["TeamCreated"])

  private static func group(
    _ workspace: Workspace, _ change: (inout ConsumerSettings) -> Void = { _ in }
  ) async throws {
    var rules = ConsumerSettings()
    change(&rules)
    _ = try await workspace.createConsumer(
      NewConsumer(name: "billing", filter: teams, start: .beginning, rules: rules))
  }

  @Test func `each event goes to one consumer, and comes no more when it is settled`()
    async throws
  {
    try await StreamWorkplace.open { workspace in
      try await Self.group(workspace)
      let ann = try await workspace.consume("billing", as: "ann", credit: 2)
      let bob = try await workspace.consume("billing", as: "bob", credit: 10)
      let first = try #require(try await ann.next())
      #expect(first.count == 2)
      let second = try #require(try await bob.next())
      #expect(second.count == 3)
      let all = (first + second).map(\.event.position)
      #expect(Set(all).count == 5)
      #expect(
        try await workspace.settle(
          "billing", consumer: ann.number, first.map { ($0.event.position, .done) }
        ).isEmpty)
      // What another one holds is not ann's to settle.
      let others = try await workspace.settle(
        "billing", consumer: ann.number, [(second[0].event.position, .done)])
      #expect(others == [second[0].event.position])
      await bob.end()
      let again = try #require(try await ann.next())
      #expect(again.allSatisfy { $0.attempt == 2 })
      #expect(Set(again.map(\.event.position)).isSubset(of: Set(second.map(\.event.position))))
    }
  }

  @Test func `what was settled stays so when the group ends and begins again`() async throws {
    try await StreamWorkplace.open { workspace in
      try await Self.group(workspace) { $0.strategy = "single" }
      var settled: [UInt64] = []
      for round in 0..<3 {
        let consumer = try await workspace.consume("billing", as: "c", credit: 1)
        let got = try #require(try await consumer.next())
        #expect(!settled.contains(got[0].event.position), "round \(round)")
        settled.append(got[0].event.position)
        _ = try await workspace.settle(
          "billing", consumer: consumer.number, [(got[0].event.position, .done)])
        await workspace.closeConsumers()
        #expect(try await consumer.next() == nil)
      }
      let shown = try workspace.showConsumer("billing")
      #expect(shown.text("state") == "waiting-for-consumers")
      #expect(shown.number("position").map { $0 >= Int64(settled[2]) } == true)
    }
  }

  @Test func `parked events are listed with their reason, and replayed ahead of what is new`()
    async throws
  {
    try await StreamWorkplace.open { workspace in
      try await Self.group(workspace)
      let consumer = try await workspace.consume("billing", as: "c", credit: 10)
      let got = try #require(try await consumer.next())
      let bad = got[1].event.position
      _ = try await workspace.settle(
        "billing", consumer: consumer.number,
        got.map { ($0.event.position, $0.event.position == bad ? .park(reason: "odd") : .done) })
      let parked = try workspace.parkedEvents(of: "billing")
      #expect(parked.tables[0].rows.count == 1)
      #expect(parked.tables[0].rows[0][0] == .integer(Int64(bad)))
      #expect(parked.tables[0].rows[0][1] == .text("TeamCreated"))
      #expect(parked.tables[0].rows[0][5] == .text("odd"))
      #expect(try workspace.showConsumer("billing").number("parked") == 1)
      let done = try await workspace.settleParked(of: "billing", nil, replaying: true)
      #expect(done.number("events") == 1)
      let again = try #require(try await consumer.next())
      #expect(again.map(\.event.position) == [bad])
      #expect(again[0].attempt == 1)
    }
  }

  @Test func `parked events that two give up at once count once`() async throws {
    try await StreamWorkplace.open { workspace in
      try await Self.group(workspace)
      let consumer = try await workspace.consume("billing", as: "c", credit: 10)
      let got = try #require(try await consumer.next())
      _ = try await workspace.settle(
        "billing", consumer: consumer.number,
        got.map { ($0.event.position, .park(reason: "odd")) })
      let counts = try await withThrowingTaskGroup(of: Int64.self) { group in
        for number in 0..<6 {
          group.addTask {
            try await workspace.settleParked(of: "billing", nil, replaying: number == 5)
              .number("events") ?? 0
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(counts == 5)
      #expect(try workspace.showConsumer("billing").number("parked") == 0)
    }
  }

  @Test func `nobody reads with the rights of another over the network`() async throws {
    try await inTemporaryFolder { path in
      let place = try await AccessWorkplace(path)
      let founder = place.founder
      let manager = try #require(place.users["manager"])
      let remote = try founder.acting(as: Principal(place.administrator, channel: .api))
      func denies(_ ask: () async throws -> Void) async {
        let error = await #expect(throws: ServiceError.self) { try await ask() }
        #expect(error?.code == "PERMISSION.DENIED")
      }
      await denies {
        _ = try await remote.createConsumer(
          NewConsumer(name: "theirs", filter: Self.teams, user: manager))
      }
      // Where the data is, an administrator sets it up; its own user alone consumes.
      _ = try await founder.createConsumer(
        NewConsumer(
          name: "theirs", filter: Self.teams, user: manager,
          webhook: NewWebhook(url: "https://hooks.example.com/crm")))
      await denies {
        _ = try await remote.changeConsumer("theirs", url: "https://elsewhere.example.com/")
      }
      _ = try await remote.pauseConsumer("theirs", true)
      _ = try await founder.createConsumer(
        NewConsumer(name: "queue", filter: Self.teams, user: manager))
      await denies { _ = try await remote.consume("queue", as: "c", credit: 1) }
      await founder.closeConsumers()
      try founder.close()
    }
  }

  @Test func `who made, changed and deleted a subscription stays in the log`() async throws {
    try await StreamWorkplace.open { workspace in
      try await Self.group(workspace)
      var rules = ConsumerSettings()
      rules.strategy = "by-stream"
      _ = try await workspace.changeConsumer("billing", rules: rules)
      _ = try await workspace.pauseConsumer("billing", true)
      #expect(try workspace.showConsumer("billing").text("state") == "paused")
      _ = try await workspace.pauseConsumer("billing", false)
      _ = try await workspace.resetConsumer("billing", to: .end)
      _ = try await workspace.deleteConsumer("billing")
      #expect(try workspace.listConsumers().tables[0].rows.isEmpty)
      let answer = try workspace.replay(EventFilter(stream: "consumer-billing"), limit: 10)
      let types = answer.tables[0].rows.map { row in
        row.compactMap {
          if case .text(let text) = $0, text.hasPrefix("Consumer") { text } else { nil }
        }
        .first
      }
      #expect(
        types == [
          "ConsumerCreated", "ConsumerChanged", "ConsumerChanged", "ConsumerChanged",
          "ConsumerChanged", "ConsumerDeleted",
        ])
      // A new one of the same name has nothing of the old one.
      try await Self.group(workspace)
      let consumer = try await workspace.consume("billing", as: "c", credit: 10)
      #expect(try await consumer.next()?.count == 5)
    }
  }

  @Test(arguments: ["", "Billing", "1a", "a b", "a/b", String(repeating: "a", count: 61)])
  func `what can't name a subscription is refused`(name: String) async throws {
    try await StreamWorkplace.open { workspace in
      let error = await #expect(throws: ServiceError.self) {
        try await workspace.createConsumer(NewConsumer(name: name))
      }
      #expect(error?.code == "VALIDATION.CONSUMER")
    }
  }

  @Test func `a group without its state says what to do`() async throws {
    try await StreamWorkplace.open { workspace in
      try await Self.group(workspace)
      let other = try #require(workspace.folder.path.isEmpty ? nil : workspace.folder)
      await workspace.closeConsumers()
      try removeConsumers(in: "\(other.path)/\(other.workspace)/consumers")
      #expect(try workspace.showConsumer("billing").text("state") == "stopped")
      let error = await #expect(throws: ServiceError.self) {
        try await workspace.consume("billing", as: "c", credit: 1)
      }
      #expect(error?.code == "SUBSCRIPTION.STATE")
      #expect(error?.sentence.contains("deed subscription reset billing") == true)
      _ = try await workspace.resetConsumer("billing", to: .beginning)
      let consumer = try await workspace.consume("billing", as: "c", credit: 1)
      #expect(try await consumer.next()?.count == 1)
    }
  }
}

@Suite struct ConsumerCompanyTests {
  /// One that never answers, one that leaves, and two that work.
  @Test(arguments: ["round-robin", "by-stream", "single"])
  func `a consumer that is stuck or gone holds up nobody for long`(strategy: String) async throws {
    try await StreamWorkplace.open { workspace in
      try await StreamWorkplace.addTeams(6...40, to: workspace)
      var rules = ConsumerSettings()
      rules.strategy = strategy
      rules.window = 16
      _ = try await workspace.createConsumer(
        NewConsumer(
          name: "busy", filter: StreamFilter(types: ["TeamCreated"]), start: .beginning,
          rules: rules))
      let gone = try await workspace.consume("busy", as: "gone", credit: 4)
      let stuck = try await workspace.consume("busy", as: "stuck", credit: 2)
      let workers = [
        try await workspace.consume("busy", as: "ann", credit: 3),
        try await workspace.consume("busy", as: "bob", credit: 3),
      ]
      let (settled, report) = AsyncStream.makeStream(of: UInt64.self)
      let all = await withTaskGroup(of: Void.self) { group in
        for worker in workers {
          group.addTask { await Self.work(worker, workspace, report) }
        }
        await gone.end()
        // What the stuck one holds goes to others when it is ended, as when its time is over.
        await stuck.end()
        var all: [UInt64] = []
        for await position in settled {
          all.append(position)
          if Set(all).count == 40 { break }
        }
        for worker in workers { await worker.end() }
        return all
      }
      #expect(all.count == 40)
    }
  }

  private static func work(
    _ session: ConsumerSession, _ workspace: Workspace, _ report: AsyncStream<UInt64>.Continuation
  ) async {
    do {
      while let deliveries = try await session.next() {
        let positions = deliveries.map(\.event.position)
        let stale = try await workspace.settle(
          "busy", consumer: session.number, positions.map { ($0, .done) })
        for position in positions where !stale.contains(position) { report.yield(position) }
      }
    } catch { Issue.record("\(error)") }
  }
}
