internal import EventLog
internal import LMDB
internal import Synchronization

/// What was read from the log, kept as long as no event comes that may change it.
final class KeptUntilNews<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    /// How many events are in what is kept.
    var size: UInt64 = 0
    var values: [Key: Value] = [:]
  }

  private let log: EventLog
  /// The events that may change it.
  private let query: EventQuery
  private let state = Mutex(State())
  private static var limit: Int { 1024 }

  init(_ log: EventLog, until query: EventQuery) {
    self.log = log
    self.query = query
  }

  /// The value of `key` as the log has it now; `make` reads it.
  func value(
    of key: Key, _ make: () throws(CommandFailure) -> Value
  ) throws(CommandFailure) -> Value {
    let size = log.size
    if let known = try known(key, size) { return known }
    let value = try make()
    state.withLock { state in
      guard size >= state.size else { return }
      if size > state.size || state.values.count >= Self.limit { state.values = [:] }
      state.size = size
      state.values[key] = value
    }
    return value
  }

  private func known(_ key: Key, _ size: UInt64) throws(CommandFailure) -> Value? {
    let (kept, value) = state.withLock { ($0.size, $0.values[key]) }
    guard let value else { return nil }
    if kept == size { return value }
    guard kept < size else { return nil }
    let seen: UInt64?
    do { seen = try log.sizeWithoutNews(of: query, since: kept) } catch { throw .storage(error) }
    guard let seen else { return nil }
    state.withLock { state in
      // Others may have read anew meanwhile.
      if state.size == kept { state.size = seen }
    }
    return value
  }
}
