package import EventModel

/// When people work, and how time passes for them: the clock of deadlines.
package struct WorkingTime: Sendable {
  /// Minutes of the day at work, for Monday first; each day's in their order, none overlapping.
  private let weekly: [[Range<Int>]]
  /// Days whose hours are others.
  private let special: [CalendarDate: [Range<Int>]]
  private let zone: String
  private let zones: ZoneOffsets

  /// How many days are looked at for a deadline: ten years.
  static let dayLimit = 3660

  init(
    weekly: [[Range<Int>]], special: [CalendarDate: [Range<Int>]], zone: String,
    zones: ZoneOffsets
  ) {
    self.weekly = weekly
    self.special = special
    self.zone = zone
    self.zones = zones
  }

  /// Every hour of every day.
  package static func always(in zone: String, _ zones: ZoneOffsets) -> WorkingTime {
    WorkingTime(
      weekly: Array(repeating: [0..<1440], count: 7), special: [:], zone: zone, zones: zones)
  }

  /// Whole days from Monday to Friday.
  package static func weekdays(in zone: String, _ zones: ZoneOffsets) -> WorkingTime {
    WorkingTime(
      weekly: Array(repeating: [0..<1440], count: 5) + [[], []], special: [:], zone: zone,
      zones: zones)
  }

  /// When `seconds` of work have passed since `start`; `nil` when they don't within ten years.
  ///
  /// A deadline of no time is `start` itself.
  package func moment(after seconds: Int64, from start: Timestamp) -> Timestamp? {
    guard seconds > 0 else { return start }
    var left = seconds * 1_000_000
    var day = zones.day(of: start, in: zone)
    for _ in 0..<Self.dayLimit {
      for stretch in stretches(of: day) {
        let from = max(stretch.lowerBound, start.microseconds)
        guard from < stretch.upperBound else { continue }
        if left <= stretch.upperBound - from { return Timestamp(microseconds: from + left) }
        left -= stretch.upperBound - from
      }
      day = day.next
    }
    return nil
  }

  /// Whole seconds of work between two moments; 0 when the second is not after the first.
  package func seconds(from start: Timestamp, to end: Timestamp) -> Int64 {
    guard start < end else { return 0 }
    var sum: Int64 = 0
    var day = zones.day(of: start, in: zone)
    let last = zones.day(of: end, in: zone)
    for _ in 0..<Self.dayLimit where day <= last {
      for stretch in stretches(of: day) {
        let from = max(stretch.lowerBound, start.microseconds)
        let to = min(stretch.upperBound, end.microseconds)
        if from < to { sum += to - from }
      }
      day = day.next
    }
    return sum / 1_000_000
  }

  /// The same time of day `count` days of work later; `nil` when there are not so many in ten
  /// years.
  ///
  /// 0 gives `start`, on whatever day it lies.
  package func moment(afterDays count: Int, from start: Timestamp) -> Timestamp? {
    guard count > 0 else { return start }
    var day = zones.day(of: start, in: zone)
    let midnight = zones.moment(of: day, minute: 0, in: zone)
    let ofDay = start.microseconds - midnight.microseconds
    var left = count
    for _ in 0..<Self.dayLimit {
      day = day.next
      guard !hours(of: day).isEmpty else { continue }
      left -= 1
      if left == 0 {
        return zones.moment(of: day, minute: 0, in: zone).advanced(byMicroseconds: ofDay)
      }
    }
    return nil
  }

  private func hours(of day: CalendarDate) -> [Range<Int>] {
    // 1970-01-01 was a Thursday.
    special[day] ?? weekly[((day.daysSince1970 + 3) % 7 + 7) % 7]
  }

  /// The day's working time in microseconds since 1970.
  private func stretches(of day: CalendarDate) -> [Range<Int64>] {
    hours(of: day).compactMap { hours in
      let from = zones.moment(of: day, minute: hours.lowerBound, in: zone).microseconds
      let to = zones.moment(of: day, minute: hours.upperBound, in: zone).microseconds
      return from < to ? from..<to : nil
    }
  }
}

extension CalendarDate {
  fileprivate var next: CalendarDate { CalendarDate(daysSince1970: daysSince1970 + 1) }
}
