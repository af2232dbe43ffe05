internal import Foundation

extension UInt64 {
  // The last seed of a property: drawn with `DEED_RANDOM_SEEDS=1`, and else `least`, so that a run
  // of the tests repeats.
  package static func drawn(_ least: UInt64) -> UInt64 {
    let isRandom = ProcessInfo.processInfo.environment["DEED_RANDOM_SEEDS"] != nil
    return isRandom ? .random(in: least ... .max) : least
  }
}
