internal import Dispatch
package import EventModel
internal import Synchronization

/// Answers about records as they are now, kept as long as the log has no further event and rights
/// don't change by time, and for a minute at the most.
///
/// Whatever an answer depends on is in the log: the record, what stands around it, and rights; but
/// for a person's key and a blanked section, which go after their event: then all is forgotten. That
/// a record was shown is recorded each time.
package final class ShownRecords: Sendable {
  /// Who was shown what.
  package struct Key: Hashable, Sendable {
    let user: String
    let kind: String
    let id: String

    package init(user: String, kind: String, id: String) {
      self.user = user
      self.kind = kind
      self.id = id
    }
  }

  /// From when until when rights say the same, by the workspace's clock, while nothing is recorded.
  package struct Span: Sendable {
    let from: Timestamp
    /// `nil` for without end.
    let until: Timestamp?

    package init(from: Timestamp, until: Timestamp?) {
      self.from = from
      self.until = until
    }

    func holds(at now: Timestamp) -> Bool { from <= now && (until.map { now < $0 } ?? true) }
  }

  private struct Shown {
    let record: ShownRecord
    let span: Span
    let until: DispatchTime
  }

  private struct State {
    var size: UInt64 = 0
    /// How often all was forgotten.
    var epoch: UInt64 = 0
    var shown: [Key: Shown] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  private static let limit = 4_096
  private static let lifetime = DispatchTimeInterval.seconds(60)

  /// What was shown with so many events in the log, and what is to be recorded of it.
  package func find(_ key: Key, size: UInt64, at now: Timestamp) -> ShownRecord? {
    let shown = state.withLock { $0.size == size ? $0.shown[key] : nil }
    guard let shown, shown.span.holds(at: now), shown.until > .now() else { return nil }
    return shown.record
  }

  /// What an answer that is made from now on is kept with.
  package var epoch: UInt64 { state.withLock { $0.epoch } }

  /// Keeps an answer that was begun in `epoch`, when the log had `size` events.
  package func keep(
    _ answer: Answer, _ traces: [AccessEntry], for key: Key, size: UInt64, epoch: UInt64,
    within span: Span
  ) {
    state.withLock { state in
      guard size >= state.size, epoch == state.epoch else { return }
      if size > state.size || state.shown.count >= Self.limit { state.shown = [:] }
      state.size = size
      state.shown[key] = Shown(
        record: ShownRecord(answer, traces), span: span, until: .now() + Self.lifetime)
    }
  }

  /// Forgets all answers, also those that are being made.
  package func forget() {
    state.withLock { state in
      state.epoch += 1
      state.shown = [:]
    }
  }
}

/// A record that was shown a moment ago, and is the same still.
package final class ShownRecord: Sendable {
  /// What goes out of it, and the tag that tells it from other content.
  package struct Written: Sendable {
    package let bytes: [UInt8]
    package let tag: String

    package init(bytes: [UInt8], tag: String) {
      self.bytes = bytes
      self.tag = tag
    }
  }

  package let answer: Answer
  /// What the access log is told each time.
  let traces: [AccessEntry]
  private let kept = Mutex<Written?>(nil)

  init(_ answer: Answer, _ traces: [AccessEntry]) {
    self.answer = answer
    self.traces = traces
  }

  /// The answer as `write` writes it, which happens once: one face shows records in one way.
  package func written(_ write: (Answer) throws -> Written) rethrows -> Written {
    if let written = kept.withLock({ $0 }) { return written }
    let written = try write(answer)
    kept.withLock { $0 = written }
    return written
  }
}
