package import EventModel
internal import Synchronization

/// A clock that a script sets: it stands still in between, and never goes back.
package final class ScriptedClock: Sendable {
  private let current: Mutex<Timestamp>

  package init(_ start: Timestamp) { current = Mutex(start) }

  package func now() -> Timestamp { current.withLock { $0 } }

  package func set(_ time: Timestamp) {
    current.withLock { $0 = max($0, time) }
  }

  package func advance(seconds: Int64) {
    current.withLock { $0 = $0.advanced(byMicroseconds: seconds * 1_000_000) }
  }
}
