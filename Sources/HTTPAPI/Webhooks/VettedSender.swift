internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
package import Subscriptions

/// Posts webhooks to the open network alone.
///
/// A host is resolved once for a delivery; when its address is closed nothing is sent, and otherwise
/// the connection goes to the address that was looked at, whatever the name means by then.
/// Certificates are checked against the host's name. No redirect is followed, no proxy used.
package struct VettedSender: WebhookSender {
  /// Whether `http` URLs and closed addresses are allowed, as on a developer's machine.
  package let isOpenToAll: Bool
  private let tracer: Tracer?
  private let resolve: Resolve

  /// Finds the address of a host and port; it may block for as long as name servers take.
  package typealias Resolve = @Sendable (_ host: String, _ port: Int) throws -> String?

  package init(
    isOpenToAll: Bool, tracer: Tracer? = nil, resolve: @escaping Resolve = Self.resolveBySystem
  ) {
    self.isOpenToAll = isOpenToAll
    self.tracer = tracer
    self.resolve = resolve
  }

  package static let resolveBySystem: Resolve = { host, port in
    try SocketAddress.makeAddressResolvingHost(host, port: port).ipAddress
  }

  /// Posts as a span of the trace that the event came of, and tells the receiver its place in it.
  package func send(_ delivery: WebhookDelivery) async -> WebhookOutcome {
    let parent = TraceParent(delivery.traceParent)
    guard let tracer else { return await send(delivery, at: parent) }
    var span = tracer.begin("POST", .client, within: parent)
    let outcome = await send(delivery, at: span.place)
    span.set("http.request.method", "POST")
    span.set("server.address", delivery.url.host)
    switch outcome {
    case .answered(let status, _):
      span.set("http.response.status_code", status)
      span.isFailed = status >= 400
      if span.isFailed { span.set("error.type", String(status)) }
    case .refused:
      span.isFailed = true
      span.set("error.type", "refused")
    case .failed:
      span.isFailed = true
      span.set("error.type", "unreachable")
    }
    tracer.end(span)
    return outcome
  }

  private func send(
    _ delivery: WebhookDelivery, at place: TraceParent?
  ) async -> WebhookOutcome {
    let url = delivery.url
    guard url.isSecure || isOpenToAll else {
      return .refused("the URL is not https: a server sends others with --webhooks-to-anywhere")
    }
    guard let address = await address(of: url, within: delivery.timeoutSeconds) else {
      return .failed("the host \(url.host) can't be resolved")
    }
    let isOpen = AddressRules.bytes(of: address).map(AddressRules.isOpen) ?? false
    guard isOpen || isOpenToAll else {
      return .refused("\(url.host) is \(address), no address of the open network")
    }
    return await post(delivery, to: address, at: place)
  }

  private func post(
    _ delivery: WebhookDelivery, to address: String, at place: TraceParent?
  ) async -> WebhookOutcome {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.proxy = nil
    // The client asks for the name as it stands, or in lower case: either way it gets the address.
    let host = delivery.url.host
    for name in [host, host.lowercased()] { configuration.dnsOverride[name] = address }
    configuration.timeout = HTTPClient.Configuration.Timeout(
      connect: .seconds(delivery.timeoutSeconds), read: .seconds(delivery.timeoutSeconds))
    configuration.httpVersion = .http1Only
    let client = HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
      configuration: configuration)
    let outcome = await Self.outcome(of: delivery, by: client, at: place)
    do { try await client.shutdown() } catch {
      // It had nothing open any more.
    }
    return outcome
  }

  private static func outcome(
    of delivery: WebhookDelivery, by client: HTTPClient, at place: TraceParent?
  ) async -> WebhookOutcome {
    var request = HTTPClientRequest(url: delivery.url.text)
    request.method = .POST
    for (name, value) in delivery.headers { request.headers.add(name: name, value: value) }
    request.headers.add(name: "user-agent", value: "deed-webhooks")
    if let place { request.headers.add(name: "traceparent", value: place.text) }
    request.body = .bytes(ByteBuffer(bytes: delivery.body))
    do {
      // The body of the answer is not read: its status says everything.
      let response = try await client.execute(
        request, timeout: .seconds(delivery.timeoutSeconds))
      let wait = response.headers.first(name: "retry-after").flatMap { Int64($0) }
      return .answered(
        status: Int(response.status.code), retryAfterSeconds: wait.map { max(0, $0) })
    } catch {
      return .failed(Self.reason(error))
    }
  }

  private static func reason(_ error: any Error) -> String {
    if let error = error as? HTTPClientError {
      return "the receiver can't be reached: \(error.shortDescription)"
    }
    return "the receiver can't be reached: \(type(of: error))"
  }

  /// Threads of their own: whoever asks a name server that does not answer keeps no reader waiting.
  private static let resolvers: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 16)
    pool.start()
    return pool
  }()

  /// The address of the URL's host, unless that takes longer than the whole delivery may.
  private func address(of url: WebhookURL, within seconds: Int64) async -> String? {
    let loop = MultiThreadedEventLoopGroup.singleton.any()
    let found = loop.makePromise(of: String?.self)
    let late = loop.scheduleTask(in: .seconds(seconds)) { found.succeed(nil) }
    let resolve = resolve
    Self.resolvers.runIfActive(eventLoop: loop) { try resolve(url.host, url.port) }.whenComplete {
      result in
      late.cancel()
      // Nothing comes of it when it was late.
      switch result {
      case .success(let address): found.succeed(address)
      case .failure: found.succeed(nil)
      }
    }
    do { return try await found.futureResult.get() } catch { return nil }
  }
}
