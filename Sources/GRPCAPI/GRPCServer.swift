package import NIOCore
internal import NIOHTTP2
internal import NIOPosix
internal import Synchronization

/// Serves gRPC over HTTP/2 without TLS on one address.
package final class GRPCServer: Sendable {
  /// The limits of a server.
  package struct Options: Sendable {
    /// The most bytes of one request.
    package var messageByteLimit = 16 << 20
    /// The most bytes of all requests that have not come whole.
    package var bufferByteLimit = 256 << 20
    /// The most connections at a time; further ones are closed at once.
    package var connectionLimit = 2_000
    /// The most calls at a time of one connection.
    package var callLimit = 1_000
    /// How long a request may take from its headers to its end.
    package var requestTime = TimeAmount.seconds(60)
    /// How long calls that run may take when the server stops.
    package var grace = TimeAmount.seconds(10)
    /// Counts calls.
    package var figures = CallFigures()

    package init() {}
  }

  private let listener: any Channel
  private let connections: Connections
  private let rules: CallRules

  /// Where it listens: with port 0 asked for, the one that the system chose.
  package var address: SocketAddress? { listener.localAddress }

  /// Listens on `host` and `port`, and serves until ``stop()``.
  package init(
    host: String, port: Int, services: [any GRPCService], group: any EventLoopGroup,
    options: Options = Options()
  ) async throws {
    let connections = Connections(limit: options.connectionLimit)
    let rules = CallRules(services, options)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        guard connections.add(channel) else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
          try Self.configure(channel, rules, options)
        }
      }
    listener = try await bootstrap.bind(host: host, port: port).get()
    self.connections = connections
    self.rules = rules
  }

  private static func configure(
    _ channel: any Channel, _ rules: CallRules, _ options: Options
  ) throws {
    var connection = NIOHTTP2Handler.ConnectionConfiguration()
    connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: options.callLimit),
      HTTP2Setting(parameter: .initialWindowSize, value: windowByteCount),
      HTTP2Setting(parameter: .maxHeaderListSize, value: 32 << 10),
    ]
    connection.targetWindowSize = windowByteCount
    // Clients of umadb.v1 ping every few milliseconds while they wait.
    connection.controlFrameRateLimit.maximumCount = 20_000
    var stream = NIOHTTP2Handler.StreamConfiguration()
    stream.targetWindowSize = windowByteCount
    stream.outboundBufferSizeHighWatermark = 1 << 20
    stream.outboundBufferSizeLowWatermark = 1 << 18
    // Who cancels its calls is no attacker: 64 callers may do so all the time.
    stream.streamResetFrameRateLimit.maximumCount = 20_000
    let manager = NIOHTTP2ServerConnectionManagementHandler(
      eventLoop: channel.eventLoop,
      configuration: .init(
        maxIdleTime: nil, maxAge: nil, maxGraceTime: options.grace,
        keepalive: .init(pingInterval: .seconds(30), ackTimeout: .seconds(20))))
    let turn = rules.turn(of: channel.eventLoop)
    try channel.pipeline.syncOperations.addHandler(FlushGate(turn))
    _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
      mode: .server, connectionConfiguration: connection, streamConfiguration: stream,
      streamDelegate: manager.http2StreamDelegate
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandler(CallHandler(rules, turn))
      }
    }
    try channel.pipeline.syncOperations.addHandlers([manager, BrokenConnections()])
  }

  /// One bulk append fits without waiting.
  private static let windowByteCount = 1 << 20

  /// Takes no more connections, ends streams, lets other calls end within the grace, and closes.
  package func stop() async {
    rules.stop()
    do {
      try await listener.close()
    } catch {
      // It was closed before.
    }
    await connections.quiesce()
  }
}

/// Closes a connection that broke the protocol: what is wrong with one call is that call's alone.
private final class BrokenConnections: ChannelInboundHandler {
  typealias InboundIn = NIOAny

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    // Such as a frame for a call that its caller cancelled meanwhile.
    case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.NoSuchStream,
      is NIOHTTP2Errors.StreamClosed:
      return
    default: context.close(promise: nil)
    }
  }
}

/// The connections that are open.
private final class Connections: Sendable {
  private let limit: Int
  private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

  init(limit: Int) { self.limit = limit }

  /// Keeps `channel` until it is closed; `false` when there are too many.
  func add(_ channel: any Channel) -> Bool {
    let identifier = ObjectIdentifier(channel)
    let isTaken = open.withLock { open in
      guard open.count < limit else { return false }
      open[identifier] = channel
      return true
    }
    guard isTaken else { return false }
    channel.closeFuture.whenComplete { [self] _ in
      open.withLock { _ = $0.removeValue(forKey: identifier) }
    }
    return true
  }

  /// Tells every client that the server stops, and waits until all are gone.
  func quiesce() async {
    for channel in open.withLock({ Array($0.values) }) {
      channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
    for channel in open.withLock({ Array($0.values) }) {
      do {
        try await channel.closeFuture.get()
      } catch {
        // Closed with a failure: closed.
      }
    }
  }
}
