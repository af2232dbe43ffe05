import ReadModels
import TestSupport
import Testing

/// Places by hash, against a dictionary.
@Suite struct HashIndexTests {
  /// Few hashes, so that many share one, or its half, or its place.
  private static func hash(_ key: Int) -> Int {
    switch key % 4 {
    case 0: key / 8
    case 1: key << 32
    case 2: -1
    default: Int(truncatingIfNeeded: UInt64(key) &* 0x9e37_79b9_7f4a_7c15)
    }
  }

  @Test(arguments: [1, 2, .drawn(3)] as [UInt64])
  func `each entry is found by its hash and key, and no other`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var index = HashIndex()
    var keys: [Int] = []
    var model: [Int: Int] = [:]
    for _ in 0..<20_000 {
      let key = Int.random(in: 0..<3_000, using: &random)
      let found = index.first(Self.hash(key)) { keys[$0] == key }
      guard found == model[key] else {
        Issue.record("seed \(seed): \(key) is at \(found as Any), not \(model[key] as Any)")
        return
      }
      if found == nil {
        model[key] = keys.count
        keys.append(key)
        index.insert(keys.count - 1, Self.hash(key)) { Self.hash(keys[$0]) }
      }
      if Int.random(in: 0..<5_000, using: &random) == 0 {
        index.removeAll()
        keys.removeAll()
        model.removeAll()
      }
    }
  }

  @Test func `nothing is found where nothing is`() {
    var index = HashIndex()
    #expect(index.first(0) { _ in true } == nil)
    index.insert(0, 7) { _ in 7 }
    #expect(index.first(7) { _ in false } == nil)
    #expect(index.first(7) { _ in true } == 0)
    index.removeAll()
    #expect(index.first(7) { _ in true } == nil)
  }
}
