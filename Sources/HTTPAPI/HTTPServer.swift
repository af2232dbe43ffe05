internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import HummingbirdTLS
internal import Logging
package import NIOCore
internal import NIOSSL
package import Service
internal import ServiceLifecycle

/// Serves a CRM's workspace over HTTP on one address: HTTP/1.1, and with TLS HTTP/2 as well.
package final class HTTPServer: Sendable {
  /// How callers are let in.
  package enum Authentication: Sendable {
    /// Everybody may do everything that the workspace's opener may: for loopback addresses.
    case none
    /// With a key of the ring, or a token of the identity provider, where there is one.
    case bearer(keys: APIKeyRing?, tokens: TokenVerifier?)
  }

  private let life: ServerLife
  private let group: ServiceGroup
  private let running: Task<Void, any Error>
  private let watching: Task<Void, Never>
  /// Where it listens: with port 0 asked for, the port that the system chose.
  package let address: SocketAddress?

  /// Listens on `host` and `port`, and serves until ``stop()``.
  package init(
    host: String, port: Int, workspace: Workspace, authentication: Authentication,
    options: Options = Options()
  ) async throws {
    let life = ServerLife(logger: options.logger)
    let watch = HealthWatch(workspace: workspace, logger: options.logger)
    let bound = BoundAddress()
    var logger = Logger(label: "deed.http.connections") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let routes = HTTPRoutes(
      door: Door(
        workspace: workspace, authentication: authentication, limits: options.limits, life: life),
      life: life, options: options, watch: watch)
    let application = Application(
      responder: routes.responder,
      server: try Self.builder(options),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port),
        availableConnectionsDelegate: MaximumAvailableConnections(
          options.limits.connections, logger: logger)),
      onServerRunning: { channel in bound.arrive(.success(channel.localAddress)) },
      logger: logger)
    var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(options.limits.stopSeconds)
    let group = ServiceGroup(configuration: configuration)
    running = Task {
      do {
        try await group.run()
        bound.arrive(.success(nil))
      } catch {
        bound.arrive(.failure(error))
        throw error
      }
    }
    self.life = life
    self.group = group
    let watcher = Task { await watch.run(life) }
    watching = watcher
    do { address = try await bound.wait() } catch {
      watcher.cancel()
      throw error
    }
  }

  private static func builder(_ options: Options) throws -> HTTPServerBuilder {
    let limits = options.limits
    let times = limits.times
    let connection = HTTP1Channel.Configuration(
      additionalChannelHandlers: [RequestDeadlines(times)], idleTimeout: times.idle,
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: limits.headerFieldBytes, maxHeaderListSize: limits.headerBytes,
        maxHeaderFieldCount: limits.headerFields))
    guard let tls = options.tls else { return .http1(configuration: connection) }
    let secure = try tls.configuration()
    let both = HTTP2ChannelConfiguration(
      idleTimeout: .nanoseconds(times.idle.nanoseconds), gracefulCloseTimeout: .seconds(5),
      streamConfiguration: connection)
    return HTTPServerBuilder { responder in
      try SecureChannel(
        secure, handshake: times.head, configuration: both, responder: responder)
    }
  }

  /// Takes no more requests, ends streams, lets requests end, and closes.
  package func stop() async throws {
    life.stop()
    watching.cancel()
    await watching.value
    await group.triggerGracefulShutdown()
    do {
      try await running.value
    } catch is CancellationError {
      // What was still running when its time was over is broken off.
    }
  }
}
