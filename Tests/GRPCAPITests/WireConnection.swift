import GRPCAPI
import NIOCore
import NIOHPACK
import NIOPosix
import Synchronization
import Testing

/// An HTTP/2 connection of which a test writes each frame, also wrong ones.
struct WireConnection {
  /// A frame as it came.
  struct Frame {
    let kind: UInt8
    let flags: UInt8
    let stream: UInt32
    let payload: ByteBuffer
    /// Decoded as it came, for what comes later builds on it.
    var fields = HPACKHeaders()

    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8

    /// The error of a RST_STREAM or GOAWAY.
    var error: UInt32? {
      payload.getInteger(at: payload.readerIndex + (kind == Self.goAway ? 4 : 0))
    }
  }

  /// What came of one call.
  struct Answer {
    var headers = HPACKHeaders()
    var messages: [[UInt8]] = []
    var trailers = HPACKHeaders()
    var reset: UInt32?

    var status: String? { trailers.first(name: "grpc-status") }
  }

  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var received = ByteBuffer()
  private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
  private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
  private var lastStream: UInt32 = 0

  /// Connects to `server`, and begins HTTP/2 unless a test begins with something else.
  static func with<Result: Sendable>(
    _ server: GRPCServer, begins: Bool = true,
    _ body: (inout WireConnection) async throws -> Result
  ) async throws -> Result {
    try await with(try #require(server.address), begins: begins, body)
  }

  /// Connects to a server at `address`.
  static func with<Result: Sendable>(
    _ address: SocketAddress, begins: Bool = true,
    _ body: (inout WireConnection) async throws -> Result
  ) async throws -> Result {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(to: address) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      var connection = WireConnection(
        inbound: inbound.makeAsyncIterator(), outbound: outbound)
      if begins {
        try await connection.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
        // The server's settings hold as soon as they are acknowledged.
        try await connection.send(Self.frame(Frame.settings) + Self.frame(Frame.settings, flags: 1))
      }
      return try await body(&connection)
    }
  }

  private init(
    inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
    outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.inbound = inbound
    self.outbound = outbound
  }

  static func frame(
    _ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []
  ) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.writeBytes([
      UInt8(payload.count >> 16 & 0xff), UInt8(payload.count >> 8 & 0xff),
      UInt8(payload.count & 0xff),
    ])
    buffer.writeInteger(kind)
    buffer.writeInteger(flags)
    buffer.writeInteger(stream)
    buffer.writeBytes(payload)
    return Array(buffer.readableBytesView)
  }

  /// A message behind its prefix.
  static func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    let count = UInt32(message.count)
    return [flag] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + message
  }

  func send(_ bytes: [UInt8]) async throws {
    try await outbound.write(ByteBuffer(bytes: bytes))
  }

  /// Begins a call, with its message unless `message` is `nil`; says which stream it has.
  mutating func call(
    _ path: String, _ message: [UInt8]? = [], flag: UInt8 = 0, isWhole: Bool = true,
    headers more: HPACKHeaders = [:]
  ) async throws -> UInt32 {
    lastStream = lastStream == 0 ? 1 : lastStream + 2
    // What stands in `more` first, in its place: pseudo-headers come before the others.
    var headers: HPACKHeaders = [:]
    for (name, value) in [
      (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "127.0.0.1"),
      ("content-type", "application/grpc"), ("te", "trailers"),
    ] { headers.add(name: name, value: more.first(name: name) ?? value) }
    for (name, value, _) in more where !headers.contains(name: name) {
      headers.add(name: name, value: value)
    }
    var block = ByteBuffer()
    try encoder.encode(headers: headers, to: &block)
    var bytes = Self.frame(
      Frame.headers, flags: message == nil && isWhole ? 5 : 4, stream: lastStream,
      Array(block.readableBytesView))
    if let message {
      bytes += Self.frame(
        Frame.data, flags: isWhole ? 1 : 0, stream: lastStream, Self.framed(message, flag: flag))
    }
    try await send(bytes)
    return lastStream
  }

  /// The next frame; `nil` when the connection is closed.
  mutating func next() async throws -> Frame? {
    while true {
      if var frame = takeFrame() {
        if frame.kind == Frame.headers {
          var block = frame.payload
          frame.fields = try decoder.decodeHeaders(from: &block)
        }
        if frame.kind == Frame.ping, frame.flags & 1 == 0 {
          try await send(
            Self.frame(Frame.ping, flags: 1, Array(frame.payload.readableBytesView)))
        }
        return frame
      }
      do {
        guard var piece = try await inbound.next(isolation: #isolation) else { return nil }
        received.writeBuffer(&piece)
      } catch is IOError {
        // Reset by the other side: closed.
        return nil
      }
    }
  }

  private mutating func takeFrame() -> Frame? {
    let start = received.readerIndex
    guard let head = received.getInteger(at: start, as: UInt32.self),
      let flags = received.getInteger(at: start + 4, as: UInt8.self),
      let stream = received.getInteger(at: start + 5, as: UInt32.self),
      let payload = received.getSlice(at: start + 9, length: Int(head >> 8))
    else { return nil }
    received.moveReaderIndex(forwardBy: 9 + Int(head >> 8))
    return Frame(kind: UInt8(head & 0xff), flags: flags, stream: stream, payload: payload)
  }

  /// The next frame of `kind`; `nil` when the connection is closed before.
  mutating func next(_ kind: UInt8) async throws -> Frame? {
    while let frame = try await next() {
      if frame.kind == kind { return frame }
    }
    return nil
  }

  /// Reads until the call on `stream` has ended.
  mutating func answer(on stream: UInt32) async throws -> Answer {
    var answer = Answer()
    var bytes: [UInt8] = []
    while let frame = try await next() {
      guard frame.stream == stream else { continue }
      switch frame.kind {
      case Frame.headers:
        guard frame.flags & 1 == 1 else {
          answer.headers = frame.fields
          continue
        }
        answer.trailers = frame.fields
        answer.messages = Self.messages(bytes)
        return answer
      case Frame.data: bytes += Array(frame.payload.readableBytesView)
      case Frame.reset:
        answer.reset = frame.error
        return answer
      default: continue
      }
    }
    return answer
  }

  private static func messages(_ bytes: [UInt8]) -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var rest = ByteBuffer(bytes: bytes)
    while rest.readInteger(as: UInt8.self) != nil, let count = rest.readInteger(as: UInt32.self),
      let message = rest.readBytes(length: Int(count))
    { messages.append(message) }
    return messages
  }
}
