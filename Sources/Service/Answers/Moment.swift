package import EventModel
package import Foundation

/// A point in the history as people and scripts name it: a position, a time, or a day.
public enum Moment: Sendable, Hashable {
  /// The log's position, 0-based: everything up to it and with it.
  case position(UInt64)
  /// Microseconds since 1970, UTC.
  case time(microseconds: Int64)
  /// A day in the organisation's time zone.
  case day(year: Int, month: Int, day: Int)

  /// Reads a decimal position, an RFC 3339 time or a `YYYY-MM-DD` day.
  public init(_ text: String) throws(ServiceError) {
    if !text.isEmpty, text.utf8.count <= 19,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let position = UInt64(text)
    {
      self = .position(position)
    } else if let time = Timestamp(text) {
      self = .time(microseconds: time.microseconds)
    } else if let date = CalendarDate(text) {
      self = .day(year: date.year, month: date.month, day: date.day)
    } else {
      throw ServiceError(
        .usage, code: "VALIDATION.MOMENT",
        "“\(text)” is no moment: give a position such as 120, a time such as "
          + "2026-03-31T09:00:00Z, or a day such as 2026-03-31.")
    }
  }
}

/// Which end of a day is meant.
package enum DayEnd: Sendable {
  /// The day's first microsecond: where a period that begins on it begins.
  case start
  /// The day's last microsecond: what was known when it ended.
  case end
}

extension Moment {
  /// The moment as a time; `nil` for a position.
  package func time(_ end: DayEnd, in zone: TimeZone) -> Timestamp? {
    switch self {
    case .position: return nil
    case .time(let microseconds): return Timestamp(microseconds: microseconds)
    case .day(let year, let month, let day):
      guard let date = CalendarDate(year: year, month: month, day: day) else { return nil }
      let start = Self.startOfDay(date.daysSince1970, in: zone)
      switch end {
      case .start: return start
      case .end:
        return Self.startOfDay(date.daysSince1970 + 1, in: zone).advanced(byMicroseconds: -1)
      }
    }
  }

  /// Midnight of the day `days` after 1970-01-01, by the zone's rules on that day.
  private static func startOfDay(_ days: Int, in zone: TimeZone) -> Timestamp {
    let midnight = Date(timeIntervalSince1970: Double(days) * 86_400)
    var offset = zone.secondsFromGMT(for: midnight)
    // The offset in force at local midnight, not at Greenwich's.
    offset = zone.secondsFromGMT(for: midnight.addingTimeInterval(-Double(offset)))
    return Timestamp(microseconds: Int64(days * 86_400 - offset) * 1_000_000)
  }
}
