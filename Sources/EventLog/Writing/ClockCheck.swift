internal import EventModel

/// The rules for the clock at opening: docs/format/log.md, "Opening".
struct ClockCheck {
  let options: EventLog.Options

  /// How far the clock may be behind the last event: time waits for it.
  static let toleranceMicroseconds: Int64 = 5_000_000

  func check(_ last: Timestamp?, isSimulated: Bool) throws(OpenError) {
    guard let last, !isSimulated, options.checksClockAtOpening, options.acceptedLast != last
    else { return }
    let now = options.clock()
    guard now >= last.advanced(byMicroseconds: -Self.toleranceMicroseconds) else {
      throw .clockBehind(last: last, now: now)
    }
    guard let limit = options.clockJumpLimitMicroseconds else { return }
    guard now <= last.advanced(byMicroseconds: limit) else {
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
