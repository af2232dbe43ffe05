import EventLog
import EventModel
import Foundation
import LMDB
import TestSupport
import Testing

@Suite struct IndexComparisonTests {
  private let scenario = IndexScenario(seed: 41)

  @Test func `an entry that the records lack, or have beside, is named with its position`() throws {
    try withTemporaryFolder { path in
      let index = try EventIndex(
        writing: path + "/index", options: .small(events: 400, fanIn: 2, chunks: 5000))
      try scenario.fill(index, upTo: 1000)
      let hash = index.hashKey
      // Event 300 is in a run; the last ones are in memory.
      for position: UInt64 in [300, 995] {
        let extra = hash.key(.tag, "never")
        let missing = try compare(index) { at, keys in at == position ? keys + [extra] : keys }
        #expect(missing == .missing(extra, Position(position)))
        let less = scenario.keys(at: position, hash)[0]
        let surplus = try compare(index) { at, keys in
          at == position ? keys.filter { $0 != less } : keys
        }
        #expect(surplus?.position == Position(position))
        guard case .surplus = surplus else {
          Issue.record("expected a surplus, got \(String(describing: surplus))")
          return
        }
      }
    }
  }

  private func compare(
    _ index: EventIndex, _ change: (UInt64, [IndexKey]) -> [IndexKey]
  ) throws -> IndexDifference? {
    try index.firstDifference { range, visit throws(LMDBError) in
      for position in range {
        visit(Position(position), change(position, scenario.keys(at: position, index.hashKey)))
      }
    }
  }

  enum Damage: CaseIterable {
    case deletedChunk, addedChunk, malformedList, shortKey, positionOutside
  }

  @Test(arguments: Damage.allCases)
  func `damage to a run on disk is found`(damage: Damage) throws {
    try withTemporaryFolder { path in
      let folder = path + "/index"
      try flushed(folder)
      try withEnvironment(folder) { environment, _, runs in
        try environment.write { writer throws(LMDBError) in
          var key: [UInt8] = []
          var value: [UInt8] = []
          try writer.scan(runs[0]) { found, deltas throws(LMDBError) in
            key = found.copy()
            value = deltas.copy()
            return value.count > 3 ? .stop : .proceed
          }
          try Self.apply(damage, key, value, runs[0], in: &writer)
        }
      }
      let index = try EventIndex(writing: folder, options: .small())
      let difference = try #require(try scenario.firstDifference(index))
      #expect(difference.position < Position(300))
      #expect(!difference.description.isEmpty)
    }
  }

  private func flushed(_ folder: String) throws {
    let index = try EventIndex(writing: folder, options: .small(events: 1000))
    try scenario.fill(index, upTo: 300)
    try index.flush()
  }

  private static func apply(
    _ damage: Damage, _ key: [UInt8], _ value: [UInt8], _ run: Table,
    in writer: inout WriteTransaction
  ) throws(LMDBError) {
    var newKey = key
    var newValue = value
    switch damage {
    case .deletedChunk:
      try writer.delete(key.span, from: run)
      return
    case .addedChunk:
      newKey[7] ^= 1
      newValue = []
    case .malformedList: newValue = [0x80]
    case .shortKey: newKey.removeLast()
    case .positionOutside: newValue += [0xff, 0xff, 3]
    }
    try writer.put(newValue.span, forKey: newKey.span, in: run)
  }
}
