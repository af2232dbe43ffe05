import EventLog
import EventModel
import LMDB
import TestSupport
import Testing

/// Where the pages of small commits come from.
@Suite struct FreePageTests {
  @Test func `small commits behind great ones take pages that lie together`() throws {
    try LogHarness.run { log, _ throws in
      let data = [UInt8](repeating: 3, count: 1_000)
      for number in 1...20 as ClosedRange<UInt64> {
        let events = (0..<400).map { TestEvent("account-\(number)-\($0)", data: data) }
        _ = try log.appendAndWait(.test(number, events))
      }
      var growthCount = 0
      var bytes = try log.statistics().fileBytes
      for number in 100..<300 as Range<UInt64> {
        _ = try log.appendAndWait(.test(number, [TestEvent("account-\(number)", data: data)]))
        let now = try log.statistics().fileBytes
        if now > bytes { growthCount += 1 }
        bytes = now
      }
      // A page of records is full every few commits: without free pages each grew the file.
      #expect((1...6).contains(growthCount))
    }
  }

  @Test func `while a reader holds an old snapshot, no more pages are added than once`() throws {
    try LogHarness.run { log, _ throws in
      let data = [UInt8](repeating: 3, count: 1_000)
      for number in 1...20 as ClosedRange<UInt64> {
        let events = (0..<400).map { TestEvent("account-\(number)-\($0)", data: data) }
        _ = try log.appendAndWait(.test(number, events))
      }
      let before = try log.statistics().fileBytes
      try log.scan(EventSelection(limit: 1)) { _, _ throws(LMDBError) in
        for number in 100..<300 as Range<UInt64> {
          let request = AppendRequest.test(number, [TestEvent("account-\(number)", data: data)])
          do throws(AppendError) { _ = try log.appendAndWait(request) } catch {
            Issue.record("\(error)")
          }
        }
        return .proceed
      }
      // Each commit takes some twenty pages, and nothing but its own.
      let grown = try log.statistics().fileBytes - before
      #expect(grown < 200 * 40 * 4_096, "\(grown)")
      // Without that reader the pages are used, and come together as ever.
      let after = try log.statistics().fileBytes
      for number in 300..<400 as Range<UInt64> {
        _ = try log.appendAndWait(.test(number, [TestEvent("account-\(number)", data: data)]))
      }
      #expect(try log.statistics().fileBytes - after < 100 * 4_096)
    }
  }
}
