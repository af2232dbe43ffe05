internal import Synchronization

/// Who has come within the last hour: the access log has a line an hour of each, not one a request.
final class SignIns: Sendable {
  private let seen = Mutex<[String: ContinuousClock.Instant]>([:])
  private static let memory = Duration.seconds(3_600)
  private static let limit = 10_000

  /// As if `name` had not come.
  func forget(_ name: String) { seen.withLock { _ = $0.removeValue(forKey: name) } }

  /// Whether `name` hasn't come for an hour; it has from now on.
  func isNew(_ name: String) -> Bool {
    let now = ContinuousClock.now
    return seen.withLock { seen in
      if let at = seen[name], now - at < Self.memory { return false }
      if seen.count >= Self.limit {
        seen = seen.filter { now - $0.value < Self.memory }
        // So many within the hour: they are all written again.
        if seen.count >= Self.limit { seen.removeAll() }
      }
      seen[name] = now
      return true
    }
  }
}
