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
  /// What ends each stream that runs, by the stream's number.
  private let streams = Mutex<[UInt64: @Sendable () -> Void]>([:])
  private let streamCount = Atomic<UInt64>(0)
  private let turns = Mutex<[ObjectIdentifier: LoopTurn]>([:])

  init(_ services: [any GRPCService], _ options: GRPCServer.Options) {
    self.services = services
    messageByteLimit = options.messageByteLimit
    requestTime = options.requestTime
    figures = options.figures
    buffered = BufferBudget(byteLimit: options.bufferByteLimit)
  }

  /// What the calls on `loop` share; there are as many as event loops.
  func turn(of loop: any EventLoop) -> LoopTurn {
    turns.withLock { turns in
      if let turn = turns[ObjectIdentifier(loop)] { return turn }
      let turn = LoopTurn(loop)
      turns[ObjectIdentifier(loop)] = turn
      return turn
    }
  }

  /// Whether streams end: their callers come back to another server.
  var isStopping: Bool { stopping.load(ordering: .relaxed) }

  /// Ends streams, also those that wait; other calls go on.
  func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    for end in streams.withLock({ Array($0.values) }) { end() }
  }

  /// Has `end` called when the server stops.
  ///
  /// - Returns: by what number to ``forget(_:)`` it.
  func whenStopping(_ end: @escaping @Sendable () -> Void) -> UInt64 {
    let number = streamCount.add(1, ordering: .relaxed).newValue
    streams.withLock { $0[number] = end }
    return number
  }

  func forget(_ number: UInt64) { streams.withLock { _ = $0.removeValue(forKey: number) } }
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
