package import EventLog
internal import LMDB
internal import Synchronization

/// What was read from the log, kept as long as no event comes that may change it.
package final class KeptUntilNews<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    /// How many events were looked at: none of them makes what is kept another.
    var size: UInt64 = 0
    /// How often all was forgotten.
    var forgottenCount = 0
    var values: [Key: Value] = [:]

    mutating func forget() {
      values = [:]
      forgottenCount += 1
    }
  }

  private let log: EventLog
  /// The events that may change it.
  private let query: EventQuery
  private let state = Mutex(State())
  private static var limit: Int { 1024 }

  package init(_ log: EventLog, until query: EventQuery) {
    self.log = log
    self.query = query
  }

  /// The value of `key` as the log has it now; `make` reads it.
  package func value(
    of key: Key, _ make: () throws(CommandFailure) -> Value
  ) throws(CommandFailure) -> Value {
    try look(through: log.size)
    let (known, count) = state.withLock { ($0.values[key], $0.forgottenCount) }
    if let known { return known }
    let value = try make()
    state.withLock { state in
      // What was forgotten meanwhile may have been what was read.
      guard state.forgottenCount == count else { return }
      if state.values.count >= Self.limit { state.values = [:] }
      state.values[key] = value
    }
    return value
  }

  /// Looks at the events up to `size`, and forgets everything when one of them may change it.
  private func look(through size: UInt64) throws(CommandFailure) {
    while true {
      let kept = state.withLock(\.size)
      guard kept < size else { return }
      let seen: UInt64?
      do { seen = try log.sizeWithoutNews(of: query, since: kept) } catch { throw .storage(error) }
      state.withLock { state in
        // Others may have looked meanwhile.
        guard state.size == kept else { return }
        if seen == nil { state.forget() }
        state.size = max(seen ?? size, size)
      }
    }
  }
}
