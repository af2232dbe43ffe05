internal import NIOCore
internal import Synchronization

/// What is to be done for the calls of one event loop, brought there from other threads in one hop.
///
/// A commit that wakes hundreds of subscribers, or answers dozens of appends, asks the loop once. What
/// they write is flushed together, some connections at a time: the system's calls then follow each
/// other closely, and whoever reads on the same machine is woken less often.
final class LoopTurn: Sendable {
  let loop: any EventLoop
  private let waiting = Mutex<[@Sendable () -> Void]>([])
  private let sending: NIOLoopBoundBox<Sending>

  private struct Sending {
    /// Whether flushes wait.
    var isHeld = false
    var gates: [FlushGate] = []
    var frame = Frame()
  }

  /// A message as it was framed last.
  private struct Frame {
    var message: [UInt8] = []
    var bytes = ByteBuffer()
  }

  init(_ loop: any EventLoop) {
    self.loop = loop
    sending = .makeBoxSendingValue(Sending(), eventLoop: loop)
  }

  /// Has `body` called on the loop, behind what was added before.
  func add(_ body: @escaping @Sendable () -> Void) {
    let isFirst = waiting.withLock { waiting in
      waiting.append(body)
      return waiting.count == 1
    }
    if isFirst { loop.execute { self.run() } }
  }

  private func run() {
    let bodies = waiting.withLock { waiting in
      defer { waiting.removeAll() }
      return waiting
    }
    for body in bodies {
      sending.value.isHeld = true
      body()
      sending.value.isHeld = false
      if sending.value.gates.count >= Self.heldLimit { openGates() }
    }
    openGates()
  }

  private func openGates() {
    var gates: [FlushGate] = []
    swap(&gates, &sending.value.gates)
    for gate in gates { gate.open() }
  }

  /// How many connections wait for each other: many enough for the system's calls to follow closely,
  /// few enough for the first not to wait long.
  private static let heldLimit = 16

  /// Keeps `gate` to be opened in a moment; `false` when there is no turn.
  fileprivate func hold(_ gate: FlushGate) -> Bool {
    guard sending.value.isHeld else { return false }
    sending.value.gates.append(gate)
    return true
  }

  /// The most bytes of a message whose frame is kept.
  private static let keptLimit = 1 << 14

  /// `message` behind its prefix; to be called on the loop.
  ///
  /// Who sends what was sent last gets the same bytes: subscribers get the same events in turn.
  func frame(_ message: [UInt8], _ allocator: ByteBufferAllocator) -> ByteBuffer {
    if !message.isEmpty, sending.value.frame.message == message {
      return sending.value.frame.bytes
    }
    var bytes = allocator.buffer(capacity: message.count + MessageFraming.prefixByteCount)
    MessageFraming.writePrefix(byteCount: message.count, to: &bytes)
    bytes.writeBytes(message)
    if message.count <= Self.keptLimit {
      sending.value.frame = Frame(message: message, bytes: bytes)
    }
    return bytes
  }
}

/// Keeps a connection's flushes while its loop's turn goes on.
final class FlushGate: ChannelOutboundHandler {
  typealias OutboundIn = NIOAny

  private let turn: LoopTurn
  private var context: ChannelHandlerContext?
  private var isHeld = false

  init(_ turn: LoopTurn) { self.turn = turn }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func flush(context: ChannelHandlerContext) {
    if isHeld { return }
    if turn.hold(self) { isHeld = true } else { context.flush() }
  }

  fileprivate func open() {
    isHeld = false
    context?.flush()
  }
}
