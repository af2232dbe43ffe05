import Crypto
import Foundation
import HTTPAPI
import Service
import TestSupport
import Testing

/// Commands that are signed where they are asked for, by keys that the server never has.
@Suite struct SignatureTests {
  /// A device with a key of its own, made elsewhere.
  private struct Device {
    let keyID: String
    let key = Curve25519.Signing.PrivateKey()
    var publicKey: String { Data(key.publicKey.rawRepresentation).base64EncodedString() }

    /// The headers of a signed request: what the guide says, written anew.
    func headers(
      origin: String, command: String? = nil, target: String = "", idempotencyKey: String,
      body: String
    ) throws -> [String: String] {
      let target = command.map { "/v1/commands/\($0)" } ?? target
      let digest = SHA256.hash(data: Data(body.utf8)).map { byte in
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0\(text)" : text
      }.joined()
      let text = "deed/command/v1\n\(origin)\nPOST \(target)\n\(idempotencyKey)\n\(digest)\n"
      let signature = try key.signature(for: Data(text.utf8))
      return [
        "X-Signature-Key": keyID, "X-Signature": signature.base64EncodedString(),
        "Idempotency-Key": idempotencyKey,
      ]
    }
  }

  private static let body = #"{"name":"Signed"}"#

  /// A server that asks for signatures of CreateTeam, and a device that may give them.
  private static func served(
    at place: String? = nil,
    _ body: @Sendable (_ served: Served, _ device: Device, _ origin: String) async throws -> Void
  ) async throws {
    // Many attempts in no time.
    let often: @Sendable (inout HTTPServer.Options) -> Void = { $0.limits.requestBurst = 10_000 }
    try await Served.run(options: often, at: place) { served in
      let device = Device(keyID: "phone-1")
      let made = try await served.ask(
        "POST", "/v1/actor-keys",
        body: #"{"keyId":"phone-1","publicKey":"\#(device.publicKey)"}"#)
      #expect(made.status == 200, "\(made.text)")
      let required = try await served.ask(
        "POST", "/v1/signature-policy", body: #"{"commands":["CreateTeam"]}"#)
      #expect(required.status == 200, "\(required.text)")
      let origin = try #require(
        try await served.ask("GET", "/v1/actor-keys").json["origin"]?.text)
      try await body(served, device, origin)
    }
  }

  @Test func `a policy that asks for signatures is met over HTTP`() async throws {
    try await Self.served { served, device, origin in
      let without = try await served.command("CreateTeam", Self.body)
      #expect((without.status, without.code) == (403, "PERMISSION.SIGNATURE"))
      let bulk = try await served.ask(
        "POST", "/v1/commands",
        body: #"{"commands":[{"name":"CreateTeam","key":"b","body":{"name":"B"}}]}"#)
      #expect(bulk.text.contains("PERMISSION.SIGNATURE"))
      let headers = try device.headers(
        origin: origin, command: "CreateTeam", idempotencyKey: "s-1", body: Self.body)
      let done = try await served.ask("POST", "/v1/commands/CreateTeam", headers, body: Self.body)
      #expect(done.status == 200, "\(done.text)")
      let id = try #require(done.json["id"]?.text)
      // The same once more is the first answer, and nothing happens twice.
      let again = try await served.ask("POST", "/v1/commands/CreateTeam", headers, body: Self.body)
      #expect(again.json["id"]?.text == id)
      #expect(again.json["isRepeat"] == .boolean(true))
      #expect(try await served.ask("GET", "/v1/teams").items.count == 1)
    }
  }

  @Test func `a signature that was altered, replayed or another's is refused`() async throws {
    try await Self.served { served, device, origin in
      let headers = try device.headers(
        origin: origin, command: "CreateTeam", idempotencyKey: "s-1", body: Self.body)
      func refused(
        _ change: [String: String], _ body: String = Self.body, _ status: Int = 403
      ) async throws {
        let reply = try await served.ask(
          "POST", "/v1/commands/CreateTeam", headers.merging(change) { $1 }, body: body)
        #expect(reply.status == status, "\(change) \(body): \(reply.text)")
      }
      try await refused([:], #"{"name":"Signed "}"#)
      try await refused([:], #"{"name": "Signed"}"#)
      try await refused(["Idempotency-Key": "s-2"])
      try await refused(
        try device.headers(
          origin: origin, command: "CreatePool", idempotencyKey: "s-1", body: Self.body))
      try await refused(["X-Signature-Key": "phone-2"])
      let other = Device(keyID: "phone-1")
      try await refused(
        try other.headers(
          origin: origin, command: "CreateTeam", idempotencyKey: "s-1", body: Self.body))
      try await refused(
        try device.headers(
          origin: "\(origin).example", command: "CreateTeam", idempotencyKey: "s-1",
          body: Self.body))
      try await refused(["X-Signature": "AA=="], Self.body, 422)
      // Base64 has one form: bits behind the last byte make it another text of the same bytes.
      let loose = String(repeating: "A", count: 85) + "B=="
      try await refused(["X-Signature": loose], Self.body, 422)
      try await refused(["X-Signature-Key": "a b"], Self.body, 422)
      let half = try await served.ask(
        "POST", "/v1/commands/CreateTeam", ["X-Signature-Key": "phone-1", "Idempotency-Key": "k"],
        body: Self.body)
      #expect((half.status, half.code) == (400, "VALIDATION.HEADER"))
      // Replayed after it was done, under another key: refused as well.
      #expect(
        try await served.ask("POST", "/v1/commands/CreateTeam", headers, body: Self.body).status
          == 200)
      try await refused(["Idempotency-Key": "s-3"])
      // A revoked key signs no more.
      let revoked = try await served.ask(
        "POST", "/v1/actor-keys/phone-1/revoke", body: #"{"reason":"lost"}"#)
      #expect(revoked.status == 200, "\(revoked.text)")
      try await refused(
        try device.headers(
          origin: origin, command: "CreateTeam", idempotencyKey: "s-4", body: Self.body))
      #expect(try await served.ask("GET", "/v1/teams").items.count == 1)
    }
  }

  @Test func `an export that must be signed is signed over HTTP, and once`() async throws {
    try await inTemporaryFolder { folder in
      try await Self.served(at: folder) { served, device, origin in
        let required = try await served.ask(
          "POST", "/v1/signature-policy", body: #"{"commands":["RequestExport"]}"#)
        #expect(required.status == 200, "\(required.text)")
        let body = #"{"format":"jsonl","purpose":"audit"}"#
        let headers = try device.headers(
          origin: origin, target: "/v1/export", idempotencyKey: "e-1", body: body)
        let before = served.workspace.logSize
        func refused(
          _ change: [String: String?], _ body: String = body, _ status: Int = 403,
          _ code: String = "PERMISSION.SIGNATURE"
        ) async throws {
          var sent = headers
          for (name, value) in change { sent[name] = value }
          let reply = try await served.ask("POST", "/v1/export", sent, body: body)
          #expect((reply.status, reply.code) == (status, code), "\(change) \(body): \(reply.text)")
        }
        // None, altered, under another key, of another device, for another target or log.
        try await refused(
          ["X-Signature": nil, "X-Signature-Key": nil, "Idempotency-Key": nil])
        try await refused([:], #"{"format":"csv","purpose":"audit"}"#)
        try await refused(["Idempotency-Key": "e-2"])
        try await refused(["X-Signature-Key": "phone-2"])
        let other = Device(keyID: "phone-1")
        for (device, target, origin) in [
          (other, "/v1/export", origin), (device, "/v1/commands/RequestExport", origin),
          (device, "/v1/log/evidence", origin), (device, "/v1/export", "\(origin).example"),
        ] {
          try await refused(
            try device.headers(
              origin: origin, target: target, idempotencyKey: "e-1", body: body
            ).mapValues { $0 })
        }
        try await refused(["X-Signature-Key": nil], body, 400, "VALIDATION.HEADER")
        try await refused(["Idempotency-Key": nil], body, 400, "VALIDATION.REQUIRED")
        try await refused(["X-Signature": "AA=="], body, 422, "VALIDATION.SIGNATURE")
        #expect(served.workspace.logSize == before)
        let attempts = "\(try served.workspace.refusals(by: served.administrator))"
        #expect(attempts.contains("RequestExport"))
        // As it was signed: the lines come, and the request in the log has the proof.
        let done = try await served.ask("POST", "/v1/export", headers, body: body)
        #expect(done.status == 200, "\(done.text)")
        let id = try #require(done.headers["deed-export-id"])
        #expect(!done.text.isEmpty)
        // Replayed, it makes no second export.
        try await refused([:], body, 409, "CONFLICT.IDEMPOTENCY")
        let evidence = try await served.ask(
          "POST", "/v1/log/evidence",
          body: #"{"records":["export-\#(id)"],"purpose":"x"}"#)
        try Self.expectSigned(evidence, in: folder, by: served)
      }
    }
  }

  /// The evidence verifies, and says that the export was asked for by its actor's own key.
  private static func expectSigned(
    _ evidence: Reply, in folder: String, by served: Served
  ) throws {
    #expect(evidence.status == 200, "\(evidence.text)")
    let file = "\(folder)/export.json"
    try Data(evidence.text.utf8).write(to: URL(filePath: file))
    let vkey = try served.workspace.verifierKey().fact("vkey")
    let outcome = try EvidenceCheck.verify(file, EvidenceTrust(keys: [vkey]))
    #expect(!outcome.isRefused, "\(outcome.answer)")
    let words = "\(outcome.answer)"
    #expect(words.contains("signed POST /v1/"), "\(words)")
    #expect(words.contains("with phone-1, registered at"), "\(words)")
  }

  @Test func `an approval that must be signed is signed over HTTP, for the one request it names`()
    async throws
  {
    try await Served.run(.keys) { served in
      let first = try served.key().text
      let (second, third) = (
        try await Self.administrator(served, by: first),
        try await Self.administrator(served, by: first)
      )
      let origin = try #require(
        try await served.ask("GET", "/v1/actor-keys", key: first).json["origin"]?.text)
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
      let path = "/v1/erasures/contact-\(try #require(contact.json["id"]?.text))"
      let asked = try await served.ask(
        "POST", "\(path)/request", body: #"{"reason":"gdpr-17"}"#, key: first)
      let position = try #require(asked.number("requestedAt"), "\(asked.text)")
      _ = try await served.ask(
        "POST", "/v1/signature-policy", body: #"{"commands":["ApproveErasure"]}"#, key: first)
      func approve(
        _ approver: (key: String, device: Device), _ body: String, at target: String? = nil,
        signed: String? = nil
      ) async throws -> Reply {
        try await served.ask(
          "POST", "\(path)/approve",
          try approver.device.headers(
            origin: origin, target: target ?? "\(path)/approve", idempotencyKey: "k",
            body: signed ?? body),
          body: body, key: approver.key)
      }
      let body = #"{"requestPosition":\#(position)}"#
      let unsigned = try await served.ask("POST", "\(path)/approve", body: body, key: second.key)
      #expect((unsigned.status, unsigned.code) == (403, "PERMISSION.SIGNATURE"))
      for (reply, code) in [
        (try await approve(second, "{}"), "VALIDATION.BODY"),
        (try await approve(second, body, signed: "{}"), "PERMISSION.SIGNATURE"),
        (try await approve(second, body, at: "\(path)/hold"), "PERMISSION.SIGNATURE"),
        (try await approve((second.key, third.device), body), "PERMISSION.SIGNATURE"),
        (
          try await approve(second, #"{"requestPosition":\#(position - 1)}"#), "CONFLICT.VERSION"
        ),
      ] { #expect(reply.code == code, "\(reply.text)") }
      _ = try await approve(second, body)
      let again = try await approve(second, body)
      #expect((again.status, again.code) == (403, "PERMISSION.SELF"), "\(again.text)")
      let done = try await approve(third, body)
      #expect(done.json["state"]?.text == "erased", "\(done.text)")
    }
  }

  /// Another administrator, with a device whose key is registered.
  private static func administrator(
    _ served: Served, by key: String
  ) async throws -> (key: String, device: Device) {
    let made = try await served.command(
      "ProvisionUser",
      #"{"name":{"full":"B"},"active":true,"roleIds":["crmAdmin","workspaceOwner"]}"#, bearer: key)
    let own = try served.keys.make(
      for: try #require(made.json["id"]?.text), name: "k", scopes: [.read, .write],
      expiresAfterDays: nil
    ).text
    let device = Device(keyID: "phone-1")
    let registered = try await served.ask(
      "POST", "/v1/actor-keys",
      body: #"{"keyId":"phone-1","publicKey":"\#(device.publicKey)"}"#, key: own)
    #expect(registered.status == 200, "\(registered.text)")
    return (own, device)
  }

  @Test func `a key's name is used once, and a command that there isn't can't be asked for`()
    async throws
  {
    try await Self.served { served, device, _ in
      let again = try await served.ask(
        "POST", "/v1/actor-keys",
        body: #"{"keyId":"phone-1","publicKey":"\#(device.publicKey)"}"#)
      #expect((again.status, again.code) == (409, "CONFLICT.DUPLICATE"))
      let unknown = try await served.ask(
        "POST", "/v1/signature-policy", body: #"{"commands":["CreateTeem"]}"#)
      #expect((unknown.status, unknown.code) == (422, "VALIDATION.UNKNOWN_CODE"))
    }
  }
}
