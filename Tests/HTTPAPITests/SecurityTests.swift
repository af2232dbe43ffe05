import Foundation
import HTTPAPI
import Logging
import Service
import Synchronization
import TestSupport
import Testing

/// What docs/guides/security.md promises and no other suite shows.
@Suite struct SecurityTests {
  @Test func `nothing that a caller sends stands in the log`() async throws {
    let log = KeptLog()
    try await Served.run(.keys, options: log.keeping) { served in
      let key = try served.key().text
      _ = try await served.ask("GET", "/v1/teams/MARKER?as-of=MARKER&MARKER=MARKER", key: key)
      _ = try await served.ask("GET", "/MARKER", ["X-Marker": "MARKER"], key: "deed_MARKER")
      _ = try await served.command(
        "CreateTeam", #"{"MARKER":"MARKER"}"#, key: "MARKER", bearer: key)
      _ = try await served.command("MARKER", #"{"MARKER":"#, bearer: key)
      _ = try await served.command(
        "CreateTeam", #"{"name":"MARKER"}"#,
        ["X-Reason-Text": "MARKER", "X-On-Behalf-Of": "MARKER", "traceparent": "MARKER"],
        bearer: key)
      #expect(log.text.contains("request"))
      #expect(!log.text.contains("MARKER"))
      #expect(!log.text.contains(key))
    }
  }

  @Test func `a line of the log is one line, whatever it says`() {
    let lines = Mutex<[[UInt8]]>([])
    var logger = Logger(label: "test") { _ in
      JSONLineHandler(level: .info) { line in lines.withLock { $0.append(line) } }
    }
    logger.logLevel = .info
    logger.info("a\r\nb\u{1b}[31m", metadata: ["k\"\n": "v\u{0}\r\n{\"level\":\"error\"}"])
    let written = lines.withLock { $0 }
    #expect(written.count == 1)
    let bytes = written.first ?? []
    #expect(bytes.last == UInt8(ascii: "\n"))
    #expect(bytes.dropLast().allSatisfy { $0 >= 0x20 })
  }

  @Test func `who is not let in is counted, and the log says why`() async throws {
    let log = KeptLog()
    try await Served.run(.keys, options: log.keeping) { served in
      let key = try served.key().text
      #expect(try await served.ask("GET", "/v1/models").status == 401)
      #expect(try await served.ask("GET", "/v1/models", key: "deed_x").status == 401)
      #expect(log.text.contains("not let in cause=absent"))
      #expect(log.text.contains("not let in cause=unknown method=apiKey"))
      let metrics = try await served.ask("GET", "/metrics", key: key).text
      #expect(
        metrics.contains("deed_http_refusals_total{method=\"apiKey\",cause=\"unknown\"} 1\n"))
      // That somebody was let in stands in the access log, which nobody changes.
      let accesses = try await served.ask(
        "GET", "/v1/users/\(served.administrator)/accesses", key: key)
      #expect(accesses.text.contains("apiKey"), "\(accesses.text)")
    }
  }

  @Test func `what a proxy says of a caller is not believed`() async throws {
    let change: @Sendable (inout HTTPServer.Options) -> Void = { options in
      options.limits.requestsPerSecond = 1
      options.limits.requestBurst = 3
    }
    try await Served.run(options: change) { served in
      var statuses: Set<Int> = []
      for number in 0..<20 {
        let reply = try await served.ask(
          "GET", "/v1/models",
          [
            "X-Forwarded-For": "10.0.0.\(number)", "Forwarded": "for=10.0.0.\(number)",
            "X-Real-IP": "10.0.0.\(number)",
          ])
        statuses.insert(reply.status)
      }
      #expect(statuses == [200, 429])
    }
  }

  @Test func `a page of another origin can do nothing`() async throws {
    try await Served.run { served in
      // What a browser sends without asking first: plain text, no headers of its own.
      for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let reply = try await served.ask(
          "POST", "/v1/commands/CreateTeam",
          ["Content-Type": type, "Origin": "https://evil.example", "Idempotency-Key": "k"],
          body: #"{"name":"Forged"}"#)
        #expect(reply.status == 415, "\(type)")
        #expect(reply.headers["access-control-allow-origin"] == nil)
      }
      let asked = try await served.ask(
        "OPTIONS", "/v1/commands/CreateTeam",
        ["Origin": "https://evil.example", "Access-Control-Request-Method": "POST"])
      #expect(asked.status == 405)
      #expect(asked.headers.keys.allSatisfy { !$0.hasPrefix("access-control-") })
      #expect(try await served.ask("GET", "/v1/teams").items.isEmpty)
    }
  }

  @Test func `no path leads to a file`() async throws {
    try await Served.run { served in
      for path in [
        "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd",
        "/v1/teams/..%2f..%2f..%2fetc%2fpasswd", "/v1/exports/..%2fmain/manifest", "/.git/config",
        "/v1/", "/openapi.json/", "//openapi.json/..;/",
      ] {
        let text = try await RawConnection.send(
          ["GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"],
          to: served.port)
        #expect(!text.contains("root:"), "\(path)")
        #expect(
          text.hasPrefix("HTTP/1.1 4") || path == "/openapi.json/", "\(path): \(text.prefix(60))")
      }
    }
  }

  @Test func `no secret stands in an address`() async throws {
    try await Served.run(.keys) { served in
      let key = try served.key().text
      let text = try await served.ask("GET", "/openapi.json", key: key)
      guard case .object(let paths)? = text.json["paths"] else {
        Issue.record("no paths")
        return
      }
      for path in paths {
        guard case .object(let methods) = path.value else { continue }
        for method in methods {
          guard case .array(let parameters)? = method.value["parameters"] else { continue }
          for parameter in parameters
          where parameter["$ref"] == nil && parameter["in"]?.text != "header" {
            let name = parameter["name"]?.text ?? ""
            #expect(
              !["key", "token", "secret", "password", "authorization", "access_token"].contains(
                name.lowercased()), "\(path.name) \(name)")
          }
        }
      }
      for query in ["?access_token=\(key)", "?key=\(key)", "?token=\(key)"] {
        #expect(try await served.ask("GET", "/v1/models\(query)").status == 401)
      }
    }
  }

  @Test func `what fails inside is told without its reason, and leaves nothing open`()
    async throws
  {
    let log = KeptLog()
    try await Served.run(options: log.keeping) { served in
      let models = served.folder.modelsFolder
      if FileManager.default.fileExists(atPath: models) {
        try FileManager.default.removeItem(atPath: models)
      }
      try Data("no folder".utf8).write(to: URL(filePath: models))
      let reply = try await served.ask("GET", "/v1/accounts")
      #expect(reply.status >= 500, "\(reply.text)")
      #expect(!reply.text.contains(models))
      #expect(!reply.text.contains("sqlite"))
      #expect(reply.headers["x-request-id"] != nil)
      #expect(reply.headers["content-type"] == "application/problem+json")
      #expect(log.text.contains("failed"))
    }
  }

  @Test func `a body whose sender closes its half too soon changes nothing`() async throws {
    try await Served.run { served in
      let head =
        "POST /v1/commands/CreateTeam HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: k\r\n"
        + "Content-Type: application/json\r\n"
      for text in [
        head + "Content-Length: 40\r\n\r\n{\"name\":\"Half\"}",
        head + "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"name\":\"Half\"}\r\n",
      ] {
        let answer = try await RawConnection.send([text], to: served.port)
        #expect(!answer.hasPrefix("HTTP/1.1 2"), "\(answer.prefix(80))")
        #expect(try await served.ask("GET", "/v1/teams").items.isEmpty)
      }
    }
  }
}
