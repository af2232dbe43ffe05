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

  private let rules: CallRules
  private let turn: LoopTurn
  /// The method that is called; `nil` until it is found.
  private var methodPath: String?
  private var state = State.waitingForHead
  private var context: ChannelHandlerContext?
  private var sentHeaders = false
  /// So much of the server's room for requests on their way is taken.
  private var bufferedByteCount = 0
  /// Whether the caller has sent everything.
  private var isRequestWhole = false
  private var deadline: Scheduled<Void>?
  /// When the request must be whole, once it has not come in one piece.
  private var requestDeadline: Scheduled<Void>?
  private var source: (any ResponseSource)?
  /// Makes an end of waiting for the source to have more.
  private var endWait: (@Sendable () -> Void)?
  /// Whether the wait is for a call: then the source itself is asked again now and then.
  private var isAsking = false
  /// Which wait it is, so that who is late wakes nobody.
  private var waitCount = 0
  /// Looks again while a source waits to be woken.
  private var looking: RepeatedTask?
  /// By what number the rules end this stream.
  private var streamNumber: UInt64?

  init(_ rules: CallRules, _ turn: LoopTurn) {
    self.rules = rules
    self.turn = turn
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

  func channelReadComplete(context: ChannelHandlerContext) {
    // Most requests come in one piece, and cost no timer.
    if case .receiving = state, requestDeadline == nil {
      requestDeadline = end(
        in: rules.requestTime, GRPCStatus(.deadlineExceeded, "The request came too slowly."))
    }
    context.fireChannelReadComplete()
  }

  private func letGo() {
    state = .ended
    giveBackBuffer()
    source = nil
    deadline?.cancel()
    requestDeadline?.cancel()
    endWait?()
    endWait = nil
    looking?.cancel()
    looking = nil
    if let streamNumber { rules.forget(streamNumber) }
    streamNumber = nil
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
    let byteLimit: Int
    do throws(GRPCStatus) {
      (method, byteLimit) = try self.method(for: head)
    } catch { return finish(error) }
    methodPath = head.path
    if let timeout = head.timeout {
      deadline = end(
        in: timeout, GRPCStatus(.deadlineExceeded, "The time that the caller gave is over."))
    }
    state = .receiving(method, MessageFraming(byteLimit: byteLimit))
  }

  private func method(
    for head: CallHead
  ) throws(GRPCStatus) -> (method: GRPCMethod, byteLimit: Int) {
    for service in rules.services {
      if let method = try service.method(at: head.path, for: head) {
        return (method, min(service.requestByteLimit(at: head.path), rules.messageByteLimit))
      }
    }
    throw GRPCStatus(.unimplemented, "This server has no method \(head.path).")
  }

  /// Ends the call with `status` unless it has ended by then.
  private func end(in time: TimeAmount, _ status: GRPCStatus) -> Scheduled<Void>? {
    guard let loop = context?.eventLoop else { return nil }
    let bound = NIOLoopBound(self, eventLoop: loop)
    return loop.scheduleTask(in: time) { bound.value.finish(status) }
  }

  private func receive(_ bytes: inout ByteBuffer) {
    guard case .receiving(let method, var framing) = state else { return }
    // The state lets go of the bytes, so that adding to them copies nothing.
    state = .answering
    let byteCount = bytes.readableBytes
    guard rules.buffered.take(byteCount) else {
      return finish(
        GRPCStatus(.resourceExhausted, "Requests on their way fill the server: try again later."))
    }
    bufferedByteCount += byteCount
    do throws(GRPCStatus) {
      try framing.add(&bytes)
      state = .receiving(method, framing)
    } catch { finish(error) }
  }

  private func giveBackBuffer() {
    rules.buffered.giveBack(bufferedByteCount)
    bufferedByteCount = 0
  }

  private func endRequest() {
    isRequestWhole = true
    requestDeadline?.cancel()
    requestDeadline = nil
    guard case .receiving(let method, var framing) = state else { return }
    state = .answering
    do throws(GRPCStatus) {
      let message = try framing.message()
      giveBackBuffer()
      switch method {
      case .unary(let carryOut): carryOut(message, answer())
      case .serverStreaming(let open):
        source = try open(message)
        endWhenStopping()
        writeHeaders()
        pull()
      }
    } catch { finish(error) }
  }

  /// A stream that waits may wait for long: it is not asked whether it has come to an end.
  private func endWhenStopping() {
    guard let loop = context?.eventLoop else { return }
    let bound = NIOLoopBound(self, eventLoop: loop)
    streamNumber = rules.whenStopping { loop.execute { bound.value.finish(.stopping) } }
  }

  /// What a unary method answers with, from any thread.
  private func answer() -> @Sendable (Result<[UInt8], GRPCStatus>) -> Void {
    guard let loop = context?.eventLoop else { return { _ in } }
    let bound = NIOLoopBound(self, eventLoop: loop)
    let turn = turn
    return { result in
      if loop.inEventLoop {
        bound.value.complete(result)
      } else {
        turn.add { bound.value.complete(result) }
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
    while case .answering = state, let context, let source, endWait == nil {
      guard !rules.isStopping else { return finish(.stopping) }
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
        case .ask(let ask):
          context.flush()
          return wait(asking: ask, on: context.eventLoop)
        }
      } catch { return finish(error) }
    }
  }

  private func wait(_ until: @escaping @Sendable () async -> Bool, on loop: any EventLoop) {
    waitCount += 1
    let number = waitCount
    let bound = NIOLoopBound(self, eventLoop: loop)
    let task = Task {
      let goesOn = await until()
      loop.execute { bound.value.resume(number, goesOn) }
    }
    isAsking = false
    endWait = { task.cancel() }
    startLooking(on: loop)
  }

  /// How often a source that waits is asked whether its caller still may.
  private static let lookInterval = TimeAmount.seconds(2)

  private func wait(
    asking ask: (_ wake: @escaping @Sendable () -> Void) -> @Sendable () -> Void,
    on loop: any EventLoop
  ) {
    waitCount += 1
    let number = waitCount
    let bound = NIOLoopBound(self, eventLoop: loop)
    isAsking = true
    let turn = turn
    endWait = ask { turn.add { bound.value.resume(number, true) } }
    startLooking(on: loop)
  }

  private func startLooking(on loop: any EventLoop) {
    guard looking == nil else { return }
    let bound = NIOLoopBound(self, eventLoop: loop)
    looking = loop.scheduleRepeatedTask(
      initialDelay: Self.lookInterval, delay: Self.lookInterval
    ) { _ in bound.value.look() }
  }

  private func look() {
    guard case .answering = state, let endWait, let source else { return }
    if isAsking {
      endWait()
      return resume(waitCount, true)
    }
    guard !rules.isStopping else { return finish(.stopping) }
    do throws(GRPCStatus) { try source.check() } catch { finish(error) }
  }

  private func resume(_ number: Int, _ goesOn: Bool) {
    guard number == waitCount else { return }
    waitCount += 1
    endWait = nil
    guard case .answering = state else { return }
    if goesOn { pull() } else { finish(.stopping) }
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
    let frame = turn.frame(message, context.channel.allocator)
    context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(frame)))), promise: nil)
  }

  /// Sends the trailers, and ends the stream.
  private func finish(_ status: GRPCStatus) {
    if case .ended = state { return }
    rules.figures.add(methodPath, status.code)
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

extension GRPCStatus {
  fileprivate static let stopping = GRPCStatus(
    .unavailable, "The server is stopping: connect again.")
}
