internal import Synchronization

/// Wakes those who wait for the log to grow.
final class CommitSignal: Sendable {
  private struct State {
    var size: UInt64
    var isClosed = false
    var lastNumber: UInt64 = 0
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
  }

  private let state: Mutex<State>

  init(size: UInt64) { state = Mutex(State(size: size)) }

  /// The newest size that is durable and published.
  var size: UInt64 { state.withLock { $0.size } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Says that the log has `size` events; a smaller one than known changes nothing.
  func advance(to size: UInt64) {
    wake { state in
      guard size > state.size else { return false }
      state.size = size
      return true
    }
  }

  /// Says that the log won't grow any more.
  func close() {
    wake { state in
      state.isClosed = true
      return true
    }
  }

  private func wake(_ change: (inout State) -> Bool) {
    let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard change(&state) else { return [] }
      defer { state.waiting.removeAll() }
      return Array(state.waiting.values)
    }
    for continuation in woken { continuation.resume() }
  }

  /// Returns when the log has more than `size` events, is closed, or the task is cancelled.
  func wait(beyond size: UInt64) async {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          guard state.size <= size, !state.isClosed, !Task.isCancelled else { return false }
          state.waiting[number] = continuation
          return true
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
    }
  }
}
