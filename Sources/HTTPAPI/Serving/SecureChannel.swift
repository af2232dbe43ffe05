internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// HTTP/1.1 and HTTP/2 over TLS 1.2 and later, whichever the caller offers, with a deadline for the
/// handshake.
struct SecureChannel: ServerChildChannel {
  typealias Value = HTTP2UpgradeChannel.Value

  private let base: HTTP2UpgradeChannel
  private let handshake: TimeAmount

  init(
    _ tls: TLSConfiguration, handshake: TimeAmount, configuration: HTTP2ChannelConfiguration,
    responder: @escaping HTTPChannelHandler.Responder
  ) throws {
    base = try HTTP2UpgradeChannel(
      tlsConfiguration: tls, configuration: configuration, responder: responder)
    self.handshake = handshake
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    let made = base.setup(channel: channel, logger: logger)
    do {
      let pipeline = channel.pipeline.syncOperations
      let handler = try pipeline.handler(type: NIOSSLServerHandler.self)
      try pipeline.addHandler(HandshakeDeadline(handshake), position: .after(handler))
    } catch {
      return channel.eventLoop.makeFailedFuture(error)
    }
    return made
  }

  func handle(value: Value, logger: Logger) async {
    await base.handle(value: value, logger: logger)
  }
}

/// Closes a connection that has not finished its handshake in time.
private final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let time: TimeAmount
  private var scheduled: Scheduled<Void>?

  init(_ time: TimeAmount) { self.time = time }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    scheduled = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { scheduled?.cancel() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent { scheduled?.cancel() }
    context.fireUserInboundEventTriggered(event)
  }
}
