internal import NIOCore
internal import Synchronization

/// What holds for all calls of a server.
final class CallRules: Sendable {
  let services: [any GRPCService]
  /// The most bytes of one request.
  let messageByteLimit: Int
  /// How long a request may take to come.
  let requestTime: TimeAmount
  let figures: CallFigures
  private let stopping = Atomic(false)

  init(_ services: [any GRPCService], _ options: GRPCServer.Options) {
    self.services = services
    messageByteLimit = options.messageByteLimit
    requestTime = options.requestTime
    figures = options.figures
  }

  /// Whether streams end: their callers come back to another server.
  var isStopping: Bool { stopping.load(ordering: .relaxed) }

  func stop() { stopping.store(true, ordering: .relaxed) }
}
