import Crypto
import Foundation
import HTTPAPI
import TestSupport
import Testing

/// Tokens as an identity provider signs them, and as others forge them.
@Suite struct TokenTests {
  private struct Provider: Sendable {
    let key = P256.Signing.PrivateKey()
    let name = "key-1"
    let file: String

    init(in folder: String) throws {
      file = folder + "/jwks.json"
      try publish([(name, key)])
    }

    func publish(_ keys: [(String, P256.Signing.PrivateKey)]) throws {
      let entries = keys.map { name, key in
        let point = key.publicKey.rawRepresentation
        return #"{"kty":"EC","crv":"P-256","use":"sig","kid":"\#(name)","#
          + #""x":"\#(base64(point.prefix(32)))","y":"\#(base64(point.suffix(32)))"}"#
      }
      let secret = #"{"kty":"oct","kid":"secret","k":"c2VjcmV0","alg":"HS256"}"#
      try Data(#"{"keys":[\#((entries + [secret]).joined(separator: ","))]}"#.utf8)
        .write(to: URL(filePath: file))
    }

    func token(
      head: String? = nil, _ claims: [String: String] = [:],
      key other: P256.Signing.PrivateKey? = nil
    ) throws -> String {
      let head = head ?? #"{"alg":"ES256","typ":"JWT","kid":"\#(name)"}"#
      var members = TokenTests.claims
      for (name, value) in claims { members[name] = value.isEmpty ? nil : value }
      let payload = "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
      let signed = base64(Data(head.utf8)) + "." + base64(Data(payload.utf8))
      let signature = try (other ?? key).signature(for: Data(signed.utf8))
      return signed + "." + base64(signature.rawRepresentation)
    }
  }

  private static let now: Int64 = 1_800_000_000
  private static let claims = [
    "iss": #""https://id.example""#, "aud": #""deed""#, "sub": #""usr_1""#,
    "exp": "\(now + 600)", "nbf": "\(now - 10)", "iat": "\(now - 10)", "jti": #""s1""#,
  ]

  private static func base64(_ data: some DataProtocol) -> String { HTTPAPITests.base64(data) }

  private static func verify(
    _ token: String, _ provider: Provider
  ) async -> Result<TokenVerifier.Verified, TokenRefusal> {
    let verifier = TokenVerifier(
      TokenRules(issuer: "https://id.example", audience: "deed", keys: .file(provider.file))
    ) { now }
    do throws(TokenRefusal) { return .success(try await verifier.verify(token)) } catch {
      return .failure(error)
    }
  }

  @Test func `a token that is right is taken`() async throws {
    try await inTemporaryFolder { folder in
      let provider = try Provider(in: folder)
      for claims in [
        [:], ["aud": #"["other","deed"]"#], ["nbf": ""], ["iat": ""], ["exp": "\(Self.now + 1).5"],
        // Clocks differ by less than a minute.
        ["exp": "\(Self.now - 59)"], ["nbf": "\(Self.now + 59)"],
      ] as [[String: String]] {
        let found = await Self.verify(try provider.token(claims), provider)
        #expect(try found.get().subject == "usr_1", "\(claims)")
      }
      let access = try provider.token(head: #"{"alg":"ES256","typ":"at+jwt","kid":"key-1"}"#)
      #expect(try await Self.verify(access, provider).get().session == "s1")
    }
  }

  @Test func `any other token is refused`() async throws {
    try await inTemporaryFolder { folder in
      let provider = try Provider(in: folder)
      func expect(
        _ refusal: TokenRefusal, head: String? = nil, _ claims: [String: String] = [:],
        key: P256.Signing.PrivateKey? = nil
      ) async throws {
        let token = try provider.token(head: head, claims, key: key)
        #expect(await Self.verify(token, provider) == .failure(refusal), "\(head ?? "") \(claims)")
      }
      try await expect(.algorithm, head: #"{"alg":"none","kid":"key-1"}"#)
      try await expect(.algorithm, head: #"{"alg":"HS256","kid":"key-1"}"#)
      try await expect(.algorithm, head: #"{"alg":"HS256","kid":"secret"}"#)
      try await expect(.algorithm, head: #"{"alg":"es256","kid":"key-1"}"#)
      try await expect(.unknownKey, head: #"{"alg":"RS256","kid":"key-1"}"#)
      try await expect(.unknownKey, head: #"{"alg":"ES256","kid":"secret"}"#)
      try await expect(.unknownKey, head: #"{"alg":"ES256","kid":"key-2"}"#)
      try await expect(.noKeyName, head: #"{"alg":"ES256"}"#)
      try await expect(.malformed, head: #"{"alg":"ES256","kid":7}"#)
      try await expect(.malformed, head: #"{"alg":"ES256","alg":"none","kid":"key-1"}"#)
      try await expect(.type, head: #"{"alg":"ES256","typ":"secevent+jwt","kid":"key-1"}"#)
      try await expect(.critical, head: #"{"alg":"ES256","kid":"key-1","crit":["exp"]}"#)
      try await expect(.signature, key: P256.Signing.PrivateKey())
      // A key that comes with the token is nobody's.
      try await expect(
        .signature, head: #"{"alg":"ES256","kid":"key-1","jku":"https://evil.example/k"}"#,
        key: P256.Signing.PrivateKey())
      try await expect(.issuer, ["iss": #""https://evil.example""#])
      try await expect(.issuer, ["iss": ""])
      try await expect(.audience, ["aud": #""other""#])
      try await expect(.audience, ["aud": ""])
      try await expect(.audience, ["aud": #"["other"]"#])
      try await expect(.expired, ["exp": "\(Self.now - 61)"])
      try await expect(.malformed, ["exp": ""])
      try await expect(.malformed, ["exp": #""1800000600""#])
      try await expect(.malformed, ["exp": "1e30"])
      try await expect(.malformed, ["exp": "99999999999999999999"])
      try await expect(.notYet, ["nbf": "\(Self.now + 61)"])
      try await expect(.notYet, ["iat": "\(Self.now + 61)"])
      try await expect(.lifetime, ["exp": "\(Self.now + 100_000)"])
      try await expect(.user, ["sub": ""])
      try await expect(.user, ["sub": "7"])
    }
  }

  @Test func `a token that was changed anywhere is refused`() async throws {
    try await inTemporaryFolder { folder in
      let provider = try Provider(in: folder)
      let token = try provider.token()
      for index in stride(from: 0, to: token.utf8.count, by: 3) {
        var bytes = Array(token.utf8)
        bytes[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let changed = String(decoding: bytes, as: UTF8.self)
        let found = await Self.verify(changed, provider)
        #expect(throws: TokenRefusal.self, "\(index)") { try found.get() }
      }
      for text in ["", ".", "..", "a.b.c", token + ".", token + "=", "." + token, "\(token) "] {
        let found = await Self.verify(text, provider)
        #expect(throws: TokenRefusal.self, "\(text)") { try found.get() }
      }
      let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
      #expect(await Self.verify(unsigned, provider) == .failure(.malformed))
    }
  }

  @Test func `a token's user asks, and a stranger's token is refused`() async throws {
    try await inTemporaryFolder { folder in
      let provider = try Provider(in: folder)
      let rules = TokenRules(
        issuer: "https://id.example", audience: "deed", keys: .file(provider.file))
      try await Served.run(.tokens(rules)) { served in
        let time = Int64(Date().timeIntervalSince1970)
        func token(_ user: String) throws -> String {
          try provider.token([
            "sub": "\"\(user)\"", "exp": "\(time + 600)", "nbf": "", "iat": "\(time)",
          ])
        }
        let good = try token(served.administrator)
        #expect(try await served.ask("GET", "/v1/models", key: good).status == 200)
        let stranger = try await served.ask("GET", "/v1/models", key: try token("usr_nobody"))
        #expect(stranger.code == "AUTH.KEY")
        let twice = try await RawConnection.send(
          [
            "GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(good)\r\n"
              + "Authorization: Bearer \(good)\r\nConnection: close\r\n\r\n"
          ], to: served.port)
        #expect(twice.hasPrefix("HTTP/1.1 401 "))
        // An identity that a user was provisioned with stands for them.
        let made = try await served.command(
          "ProvisionUser",
          #"{"name":{"full":"B"},"active":true,"roleIds":["crmAdmin"],"#
            + #""externalIds":[{"system":"https://id.example","id":"auth0|42"}]}"#, bearer: good)
        #expect(made.status == 200, "\(made.text)")
        #expect(
          try await served.ask("GET", "/v1/models", key: try token("auth0|42")).status == 200)
      }
    }
  }

  @Test(
    arguments: [
      ("https://id.example/keys", true), ("http://127.0.0.1:99/keys", true),
      ("http://localhost/k", true), ("http://id.example/keys", false),
      ("https://u:p@id.example/k", false), ("ftp://id.example/k", false), ("https://", false),
    ] as [(String, Bool)])
  func `keys are fetched over TLS alone`(address: String, isAllowed: Bool) async throws {
    let flags = [
      "auth.mode": "jwt", "jwt.issuer": "i", "jwt.audience": "a", "jwt.keys": address,
    ]
    let settings = try await ServerSettings(file: nil, environment: [:], flags: flags)
    do {
      _ = try settings.tokenRules()
      #expect(isAllowed)
    } catch { #expect(!isAllowed, "\(error)") }
  }
}

/// Base64url without padding.
func base64(_ data: some DataProtocol) -> String {
  Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    .replacing("=", with: "")
}
