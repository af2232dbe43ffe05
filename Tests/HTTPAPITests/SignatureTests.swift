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
      origin: String, command: String, idempotencyKey: String, body: String
    ) throws -> [String: String] {
      let digest = SHA256.hash(data: Data(body.utf8)).map { byte in
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0\(text)" : text
      }.joined()
      let text =
        "deed/command/v1\n\(origin)\nPOST /v1/commands/\(command)\n\(idempotencyKey)\n\(digest)\n"
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
    _ body: @Sendable (_ served: Served, _ device: Device, _ origin: String) async throws -> Void
  ) async throws {
    try await Served.run { served in
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
