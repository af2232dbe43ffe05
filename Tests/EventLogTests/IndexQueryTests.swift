import EventLog
import EventModel
import LMDB
import TestSupport
import Testing

@Suite struct IndexQueryTests {
  @Test(arguments: [21, 22, 23] as [UInt64])
  func `a query finds what looking at every event finds, in order, both ways`(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      let scenario = IndexScenario(seed: seed)
      let index = try EventIndex(
        writing: folder + "/index", options: .small(events: 200, fanIn: 2, chunks: 1000))
      try scenario.fill(index, upTo: 1500)
      let model = IndexModel(scenario, size: 1500, index.hashKey)
      let keys = scenario.allKeys(index.hashKey)
      var random = SeededGenerator(seed: seed)
      for _ in 0..<120 {
        let query = randomQuery(keys, &random)
        let lower = UInt64.random(in: 0...1500, using: &random)
        let upper = UInt64.random(in: lower...1500, using: &random)
        let expected = model.positions(of: query, in: lower..<upper)
        var forwards = index.candidates(query, .forwards, from: lower, below: upper)
        #expect(try forwards.all() == expected, "seed \(seed)")
        var backwards = index.candidates(query, .backwards, from: lower, below: upper)
        #expect(try backwards.all() == expected.reversed(), "seed \(seed)")
      }
    }
  }

  private func randomQuery(_ keys: [IndexKey], _ random: inout SeededGenerator) -> IndexQuery {
    func some(_ range: ClosedRange<Int>) -> [IndexKey] {
      (0..<Int.random(in: range, using: &random)).map { _ in
        keys[Int.random(in: keys.indices, using: &random)]
      }
    }
    return IndexQuery(
      (0..<Int.random(in: 0...3, using: &random)).map { _ in
        IndexQuery.Alternative((0..<Int.random(in: 0...3, using: &random)).map { _ in some(1...5) })
      })
  }

  @Test func `an event query becomes one clause a tag, and one for each list that is not empty`()
    throws
  {
    let hash = IndexHashKey(3, 4)
    let stream = StreamName(category: "account", id: "1")
    let tags = try ["a:1", "b:2"].map { try #require(Tag($0)) }
    let types = try ["LeadCreated", "LeadLost"].map { try #require(EventType($0)) }
    let actor = ActorID(system: "import")
    let item = EventQuery.Item(
      types: types, tags: tags, streams: [stream], categories: ["account"], actors: [actor])
    let alternative = IndexQuery.Alternative([
      [hash.key(.tag, "a:1")], [hash.key(.tag, "b:2")], [hash.key(.stream, "account-1")],
      [hash.key(.actor, "system:import")],
      [hash.key(.type, "LeadCreated"), hash.key(.type, "LeadLost")],
      [hash.key(.category, "account")],
    ])
    #expect(hash.query(EventQuery([item])) == IndexQuery([alternative]))
    #expect(hash.query(.everything) == IndexQuery([]))
  }

  @Test func `a stream begun before a flush goes on behind it`() throws {
    try withTemporaryFolder { folder in
      let scenario = IndexScenario(seed: 24)
      let index = try EventIndex(
        writing: folder + "/index", options: .small(events: 400, fanIn: 2, chunks: 50))
      try scenario.fill(index, upTo: 150)
      let model = IndexModel(scenario, size: 150, index.hashKey)
      let query = IndexQuery([
        .init([[index.hashKey.key(.tag, "hot")], [index.hashKey.key(.category, "account")]])
      ])
      for direction in [ScanDirection.forwards, .backwards] {
        var stream = index.candidates(query, direction)
        var found = try stream.all(limit: 20)
        try scenario.fill(index, upTo: index.size + 900)
        try index.flush()
        found += try stream.all(limit: 20)
        try scenario.fill(index, upTo: index.size + 900)
        found += try stream.all()
        let expected = model.positions(of: query, in: 0..<150)
        if direction == .forwards {
          #expect(found == expected)
        } else {
          #expect(Array(found.suffix(expected.count)) == expected.reversed())
        }
      }
    }
  }
}
