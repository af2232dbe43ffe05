internal import NIOCore
internal import Synchronization

/// The address that a server got, once it listens; or why it doesn't.
final class BoundAddress: Sendable {
  private enum State {
    case open
    case waiting(CheckedContinuation<SocketAddress?, any Error>)
    case arrived(Result<SocketAddress?, any Error>)
  }

  private let state = Mutex(State.open)

  /// Only the first arrival counts.
  func arrive(_ result: Result<SocketAddress?, any Error>) {
    let waiting = state.withLock { state -> CheckedContinuation<SocketAddress?, any Error>? in
      switch state {
      case .open:
        state = .arrived(result)
        return nil
      case .waiting(let continuation):
        state = .arrived(result)
        return continuation
      case .arrived: return nil
      }
    }
    waiting?.resume(with: result)
  }

  func wait() async throws -> SocketAddress? {
    try await withCheckedThrowingContinuation { continuation in
      let arrived = state.withLock { state -> Result<SocketAddress?, any Error>? in
        if case .arrived(let result) = state { return result }
        state = .waiting(continuation)
        return nil
      }
      if let arrived { continuation.resume(with: arrived) }
    }
  }
}
