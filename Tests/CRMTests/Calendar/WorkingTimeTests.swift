import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct WorkingTimeTests {
  /// Shanghai, without the changes of its past.
  private static let shanghai = ZoneOffsets { _, _ in 8 * 3600 }
  /// Berlin in 2026: summer time from 29 March to 25 October, at 01:00 UTC.
  private static let berlin = ZoneOffsets { _, time in
    let summer = (Timestamp("2026-03-29T01:00:00Z"), Timestamp("2026-10-25T01:00:00Z"))
    guard let begin = summer.0, let end = summer.1 else { return 0 }
    return begin <= time && time < end ? 7200 : 3600
  }

  /// Monday to Friday 9:00–12:00 and 13:00–18:00, a holiday and a working Saturday.
  private static func office(_ zones: ZoneOffsets) throws -> WorkingTime {
    let weekly = (1...5).flatMap { weekday in
      ([(540, 720), (780, 1080)] as [(UInt32, UInt32)]).map { from, to in
        WorkingHours.with {
          ($0.weekday, $0.fromMinute, $0.toMinute) = (UInt32(weekday), from, to)
        }
      }
    }
    let publish = PublishBusinessCalendar.with {
      ($0.calendarID, $0.name, $0.timeZone, $0.weekly) = ("cal_1", "Office", "Zone/Here", weekly)
      $0.specialDays = [
        .with { $0.date = "2026-05-01" },
        .with {
          $0.date = "2026-05-09"
          $0.hours = [.with { ($0.fromMinute, $0.toMinute) = (540, 720) }]
        },
      ]
    }
    var desk = Desk.staffed()
    try desk.run(
      BusinessCalendar.self, .publishBusinessCalendar(publish), desk.context(by: "usr_admin"))
    return desk.state(BusinessCalendar.self, "cal_1").workingTime(zones)
  }

  private static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  @Test(
    arguments: [
      // Within a stretch; at its very end; over lunch; over a night; over a weekend.
      ("2026-04-01T09:00:00+08:00", 1800, "2026-04-01T09:30:00+08:00"),
      ("2026-04-01T09:00:00+08:00", 10_800, "2026-04-01T12:00:00+08:00"),
      ("2026-04-01T09:00:00+08:00", 10_801, "2026-04-01T13:00:01+08:00"),
      ("2026-04-01T17:50:00+08:00", 1800, "2026-04-02T09:20:00+08:00"),
      ("2026-04-03T17:50:00+08:00", 1800, "2026-04-06T09:20:00+08:00"),
      // Outside working time: the clock starts with it.
      ("2026-04-01T03:00:00+08:00", 60, "2026-04-01T09:01:00+08:00"),
      ("2026-04-04T10:00:00+08:00", 60, "2026-04-06T09:01:00+08:00"),
      // Over a holiday, into a working Saturday.
      ("2026-04-30T17:30:00+08:00", 3600, "2026-05-04T09:30:00+08:00"),
      ("2026-05-08T17:59:00+08:00", 120, "2026-05-09T09:01:00+08:00"),
      ("2026-04-01T10:00:00+08:00", 0, "2026-04-01T10:00:00+08:00"),
    ] as [(String, Int64, String)])
  func `work passes in working time only`(
    start: String, seconds: Int64, end: String
  ) throws {
    let office = try Self.office(Self.shanghai)
    let (from, to) = (try Self.time(start), try Self.time(end))
    #expect(office.moment(after: seconds, from: from) == to)
    #expect(office.seconds(from: from, to: to) == seconds)
    #expect(office.seconds(from: to, to: from) == 0)
  }

  @Test(
    arguments: [
      // The night of 28 to 29 March has 23 hours, that of 24 to 25 October has 25.
      ("2026-03-28T12:00:00+01:00", 86_400, "2026-03-29T13:00:00+02:00"),
      ("2026-10-24T12:00:00+02:00", 86_400, "2026-10-25T11:00:00+01:00"),
    ] as [(String, Int64, String)])
  func `hours are those that pass, whatever clocks show`(
    start: String, seconds: Int64, end: String
  ) throws {
    let always = WorkingTime.always(in: "Europe/Berlin", Self.berlin)
    #expect(try always.moment(after: seconds, from: Self.time(start)) == Self.time(end))
    #expect(try always.seconds(from: Self.time(start), to: Self.time(end)) == seconds)
  }

  @Test(arguments: [
    ("2026-04-01T10:00:00+08:00", 3, "2026-04-06T10:00:00+08:00"),
    ("2026-04-03T10:00:00+08:00", 1, "2026-04-06T10:00:00+08:00"),
    ("2026-04-04T10:00:00+08:00", 1, "2026-04-06T10:00:00+08:00"),
    ("2026-04-01T10:00:00+08:00", 0, "2026-04-01T10:00:00+08:00"),
  ])
  func `days of work are counted from the next one`(start: String, days: Int, end: String) throws {
    let week = WorkingTime.weekdays(in: "Asia/Shanghai", Self.shanghai)
    #expect(try week.moment(afterDays: days, from: Self.time(start)) == Self.time(end))
  }

  @Test func `a calendar without work has no deadline`() throws {
    let publish = PublishBusinessCalendar.with {
      ($0.calendarID, $0.name) = ("cal_1", "Closed")
      $0.weekly = [.with { ($0.weekday, $0.fromMinute, $0.toMinute) = (1, 0, 1) }]
      $0.specialDays = []
    }
    var desk = Desk.staffed()
    try desk.run(
      BusinessCalendar.self, .publishBusinessCalendar(publish), desk.context(by: "usr_admin"))
    let minute = desk.state(BusinessCalendar.self, "cal_1").workingTime(.utc)
    // A minute a week: ten years have some 520 of them.
    #expect(minute.moment(after: 400 * 60, from: desk.now) != nil)
    #expect(minute.moment(after: 600 * 60, from: desk.now) == nil)
  }

  @Test(
    arguments: [
      ([(1, 540, 1080)], nil), ([(7, 0, 1440)], nil), ([], RefusalCode.required),
      ([(0, 540, 1080)], .range), ([(8, 540, 1080)], .range), ([(1, 540, 540)], .range),
      ([(1, 540, 1441)], .range), ([(1, 540, 720), (1, 719, 800)], .inconsistent),
      ([(1, 540, 720), (1, 720, 800)], nil),
    ] as [([(UInt32, UInt32, UInt32)], RefusalCode?)])
  func `hours lie within their day and don't overlap`(
    hours: [(UInt32, UInt32, UInt32)], code: RefusalCode?
  ) throws {
    var desk = Desk.staffed()
    let publish = PublishBusinessCalendar.with {
      ($0.calendarID, $0.name) = ("cal_1", "Office")
      $0.weekly = hours.map { weekday, from, to in
        .with { ($0.weekday, $0.fromMinute, $0.toMinute) = (weekday, from, to) }
      }
    }
    let context = try desk.context(by: "usr_admin")
    #expect(
      try refusal {
        try desk.run(BusinessCalendar.self, .publishBusinessCalendar(publish), context)
      }
        == code)
  }
}
