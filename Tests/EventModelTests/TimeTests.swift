internal import EventModel
internal import Foundation
internal import TestSupport
internal import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"),
      (1_000, "1970-01-01T00:00:00.001Z"), (1, "1970-01-01T00:00:00.000001Z"),
      (1_763_750_001_750_000, "2025-11-21T18:33:21.750Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
      (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
    ] as [(Int64, String)])
  func `a moment is written and read`(microseconds: Int64, text: String) {
    let moment = Timestamp(microseconds: microseconds)
    #expect(moment.description == text)
    #expect(Timestamp(text) == moment)
  }

  @Test(
    arguments: [
      ("2025-11-21T18:33:21.75Z", 1_763_750_001_750_000),
      ("2025-11-21 18:33:21.750000Z", 1_763_750_001_750_000),
      ("2025-11-21T18:33:21.750000999z", 1_763_750_001_750_000),
      ("2025-11-22T02:33:21.75+08:00", 1_763_750_001_750_000),
      ("2025-11-21T13:03:21.75-05:30", 1_763_750_001_750_000),
      ("1970-01-01T00:00:00+00:00", 0), ("1970-01-01T00:00:00-00:00", 0),
    ] as [(String, Int64)])
  func `offsets and fractions are understood`(text: String, microseconds: Int64) {
    #expect(Timestamp(text)?.microseconds == microseconds)
  }

  @Test(
    arguments: [
      "", "2025-11-21", "2025-11-21T18:33:21", "2025-11-21T18:33Z", "2025-11-21T24:00:00Z",
      "2025-11-21T18:60:00Z", "2025-11-21T18:33:60Z", "2025-02-29T00:00:00Z",
      "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "0000-01-01T00:00:00Z",
      "2025-11-21T18:33:21.Z", "2025-11-21T18:33:21.1234567890Z", "2025-11-21T18:33:21,5Z",
      "2025-11-21T18:33:21+8:00", "2025-11-21T18:33:21+0800", "2025-11-21T18:33:21+24:00",
      "2025-11-21T18:33:21 Z", " 2025-11-21T18:33:21Z", "2025-11-21T18:33:21ZZ",
      "２025-11-21T18:33:21Z", "2025-11-21T+8:33:21Z", "2025-11-21t18:33:21Z",
    ])
  func `other texts are no moments`(text: String) { #expect(Timestamp(text) == nil) }

  @Test func `random moments are read back`() throws {
    let seed: UInt64 = 51
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let microseconds = Int64.random(
        in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &generator)
      let moment = Timestamp(microseconds: microseconds)
      #expect(Timestamp(moment.description) == moment, "seed \(seed): \(microseconds)")
    }
  }

  @Test func `random text never traps`() {
    let seed: UInt64 = 52
    var generator = SeededGenerator(seed: seed)
    let start = Array("2025-11-22T02:33:21.75+08:00".utf8)
    for _ in 0..<3000 {
      let text = String(decoding: start.mutated(using: &generator), as: UTF8.self)
      guard let moment = Timestamp(text) else { continue }
      #expect(Timestamp(moment.description) == moment, "seed \(seed): \(text)")
    }
  }

  @Test func `the ends of the range are written without a trap`() {
    #expect(Timestamp(microseconds: .max).description.hasPrefix("294247-01-10"))
    #expect(!Timestamp(microseconds: .min).description.isEmpty)
    #expect(Timestamp(microseconds: .max).advanced(byMicroseconds: 1).microseconds == .max)
    #expect(Timestamp(microseconds: .min).advanced(byMicroseconds: -1).microseconds == .min)
    #expect(Timestamp(microseconds: 5).advanced(byMicroseconds: -7).microseconds == -2)
  }
}

@Suite struct CalendarDateTests {
  /// Foundation's calendar is the model: every day of 600 years, and some far away.
  @Test func `days agree with Foundation's calendar`() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    for days in stride(from: -60_000, to: 160_000, by: 13) {
      let date = CalendarDate(daysSince1970: days)
      let model = calendar.dateComponents(
        [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
      #expect((date.year, date.month, date.day) == (model.year, model.month, model.day))
      #expect(date.daysSince1970 == days)
      #expect(CalendarDate(date.description) == date)
    }
  }

  @Test func `each day follows the one before`() throws {
    var date = try #require(CalendarDate(year: 1599, month: 12, day: 31))
    for days in date.daysSince1970 + 1...date.daysSince1970 + 150_000 {
      let next = CalendarDate(daysSince1970: days)
      #expect(date < next)
      #expect(CalendarDate(year: next.year, month: next.month, day: next.day) == next)
      date = next
    }
  }

  @Test(
    arguments: [
      (1900, 2, 29), (2023, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1),
      (2024, 1, 0), (2024, 1, 32), (0, 1, 1), (10_000, 1, 1), (-1, 1, 1),
    ])
  func `days that don't exist are refused`(year: Int, month: Int, day: Int) {
    #expect(CalendarDate(year: year, month: month, day: day) == nil)
  }

  @Test func `leap days exist every four years but for three centuries in four`() {
    for year in [1600, 2000, 2024, 2400] {
      #expect(CalendarDate(year: year, month: 2, day: 29) != nil)
    }
  }

  @Test(
    arguments: [
      "", "2024-1-01", "2024-01-1", "24-01-01", "2024/01/01", "2024-01-01 ", "2024-+1-01",
    ])
  func `other texts are no dates`(text: String) { #expect(CalendarDate(text) == nil) }
}
