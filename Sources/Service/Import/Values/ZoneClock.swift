internal import EventModel
internal import Foundation

/// Turns what a wall clock showed in a zone into a moment.
///
/// The rule for the two hours a year that no zone says clearly: a time that the clocks skipped
/// is counted on with the offset before the change (02:30 becomes 03:30 of summer time); of a
/// time that they showed twice the first is meant.
struct ZoneClock: Sendable {
  let identifier: String
  private let zone: TimeZone

  /// `nil` when there is no zone of that name in the IANA tables.
  init?(_ identifier: String) {
    guard let zone = TimeZone(identifier: identifier) else { return nil }
    self.identifier = identifier
    self.zone = zone
  }

  /// The moment that `wall` means here; an offset of its own goes before the zone.
  func moment(_ wall: WallTime) -> Timestamp {
    let local = wall.asIfUTC
    if let offset = wall.offsetSeconds {
      return Timestamp(microseconds: local - Int64(offset) * 1_000_000)
    }
    let seconds = local / 1_000_000
    let before = offset(atUTC: seconds - 86_400)
    let after = offset(atUTC: seconds + 86_400)
    // The first of two is the one with the greater offset; a skipped time has neither.
    let candidates = [max(before, after), min(before, after)]
    let meant = candidates.first { offset(atUTC: seconds - Int64($0)) == $0 } ?? before
    return Timestamp(microseconds: local - Int64(meant) * 1_000_000)
  }

  private func offset(atUTC seconds: Int64) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds)))
  }
}

/// The formats that a column's moments may have, and the zone of those without an offset.
struct TimeReading: Sendable {
  let formats: [TimeFormat]
  let zone: ZoneClock?

  /// What reading a moment can fail at.
  enum Fault: Error, Hashable, Sendable {
    case unknownFormat
    case noZone
  }

  /// The moment that `text` says, by the first format that it has.
  func moment(_ text: String) throws(Fault) -> Timestamp {
    let wall = try wallTime(text)
    if let zone { return zone.moment(wall) }
    guard let offset = wall.offsetSeconds else { throw .noZone }
    return Timestamp(microseconds: wall.asIfUTC - Int64(offset) * 1_000_000)
  }

  /// The day that `text` says where it was written, whatever the zone.
  func day(_ text: String) throws(Fault) -> CalendarDate { try wallTime(text).date }

  private func wallTime(_ text: String) throws(Fault) -> WallTime {
    for format in formats {
      if let wall = format.read(text) { return wall }
    }
    throw .unknownFormat
  }
}
