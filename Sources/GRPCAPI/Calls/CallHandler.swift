internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// One call on its HTTP/2 stream: headers, one message, answers, trailers.
///
/// Source: grpc/doc/PROTOCOL-HTTP2.md.
final class CallHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  private enum State {
    case waitingForHead
    case receiving(GRPCMethod, MessageFraming)
    case answering
    case ended
  }

  private let services: [any GRPCService]
  private let messageByteLimit: Int
  private let figures: CallFigures
  /// The method that is called; `nil` until it is found.
  private var methodPath: String?
  private var state = State.waitingForHead
  private var context: ChannelHandlerContext?
  private var sentHeaders = false
  /// Whether the caller has sent everything.
  private var isRequestWhole = false
  private var deadline: Scheduled<Void>?
  private var source: (any ResponseSource)?
  /// Waits for the source to have more.
  private var waiting: Task<Void, Never>?

  init(services: [any GRPCService], messageByteLimit: Int, figures: CallFigures) {
    self.figures = figures
    self.services = services
    self.messageByteLimit = messageByteLimit
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    letGo()
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    letGo()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The stream was reset, or broke the protocol: nobody is left to answer.
    letGo()
    context.close(promise: nil)
  }

  private func letGo() {
    state = .ended
    source = nil
    deadline?.cancel()
    waiting?.cancel()
    waiting = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .headers(let frame):
      if case .waitingForHead = state { begin(frame.headers) }
      if frame.endStream { endRequest() }
    case .data(let frame):
      if case .byteBuffer(var bytes) = frame.data { receive(&bytes) }
      if frame.endStream { endRequest() }
    case .rstStream, .priority, .settings, .pushPromise, .ping, .goAway, .windowUpdate,
      .alternativeService, .origin:
      break
    }
  }
}

/// The request.
extension CallHandler {
  private func begin(_ headers: HPACKHeaders) {
    let head: CallHead
    do throws(CallHead.Refusal) {
      head = try CallHead(headers)
    } catch {
      switch error {
      case .http(let status): return refuse(httpStatus: status)
      case .status(let status): return finish(status)
      }
    }
    let method: GRPCMethod
    do throws(GRPCStatus) {
      method = try self.method(for: head)
    } catch { return finish(error) }
    methodPath = head.path
    if let timeout = head.timeout { schedule(timeout) }
    state = .receiving(method, MessageFraming(byteLimit: messageByteLimit))
  }

  private func method(for head: CallHead) throws(GRPCStatus) -> GRPCMethod {
    for service in services {
      if let method = try service.method(at: head.path, for: head) { return method }
    }
    throw GRPCStatus(.unimplemented, "This server has no method \(head.path).")
  }

  private func schedule(_ timeout: TimeAmount) {
    guard let loop = context?.eventLoop else { return }
    let bound = NIOLoopBound(self, eventLoop: loop)
    deadline = loop.scheduleTask(in: timeout) {
      bound.value.finish(GRPCStatus(.deadlineExceeded, "The time that the caller gave is over."))
    }
  }

  private func receive(_ bytes: inout ByteBuffer) {
    guard case .receiving(let method, var framing) = state else { return }
    // The state lets go of the bytes, so that adding to them copies nothing.
    state = .answering
    do throws(GRPCStatus) {
      try framing.add(&bytes)
      state = .receiving(method, framing)
    } catch { finish(error) }
  }

  private func endRequest() {
    isRequestWhole = true
    guard case .receiving(let method, var framing) = state else { return }
    state = .answering
    do throws(GRPCStatus) {
      let message = try framing.message()
      switch method {
      case .unary(let carryOut): carryOut(message, answer())
      case .serverStreaming(let open):
        source = try open(message)
        writeHeaders()
        pull()
      }
    } catch { finish(error) }
  }

  /// What a unary method answers with, from any thread.
  private func answer() -> @Sendable (Result<[UInt8], GRPCStatus>) -> Void {
    guard let loop = context?.eventLoop else { return { _ in } }
    let bound = NIOLoopBound(self, eventLoop: loop)
    return { result in
      if loop.inEventLoop {
        bound.value.complete(result)
      } else {
        loop.execute { bound.value.complete(result) }
      }
    }
  }

  private func complete(_ result: Result<[UInt8], GRPCStatus>) {
    guard case .answering = state else { return }
    switch result {
    case .success(let message):
      writeHeaders()
      write(message)
      finish(.ok)
    case .failure(let status): finish(status)
    }
  }
}

/// The answer.
extension CallHandler {
  /// How many messages are sent before others on the loop have their turn.
  private static let turnLimit = 8

  /// Sends as many messages as the caller takes now.
  private func pull() {
    var sent = 0
    while case .answering = state, let context, let source, waiting == nil {
      guard context.channel.isWritable else { return context.flush() }
      guard sent < Self.turnLimit else {
        context.flush()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        return context.eventLoop.execute { bound.value.pull() }
      }
      do throws(GRPCStatus) {
        switch try source.next() {
        case .message(let message):
          write(message)
          sent += 1
        case .end: return finish(.ok)
        case .wait(let until):
          context.flush()
          return wait(until, on: context.eventLoop)
        }
      } catch { return finish(error) }
    }
  }

  private func wait(_ until: @escaping @Sendable () async -> Bool, on loop: any EventLoop) {
    let bound = NIOLoopBound(self, eventLoop: loop)
    waiting = Task {
      let goesOn = await until()
      loop.execute { bound.value.resume(goesOn) }
    }
  }

  private func resume(_ goesOn: Bool) {
    waiting = nil
    guard case .answering = state else { return }
    if goesOn {
      pull()
    } else {
      finish(GRPCStatus(.unavailable, "The server is stopping: connect again."))
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { pull() }
    context.fireChannelWritabilityChanged()
  }

  private func writeHeaders() {
    guard !sentHeaders, let context else { return }
    sentHeaders = true
    context.write(wrapOutboundOut(.headers(.init(headers: Self.head))), promise: nil)
  }

  private static let head: HPACKHeaders = [
    ":status": "200", "content-type": "application/grpc", "grpc-accept-encoding": "identity",
  ]

  private func write(_ message: [UInt8]) {
    guard let context else { return }
    var buffer = context.channel.allocator.buffer(capacity: message.count + 5)
    MessageFraming.writePrefix(byteCount: message.count, to: &buffer)
    buffer.writeBytes(message)
    context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(buffer)))), promise: nil)
  }

  /// Sends the trailers, and ends the stream.
  private func finish(_ status: GRPCStatus) {
    if case .ended = state { return }
    figures.add(methodPath, status.code)
    var trailers = sentHeaders ? HPACKHeaders() : Self.head
    trailers.add(name: "grpc-status", value: String(status.code.rawValue))
    if !status.message.isEmpty {
      trailers.add(name: "grpc-message", value: status.headerMessage)
    }
    if let details = status.headerDetails {
      trailers.add(name: "grpc-status-details-bin", value: details)
    }
    end(with: trailers)
  }

  private func refuse(httpStatus: Int) {
    end(with: [":status": String(httpStatus)])
  }

  private func end(with headers: HPACKHeaders) {
    letGo()
    guard let context else { return }
    context.writeAndFlush(
      wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
    guard !isRequestWhole else { return }
    // The answer is whole: what the caller still sends is not wanted.
    context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
  }
}
