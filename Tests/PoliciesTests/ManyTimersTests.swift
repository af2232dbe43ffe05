import CRM
import EventModel
import Foundation
import Policies
import TestSupport
import Testing

/// What a million armed timers cost: `DEED_LONG_TESTS=1`.
@Suite struct ManyTimersTests {
  private static let isLong = ProcessInfo.processInfo.environment["DEED_LONG_TESTS"] != nil

  /// Arms `count` timers, one a second, and finds those of the first minute.
  private func armed(_ count: Int) throws -> (perTimer: Duration, find: Duration) {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let store = try TimerStore(
      folder: "\(folder.path)/timers", origin: "local/test/00000000", mapSizeBytes: 1 << 34)
    let start = Timestamp(microseconds: 1_800_000_000_000_000)
    let clock = ContinuousClock()
    let begun = clock.now
    var steps: [TimerStep] = []
    for number in 0..<count {
      // Records come in no order of their time, as in a company.
      let second = Int64(number) * 7919 % Int64(count)
      steps.append(
        TimerStep(
          policy: PoolRecycle.name,
          change: .arm(
            .account("acc_\(number)"), dueAt: start.advanced(byMicroseconds: second * 1_000_000)),
          position: Position(UInt64(number)), recordedAt: start))
      if steps.count == 4096 || number == count - 1 {
        try store.apply(steps, through: UInt64(number) + 1)
        steps = []
      }
    }
    let took = clock.now - begun
    #expect(try store.count() == count)
    let minute = start.advanced(byMicroseconds: 59_000_000)
    let searched = clock.now
    for _ in 1...100 {
      let found = try store.timers(dueBy: minute, limit: 1000)
      #expect(found.count == min(60, count))
      #expect(found.map(\.dueAt) == found.map(\.dueAt).sorted())
    }
    return (took / count, (clock.now - searched) / 100)
  }

  @Test func `a thousand timers are found by their time`() throws {
    _ = try armed(1009)
  }

  @Test(.enabled(if: isLong)) func `a million armed timers cost no more each than a thousand`()
    throws
  {
    for count in [1009, 100_003, 1_000_003] {
      let cost = try armed(count)
      print("\(count) timers: \(cost.perTimer) to arm one, \(cost.find) to find sixty")
    }
  }
}
