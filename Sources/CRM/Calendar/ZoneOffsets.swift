package import EventModel

/// How far time zones are from UTC, as whoever decides was told from outside.
///
/// Tables of time zones change, so nothing that was decided with one is ever computed again: the
/// moments that come of it stand in events.
package struct ZoneOffsets: Sendable {
  private let offset: @Sendable (_ zone: String, _ time: Timestamp) -> Int

  /// - Parameter offset: seconds east of UTC that are in force in the zone, an IANA name, at the
  ///   time; 0 for a zone that it doesn't know.
  package init(_ offset: @escaping @Sendable (_ zone: String, _ time: Timestamp) -> Int) {
    self.offset = offset
  }

  /// Every zone is at UTC.
  package static let utc = ZoneOffsets { _, _ in 0 }

  /// Seconds east of UTC.
  package func seconds(in zone: String, at time: Timestamp) -> Int { offset(zone, time) }
}

extension ZoneOffsets {
  /// The day of `time` in `zone`.
  package func day(of time: Timestamp, in zone: String) -> CalendarDate {
    let local = Self.floored(time.microseconds, by: 1_000_000) + Int64(seconds(in: zone, at: time))
    return CalendarDate(daysSince1970: Int(Self.floored(local, by: 86_400)))
  }

  /// The moment at which the clocks of `zone` show so many minutes after the midnight of `day`.
  ///
  /// Of a time that clocks skip, the moment at which they would have shown it; of one they show
  /// twice, the first.
  package func moment(of day: CalendarDate, minute: Int, in zone: String) -> Timestamp {
    let local = Int64(day.daysSince1970) * 86_400 + Int64(minute) * 60
    // The offset in force there is that of a moment nearby: try the one before and the one after.
    let early = seconds(in: zone, at: Self.moment(local - 86_400))
    let late = seconds(in: zone, at: Self.moment(local + 86_400))
    let first = Self.moment(local - Int64(early))
    guard early != late, seconds(in: zone, at: first) != early else { return first }
    let second = Self.moment(local - Int64(late))
    // Both miss where the clocks skip.
    return seconds(in: zone, at: second) == late ? second : first
  }

  private static func moment(_ seconds: Int64) -> Timestamp {
    Timestamp(microseconds: 0).advanced(byMicroseconds: seconds &* 1_000_000)
  }

  private static func floored(_ number: Int64, by divisor: Int64) -> Int64 {
    number >= 0 ? number / divisor : (number - divisor + 1) / divisor
  }
}
