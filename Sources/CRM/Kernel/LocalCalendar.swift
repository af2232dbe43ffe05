package import EventModel

/// Days in the organisation's time zone.
///
/// Given from outside, since tables of time zones change: what a day decides stands in its event.
package struct LocalCalendar: Sendable {
  private let dayOf: @Sendable (Timestamp) -> CalendarDate
  private let momentOf: @Sendable (CalendarDate, _ hour: Int) -> Timestamp

  package init(
    day: @escaping @Sendable (Timestamp) -> CalendarDate,
    moment: @escaping @Sendable (CalendarDate, _ hour: Int) -> Timestamp
  ) {
    dayOf = day
    momentOf = moment
  }

  package func day(of time: Timestamp) -> CalendarDate { dayOf(time) }

  /// When the clocks of the zone show `hour` on `day`; the next moment there is when they skip it.
  package func moment(_ day: CalendarDate, hour: Int) -> Timestamp { momentOf(day, hour) }

  package static let utc = LocalCalendar(
    day: { time in
      let seconds = time.microseconds / 1_000_000
      return CalendarDate(daysSince1970: Int((seconds - (seconds < 0 ? 86_399 : 0)) / 86_400))
    },
    moment: { day, hour in
      Timestamp(microseconds: Int64(day.daysSince1970 * 86_400 + hour * 3600) * 1_000_000)
    })
}

extension CalendarDate {
  package func adding(days: Int) -> CalendarDate {
    CalendarDate(daysSince1970: daysSince1970 + days)
  }
}
