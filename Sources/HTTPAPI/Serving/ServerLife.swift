internal import Foundation
internal import Logging
internal import NIOPosix
internal import Synchronization

/// What all requests of a server share: whether it stops, its streams, its figures.
final class ServerLife: Sendable {
  private struct State {
    var isStopping = false
    var streamCount = 0
    var requestCount = 0
    /// How often nobody was let in, by why.
    var refusals: [String: Int] = [:]
  }

  private let state = Mutex(State())
  let figures = RequestFigures()
  let logger: Logger
  /// Tells this start of the server from others.
  private let name = String(UUID().uuidString.prefix(8)).lowercased()

  init(logger: Logger) { self.logger = logger }

  /// A new name for a request; Hummingbird's own stands in a logger that keeps what it is told.
  func nextRequestID() -> String {
    let number = state.withLock { state in
      state.requestCount += 1
      return state.requestCount
    }
    return "\(name)-\(number)"
  }

  /// Somebody was not let in; causes are codes of this program.
  func refused(method: String, cause: String) {
    state.withLock { $0.refusals["\(method) \(cause)", default: 0] += 1 }
    logger.warning("not let in", metadata: ["method": "\(method)", "cause": "\(cause)"])
  }

  var refusals: [String: Int] { state.withLock { $0.refusals } }
  var isStopping: Bool { state.withLock { $0.isStopping } }
  var streamCount: Int { state.withLock { $0.streamCount } }

  /// Asks streams and waiting requests to end.
  func stop() { state.withLock { $0.isStopping = true } }

  /// A stream's place among all; `nil` when there are too many.
  func beginStream(limit: Int) -> StreamSeat? {
    let isTaken = state.withLock { state in
      guard state.streamCount < limit else { return false }
      state.streamCount += 1
      return true
    }
    return isTaken ? StreamSeat(self) : nil
  }

  /// Taken while somebody holds it: an answer whose head can't be written never comes to its body.
  final class StreamSeat: Sendable {
    private let life: ServerLife

    fileprivate init(_ life: ServerLife) { self.life = life }

    deinit { life.state.withLock { $0.streamCount -= 1 } }
  }

  /// Runs what reads files on a thread that may wait.
  func reading<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await NIOThreadPool.singleton.runIfActive(body)
  }
}
