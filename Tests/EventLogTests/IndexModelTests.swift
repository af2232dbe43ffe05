import EventLog
import EventModel
import LMDB
import TestSupport
import Testing

/// A walk of random steps of a writer beside a dictionary of arrays.
private struct IndexWalk {
  let scenario: IndexScenario
  let options: EventIndex.Options
  let folder: String
  var random: SeededGenerator
  var index: EventIndex
  /// Stands in for the index while that is closed.
  private let idle: EventIndex
  var model = IndexModel()

  init(seed: UInt64, folder: String) throws {
    random = SeededGenerator(seed: seed)
    scenario = IndexScenario(seed: seed)
    self.folder = folder
    options = .small(
      events: Int.random(in: 6...120, using: &random), fanIn: Int.random(in: 2...5, using: &random),
      chunks: Int.random(in: 5...200, using: &random), seed: seed)
    idle = try EventIndex(writing: folder + "-idle", options: options)
    index = try EventIndex(writing: folder, options: options)
  }

  mutating func step() throws {
    switch Int.random(in: 0..<24, using: &random) {
    case 0: try index.flush()
    case 1: try reopen()
    case 2: try checkComparison()
    case 3...8: try checkLookups(20)
    default: try writeGroup()
    }
  }

  /// Inserts a group, takes some of it back, and publishes the rest.
  mutating func writeGroup() throws {
    try index.waitForRoom()
    let start = model.events.count
    for _ in 0..<Int.random(in: 1...30, using: &random) { insert() }
    while Int.random(in: 0..<3, using: &random) == 0 {
      let size = Int.random(in: start...model.events.count, using: &random)
      index.rollBack(to: Position(UInt64(size)))
      model.rollBack(to: size)
      for _ in 0..<Int.random(in: 0...5, using: &random) { insert() }
    }
    try checkStaged(from: start)
    let size = UInt64(model.events.count)
    index.publish(size: size, witness: scenario.witness(at: size))
  }

  private mutating func insert() {
    // A position that was taken back gets other keys the second time.
    let shift = UInt64.random(in: 0...3, using: &random) << 32
    let keys = scenario.keys(at: shift | UInt64(model.events.count), index.hashKey)
    index.insert(keys + keys.prefix(1), at: Position(UInt64(model.events.count)))
    model.append(keys)
  }

  private mutating func checkStaged(from start: Int) throws {
    let published = UInt64(start)
    #expect(index.size == published)
    for key in model.events.last ?? [] {
      let staged = try index.lastPosition(of: key, includesStaged: true)
      #expect(staged?.rawValue == model.positions[key]?.last)
      let seen = try index.lastPosition(of: key)
      #expect(seen?.rawValue == model.positions(of: key, in: 0..<published).last)
    }
  }

  /// Closes without a flush, opens, and inserts what was only in memory.
  private mutating func reopen() throws {
    let size = UInt64(model.events.count)
    index.settle()
    let flushed = index.indexedThrough
    index = idle
    index = try EventIndex(writing: folder, options: options)
    #expect(index.indexedThrough >= flushed)
    #expect(index.indexedThrough <= size)
    #expect(index.witness == scenario.witness(at: index.indexedThrough))
    for position in index.indexedThrough..<size {
      index.insert(model.events[Int(position)], at: Position(position))
    }
    index.publish(size: size, witness: scenario.witness(at: size))
  }

  private mutating func checkComparison() throws {
    let events = model.events
    let difference = try index.firstDifference { range, visit throws(LMDBError) in
      for position in range { visit(Position(position), events[Int(position)]) }
    }
    #expect(difference == nil)
  }

  mutating func checkLookups(_ count: Int) throws {
    let size = UInt64(model.events.count)
    for _ in 0..<count {
      let key = randomKey()
      let lower = UInt64.random(in: 0...size, using: &random)
      let bounds = lower..<UInt64.random(in: lower...size, using: &random)
      let expected = model.positions(of: key, in: bounds)
      let (from, below) = (bounds.lowerBound, bounds.upperBound)
      let last = try index.lastPosition(of: key, from: from, below: below)
      #expect(last?.rawValue == expected.last)
      var forwards = index.candidates(.key(key), .forwards, from: from, below: below)
      #expect(try forwards.all() == expected)
      var backwards = index.candidates(.key(key), .backwards, from: from, below: below)
      #expect(try backwards.all() == expected.reversed())
    }
  }

  private mutating func randomKey() -> IndexKey {
    if Bool.random(using: &random), let keys = model.events.randomElement(using: &random),
      let key = keys.randomElement(using: &random)
    {
      return key
    }
    let all = scenario.allKeys(index.hashKey)
    return all[Int.random(in: all.indices, using: &random)]
  }
}

@Suite struct IndexModelTests {
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func `an index answers like a dictionary of arrays, through flushes, merges and reopenings`(
    seed: UInt64
  ) throws {
    try withTemporaryFolder { folder in
      var walk = try IndexWalk(seed: seed, folder: folder + "/index")
      for _ in 0..<120 { try walk.step() }
      try walk.index.flush()
      try walk.checkLookups(200)
      // Reopening begins to count anew; what was flushed stands in runs.
      #expect(try walk.index.statistics().runCount > 0)
      #expect(walk.index.indexedThrough == UInt64(walk.model.events.count))
    }
  }

  @Test func `a key with thousands of positions is read whole, both ways, and from the middle`()
    throws
  {
    try withTemporaryFolder { folder in
      let scenario = IndexScenario(seed: 11)
      let index = try EventIndex(
        writing: folder + "/index", options: .small(events: 600, fanIn: 2, chunks: 5000))
      try scenario.fill(index, upTo: 7000, group: 50)
      let model = IndexModel(scenario, size: 7000, index.hashKey)
      let hot = index.hashKey.key(.tag, "hot")
      let expected = try #require(model.positions[hot])
      #expect(expected.count > 6000)
      var forwards = index.candidates(.key(hot))
      #expect(try forwards.all() == expected)
      var backwards = index.candidates(.key(hot), .backwards)
      #expect(try backwards.all() == expected.reversed())
      var skipping = index.candidates(.key(hot), from: 100)
      skipping.skip(to: Position(5000))
      #expect(try skipping.all() == expected.filter { $0 >= 5000 })
      #expect(try index.statistics().mergeCount > 0)
      #expect(try scenario.firstDifference(index) == nil)
    }
  }

  @Test func `event ids and streams that are nowhere are not found, however many runs there are`()
    throws
  {
    try withTemporaryFolder { folder in
      let scenario = IndexScenario(seed: 12)
      let index = try EventIndex(writing: folder + "/index", options: .small(events: 60))
      try scenario.fill(index, upTo: 3000)
      for position: UInt64 in 3000..<6000 {
        let id = index.hashKey.key(.eventID, scenario.id(at: position))
        #expect(try index.lastPosition(of: id) == nil)
      }
      for position: UInt64 in 0..<3000 where position % 97 != 0 {
        let id = index.hashKey.key(.eventID, scenario.id(at: position))
        #expect(try index.lastPosition(of: id)?.rawValue == position)
      }
    }
  }
}
