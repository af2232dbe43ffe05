internal import Synchronization

/// What was read from the log, kept as long as it has no further event.
package final class KeptAtSize<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    /// How many events are in what is kept.
    var size: UInt64 = 0
    var values: [Key: Value] = [:]
  }

  private let state = Mutex(State())
  private static var limit: Int { 1024 }

  package init() {}

  /// The value of `key` when the log has `size` events; `make` reads it, and may see more of them.
  package func value<Failure: Error>(
    of key: Key, at size: UInt64, _ make: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    if let known = state.withLock({ $0.size == size ? $0.values[key] : nil }) { return known }
    let value = try make()
    state.withLock { state in
      guard size >= state.size else { return }
      if size > state.size || state.values.count >= Self.limit { state.values = [:] }
      state.size = size
      state.values[key] = value
    }
    return value
  }
}
