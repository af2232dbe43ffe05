import Service
import Testing

@Suite struct CommandTests {
  @Test func `a key is carried out once, and another body under it is refused`() async throws {
    try await Served.run { served in
      let first = try await served.command("CreateTeam", #"{"name":"Alpha"}"#, key: "once")
      let again = try await served.command("CreateTeam", #"{"name":"Alpha"}"#, key: "once")
      #expect(first.json["isRepeat"] == .boolean(false))
      #expect(again.json["isRepeat"] == .boolean(true))
      #expect(again.json["id"] == first.json["id"])
      let other = try await served.command("CreateTeam", #"{"name":"Beta"}"#, key: "once")
      #expect(other.status == 409)
      #expect(other.code == "CONFLICT.IDEMPOTENCY")
      #expect(other.headers["content-type"] == "application/problem+json")
    }
  }

  @Test func `a revision that is not the last is refused`() async throws {
    try await Served.run { served in
      let account = try await served.account("Northwind")
      let seen = try await served.ask("GET", "/v1/accounts/\(account)")
      let tag = try #require(seen.headers["etag"])
      let body = #"{"accountId":"\#(account)","website":"a.example"}"#
      let changed = try await served.command("ChangeAccountDetails", body, ["If-Match": tag])
      #expect(changed.status == 200, "\(changed.text)")
      let late = try await served.command(
        "ChangeAccountDetails", #"{"accountId":"\#(account)","website":"b.example"}"#,
        ["If-Match": tag])
      #expect(late.status == 412)
      #expect(late.code == "CONFLICT.VERSION")
    }
  }

  @Test(
    arguments: [
      (#"{"name":"x"}"#, [:], 400, "VALIDATION.REQUIRED"),
      (#"{"name":"x"}"#, ["Idempotency-Key": "a b"], 422, "VALIDATION.FORMAT"),
      (#"{"nome":"x"}"#, ["Idempotency-Key": "k"], 422, "VALIDATION.FORMAT"),
      ("{", ["Idempotency-Key": "k"], 422, "VALIDATION.FORMAT"),
      (#"{"name":"x","name":"y"}"#, ["Idempotency-Key": "k"], 422, "VALIDATION.FORMAT"),
      (#"{"name":"x"}"#, ["Idempotency-Key": "k", "If-Match": "3"], 400, "VALIDATION.HEADER"),
      (
        #"{"name":"x"}"#, ["Idempotency-Key": "k", "X-Occurred-At": "soon"], 422, "VALIDATION.TIME"
      ),
      (#"{"name":"x"}"#, ["Idempotency-Key": "k", "Content-Type": "text/plain"], 415, nil),
    ] as [(String, [String: String], Int, String?)])
  func `what is wrong with a command is said`(
    body: String, headers: [String: String], status: Int, code: String?
  ) async throws {
    try await Served.run { served in
      let reply = try await served.ask("POST", "/v1/commands/CreateTeam", headers, body: body)
      #expect(reply.status == status, "\(reply.text)")
      if let code { #expect(reply.code == code) }
      #expect(reply.json["detail"]?.text?.isEmpty == false)
      #expect(reply.json["status"] == .number(String(status)))
    }
  }

  @Test func `a receipt proves what was written`() async throws {
    try await Served.run { served in
      let reply = try await served.command(
        "CreateTeam", #"{"name":"A"}"#, ["Prefer": "respond-async, log-proof"])
      let proof = try #require(reply.json["proof"]?.text)
      #expect(proof.hasPrefix("c2sp.org/tlog-proof@v1\nindex \(reply.number("position") ?? -1)\n"))
      #expect(reply.headers["preference-applied"] == "log-proof")
      let without = try await served.command("CreateTeam", #"{"name":"B"}"#)
      #expect(without.json["proof"] == nil)
    }
  }

  @Test(arguments: [true, false])
  func `many commands are carried out each by itself`(inOrder: Bool) async throws {
    try await Served.run { served in
      let commands = (0..<20).map { index in
        let member = index % 5 == 3 ? "nome" : "name"
        return #"{"name":"CreateTeam","key":"k\#(index)","body":{"\#(member)":"T\#(index)"}}"#
      }
      let body = #"{"inOrder":\#(inOrder),"commands":[\#(commands.joined(separator: ","))]}"#
      let reply = try await served.ask("POST", "/v1/commands", body: body)
      #expect(reply.status == 200)
      #expect(reply.number("done") == 16)
      #expect(reply.number("refused") == 4)
      guard case .array(let results)? = reply.json["results"] else {
        Issue.record("no results")
        return
      }
      for (index, result) in results.enumerated() {
        #expect(result["status"] == .number(index % 5 == 3 ? "422" : "200"))
      }
      let again = try await served.ask("POST", "/v1/commands", body: body)
      #expect(again.number("done") == 16)
      #expect(try await served.ask("GET", "/v1/teams").items.count == 16)
    }
  }

  @Test(
    arguments: [
      "[]", "{}", #"{"commands":[]}"#, #"{"commands":[1]}"#, #"{"commands":[{"name":"X"}]}"#,
      #"{"commands":[{"name":"X","key":"k","body":{},"extra":1}]}"#,
      #"{"commands":[{"name":"X","key":"k","body":{}}],"commands":[]}"#,
      #"{"commands":[{"name":"X","key":"k","body":"{}"}]}"#,
    ])
  func `a bulk request that is none is refused whole`(body: String) async throws {
    try await Served.run { served in
      let reply = try await served.ask("POST", "/v1/commands", body: body)
      #expect(reply.status == 422, "\(body): \(reply.text)")
    }
  }
}
