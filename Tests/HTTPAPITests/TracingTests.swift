import Foundation
import HTTPAPI
import NIOCore
import NIOPosix
import Service
import Synchronization
import TestSupport
import Testing

/// Traces: whose place in one a request has, and what a collector hears of it.
@Suite struct TracingTests {
  /// Takes whatever is posted, and answers 200.
  private final class Collector: Sendable {
    private let received = Mutex("")
    private let channel = Mutex<(any Channel)?>(nil)

    var text: String { received.withLock { $0 } }

    func start() async throws -> Int {
      let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Taking { self.take($0) })
          }
        }.bind(host: "127.0.0.1", port: 0).get()
      channel.withLock { $0 = bound }
      return bound.localAddress?.port ?? 0
    }

    private func take(_ text: String) { received.withLock { $0 += text } }

    func stop() async throws { try await channel.withLock { $0 }?.close() }
  }

  private final class Taking: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let take: @Sendable (String) -> Void

    init(_ take: @escaping @Sendable (String) -> Void) { self.take = take }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let text = String(buffer: unwrapInboundIn(data))
      take(text)
      // A body ends with the last bracket of the JSON.
      guard text.hasSuffix("]}") else { return }
      context.writeAndFlush(
        wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
        promise: nil)
    }
  }

  private static let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  @Test(
    arguments: [
      ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
      ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false),
      ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true),
    ])
  func `a place in a trace is read`(text: String, isSampled: Bool) throws {
    let place = try #require(TraceParent(text))
    #expect(place.traceID == "0af7651916cd43dd8448eb211c80319c")
    #expect(place.spanID == "b7ad6b7169203331")
    #expect(place.isSampled == isSampled)
    let child = place.child()
    #expect(child.traceID == place.traceID && child.spanID != place.spanID)
    #expect(TraceParent(child.text) == child)
  }

  @Test(
    arguments: [
      "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
      "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01", "00\u{e9}-1-2-3",
    ])
  func `what is no place in a trace is none`(text: String) {
    #expect(TraceParent(text) == nil)
  }

  @Test func `an event keeps the trace of its request, and subscribers get it`() async throws {
    try await Served.run { served in
      let reply = try await served.command(
        "CreateTeam", #"{"name":"T"}"#, ["traceparent": Self.caller])
      let position = try #require(reply.number("position"))
      let stream = try await served.ask(
        "GET", "/v1/subscriptions/stream?once=true&type=TeamCreated")
      #expect(stream.text.contains(#""traceparent":"\#(Self.caller)""#), "\(stream.text)")
      // What is no traceparent is as if it weren't there.
      let other = try await served.command(
        "CreateTeam", #"{"name":"U"}"#, ["traceparent": "00-x"])
      #expect(other.status == 200)
      let after = try await served.ask(
        "GET", "/v1/subscriptions/stream?once=true&type=TeamCreated&after=\(position)")
      #expect(!after.text.contains("traceparent"))
    }
  }

  @Test func `a collector hears of requests, commands and subscriptions, and of nobody`()
    async throws
  {
    let collector = Collector()
    let port = try await collector.start()
    let tracer = Tracer(
      endpoint: "http://127.0.0.1:\(port)/v1/traces", service: "deed-test", percent: 100)
    let running = Task { await tracer.run() }
    let change: @Sendable (inout HTTPServer.Options) -> Void = { $0.tracer = tracer }
    try await Served.run(.keys, options: change) { served in
      let key = try served.key().text
      let account = try await served.command(
        "CreateAccount",
        #"{"accountType":"organization","name":"Secret Name","source":{"channel":"referral"}}"#,
        ["traceparent": Self.caller], bearer: key)
      let id = try #require(account.json["id"]?.text, "\(account.text)")
      _ = try await served.ask("GET", "/v1/accounts/\(id)", key: key)
      _ = try await served.ask("GET", "/v1/accounts/acc_none", key: key)
      _ = try await served.ask("GET", "/v1/subscriptions/stream?once=true", key: key)
      let metrics = try await served.ask("GET", "/metrics", key: key).text
      #expect(metrics.contains("deed_trace_spans_dropped_total 0"))
      tracer.stop()
      await running.value
      try await collector.stop()
      let text = collector.text
      for part in [
        #""name":"POST /v1/commands/CreateAccount","kind":2"#, #""name":"command","kind":1"#,
        #""traceId":"0af7651916cd43dd8448eb211c80319c""#,
        #""parentSpanId":"b7ad6b7169203331""#, #""name":"GET /v1/accounts/{id}""#,
        #""key":"http.response.status_code","value":{"intValue":"404"}"#,
        #""key":"deed.problem.code","value":{"stringValue":"STATE.NOT_FOUND"}"#,
        #""name":"send subscription","kind":4"#, #""stringValue":"deed-test""#,
      ] { #expect(text.contains(part), "\(part) in \(text.prefix(4_000))") }
      for secret in ["Secret Name", id, key, served.administrator] {
        #expect(!text.contains(secret), "\(secret)")
      }
    }
  }
}
