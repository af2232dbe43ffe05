internal import Dispatch
internal import Synchronization

/// Answers about records as they are now, kept as long as the log has no further event, and for a
/// second at the most: rights may end by time.
///
/// Whatever an answer depends on is in the log: the record, what stands around it, rights, and that
/// a key was destroyed. That it was shown is recorded each time.
final class ShownRecords: Sendable {
  /// Who was shown what.
  struct Key: Hashable, Sendable {
    let user: String
    let kind: String
    let id: String
  }

  private struct Shown {
    let answer: Answer
    /// What the access log was told.
    let traces: [AccessEntry]
    let until: DispatchTime
  }

  private struct State {
    var size: UInt64 = 0
    var shown: [Key: Shown] = [:]
  }

  private let state = Mutex(State())

  private static let limit = 4_096
  private static let lifetime = DispatchTimeInterval.seconds(1)

  /// What was shown with so many events in the log, and what is to be recorded of it.
  func find(_ key: Key, size: UInt64) -> (answer: Answer, traces: [AccessEntry])? {
    state.withLock { state in
      guard state.size == size, let shown = state.shown[key], shown.until > .now() else {
        return nil
      }
      return (shown.answer, shown.traces)
    }
  }

  /// Keeps an answer that was made when the log had `size` events.
  func keep(_ answer: Answer, _ traces: [AccessEntry], for key: Key, size: UInt64) {
    state.withLock { state in
      guard size >= state.size else { return }
      if size > state.size || state.shown.count >= Self.limit { state.shown = [:] }
      state.size = size
      state.shown[key] = Shown(answer: answer, traces: traces, until: .now() + Self.lifetime)
    }
  }
}
