import Foundation
import HTTPAPI
import Service
import TestSupport
import Testing

/// What the command line shows, over HTTP, by the same rights.
@Suite struct InsightTests {
  private static let reports = [
    "/v1/reports/quality?by=team&issues=5", "/v1/reports/adoption", "/v1/reports/privacy",
    "/v1/reports/privacy?in-force=true", "/v1/reports/handovers", "/v1/audit/roles?at=1",
  ]

  @Test func `reports that the command line has are there, and nobody without a role sees them`()
    async throws
  {
    try await Served.run(.keys) { served in
      let admin = try served.key().text
      let user = try await served.command(
        "ProvisionUser", #"{"name":{"full":"N"},"active":true,"roleIds":[]}"#, bearer: admin)
      let nobody = try served.keys.make(
        for: try #require(user.json["id"]?.text), name: "n", scopes: [.read],
        expiresAfterDays: nil
      ).text
      for path in Self.reports {
        let reply = try await served.ask("GET", path, key: admin)
        #expect(reply.status == 200, "\(path): \(reply.text)")
      }
      for path in ["/v1/reports/quality", "/v1/reports/adoption", "/v1/reports/privacy"] {
        let reply = try await served.ask("GET", path, key: nobody)
        #expect(reply.status == 403, "\(path): \(reply.text)")
      }
      for (path, code) in [
        ("/v1/reports/quality?by=moon", "VALIDATION.PARAMETER"),
        ("/v1/reports/quality?issues=1001", "VALIDATION.NUMBER"),
      ] {
        #expect(try await served.ask("GET", path, key: admin).code == code)
      }
    }
  }

  @Test func `the first registrant is asked for in a body`() async throws {
    try await Served.run { served in
      let account = try await served.account("Northwind")
      let found = try await served.ask(
        "POST", "/v1/first-registrant", body: #"{"record":"account-\#(account)"}"#)
      #expect(found.status == 200, "\(found.text)")
      #expect(found.text.contains(account))
      for body in ["{}", #"{"record":"account-\#(account)","phone":"+8613800138000"}"#] {
        let refused = try await served.ask("POST", "/v1/first-registrant", body: body)
        #expect(refused.status == 422)
        #expect(refused.code == "VALIDATION.BODY")
      }
      let swept = try await served.ask(
        "POST", "/v1/duplicate-cases/find", body: #"{"kind":"account"}"#)
      #expect(swept.status == 200, "\(swept.text)")
    }
  }

  @Test func `evidence by HTTP holds, and stands in the log and the access log`() async throws {
    try await inTemporaryFolder { folder in
      try await Served.run(at: folder) { served in
        let account = try await served.account("Northwind")
        let before = served.workspace.logSize
        let made = try await served.ask(
          "POST", "/v1/log/evidence",
          body: #"{"records":["account-\#(account)"],"disclose":["all"],"purpose":"audit-1"}"#)
        #expect(made.status == 200, "\(made.text)")
        #expect(served.workspace.logSize == before + 1)
        #expect(made.headers["deed-evidence-position"] == "\(before)")
        #expect(made.headers["deed-evidence-sha256"]?.count == 64)
        let file = "\(folder)/case.json"
        try Data(made.text.utf8).write(to: URL(filePath: file))
        let key = try await served.ask("GET", "/v1/log/key")
        let vkey = try #require(key.json["vkey"]?.text)
        let outcome = try EvidenceCheck.verify(file, EvidenceTrust(keys: [vkey]))
        #expect(!outcome.isRefused)
        let seen = "\(try served.workspace.accesses(of: served.administrator))"
        #expect(seen.contains("evidence"))
        for (body, status) in [
          ("{}", 422), (#"{"purpose":"x"}"#, 422), (#"{"purpose":"x","range":[3,1]}"#, 422),
          (#"{"purpose":"x","records":["account-acc_none"]}"#, 404),
          (#"{"purpose":"x","range":[0,99999999]}"#, 409),
        ] {
          let refused = try await served.ask("POST", "/v1/log/evidence", body: body)
          #expect(refused.status == status, "\(body): \(refused.text)")
        }
      }
    }
  }

  @Test func `a person is held, released and erased by four eyes`() async throws {
    try await Served.run(.keys) { served in
      let first = try served.key().text
      var keys = [first]
      for name in ["B", "C"] {
        let made = try await served.command(
          "ProvisionUser",
          #"{"name":{"full":"\#(name)"},"active":true,"roleIds":["crmAdmin","workspaceOwner"]}"#,
          bearer: first)
        keys.append(
          try served.keys.make(
            for: try #require(made.json["id"]?.text), name: "k", scopes: [.read, .write],
            expiresAfterDays: nil
          ).text)
      }
      let account = try await served.command(
        "CreateAccount",
        #"{"accountType":"organization","name":"Acme","source":{"channel":"website"}}"#,
        bearer: first)
      let contact = try await served.command(
        "CreateContact",
        """
        {"accountId":"\(account.json["id"]?.text ?? "")","name":{"full":"Zoe Quill"},\
        "source":{"channel":"website"}}
        """, bearer: first)
      let subject = try #require(contact.json["id"]?.text)
      func act(_ verb: String, _ body: String, _ index: Int) async throws -> Reply {
        try await served.ask(
          "POST", "/v1/erasures/contact-\(subject)/\(verb)", body: body, key: keys[index])
      }
      let held = try await act("hold", #"{"reason":"litigation"}"#, 0)
      #expect(held.json["state"]?.text == "held", "\(held.text)")
      #expect(try await act("request", #"{"reason":"gdpr-17"}"#, 0).status >= 400)
      let hold = try #require(held.text.split(separator: "\"").first { $0.hasPrefix("hold-") })
      let body = #"{"hold":"\#(hold.prefix { $0 != " " })"}"#
      _ = try await act("release", body, 0)
      let released = try await act("release", body, 1)
      #expect(released.json["state"]?.text == "not requested", "\(released.text)")
      _ = try await act("request", #"{"reason":"gdpr-17"}"#, 0)
      #expect(try await act("approve", "{}", 0).status == 403)
      _ = try await act("approve", "{}", 1)
      let done = try await act("approve", "{}", 2)
      #expect(done.json["state"]?.text == "erased", "\(done.text)")
      let ended = try await served.ask("POST", "/v1/erasure-epochs", key: keys[0])
      #expect(ended.status == 200, "\(ended.text)")
    }
  }

  @Test func `a waiting build is compared, switched to and rolled back while the server runs`()
    async throws
  {
    try await Served.run { served in
      _ = try await served.account("Northwind")
      var rebuild = ModelRebuild(models: ["account-360"])
      rebuild.isHeld = true
      #expect(try !served.workspace.rebuild(rebuild) { _ in }.isRefused)
      let path = "/v1/models/account-360"
      let compared = try await served.ask("GET", "\(path)/differences")
      #expect(compared.json["undeclared"] == .number("0"), "\(compared.text)")
      let reason = #"{"reason":"release"}"#
      let changed = try await served.ask("POST", "\(path)/switch", body: reason)
      #expect(changed.status == 200, "\(changed.text)")
      let back = try await served.ask("POST", "\(path)/rollback", body: reason)
      #expect(back.status == 200, "\(back.text)")
      #expect(try await served.ask("POST", "\(path)/switch", body: "{}").status == 422)
      #expect(try await served.ask("POST", "\(path)/retry").status == 200)
      let skipped = try await served.ask(
        "POST", "\(path)/skip", body: #"{"position":1,"reason":"damaged"}"#)
      #expect(skipped.code == "MODEL.NOT_STOPPED", "\(skipped.text)")
      #expect(try await served.ask("POST", "/v1/models/none/retry").status < 500)
    }
  }
}
