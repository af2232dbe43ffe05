internal import Synchronization

/// Wakes those who wait for the log to grow.
final class CommitSignal: Sendable {
  private struct State {
    var size: UInt64
    var isClosed = false
    var lastNumber: UInt64 = 0
    var waiting: [UInt64: @Sendable () -> Void] = [:]

    mutating func nextNumber() -> UInt64 {
      lastNumber += 1
      return lastNumber
    }

    /// Keeps `body` until the log has more than `size` events; `false` when it need not wait.
    mutating func add(
      _ number: UInt64, beyond size: UInt64, _ body: @escaping @Sendable () -> Void
    ) -> Bool {
      guard self.size <= size, !isClosed else { return false }
      waiting[number] = body
      return true
    }
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
    let woken = state.withLock { state -> [@Sendable () -> Void] in
      guard change(&state) else { return [] }
      defer { state.waiting.removeAll(keepingCapacity: true) }
      return Array(state.waiting.values)
    }
    for body in woken { body() }
  }

  /// Calls `body` once: when the log grows and has more than `size` events, or is closed.
  ///
  /// At once when that is so; early when the log grows to `size` at the most.
  ///
  /// - Returns: a number for ``forget(_:)``.
  func call(beyond size: UInt64, _ body: @escaping @Sendable () -> Void) -> UInt64 {
    let (number, waits) = state.withLock { state in
      let number = state.nextNumber()
      return (number, state.add(number, beyond: size, body))
    }
    if !waits { body() }
    return number
  }

  /// Makes nothing of a call that was asked for and has not come.
  func forget(_ number: UInt64) {
    _ = state.withLock { $0.waiting.removeValue(forKey: number) }
  }

  /// Returns when the log has more than `size` events, is closed, or the task is cancelled.
  func wait(beyond size: UInt64) async {
    let number = state.withLock { $0.nextNumber() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          !Task.isCancelled && state.add(number, beyond: size) { continuation.resume() }
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: number) }?()
    }
  }
}
