internal import EventModel

/// How a source writes moments: letters that stand for parts, everything else for itself.
///
/// `yyyy` year, `MM` month, `MMM` English month (`Apr`, `April`), `dd` day, `HH` hour, `mm` minute,
/// `ss` second, `SSS` one to nine digits of a fraction, `XXX` an offset (`Z`, `+02:00`, `+0200`,
/// `+02`). Letters that stand for themselves are put in `'…'`. A number may have one digit where
/// its letter stands once (`d`, `M`, `H`).
struct TimeFormat: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case year, month, monthName, day, hour, minute, second, fraction, offset
    case literal(UInt8)
  }

  let pattern: String
  private let parts: [(part: Part, digits: ClosedRange<Int>)]

  static func == (a: Self, b: Self) -> Bool { a.pattern == b.pattern }
  func hash(into hasher: inout Hasher) { hasher.combine(pattern) }

  /// `nil` when a letter means nothing, or year, month or day is missing.
  init?(_ pattern: String) {
    self.pattern = pattern
    var parts: [(part: Part, digits: ClosedRange<Int>)] = []
    var rest = Array(pattern.utf8)[...]
    while let letter = rest.first {
      if letter == UInt8(ascii: "'") {
        let quoted = rest.dropFirst().prefix { $0 != UInt8(ascii: "'") }
        guard quoted.endIndex < rest.endIndex else { return nil }
        for byte in quoted { parts.append((.literal(byte), 1...1)) }
        rest = rest[(quoted.endIndex + 1)...]
        continue
      }
      let run = rest.prefix { $0 == letter }
      let isLetter = (0x41...0x5a) ~= letter || (0x61...0x7a) ~= letter
      if isLetter {
        guard let part = Self.part(letter, run.count) else { return nil }
        parts.append(part)
      } else {
        for byte in run { parts.append((.literal(byte), 1...1)) }
      }
      rest = rest[run.endIndex...]
    }
    let has = { (part: Part) in parts.contains { $0.part == part } }
    guard has(.year), has(.month) || has(.monthName), has(.day) else { return nil }
    self.parts = parts
  }

  private static func part(_ letter: UInt8, _ count: Int) -> (Part, ClosedRange<Int>)? {
    let digits = count...max(2, count)
    switch (UnicodeScalar(letter), count) {
    case ("y", 4): return (.year, 4...4)
    case ("M", 1...2): return (.month, digits)
    case ("M", 3...4): return (.monthName, 3...9)
    case ("d", 1...2): return (.day, digits)
    case ("H", 1...2): return (.hour, digits)
    case ("m", 2): return (.minute, 2...2)
    case ("s", 2): return (.second, 2...2)
    case ("S", 1...9): return (.fraction, 1...9)
    case ("X", 1...3): return (.offset, 1...6)
    default: return nil
    }
  }
}

/// What a source wrote of a moment, before a zone made one of it.
struct WallTime: Hashable, Sendable {
  var date: CalendarDate
  /// Microseconds since midnight.
  var ofDay: Int64
  /// `nil` when the source did not say.
  var offsetSeconds: Int?

  /// Microseconds since 1970, if the wall clock were UTC.
  var asIfUTC: Int64 { Int64(date.daysSince1970) * 86_400_000_000 + ofDay }
}

extension TimeFormat {
  private struct Fields {
    var year = 0
    var month = 0
    var day = 0
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0
    var offsetSeconds: Int?
  }

  /// What `text` says; `nil` unless all of it is of this format and the day exists.
  func read(_ text: String) -> WallTime? {
    var rest = Array(text.utf8)[...]
    var fields = Fields()
    for (part, digits) in parts {
      guard Self.take(part, digits, from: &rest, into: &fields) else { return nil }
    }
    guard rest.isEmpty, fields.hour < 24, fields.minute < 60, fields.second < 60,
      let date = CalendarDate(year: fields.year, month: fields.month, day: fields.day)
    else { return nil }
    let seconds = (fields.hour * 60 + fields.minute) * 60 + fields.second
    return WallTime(
      date: date, ofDay: Int64(seconds) * 1_000_000 + Int64(fields.microsecond),
      offsetSeconds: fields.offsetSeconds)
  }

  private static func take(
    _ part: Part, _ digits: ClosedRange<Int>, from rest: inout ArraySlice<UInt8>,
    into fields: inout Fields
  ) -> Bool {
    switch part {
    case .literal(let byte):
      guard rest.first == byte else { return false }
      rest.removeFirst()
      return true
    case .monthName: return takeMonthName(from: &rest, into: &fields)
    case .offset:
      guard let offset = takeOffset(from: &rest) else { return false }
      fields.offsetSeconds = offset
      return true
    case .fraction:
      guard let (value, count) = takeNumber(1...9, from: &rest) else { return false }
      var scaled = value
      for _ in count..<max(6, count) { scaled *= 10 }
      for _ in 6..<max(6, count) { scaled /= 10 }
      fields.microsecond = scaled
      return true
    case .year, .month, .day, .hour, .minute, .second:
      guard let (value, _) = takeNumber(digits, from: &rest) else { return false }
      set(part, value, in: &fields)
      return true
    }
  }

  private static func set(_ part: Part, _ value: Int, in fields: inout Fields) {
    switch part {
    case .year: fields.year = value
    case .month: fields.month = value
    case .day: fields.day = value
    case .hour: fields.hour = value
    case .minute: fields.minute = value
    case .second: fields.second = value
    case .monthName, .fraction, .offset, .literal:
      preconditionFailure("these are no plain numbers")
    }
  }

  private static func takeNumber(
    _ digits: ClosedRange<Int>, from rest: inout ArraySlice<UInt8>
  ) -> (value: Int, count: Int)? {
    let found = rest.prefix(digits.upperBound).prefix { (0x30...0x39) ~= $0 }
    guard digits.contains(found.count) else { return nil }
    rest = rest[found.endIndex...]
    return (found.reduce(0) { $0 * 10 + Int($1 - 0x30) }, found.count)
  }

  private static func takeMonthName(
    from rest: inout ArraySlice<UInt8>, into fields: inout Fields
  ) -> Bool {
    let names = [
      "january", "february", "march", "april", "may", "june", "july", "august", "september",
      "october", "november", "december",
    ]
    let word = rest.prefix { (0x41...0x5a) ~= $0 || (0x61...0x7a) ~= $0 }
    let lower = String(decoding: word, as: UTF8.self).lowercased()
    guard let index = names.firstIndex(where: { $0 == lower || $0.prefix(3) == lower }) else {
      return false
    }
    fields.month = index + 1
    rest = rest[word.endIndex...]
    return true
  }

  private static func takeOffset(from rest: inout ArraySlice<UInt8>) -> Int? {
    guard let sign = rest.first else { return nil }
    rest.removeFirst()
    if sign == UInt8(ascii: "Z") { return 0 }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let (hours, _) = takeNumber(2...2, from: &rest), hours < 24
    else { return nil }
    if rest.first == UInt8(ascii: ":") { rest.removeFirst() }
    var minutes = 0
    if let (value, _) = takeNumber(2...2, from: &rest) { minutes = value }
    guard minutes < 60 else { return nil }
    let seconds = (hours * 60 + minutes) * 60
    return sign == UInt8(ascii: "-") ? -seconds : seconds
  }
}
