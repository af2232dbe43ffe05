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
  /// Room for requests that have not come whole.
  let buffered: BufferBudget
  private let stopping = Atomic(false)

  init(_ services: [any GRPCService], _ options: GRPCServer.Options) {
    self.services = services
    messageByteLimit = options.messageByteLimit
    requestTime = options.requestTime
    figures = options.figures
    buffered = BufferBudget(byteLimit: options.bufferByteLimit)
  }

  /// Whether streams end: their callers come back to another server.
  var isStopping: Bool { stopping.load(ordering: .relaxed) }

  func stop() { stopping.store(true, ordering: .relaxed) }
}

/// A number of bytes that many take from.
final class BufferBudget: Sendable {
  private let byteLimit: Int
  private let taken = Atomic(0)

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// `false` when there is not so much left.
  func take(_ byteCount: Int) -> Bool {
    let sum = taken.wrappingAdd(byteCount, ordering: .relaxed).newValue
    guard sum <= byteLimit else {
      giveBack(byteCount)
      return false
    }
    return true
  }

  func giveBack(_ byteCount: Int) { taken.wrappingSubtract(byteCount, ordering: .relaxed) }
}
