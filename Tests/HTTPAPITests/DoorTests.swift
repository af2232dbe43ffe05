import Foundation
import HTTPAPI
import Service
import TestSupport
import Testing

@Suite struct DoorTests {
  @Test func `only keys are let in, and only for their scopes`() async throws {
    try await Served.run(.keys) { served in
      let reading = try served.key([.read])
      let writing = try served.key()
      let wrong = String(reading.text.dropLast()) + (reading.text.hasSuffix("0") ? "1" : "0")
      for headers in [
        [:], ["Authorization": "Bearer x"], ["Authorization": "Basic \(reading.text)"],
        ["Authorization": "Bearer \(wrong)"], ["Authorization": "Bearer"],
        ["Authorization": "Bearer " + String(repeating: "a", count: 9_000)],
      ] as [[String: String]] {
        let reply = try await served.ask("GET", "/v1/models", headers)
        #expect(reply.status == 401)
        #expect(reply.code == "AUTH.KEY")
        #expect(reply.headers["www-authenticate"] == "Bearer")
      }
      #expect(try await served.ask("GET", "/livez").status == 200)
      #expect(try await served.ask("GET", "/v1/models", key: reading.text).status == 200)
      let refused = try await served.command(
        "CreateTeam", #"{"name":"T"}"#, bearer: reading.text)
      #expect(refused.status == 403)
      #expect(refused.code == "PERMISSION.SCOPE")
      let done = try await served.command("CreateTeam", #"{"name":"T"}"#, bearer: writing.text)
      #expect(done.status == 200)
    }
  }

  @Test func `the one-time token of a new workspace makes one key`() async throws {
    try await Served.run(.keys) { served in
      let token = served.setupToken
      #expect(try await served.ask("GET", "/v1/models", key: token).status == 403)
      let first = try await served.ask("POST", "/v1/setup/key", key: token)
      let key = try #require(first.json["key"]?.text)
      #expect(first.json["user"]?.text == served.administrator)
      #expect(try await served.ask("GET", "/v1/models", key: key).status == 200)
      #expect(try await served.ask("POST", "/v1/setup/key", key: token).status == 401)
      #expect(try await served.ask("POST", "/v1/setup/key", key: key).status == 403)
    }
  }

  @Test func `no key stands in the data folder`() async throws {
    try await Served.run(.keys) { served in
      let made = try served.key()
      _ = try await served.ask("GET", "/v1/models", key: made.text)
      // Random digits may be “_” too: they are counted, not split.
      let secret = Data(made.text.utf8.dropFirst("deed_12345678_".utf8.count).prefix(43))
      let root = URL(filePath: served.folder.path).deletingLastPathComponent()
      let files = try #require(
        FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
      for case let file as URL in files.allObjects where !file.hasDirectoryPath {
        // Only what is small: the log's maps are sparse tebibytes.
        let size = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        guard size < 1 << 26 else { continue }
        #expect(try Data(contentsOf: file).range(of: secret) == nil, "\(file.lastPathComponent)")
      }
    }
  }

  @Test func `a revoked key ends its stream`() async throws {
    try await Served.run(.keys) { served in
      let made = try served.key([.read])
      async let stream = served.ask("GET", "/v1/events/stream", key: made.text)
      // Streams that are open stand in the figures.
      let other = try served.key([.read]).text
      while try await !served.ask("GET", "/metrics", key: other).text
        .contains("deed_http_streams 1\n")
      {}
      _ = try served.keys.revoke(made.key.id)
      let reply = try await stream
      #expect(reply.text.contains("event: caught-up\n"))
      #expect(try await served.ask("GET", "/v1/models", key: made.text).status == 401)
    }
  }

  @Test func `who asks too often waits`() async throws {
    let change: @Sendable (inout HTTPServer.Options) -> Void = { options in
      options.limits.requestsPerSecond = 1
      options.limits.requestBurst = 3
    }
    try await Served.run(.keys, options: change) { served in
      let (one, other) = (try served.key().text, try served.key().text)
      var statuses: [Int] = []
      for _ in 0..<5 { statuses.append(try await served.ask("GET", "/v1/models", key: one).status) }
      #expect(statuses.prefix(3).allSatisfy { $0 == 200 })
      #expect(statuses.contains(429))
      let late = try await served.ask("GET", "/v1/export", key: one)
      #expect(late.status == 405)
      #expect(try await served.ask("GET", "/v1/models", key: other).status == 200)
    }
  }

  @Test func `guessing keys gets slower`() async throws {
    let change: @Sendable (inout HTTPServer.Options) -> Void = { options in
      options.limits.refusalsPerSecond = 1
      options.limits.refusalBurst = 3
    }
    try await Served.run(.keys, options: change) { served in
      var statuses: Set<Int> = []
      for _ in 0..<80 {
        statuses.insert(try await served.ask("GET", "/v1/models", key: "deed_guess").status)
      }
      #expect(statuses == [401, 429])
    }
  }

  @Test func `another host than this one is not served without authentication`() async throws {
    try await Served.run { served in
      for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"] {
        let text = try await RawConnection.send(
          ["GET /livez HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"], to: served.port)
        #expect(text.hasPrefix("HTTP/1.1 421 "), "\(host)")
      }
    }
  }

  @Test func `workspaces know nothing of each other's keys`() async throws {
    try await Served.run(.keys) { one in
      let key = try one.key().text
      let team = try await one.command("CreateTeam", #"{"name":"Secret"}"#, bearer: key)
      let id = try #require(team.json["id"]?.text)
      try await Served.run(.keys) { other in
        #expect(try await other.ask("GET", "/v1/teams/\(id)", key: key).status == 401)
        let own = try other.key().text
        #expect(try await other.ask("GET", "/v1/teams/\(id)", key: own).status == 404)
      }
    }
  }

  @Test func `who may not see a record is told what a stranger is told`() async throws {
    try await Served.run(.keys) { served in
      let key = try served.key().text
      let made = try await served.command(
        "ProvisionUser", #"{"name":{"full":"Sales"},"active":true,"roleIds":["salesRep"]}"#,
        bearer: key)
      let user = try #require(made.json["id"]?.text, "\(made.text)")
      let account = try await served.command(
        "CreateAccount",
        #"{"accountType":"organization","name":"Mine","source":{"channel":"referral"}}"#,
        bearer: key)
      let id = try #require(account.json["id"]?.text, "\(account.text)")
      let rep = try served.keys.make(
        for: user, name: "rep", scopes: [.read, .write], expiresAfterDays: nil
      ).text
      let hidden = try await served.ask("GET", "/v1/accounts/\(id)", key: rep)
      let absent = try await served.ask("GET", "/v1/accounts/acc_none", key: rep)
      #expect((hidden.status, hidden.code) == (absent.status, absent.code))
      #expect(hidden.text.replacing(id, with: "acc_none") == absent.text)
      let list = try await served.ask("GET", "/v1/accounts", key: rep)
      #expect(list.status == 200, "\(list.text)")
      #expect(list.items.isEmpty)
      for path in [
        "/v1/log", "/v1/models", "/v1/audit/exports", "/v1/reports/timers",
      ] {
        let reply = try await served.ask("GET", path, key: rep)
        #expect(reply.status == 403, "\(path): \(reply.text)")
      }
      let sql = try await served.ask(
        "POST", "/v1/query", body: #"{"sql":"SELECT 1"}"#, key: rep)
      #expect(sql.status == 403)
      // A user who is suspended is out at once, whatever their key says.
      let out = try await served.command(
        "SuspendUser", #"{"userId":"\#(user)"}"#, ["X-Reason-Code": "test"], bearer: key)
      #expect(out.status == 200, "\(out.text)")
      #expect(try await served.ask("GET", "/v1/accounts", key: rep).status == 403)
    }
  }
}
