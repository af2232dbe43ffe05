internal import Foundation

/// How far long work has come, as one line.
package struct ProgressText: Hashable, Sendable {
  package let label: String
  /// What is counted, such as `rows`.
  package let unit: String

  package init(_ label: String, unit: String) {
    self.label = label
    self.unit = unit
  }

  /// The line in `columns` columns at the most: share, count, rate and time left.
  ///
  /// `total` is `nil` where nobody knows. What was done `before` took none of the time.
  package func line(
    done: Int, before: Int = 0, total: Int?, elapsedMilliseconds: Int, columns: Int
  ) -> String {
    var parts: [String] = []
    let rate = elapsedMilliseconds > 0 ? (done - before) * 1000 / elapsedMilliseconds : 0
    if let total, total > 0 {
      let share = min(100, done * 100 / total)
      let filled = share / 5
      parts.append(
        String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
          + " \(share) %")
    }
    parts.append("\(DecimalText.grouped(String(done))) \(unit)")
    if rate > 0 {
      parts.append("\(DecimalText.grouped(String(rate)))/s")
      if let total, total > done { parts.append(Self.duration((total - done) / rate) + " left") }
    }
    let text = DisplayText.escaped(label) + "  " + parts.joined(separator: " · ")
    return DisplayText.truncated(text, to: columns)
  }

  /// `seconds` as `7 s`, `2 min 05 s` or `3 h 20 min`.
  package static func duration(_ seconds: Int) -> String {
    switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min \(twoDigits(seconds % 60)) s"
    default: "\(seconds / 3600) h \(twoDigits(seconds / 60 % 60)) min"
    }
  }

  private static func twoDigits(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
}

/// From which count on, and since when, the rate of long work is taken: from the first report of each
/// piece of work on, because it may go on where it was left.
package struct ProgressPace: Sendable {
  private var label: String?
  private var last = 0
  private var start = ContinuousClock.now
  /// The count at the beginning.
  package private(set) var before = 0

  package init() {}

  /// Takes note of a report: another label, or a count that went back, begins anew.
  package mutating func note(_ label: String, done: Int, at now: ContinuousClock.Instant) {
    defer { last = done }
    if label == self.label, done >= last { return }
    self.label = label
    (before, start) = (done, now)
  }

  /// How long it has been at this piece of work.
  package func milliseconds(at now: ContinuousClock.Instant) -> Int {
    let (seconds, attoseconds) = start.duration(to: now).components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}

/// A line on standard error that follows long work; silent where that is no terminal.
package struct ProgressLine {
  private let terminal: Terminal
  private var shown: ContinuousClock.Instant?

  package init(on terminal: Terminal = .of(.standardError)) { self.terminal = terminal }

  /// Shows how far it is, ten times a second at the most.
  package mutating func update(
    _ text: ProgressText, done: Int, total: Int?, pace: ProgressPace,
    at now: ContinuousClock.Instant
  ) {
    guard let columns = terminal.columns else { return }
    if let shown, shown.duration(to: now) < .milliseconds(100) { return }
    shown = now
    let line = text.line(
      done: done, before: pace.before, total: total,
      elapsedMilliseconds: pace.milliseconds(at: now), columns: columns - 1)
    FileHandle.standardError.write(Data("\r\u{1b}[K\(line)".utf8))
  }

  /// Takes the line away, so that what is printed next stands alone.
  package mutating func finish() {
    guard shown != nil else { return }
    shown = nil
    FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
  }
}
