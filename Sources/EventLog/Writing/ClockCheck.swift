package import EventModel

/// That somebody said that the clock is right, though it was far from the last event.
package struct AcceptedClock: Hashable, Sendable {
  /// When the last event was recorded: it holds for no other one.
  package let last: Timestamp
  /// What the clock said then.
  package let now: Timestamp

  package init(last: Timestamp, now: Timestamp) {
    self.last = last
    self.now = now
  }

  /// Whether it was said that the clock is right behind the event of `last`.
  func isBehind(_ last: Timestamp) -> Bool { self.last == last && now < last }

  /// The latest time that is believed before the event of `last` is followed by another one.
  package static func latest(_ accepted: AcceptedClock?, after last: Timestamp) -> Timestamp {
    guard let accepted, accepted.last == last else { return last }
    return max(last, accepted.now)
  }
}

/// The rules for the clock at opening: docs/format/log.md, "Opening".
struct ClockCheck {
  let options: EventLog.Options

  /// How far the clock may be behind the last event: time waits for it.
  static let toleranceMicroseconds: Int64 = 5_000_000

  func check(_ last: Timestamp?, isSimulated: Bool) throws(OpenError) {
    guard let last, !isSimulated, options.checksClockAtOpening else { return }
    let now = options.clock()
    guard
      now >= last.advanced(byMicroseconds: -Self.toleranceMicroseconds)
        || options.accepted?.isBehind(last) == true
    else { throw .clockBehind(last: last, now: now) }
    guard let limit = options.clockJumpLimitMicroseconds else { return }
    let latest = AcceptedClock.latest(options.accepted, after: last)
    guard now <= latest.advanced(byMicroseconds: limit) else {
      throw .clockAhead(last: last, now: now)
    }
  }
}

/// Sees a clock that leaps ahead while the log is open: what is recorded then would bear a time
/// that can't be taken back, and no later event could have an earlier one.
///
/// It compares with a clock that nobody sets, so that a log nobody wrote to for long takes the next
/// event.
struct ClockWatch {
  private let limitMicroseconds: Int64?
  /// The last time that was believed, and when that was.
  private var seen: (time: Timestamp, at: ContinuousClock.Instant)

  init(_ options: EventLog.Options, isSimulated: Bool) {
    limitMicroseconds = isSimulated ? nil : options.clockJumpLimitMicroseconds
    seen = (options.clock(), .now)
  }

  /// Why `now` is not believed; `nil` when it is.
  mutating func leap(to now: Timestamp) -> String? {
    guard let limitMicroseconds else { return nil }
    let instant = ContinuousClock.now
    let passed = (instant - seen.at).components
    let expected = seen.time.advanced(
      byMicroseconds: passed.seconds * 1_000_000 + passed.attoseconds / 1_000_000_000_000)
    guard now <= expected.advanced(byMicroseconds: limitMicroseconds) else {
      return "the clock leapt from \(expected) to \(now); set it right, or, where it is right now, "
        + "open the log again"
    }
    // One that went back says nothing of how far ahead it may be.
    if now >= seen.time { seen = (now, instant) }
    return nil
  }
}
