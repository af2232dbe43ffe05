import Foundation
import Service
import Testing

@Suite struct RecordTests {
  @Test func `a record is as it is and as it was, and its tag saves asking again`() async throws {
    try await Served.run { served in
      let team = try await served.team("Early")
      let now = try await served.ask("GET", "/v1/teams/\(team.id)")
      #expect(now.status == 200)
      #expect(now.json["name"]?.text == "Early")
      let tag = try #require(now.headers["etag"])
      #expect(tag.hasPrefix("\"0-"))
      let same = try await served.ask("GET", "/v1/teams/\(team.id)", ["If-None-Match": tag])
      #expect(same.status == 304)
      #expect(same.text.isEmpty)
      let before = try await served.ask("GET", "/v1/teams/\(team.id)?as-of=\(team.position - 1)")
      #expect(before.status == 404)
      #expect(before.code == "STATE.NOT_FOUND")
      let history = try await served.ask("GET", "/v1/teams/\(team.id)/history")
      #expect(history.status == 200)
      let sparse = try await served.ask("GET", "/v1/teams/\(team.id)?fields=name")
      #expect(sparse.text == #"{"name":"Early"}"#)
    }
  }

  @Test(
    arguments: [
      ("/nothing", 404), ("/v1/teams/tea_none", 404), ("/v1/models?what=1", 400),
      ("/v1/events?limit=0", 400), ("/v1/events?limit=1001", 400), ("/v1/events?after=-1", 400),
      ("/v1/events?after=01", 400), ("/v1/events?after=+5", 400),
      ("/v1/events?limit=1&limit=2", 400), ("/v1/events?type=no%20type", 400),
      ("/v1/teams/tea_1?as-of=soon", 400), ("/v1/teams/tea_1?as-of=1&effective=2026-01-01", 400),
      ("/v1/accounts?filter=name", 400), ("/v1/accounts?filter=nope:eq:1", 400),
      ("/v1/accounts?sort=nope", 400), ("/v1/accounts?fields=nope", 400),
      ("/v1/accounts?cursor=abc", 400), ("/v1/teams?sort=name", 400),
      ("/v1/accounts?limit=501", 400), ("/v1/accounts?filter=isX:eq:1", 400),
      ("/v1/opportunities?filter=isStalled:eq:maybe", 400),
      ("/v1/audit/why?record=acc_1", 400), ("/v1/log/proof/inclusion?index=999999", 409),
      ("/v1/log/proof/inclusion", 400), ("/v1/log/proof/inclusion?index=-1", 400),
      ("/v1/log/proof/inclusion?index=0&size=999999", 409),
      ("/v1/log/proof/consistency?old=0", 400), ("/v1/log/proof/consistency?old=2&new=1", 400),
      ("/v1/log/proof/consistency?old=0&new=999999", 409), ("/v1/log/tile/0/999", 404),
    ] as [(String, Int)])
  func `paths and parameters that can't be are refused`(path: String, status: Int) async throws {
    try await Served.run { served in
      let reply = try await served.ask("GET", path)
      #expect([status, status == 400 ? 422 : status].contains(reply.status), "\(reply.text)")
      #expect(reply.headers["content-type"] == "application/problem+json")
    }
  }

  @Test func `pages neither skip nor repeat what others write meanwhile`() async throws {
    try await Served.run { served in
      for number in 0..<23 { _ = try await served.account("Account \(number)") }
      var names: [String] = []
      var cursor = ""
      var pages = 0
      repeat {
        let reply = try await served.ask(
          "GET", "/v1/accounts?sort=-name&limit=5\(cursor)&fields=name")
        try #require(reply.status == 200, "\(reply.text)")
        names += reply.items.compactMap { $0["name"]?.text }
        // What sorts before everything else, and behind it.
        _ = try await served.account("Zeta \(pages)")
        _ = try await served.account("Aardvark \(pages)")
        pages += 1
        cursor = reply.json["next"]?.text.map { "&cursor=\($0)" } ?? ""
      } while !cursor.isEmpty && pages < 20
      #expect(pages == 5)
      #expect(names == (0..<23).map { "Account \($0)" }.sorted(by: >))
    }
  }

  @Test func `rows are filtered, and a cursor is for its own question`() async throws {
    try await Served.run { served in
      for number in 0..<6 { _ = try await served.account("Company \(number)") }
      let some = try await served.ask(
        "GET", "/v1/accounts?filter=name:ge:Company%203&filter=status:eq:active&sort=name")
      #expect(some.items.compactMap { $0["name"]?.text } == (3..<6).map { "Company \($0)" })
      let page = try await served.ask("GET", "/v1/accounts?limit=2&sort=name")
      let cursor = try #require(page.json["next"]?.text)
      let other = try await served.ask("GET", "/v1/accounts?limit=2&cursor=\(cursor)")
      #expect(other.code == "VALIDATION.CURSOR")
      let position = try #require(page.number("asOfPosition"))
      let past = try await served.ask("GET", "/v1/accounts?as-of=\(position - 2)&sort=name")
      #expect(past.items.count < 6)
    }
  }

  @Test func `rows come as CSV that no spreadsheet calculates`() async throws {
    try await Served.run { served in
      _ = try await served.account("=cmd()")
      let reply = try await served.ask(
        "GET", "/v1/accounts?fields=name,status", ["Accept": "text/csv"])
      #expect(reply.headers["content-type"] == "text/csv; charset=utf-8")
      #expect(reply.text == "name,status\r\n'=cmd(),active\r\n")
    }
  }

  @Test func `a position can be waited for`() async throws {
    try await Served.run { served in
      let next = served.workspace.logSize
      async let waiting = served.ask("GET", "/v1/teams?wait-for-position=\(next)")
      let made = try await served.team("Waited for")
      let reply = try await waiting
      #expect(made.position >= Int(next))
      #expect(reply.status == 200)
      #expect(reply.items.count == 1)
    }
  }

  @Test func `an export has its manifest`() async throws {
    try await Served.run { served in
      for number in 0..<5 { _ = try await served.team("Team \(number)") }
      for (format, lines) in [("jsonl", 5), ("cloudevents", 5), ("csv", 6)] {
        let reply = try await served.ask(
          "POST", "/v1/export",
          body: #"{"format":"\#(format)","purpose":"test","types":["TeamCreated"]}"#)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply.text.utf8.count { $0 == UInt8(ascii: "\n") } == lines)
        let id = try #require(reply.headers["deed-export-id"])
        let manifest = try await served.ask("GET", "/v1/exports/\(id)/manifest")
        #expect(manifest.number("events") == 5)
        #expect(manifest.number("bytes") == reply.text.utf8.count)
      }
      let none = try await served.ask("POST", "/v1/export", body: #"{"format":"csv","purpose":""}"#)
      #expect(none.status == 422)
    }
  }

  @Test func `a backup is made while the server runs, and its name is a name`() async throws {
    try await Served.run { served in
      let made = try await served.ask("POST", "/v1/backups", body: #"{"name":"nightly-1"}"#)
      #expect(made.status == 200, "\(made.text)")
      let folder = try #require(made.json["folder"]?.text)
      #expect(FileManager.default.fileExists(atPath: folder))
      for name in ["../x", "a/b", "", "-x", "A", String(repeating: "a", count: 61)] {
        let reply = try await served.ask("POST", "/v1/backups", body: #"{"name":"\#(name)"}"#)
        #expect(reply.status == 422, "\(name)")
      }
      #expect(
        try await served.ask("POST", "/v1/backups", body: #"{"name":"nightly-1"}"#).status == 409)
    }
  }
}
