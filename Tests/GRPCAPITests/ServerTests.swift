import GRPCAPI
import NIOCore
import NIOHPACK
import NIOPosix
import Synchronization
import Testing

/// A server on a real socket, asked by connections of which each frame is the test's.
@Suite(.serialized) struct ServerTests {
  private typealias Frame = WireConnection.Frame

  /// Serves a trial service, and stops.
  private static func withServer(
    _ change: (inout GRPCServer.Options) -> Void = { _ in },
    _ body: (GRPCServer, TrialService) async throws -> Void
  ) async throws {
    var options = GRPCServer.Options()
    options.grace = .milliseconds(200)
    change(&options)
    let service = TrialService()
    let server = try await GRPCServer(
      host: "127.0.0.1", port: 0, services: [service],
      group: MultiThreadedEventLoopGroup.singleton, options: options)
    do {
      try await body(server, service)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  /// Whether a call on a connection of its own is answered.
  private static func answers(_ server: GRPCServer) async throws -> Bool {
    try await WireConnection.with(server) { connection in
      let stream = try await connection.call("/trial.T/Echo", [1, 2, 3])
      return try await connection.answer(on: stream).messages == [[1, 2, 3]]
    }
  }

  @Test func `a unary call has headers, a message and trailers`() async throws {
    try await Self.withServer { server, _ in
      let answer = try await WireConnection.with(server) { connection in
        let stream = try await connection.call("/trial.T/Echo", [1, 2, 3])
        return try await connection.answer(on: stream)
      }
      #expect(answer.headers.first(name: ":status") == "200")
      #expect(answer.headers.first(name: "content-type") == "application/grpc")
      #expect(answer.messages == [[1, 2, 3]])
      #expect(answer.status == "0")
    }
  }

  @Test func `a failure has its status, its sentence percent-encoded, and its details`()
    async throws
  {
    try await Self.withServer { server, _ in
      let answer = try await WireConnection.with(server) { connection in
        let stream = try await connection.call("/trial.T/Fail")
        return try await connection.answer(on: stream)
      }
      #expect(answer.messages.isEmpty)
      #expect(answer.status == "13")
      #expect(answer.trailers.first(name: "grpc-message") == "100 %25 wrong: %C3%A4")
      #expect(answer.trailers.first(name: "grpc-status-details-bin") == "AQ")
    }
  }

  @Test(
    arguments: [
      ("/trial.T/None", 0, [:], "12"), ("/trial.T/Refuse", 0, [:], "16"),
      ("/trial.T/Echo", 1, [:], "12"), ("/trial.T/Echo", 2, [:], "13"),
      ("/trial.T/Echo", 0, ["grpc-encoding": "gzip"], "12"),
      ("/trial.T/Echo", 0, ["grpc-timeout": "1x"], "3"),
    ] as [(String, UInt8, HPACKHeaders, String)])
  func `what can't be carried out has its status at once`(
    path: String, flag: UInt8, headers: HPACKHeaders, status: String
  ) async throws {
    try await Self.withServer { server, _ in
      let answer = try await WireConnection.with(server) { connection in
        let stream = try await connection.call(path, [1], flag: flag, headers: headers)
        return try await connection.answer(on: stream)
      }
      #expect(answer.status == status)
      #expect(answer.messages.isEmpty)
    }
  }

  @Test(
    arguments: [([":method": "GET"], "405"), (["content-type": "text/plain"], "415")]
      as [(HPACKHeaders, String)])
  func `what is no call of gRPC gets a status of HTTP alone`(
    headers: HPACKHeaders, status: String
  ) async throws {
    try await Self.withServer { server, _ in
      let answer = try await WireConnection.with(server) { connection in
        let stream = try await connection.call("/trial.T/Echo", headers: headers)
        return try await connection.answer(on: stream)
      }
      #expect(answer.trailers.first(name: ":status") == status)
      #expect(answer.status == nil)
    }
  }

  @Test func `a message over the limit is refused before it is whole`() async throws {
    try await Self.withServer {
      $0.messageByteLimit = 10
    } _: { server, _ in
      let answers = try await WireConnection.with(server) { connection in
        var answers: [WireConnection.Answer] = []
        for count in [10, 11] {
          let message = [UInt8](repeating: 0, count: count)
          let stream = try await connection.call("/trial.T/Echo", message, isWhole: count == 10)
          answers.append(try await connection.answer(on: stream))
        }
        return answers
      }
      #expect(answers.map(\.status) == ["0", "8"])
    }
  }

  @Test func `requests on their way share a room, and give it back`() async throws {
    try await Self.withServer {
      $0.bufferByteLimit = 20
    } _: { server, _ in
      let part = [UInt8](repeating: 0, count: 7)
      try await WireConnection.with(server) { connection in
        // Twelve bytes of twenty with the prefix; the second does not fit beside it.
        let first = try await connection.call("/trial.T/Echo", part, isWhole: false)
        let second = try await connection.call("/trial.T/Echo", part)
        let refused = try await connection.answer(on: second)
        #expect(refused.status == "8")
        #expect(first != second)
      }
      // The connection's end gives its room back.
      #expect(try await Self.answers(server))
    }
  }

  @Test func `whoever may no more is told so while it waits`() async throws {
    try await Self.withServer { server, service in
      let answer = try await WireConnection.with(server) { connection in
        let stream = try await connection.call("/trial.T/Barred", headers: ["grpc-timeout": "60S"])
        return try await connection.answer(on: stream)
      }
      #expect(answer.status == "7")
      await service.waits(for: "Wait")
    }
  }

  @Test func `a question without a key is short`() async throws {
    let health = HealthService(names: []) { true }
    let server = try await GRPCServer(
      host: "127.0.0.1", port: 0, services: [health], group: MultiThreadedEventLoopGroup.singleton)
    let answers = try await WireConnection.with(server) { connection in
      var answers: [WireConnection.Answer] = []
      for count in [4_096, 4_097] {
        // A field that nobody knows: its number, its length in two bytes, and so much of it.
        let length = count - 3
        let field: [UInt8] = [0x7A, UInt8(length & 0x7F) | 0x80, UInt8(length >> 7)]
        let message = field + [UInt8](repeating: 0, count: length)
        let stream = try await connection.call("/grpc.health.v1.Health/Check", message)
        answers.append(try await connection.answer(on: stream))
      }
      return answers
    }
    await server.stop()
    #expect(answers.map(\.status) == ["0", "8"])
  }

  @Test func `a caller's time ends a call, and cancels what it waits for`() async throws {
    try await Self.withServer { server, service in
      let answers = try await WireConnection.with(server) { connection in
        var answers: [WireConnection.Answer] = []
        for path in ["/trial.T/Hold", "/trial.T/Wait"] {
          let stream = try await connection.call(path, headers: ["grpc-timeout": "20m"])
          answers.append(try await connection.answer(on: stream))
        }
        return answers
      }
      #expect(answers.map(\.status) == ["4", "4"])
      // Who answers later does no harm.
      service.answerHeld()
      await service.waits(for: "Wait")
      #expect(try await Self.answers(server))
    }
  }

  @Test(arguments: [nil, []] as [[UInt8]?])
  func `a request that doesn't become whole in time is ended`(message: [UInt8]?) async throws {
    try await Self.withServer {
      $0.requestTime = .milliseconds(20)
    } _: { server, _ in
      let answer = try await WireConnection.with(server) { connection in
        let stream = try await connection.call("/trial.T/Echo", message, isWhole: false)
        return try await connection.answer(on: stream)
      }
      #expect(answer.status == "4")
    }
  }

  @Test func `a cancelled call lets go of its source`() async throws {
    try await Self.withServer { server, service in
      try await WireConnection.with(server) { connection in
        let stream = try await connection.call("/trial.T/Wait")
        #expect(try await connection.next(Frame.headers) != nil)
        try await connection.send(
          WireConnection.frame(Frame.reset, stream: stream, [0, 0, 0, 8]))
        await service.waits(for: "Wait")
        let echo = try await connection.call("/trial.T/Echo", [5])
        #expect(try await connection.answer(on: echo).messages == [[5]])
      }
    }
  }

  @Test func `a caller that goes away lets go of its sources`() async throws {
    try await Self.withServer { server, service in
      try await WireConnection.with(server) { connection in
        _ = try await connection.call("/trial.T/Wait")
        #expect(try await connection.next(Frame.headers) != nil)
      }
      await service.waits(for: "Wait")
    }
  }

  @Test func `a caller that takes nothing gets no more than its window and what waits for it`()
    async throws
  {
    try await Self.withServer { server, service in
      try await WireConnection.with(server) { connection in
        _ = try await connection.call("/trial.T/Pour")
        var count = 0
        while count < 64_000, let frame = try await connection.next() {
          if frame.kind == Frame.data { count += frame.payload.readableBytes }
        }
        #expect(count <= 65_535)
        // Another call is answered meanwhile, on a connection of its own.
        #expect(try await Self.answers(server))
        // A window of 64 KiB, and a mebibyte that waits: no more was made.
        #expect(service.poured.load(ordering: .relaxed) < 1_300)
      }
    }
  }
}

/// Limits of connections, and their ends.
@Suite(.serialized) struct ServerLimitTests {
  private typealias Frame = WireConnection.Frame

  private static func server(
    _ service: TrialService, _ change: (inout GRPCServer.Options) -> Void = { _ in }
  ) async throws -> GRPCServer {
    var options = GRPCServer.Options()
    options.grace = .milliseconds(200)
    change(&options)
    return try await GRPCServer(
      host: "127.0.0.1", port: 0, services: [service],
      group: MultiThreadedEventLoopGroup.singleton, options: options)
  }

  private static func echoes(_ server: GRPCServer) async throws -> Bool {
    try await WireConnection.with(server) { connection in
      let stream = try await connection.call("/trial.T/Echo", [9])
      return try await connection.answer(on: stream).messages == [[9]]
    }
  }

  @Test(
    arguments: [
      Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [UInt8](repeating: 0, count: 100),
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        + WireConnection.frame(Frame.data, stream: 1, [1, 2, 3]),
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        + WireConnection.frame(Frame.settings)
        + WireConnection.frame(Frame.headers, flags: 4, stream: 1, [0xff, 0xff, 0xff, 0xff]),
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        + WireConnection.frame(Frame.settings) + WireConnection.frame(Frame.ping, [1]),
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        + WireConnection.frame(Frame.settings)
        + WireConnection.frame(Frame.windowUpdate, [0, 0, 0, 0]),
    ])
  func `a connection that is no HTTP/2 is closed, and harms no other`(bytes: [UInt8]) async throws {
    let server = try await Self.server(TrialService())
    try await WireConnection.with(server, begins: false) { connection in
      try await connection.send(bytes)
      while try await connection.next() != nil {}
    }
    #expect(try await Self.echoes(server))
    await server.stop()
  }

  @Test func `calls over the limit are refused, those within it are answered`() async throws {
    let service = TrialService()
    let server = try await Self.server(service) { $0.callLimit = 3 }
    try await WireConnection.with(server) { connection in
      for _ in 0..<3 { _ = try await connection.call("/trial.T/Hold") }
      for _ in 0..<3 { await service.waits(for: "held") }
      _ = try await connection.call("/trial.T/Echo")
      var refusal: Frame?
      while refusal == nil, let frame = try await connection.next() {
        if frame.kind == Frame.reset || frame.kind == Frame.goAway { refusal = frame }
      }
      #expect(refusal != nil)
    }
    #expect(try await Self.echoes(server))
    await server.stop()
  }

  @Test func `connections over the limit are closed at once`() async throws {
    let server = try await Self.server(TrialService()) { $0.connectionLimit = 1 }
    try await WireConnection.with(server) { connection in
      let stream = try await connection.call("/trial.T/Echo", [1])
      #expect(try await connection.answer(on: stream).messages == [[1]])
      try await WireConnection.with(server, begins: false) { second in
        let frame = try await second.next()
        #expect(frame == nil)
      }
    }
    await server.stop()
  }

  @Test func `a ping is answered`() async throws {
    let server = try await Self.server(TrialService())
    try await WireConnection.with(server) { connection in
      try await connection.send(WireConnection.frame(Frame.ping, [1, 2, 3, 4, 5, 6, 7, 8]))
      let pong = try await connection.next(Frame.ping)
      #expect(pong?.flags == 1)
      #expect(pong.map { Array($0.payload.readableBytesView) } == [1, 2, 3, 4, 5, 6, 7, 8])
    }
    await server.stop()
  }

  @Test func `a stopping server says so, answers what runs, and takes no more`()
    async throws
  {
    let service = TrialService()
    let server = try await Self.server(service) { $0.grace = .seconds(20) }
    let address = try #require(server.address)
    try await WireConnection.with(address) { connection in
      let held = try await connection.call("/trial.T/Hold")
      await service.waits(for: "held")
      async let stopped: Void = server.stop()
      #expect(try await connection.next(Frame.goAway)?.error == 0)
      service.answerHeld()
      #expect(try await connection.answer(on: held).messages == [[7]])
      // The client has seen the end: nothing more comes, and the connection is closed.
      while try await connection.next() != nil {}
      await stopped
    }
    await #expect(throws: (any Error).self) {
      try await WireConnection.with(address) { try await $0.next() }
    }
  }

  @Test(arguments: ["Sleep", "Ask"])
  func `a stopping server ends a stream that nothing wakes`(method: String) async throws {
    let server = try await Self.server(TrialService()) { $0.grace = .seconds(3_600) }
    let address = try #require(server.address)
    try await WireConnection.with(address) { connection in
      let waiting = try await connection.call("/trial.T/\(method)")
      #expect(try await connection.next(Frame.headers) != nil)
      async let stopped: Void = server.stop()
      #expect(try await connection.answer(on: waiting).status == "14")
      while try await connection.next() != nil {}
      await stopped
    }
  }
}
