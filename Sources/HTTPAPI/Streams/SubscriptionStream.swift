internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Service

/// One subscription as server-sent events, each with a cursor as its id.
///
/// It holds one step of the subscription and no snapshot while it waits for its reader: who is slow
/// lags, and costs nobody anything.
struct SubscriptionStream: Sendable {
  let subscription: EventSubscription
  let endsCaughtUp: Bool
  let life: ServerLife
  /// Its place among the server's streams, free when nobody has the stream any more.
  let seat: ServerLife.StreamSeat
  let isStillLetIn: @Sendable () async -> Bool
  let tracer: Tracer?
  /// Where in a trace its request stands.
  let place: TraceParent?

  /// So often a silent stream says that it lives.
  private static let pingSeconds = 15
  /// A stream ends after so long, so that load spreads when servers change; clients come back.
  private static let lifetime = Duration.seconds(3_600)

  @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
    do {
      try await follow(&writer)
    } catch {
      try await end()
      throw error
    }
    try await end()
    try await writer.finish(nil)
  }

  private func end() async throws {
    let subscription = subscription
    try await life.reading { try subscription.end() }
  }

  @concurrent private func follow(_ writer: inout any ResponseBodyWriter) async throws {
    try await writer.write(ByteBuffer(string: "retry: 2000\n\n\(opening)"))
    let end = ContinuousClock.now.advanced(by: Self.lifetime)
    var isOver = false
    while !isOver, await goesOn, ContinuousClock.now < end {
      let subscription = subscription
      let step: StreamStep
      do {
        step = try await life.reading { try subscription.next() }
      } catch let error as ServiceError {
        // The head of the answer is gone: the reason is an event of its own.
        let problem = String(decoding: Problem(error).json.bytes, as: UTF8.self)
        try await writer.write(ByteBuffer(string: "event: problem\ndata: \(problem)\n\n"))
        return
      }
      switch step {
      case .events(let events):
        var span = tracer?.begin("send subscription", .producer, within: place)
        try await writer.write(ByteBuffer(string: events.map(Self.text).joined()))
        span?.set("messaging.system", "deed")
        span?.set("messaging.operation.type", "send")
        span?.set("messaging.batch.message_count", events.count)
        if let span { tracer?.end(span) }
      case .checkpoint(let mark):
        try await writer.write(ByteBuffer(string: Self.text("checkpoint", mark)))
      case .fellBehind(let mark):
        try await writer.write(ByteBuffer(string: Self.text("fell-behind", mark)))
      case .caughtUp(let mark):
        try await writer.write(ByteBuffer(string: Self.text("caught-up", mark)))
        isOver = endsCaughtUp
      case .nothing: try await wait(&writer)
      }
    }
  }

  /// A key that was revoked ends its streams within seconds.
  private var goesOn: Bool {
    get async {
      guard !life.isStopping else { return false }
      return await isStillLetIn()
    }
  }

  /// Waits for events; says now and then that the stream lives.
  @concurrent private func wait(_ writer: inout any ResponseBodyWriter) async throws {
    let start = subscription.cursor
    for _ in 0..<Self.pingSeconds {
      guard await goesOn else { return }
      guard await subscription.wait(within: .seconds(1)) else { return }
      try Task.checkCancellation()
      if subscription.hasMore { return }
    }
    if subscription.cursor == start { try await writer.write(ByteBuffer(string: ": ping\n\n")) }
  }

  /// What the digest begins with.
  private var opening: String {
    let data: JSON = [
      "header": .string(subscription.header), "headerDigest": .string(subscription.headerHex),
      "cursor": .string(subscription.cursor),
    ]
    return "event: opened\ndata: \(String(decoding: data.bytes, as: UTF8.self))\n\n"
  }

  private static func text(_ event: StreamedEvent) -> String {
    guard let content = event.content else {
      return "event: withheld\nid: \(event.cursor)\ndata: {\"position\":\(event.position)}\n\n"
    }
    return "event: \(content.type)\nid: \(event.cursor)\ndata: \(content.json)\n\n"
  }

  private static func text(_ name: String, _ mark: StreamMark) -> String {
    let data: JSON = [
      "position": mark.position.map { JSON.integer(Int64($0)) } ?? .null,
      "size": .integer(Int64(mark.size)), "digest": .string(mark.digest),
    ]
    return "event: \(name)\nid: \(mark.cursor)\n"
      + "data: \(String(decoding: data.bytes, as: UTF8.self))\n\n"
  }
}
