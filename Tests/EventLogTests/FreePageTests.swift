import EventLog
import EventModel
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
}
