import Foundation
import HTTPAPI
import TestSupport
import Testing

/// Bytes that no well-behaved client sends.
@Suite struct HostileTests {
  private static let host = "Host: 127.0.0.1\r\n"
  private static let post = "POST /v1/commands/CreateTeam HTTP/1.1\r\n"

  @Test(
    arguments: [
      "\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\0", "GET /livez HTTP/9.9\r\n\r\n",
      "GET /livez HTTP/1.1\r\n\(host)A: \(String(repeating: "b", count: 40 << 10))\r\n\r\n",
      "GET /livez HTTP/1.1\r\n\(host)\(String(repeating: "A: b\r\n", count: 200))\r\n",
      "GET /\(String(repeating: "a", count: 100 << 10)) HTTP/1.1\r\n\(host)\r\n",
      "GET /livez HTTP/1.1\r\n\(host)A: b\r\n c: d\u{0}\r\n\r\n",
      post + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      post + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
      post + host + "Content-Length: -1\r\n\r\n", post + host + "Content-Length: +5\r\n\r\nabcde",
      post + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
      post + host + "Content-Length: 10\r\n\r\nabc",
      "TRACE /livez HTTP/1.1\r\n\(host)\r\n", "CONNECT a:1 HTTP/1.1\r\n\(host)\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])
  func `what is no request is answered with no success and breaks nothing`(
    text: String
  ) async throws {
    try await Served.run { served in
      let answer = try await RawConnection.send([text], to: served.port)
      #expect(!answer.hasPrefix("HTTP/1.1 2"), "\(answer.prefix(80))")
      #expect(!answer.hasPrefix("HTTP/1.1 5"), "\(answer.prefix(80))")
      #expect(try await served.ask("GET", "/livez").status == 200)
    }
  }

  @Test func `a caller who closes its half is answered all the same`() async throws {
    try await Served.run { served in
      let answer = try await RawConnection.send(
        ["GET /livez HTTP/1.1\r\n\(Self.host)\r\n"], to: served.port)
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      #expect(answer.hasSuffix(#"{"status":"alive"}"#))
    }
  }

  @Test func `requests that come at once are answered in their order`() async throws {
    try await Served.run { served in
      let one = "GET /livez HTTP/1.1\r\n\(Self.host)\r\n"
      let other = "GET /nothing HTTP/1.1\r\n\(Self.host)\r\n"
      let answer = try await RawConnection.send([one + other + one], to: served.port)
      let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
      #expect(statuses == ["200", "404", "200"])
    }
  }

  @Test func `a body that is too large is refused`() async throws {
    try await Served.run { served in
      let large = #"{"name":"\#(String(repeating: "x", count: 1 << 20))"}"#
      let reply = try await served.command("CreateTeam", large)
      #expect(reply.status == 413)
      #expect(reply.code == "VALIDATION.BODY")
      #expect(try await served.ask("GET", "/v1/teams").items.isEmpty)
    }
  }

  @Test func `a body of deep nesting breaks nothing`() async throws {
    try await Served.run { served in
      for depth in [100, 10_000, 200_000] {
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        for path in ["/v1/commands/CreateTeam", "/v1/commands", "/v1/query", "/v1/export"] {
          let reply = try await served.ask(
            "POST", path, ["Idempotency-Key": "k\(depth)"], body: #"{"name":\#(deep)}"#)
          #expect((400..<500).contains(reply.status), "\(path) \(depth): \(reply.status)")
        }
      }
    }
  }

  /// The deadlines are seconds, so each of these takes one or two; nothing is measured.
  @Test(
    arguments: [
      ["GET /livez HTTP/1.1\r\nHost: 127"],
      [
        "POST /v1/commands/CreateTeam HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: k\r\n"
          + "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
      ],
      ["GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "GET /livez HTTP/1.1\r\nHost"],
      [],
    ])
  func `a caller who sends too slowly loses its connection`(parts: [String]) async throws {
    let change: @Sendable (inout HTTPServer.Options) -> Void = { options in
      options.limits.headSeconds = 1
      options.limits.bodySeconds = 1
      options.limits.idleSeconds = 1
    }
    try await Served.run(options: change) { served in
      // It ends although this side never closes.
      let answer = try await RawConnection.send(parts, to: served.port, closesHalf: false)
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 200"))
      #expect(try await served.ask("GET", "/livez").status == 200)
    }
  }

  @Test func `connections beyond the limit wait, and are served when there is room`() async throws {
    let change: @Sendable (inout HTTPServer.Options) -> Void = { options in
      options.limits.connections = 2
      options.limits.headSeconds = 1
    }
    try await Served.run(options: change) { served in
      let port = served.port
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<2 {
          group.addTask { try await RawConnection.send([], to: port, closesHalf: false) }
        }
        group.addTask {
          try await RawConnection.send(
            ["GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"], to: port)
        }
        var answers: [String] = []
        for try await answer in group { answers.append(answer) }
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 200 ") } == 1)
      }
    }
  }

  @Test func `random bytes never end the server`() async throws {
    try await Served.run { served in
      var generator = SeededGenerator(seed: 42)
      let pieces = [
        "GET ", "POST ", "/", "v1/", "%", "%00", "%ff", "?", "=", "&", " HTTP/1.1\r\n",
        "Host: 127.0.0.1\r\n", "\r\n", "\0", "Content-Length: 3\r\n", "abc", "filter=", ":", "é",
        "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "accounts", "commands/CreateTeam",
      ]
      for _ in 0..<150 {
        let text = (0..<Int.random(in: 1...14, using: &generator)).map { _ in
          pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        }.joined()
        let answer = try await RawConnection.send([text], to: served.port)
        #expect(!answer.hasPrefix("HTTP/1.1 5"), "\(text.debugDescription)")
      }
      #expect(try await served.ask("GET", "/livez").status == 200)
    }
  }
}
