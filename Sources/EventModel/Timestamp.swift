/// A moment: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let microseconds: Int64

  @inlinable
  package init(microseconds: Int64) { self.microseconds = microseconds }

  @inlinable
  package static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

  /// This moment moved by `microseconds`, held at the ends of the range.
  package func advanced(byMicroseconds microseconds: Int64) -> Timestamp {
    let (sum, overflow) = self.microseconds.addingReportingOverflow(microseconds)
    guard overflow else { return Timestamp(microseconds: sum) }
    return Timestamp(microseconds: microseconds < 0 ? .min : .max)
  }
}

/// A day of the Gregorian calendar, without a time zone.
package struct CalendarDate: Hashable, Comparable, Sendable {
  package let year: Int
  package let month: Int
  package let day: Int

  /// `nil` unless the day exists; years 0001 to 9999.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...Self.days(inMonth: month, of: year)).contains(day)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date `days` after 1970-01-01.
  ///
  /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
  package init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
    month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01; the inverse of ``init(daysSince1970:)``.
  package var daysSince1970: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let monthIndex = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthIndex + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  package static func < (a: Self, b: Self) -> Bool {
    (a.year, a.month, a.day) < (b.year, b.month, b.day)
  }
}

extension CalendarDate: CustomStringConvertible {
  /// `YYYY-MM-DD`.
  package var description: String {
    "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))"
  }

  /// Reads exactly `YYYY-MM-DD`.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let year = Int(digits: bytes[0..<4]), let month = Int(digits: bytes[5..<7]),
      let day = Int(digits: bytes[8..<10])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with as many fraction digits as needed: none, three or six.
  package var description: String {
    let (seconds, fraction) = microseconds.flooredQuotientAndRemainder(by: 1_000_000)
    let (days, ofDay) = seconds.flooredQuotientAndRemainder(by: 86_400)
    let date = CalendarDate(daysSince1970: Int(days))
    let clock = [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map { Int($0).padded(to: 2) }
    var text = "\(date)T\(clock.joined(separator: ":"))"
    if fraction % 1000 != 0 {
      text += ".\(Int(fraction).padded(to: 6))"
    } else if fraction != 0 {
      text += ".\(Int(fraction / 1000).padded(to: 3))"
    }
    return text + "Z"
  }

  /// Reads RFC 3339; `nil` for anything else.
  ///
  /// That is a date, `T` or a space, a time with up to nine fraction digits (those behind the
  /// sixth are dropped), and `Z` or an offset.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
      let date = CalendarDate(String(decoding: bytes[0..<10], as: UTF8.self)),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let hour = Int(digits: bytes[11..<13]), let minute = Int(digits: bytes[14..<16]),
      let second = Int(digits: bytes[17..<19]), hour < 24, minute < 60, second < 60
    else { return nil }
    var rest = bytes[19...]
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
      guard (1...9).contains(digits.count), let value = Int(digits: digits) else { return nil }
      fraction = Self.microseconds(value, digitCount: digits.count)
      rest = bytes[digits.endIndex...]
    }
    guard let offset = Self.offsetMinutes(Array(rest)) else { return nil }
    let seconds = ((date.daysSince1970 * 24 + hour) * 60 + minute - offset) * 60 + second
    self.init(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
  }

  private static func microseconds(_ value: Int, digitCount: Int) -> Int {
    var scaled = value
    for _ in digitCount..<max(6, digitCount) { scaled *= 10 }
    for _ in 6..<max(6, digitCount) { scaled /= 10 }
    return scaled
  }

  private static func offsetMinutes(_ bytes: [UInt8]) -> Int? {
    if bytes == [UInt8(ascii: "Z")] || bytes == [UInt8(ascii: "z")] { return 0 }
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
      let hours = Int(digits: bytes[1..<3]), let minutes = Int(digits: bytes[4..<6]),
      hours < 24, minutes < 60
    else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "+"): return hours * 60 + minutes
    case UInt8(ascii: "-"): return -(hours * 60 + minutes)
    default: return nil
    }
  }
}

extension Int {
  /// At least `width` digits, with zeros before; for numbers that are not negative.
  func padded(to width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
  }

  /// Reads decimal digits only; `nil` for none, a sign or anything else.
  init?(digits: ArraySlice<UInt8>) {
    guard !digits.isEmpty, digits.count <= 18 else { return nil }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= digit else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    self = value
  }
}

extension Int64 {
  func flooredQuotientAndRemainder(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
