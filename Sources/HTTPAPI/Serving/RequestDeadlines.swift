internal import NIOCore
internal import NIOHTTPTypes

/// How long the parts of a request and of its answer may take.
struct RequestTimes: Sendable {
  /// From the connection's beginning to the end of the first request's head.
  var head = TimeAmount.seconds(15)
  /// From the end of an answer to the end of the next request's head.
  var idle = TimeAmount.seconds(60)
  /// From a request's head to its end.
  var body = TimeAmount.seconds(60)
  /// How long a caller may take nothing of an answer.
  var stall = TimeAmount.seconds(30)
}

/// Closes a connection whose caller sends or takes too slowly.
///
/// A caller that sends a byte now and then is never silent, so an idle timeout alone lets it hold a
/// connection for ever: here whole parts have a deadline.
final class RequestDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let times: RequestTimes
  /// When what is read now must have come; `nil` for never.
  ///
  /// It moves with each part of a request; the timer stays, and looks at it when it rings.
  private var limit: NIODeadline?
  private var timer: Scheduled<Void>?
  private var ringsAt = NIODeadline.distantFuture
  private var stalled: Scheduled<Void>?
  private var isRequestOpen = false
  private var isAnswerOpen = false

  init(_ times: RequestTimes) { self.times = times }

  func handlerAdded(context: ChannelHandlerContext) { arm(times.head, context) }

  func handlerRemoved(context: ChannelHandlerContext) { disarm() }

  func channelInactive(context: ChannelHandlerContext) {
    disarm()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      isRequestOpen = true
      isAnswerOpen = true
      arm(times.body, context)
    case .body: break
    case .end:
      isRequestOpen = false
      if isAnswerOpen { limit = nil } else { arm(times.idle, context) }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      isAnswerOpen = false
      if !isRequestOpen { arm(times.idle, context) }
    }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stalled?.cancel()
    stalled = context.channel.isWritable ? nil : close(in: times.stall, context)
    context.fireChannelWritabilityChanged()
  }

  private func arm(_ time: TimeAmount, _ context: ChannelHandlerContext) {
    let limit = context.eventLoop.now + time
    self.limit = limit
    guard timer == nil || limit < ringsAt else { return }
    ring(at: limit, context)
  }

  private func ring(at time: NIODeadline, _ context: ChannelHandlerContext) {
    timer?.cancel()
    ringsAt = time
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) {
      self.timer = nil
      guard let limit = self.limit else { return }
      if limit <= context.eventLoop.now {
        context.channel.close(promise: nil)
      } else {
        self.ring(at: limit, context)
      }
    }
  }

  private func close(in time: TimeAmount, _ context: ChannelHandlerContext) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }

  private func disarm() {
    timer?.cancel()
    stalled?.cancel()
    (limit, timer, stalled) = (nil, nil, nil)
  }
}
