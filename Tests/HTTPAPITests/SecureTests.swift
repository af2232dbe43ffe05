import AsyncHTTPClient
import Foundation
import HTTPAPI
import NIOCore
import NIOHTTP1
import NIOSSL
import Service
import TestSupport
import Testing

/// TLS, by a program that we did not write.
@Suite struct SecureTests {
  /// Makes a certificate for this machine, and runs `body` with a server that shows it.
  private static func served(
    _ body: @Sendable (_ served: Served, _ folder: String) async throws -> Void
  ) async throws {
    try await inTemporaryFolder { folder in
      let made = try BuiltCommand.run(
        script: """
          openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
            -keyout key.pem -out cert.pem -subj /CN=localhost \
            -addext subjectAltName=IP:127.0.0.1
          chmod 600 key.pem
          """, in: folder)
      try #require(made.status == 0, "\(made.standardError)")
      let change: @Sendable (inout HTTPServer.Options) -> Void = { options in
        options.tls = TLSFiles(
          certificateChain: folder + "/cert.pem", privateKey: folder + "/key.pem")
        options.limits.headSeconds = 1
      }
      try await Served.run(.keys, options: change) { served in try await body(served, folder) }
    }
  }

  @Test func `TLS 1.2 and 1.3 are spoken, and nothing older`() async throws {
    try await Self.served { served, folder in
      for (option, isSpoken) in [
        ("-tls1", false), ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true),
      ] {
        let outcome = try BuiltCommand.run(
          script: """
            openssl s_client -connect 127.0.0.1:\(served.port) \(option) -CAfile cert.pem \
              -verify_return_error -brief </dev/null
            """, in: folder)
        #expect((outcome.status == 0) == isSpoken, "\(option): \(outcome.standardError)")
      }
    }
  }

  @Test func `HTTP/2 is spoken where the caller offers it, else HTTP/1.1`() async throws {
    try await Self.served { served, folder in
      for (offer, expected) in [("h2,http/1.1", "h2"), ("http/1.1", "http/1.1")] {
        let outcome = try BuiltCommand.run(
          script: """
            openssl s_client -connect 127.0.0.1:\(served.port) -alpn \(offer) -CAfile cert.pem \
              </dev/null 2>/dev/null | grep 'ALPN protocol'
            """, in: folder)
        #expect(outcome.standardOutput == "ALPN protocol: \(expected)\n")
      }
      var configuration = HTTPClient.Configuration()
      configuration.tlsConfiguration = .makeClientConfiguration()
      configuration.tlsConfiguration?.trustRoots = .file(folder + "/cert.pem")
      let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
      let key = try served.key().text
      var request = HTTPClientRequest(url: "https://127.0.0.1:\(served.port)/v1/models")
      request.headers.add(name: "Authorization", value: "Bearer \(key)")
      let answer = try await client.execute(request, timeout: .seconds(30))
      #expect(answer.status.code == 200)
      #expect(answer.version == .http2)
      _ = try await answer.body.collect(upTo: 1 << 20)
      try await client.shutdown()
    }
  }

  @Test func `a handshake that never ends is broken off`() async throws {
    try await Self.served { served, _ in
      let answer = try await RawConnection.send(
        ["\u{16}\u{3}\u{1}"], to: served.port, closesHalf: false)
      #expect(answer.isEmpty)
      let plain = try await RawConnection.send(
        ["GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"], to: served.port, closesHalf: false)
      #expect(!plain.hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test func `a key that others may read is not used`() async throws {
    try await inTemporaryFolder { folder in
      for name in ["key.pem", "cert.pem"] {
        try Data("x".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      }
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: folder + "/key.pem")
      let error = await #expect(throws: ServiceError.self) {
        let change: @Sendable (inout HTTPServer.Options) -> Void = { options in
          options.tls = TLSFiles(
            certificateChain: folder + "/cert.pem", privateKey: folder + "/key.pem")
        }
        try await Served.run(.keys, options: change) { _ in }
      }
      #expect(error?.code == "SERVER.TLS")
      #expect(error?.sentence.contains("chmod 600") == true)
    }
  }
}
