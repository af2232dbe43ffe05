import EventLog
import EventModel
import Foundation
import LMDB
import TestSupport

/// Events as a function of seed and position, so that two processes can make the same ones.
struct IndexScenario: Sendable {
  let seed: UInt64

  /// Few streams, one tag that nearly all events have, some that few have, ids of both kinds.
  func keys(at position: UInt64, _ hash: IndexHashKey) -> [IndexKey] {
    var random = SeededGenerator(seed: seed &+ position &* 0x1234_5678_9abc_def1)
    let stream = UInt64.random(in: 0..<40, using: &random)
    var keys = [
      hash.key(.stream, "account-\(stream)"), hash.key(.category, "account"),
      hash.key(.type, "Type\(stream % 3)"), hash.key(.eventID, id(at: position)),
      hash.key(.actor, "usr_\(position / 7 % 5)"),
    ]
    if position % 19 != 3 { keys.append(hash.key(.tag, "hot")) }
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      keys.append(hash.key(.tag, "t\(UInt64.random(in: 0..<90, using: &random))"))
    }
    if position % 97 == 0 { keys = [] }
    return keys
  }

  /// Every third id is random, as of imported events; the others grow.
  func id(at position: UInt64) -> EventID {
    var random = SeededGenerator(seed: ~seed &+ position)
    guard position % 3 != 0 else { return EventID(high: random.next(), low: random.next()) }
    return EventID(high: 1 << 60 | position << 8, low: random.next())
  }

  func witness(at size: UInt64) -> Digest {
    size == 0 ? .zero : .sha256(Array("\(seed) \(size)".utf8))
  }

  /// Every key that an event below `size` has, and some that none has.
  func allKeys(_ hash: IndexHashKey) -> [IndexKey] {
    var keys = (0..<42).map { hash.key(.stream, "account-\($0)") }
    keys += (0..<4).map { hash.key(.type, "Type\($0)") }
    keys += (0..<6).map { hash.key(.actor, "usr_\($0)") }
    keys += (0..<92).map { hash.key(.tag, "t\($0)") }
    return keys + [
      hash.key(.category, "account"), hash.key(.category, "none"), hash.key(.tag, "hot"),
    ]
  }

  /// Inserts and publishes the events from `index.stagedSize` on, in groups.
  func fill(_ index: EventIndex, upTo size: UInt64, group: UInt64 = 7) throws(LMDBError) {
    while index.stagedSize < size {
      try index.waitForRoom()
      let end = min(index.stagedSize + group, size)
      for position in index.stagedSize..<end {
        index.insert(keys(at: position, index.hashKey), at: Position(position))
      }
      index.publish(size: end, witness: witness(at: end))
    }
  }

  /// The comparison of every entry that `verify` makes.
  func firstDifference(_ index: EventIndex) throws(LMDBError) -> IndexDifference? {
    try index.firstDifference { range, visit throws(LMDBError) in
      for position in range {
        visit(Position(position), keys(at: position, index.hashKey))
      }
    }
  }
}

extension EventIndex.Options {
  /// Limits so small that a few hundred events flush and merge often.
  static func small(
    events: Int = 40, fanIn: Int = 3, chunks: Int = 50, seed: UInt64 = 1
  ) -> EventIndex.Options {
    var options = EventIndex.Options(newHashKey: IndexHashKey(seed, ~seed))
    options.mapSizeBytes = 64 << 20
    options.tailEventLimit = events
    options.mergeFanIn = fanIn
    options.mergeStepChunkLimit = chunks
    return options
  }
}

/// What an index must know: the positions of each key, in order.
struct IndexModel {
  var events: [[IndexKey]] = []
  var positions: [IndexKey: [UInt64]] = [:]

  init() {}

  init(_ scenario: IndexScenario, size: UInt64, _ hash: IndexHashKey) {
    for position in 0..<size { append(scenario.keys(at: position, hash)) }
  }

  mutating func append(_ keys: [IndexKey]) {
    for key in Set(keys) { positions[key, default: []].append(UInt64(events.count)) }
    events.append(keys)
  }

  mutating func rollBack(to size: Int) {
    while events.count > size {
      for key in Set(events.removeLast()) { positions[key]?.removeLast() }
    }
  }

  func positions(of key: IndexKey, in bounds: Range<UInt64>) -> [UInt64] {
    positions[key, default: []].filter(bounds.contains)
  }

  /// The positions of a query, by looking at every event.
  func positions(of query: IndexQuery, in bounds: Range<UInt64>) -> [UInt64] {
    bounds.filter { position in
      let keys = events[Int(position)]
      return query.alternatives.isEmpty
        || query.alternatives.contains { alternative in
          alternative.clauses.allSatisfy { clause in clause.contains(where: keys.contains) }
        }
    }
  }
}

extension CandidateStream {
  /// What is left of the stream, at most `limit` positions.
  mutating func all(limit: Int = .max) throws(LMDBError) -> [UInt64] {
    var found: [UInt64] = []
    while found.count < limit, let position = try next() { found.append(position.rawValue) }
    return found
  }
}
