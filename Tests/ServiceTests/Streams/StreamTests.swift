import EventModel
import Service
import Subscriptions
import TestSupport
import Testing

@Suite struct StreamTests {
  private static let teams = StreamFilter(types: ["TeamCreated"])

  @Test func `a stream has every event once, then says that it caught up, then follows`()
    async throws
  {
    try await StreamWorkplace.open { workspace in
      let all = try workspace.subscribe(StreamFilter(), from: .beginning)
      let first = try StreamWorkplace.follow(all)
      #expect(first.events.map(\.position) == Array(0..<workspace.logSize))
      #expect(first.mark.size == workspace.logSize)
      #expect(try all.next() == .nothing)
      let size = workspace.logSize
      try await StreamWorkplace.addTeams(6...6, to: workspace)
      #expect(await all.wait(within: .seconds(30)))
      guard case .events(let more) = try all.next() else {
        Issue.record("no events came")
        return
      }
      #expect(more.map(\.position) == Array(size..<workspace.logSize))
      try all.end()
    }
  }

  @Test func `a stream goes on from any of its cursors to the same digest`() async throws {
    try await StreamWorkplace.open { workspace in
      let whole = try StreamWorkplace.follow(
        try workspace.subscribe(Self.teams, from: .beginning))
      #expect(whole.events.count == 5)
      for (index, event) in whole.events.enumerated() {
        let rest = try StreamWorkplace.follow(
          try workspace.subscribe(Self.teams, from: .cursor(event.cursor)))
        #expect(rest.events.map(\.position) == whole.events[(index + 1)...].map(\.position))
        #expect(rest.mark == whole.mark)
      }
    }
  }

  @Test func `a cursor of another filter is refused`() async throws {
    try await StreamWorkplace.open { workspace in
      let cursor = try workspace.subscribe(Self.teams, from: .beginning).cursor
      let error = #expect(throws: ServiceError.self) {
        try workspace.subscribe(StreamFilter(), from: .cursor(cursor))
      }
      #expect(error?.code == "SUBSCRIPTION.CURSOR")
      let ahead = #expect(throws: ServiceError.self) {
        try workspace.subscribe(Self.teams, from: .after(workspace.logSize))
      }
      #expect(ahead?.code == "VALIDATION.POSITION")
    }
  }

  @Test func `filters of every kind select what the log says`() async throws {
    try await StreamWorkplace.open { workspace in
      let events = try StreamWorkplace.follow(
        try workspace.subscribe(StreamFilter(), from: .beginning)
      ).events
      func positions(_ filter: StreamFilter) throws -> [UInt64] {
        try StreamWorkplace.follow(try workspace.subscribe(filter, from: .beginning)).events
          .map(\.position)
      }
      let streams = events.compactMap { $0.content?.stream }
      let stream = try #require(streams.last)
      let category = String(stream.prefix { $0 != "-" })
      let teams = events.filter { $0.content?.stream.hasPrefix("\(category)-") == true }
      #expect(try positions(StreamFilter(categories: [category])) == teams.map(\.position))
      #expect(try positions(StreamFilter(categories: ["nothing"])).isEmpty)
      #expect(
        try positions(StreamFilter(streams: [stream]))
          == events.filter { $0.content?.stream == stream }.map(\.position))
      #expect(try positions(Self.teams).count == 5)
      #expect(try positions(StreamFilter(actors: ["usr_nobody"])).isEmpty)
    }
  }

  @Test func `a subscriber's digest is the log's, and one flaw gives another`() async throws {
    try await StreamWorkplace.open { workspace in
      let subscription = try workspace.subscribe(Self.teams, from: .beginning)
      let got = try StreamWorkplace.follow(subscription)
      let header = try #require(Digest(subscription.headerDigest))
      #expect(Digest.sha256(Array(subscription.header.utf8)) == header)
      let through = try #require(got.mark.position)
      func verify(_ digest: String, _ positions: [UInt64]?) throws -> Outcome {
        try workspace.verifySubscription(
          Self.teams, after: nil, through: through, digest: digest,
          positions: positions?.map { DeliveredPosition($0) })
      }
      #expect(try !verify(got.mark.digest, got.events.map(\.position)).isRefused)
      #expect(try !verify(got.mark.digest, nil).isRefused)
      for flaw in got.events.indices {
        for doubles in [false, true] {
          // As the subscriber computes it, from what it was given.
          var value = Digest.sha256(header.bytes + [UInt8](repeating: 255, count: 8)).bytes
          var positions: [UInt64] = []
          for (index, event) in got.events.enumerated() where index != flaw || doubles {
            for _ in 0..<(index == flaw ? 2 : 1) {
              var bytes = value
              bytes.append(bigEndian: event.position)
              value = Digest.sha256(bytes + (event.content?.leafHash ?? [])).bytes
              positions.append(event.position)
            }
          }
          #expect(try verify(value.hex, nil).isRefused)
          let outcome = try verify(value.hex, positions)
          #expect(outcome.isRefused)
          let sentence = outcome.answer.text("difference") ?? ""
          #expect(sentence.contains("Position \(got.events[flaw].position) "))
        }
      }
    }
  }

  @Test func `a lag that the subscriber would not bear ends the stream`() async throws {
    try await StreamWorkplace.open { workspace in
      let subscription = try workspace.subscribe(StreamFilter(), from: .beginning, maxLag: 3)
      let error = #expect(throws: ServiceError.self) { try subscription.next() }
      #expect(error?.code == "SUBSCRIPTION.LAG")
    }
  }
}

/// What a subscriber may not see.
@Suite struct StreamRightsTests {
  @Test func `what a user may not see is a place without content, and the digest says so`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await AccessWorkplace(path)
      let auditor = try place.workspace("auditor")
      let all = try StreamWorkplace.follow(
        try place.founder.subscribe(StreamFilter(), from: .beginning))
      #expect(all.events.allSatisfy { $0.content != nil })
      let subscription = try auditor.subscribe(StreamFilter(), from: .beginning)
      let seen = try StreamWorkplace.follow(subscription)
      #expect(seen.events.map(\.position) == all.events.map(\.position))
      #expect(seen.mark.digest != all.mark.digest)
      let through = try #require(seen.mark.position)
      let positions = seen.events.map {
        DeliveredPosition($0.position, isWithheld: $0.content == nil)
      }
      let proof = try auditor.verifySubscription(
        StreamFilter(), after: nil, through: through, digest: seen.mark.digest,
        positions: positions)
      #expect(!proof.isRefused)
      await place.founder.closeConsumers()
      try place.founder.close()
    }
  }

  @Test func `who may not follow at all is refused`() async throws {
    try await inTemporaryFolder { path in
      let place = try await AccessWorkplace(path)
      let nobody = try place.workspace("nobody")
      let error = #expect(throws: ServiceError.self) {
        try nobody.subscribe(StreamFilter(), from: .beginning)
      }
      #expect(error?.code == "PERMISSION.DENIED")
      await #expect(throws: ServiceError.self) {
        try await nobody.createConsumer(NewConsumer(name: "mine"))
      }
      try place.founder.close()
    }
  }
}
