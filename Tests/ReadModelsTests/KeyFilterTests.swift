import ReadModels
import TestSupport
import Testing

@Suite struct KeyFilterTests {
  @Test(arguments: [UInt64(1), 2, 3])
  func `a key that was inserted is never said to be absent, and few others to be there`(
    seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    var filter = KeyFilter()
    var inserted: Set<Int> = []
    for _ in 0..<20_000 {
      let hash = Int.random(in: .min ... .max, using: &generator)
      inserted.insert(hash)
      filter.insert(hash)
    }
    #expect(inserted.allSatisfy { filter.mayContain($0) }, "seed \(seed)")

    let others = (0..<20_000).map { _ in Int.random(in: .min ... .max, using: &generator) }
    let wrong = others.count { !inserted.contains($0) && filter.mayContain($0) }
    #expect(wrong < 1000, "seed \(seed): \(wrong) of 20000 are said to be there")
  }

  @Test func `an empty filter contains nothing, and one key twice takes room once`() {
    var filter = KeyFilter()
    #expect(!filter.mayContain(0))
    for _ in 0..<100_000 { filter.insert(7) }
    #expect(filter.mayContain(7))
    #expect(!filter.mayContain(1 << 40))
  }
}
