internal import Dispatch
internal import Synchronization

/// Answers about records as they are now, kept as long as the log has no further event, and for a
/// second at the most: rights may end by time.
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

  private struct Shown {
    let answer: Answer
    /// What the access log was told.
    let traces: [AccessEntry]
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
  private static let lifetime = DispatchTimeInterval.seconds(1)

  /// What was shown with so many events in the log, and what is to be recorded of it.
  package func find(_ key: Key, size: UInt64) -> (answer: Answer, traces: [AccessEntry])? {
    state.withLock { state in
      guard state.size == size, let shown = state.shown[key], shown.until > .now() else {
        return nil
      }
      return (shown.answer, shown.traces)
    }
  }

  /// What an answer that is made from now on is kept with.
  package var epoch: UInt64 { state.withLock { $0.epoch } }

  /// Keeps an answer that was begun in `epoch`, when the log had `size` events.
  package func keep(
    _ answer: Answer, _ traces: [AccessEntry], for key: Key, size: UInt64, epoch: UInt64
  ) {
    state.withLock { state in
      guard size >= state.size, epoch == state.epoch else { return }
      if size > state.size || state.shown.count >= Self.limit { state.shown = [:] }
      state.size = size
      state.shown[key] = Shown(answer: answer, traces: traces, until: .now() + Self.lifetime)
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
