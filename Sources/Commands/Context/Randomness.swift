internal import Synchronization

/// Where identifiers and salts get their random words from: the system, or a seed in tests and in
/// the demo, so that a run can be repeated.
package struct Randomness: Sendable {
  private let draw: @Sendable () -> UInt64

  package init(_ draw: @escaping @Sendable () -> UInt64) { self.draw = draw }

  package func word() -> UInt64 { draw() }
  package func pair() -> (UInt64, UInt64) { (draw(), draw()) }

  /// The operating system's generator.
  package static let system = Randomness {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }

  /// SplitMix64 from `seed`: for tests and demonstrations, not for secrets.
  package static func seeded(_ seed: UInt64) -> Randomness {
    let generator = SeededGenerator(seed: seed)
    return Randomness { generator.next() }
  }
}

/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
private final class SeededGenerator: Sendable {
  private let state: Mutex<UInt64>

  init(seed: UInt64) { state = Mutex(seed) }

  func next() -> UInt64 {
    state.withLock { state in
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = state
      word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
      return word ^ word >> 31
    }
  }
}
