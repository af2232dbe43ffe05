/// One thing that a server can be told, in a file, the environment or by a flag.
package struct ServerSetting: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case text
    case number(ClosedRange<Int>)
  }

  /// Such as `limits.bodyBytes`; in the environment `DEED_LIMITS_BODY_BYTES`.
  package let name: String
  package let kind: Kind
  /// What it is when nothing is said; empty for nothing.
  package let standard: String
  /// Such as `bytes`; empty where nothing is counted.
  package let unit: String
  package let meaning: String

  /// The name in the environment.
  package var environmentName: String {
    var text = "DEED_"
    for character in name {
      if character == "." {
        text += "_"
      } else if character.isUppercase {
        text += "_\(character)"
      } else {
        text += character.uppercased()
      }
    }
    return text
  }
}

extension ServerSetting {
  private static func text(_ name: String, _ standard: String, _ meaning: String) -> Self {
    Self(name: name, kind: .text, standard: standard, unit: "", meaning: meaning)
  }

  private static func number(
    _ name: String, _ standard: Int, _ range: ClosedRange<Int>, _ unit: String, _ meaning: String
  ) -> Self {
    Self(
      name: name, kind: .number(range), standard: String(standard), unit: unit, meaning: meaning)
  }

  /// Every setting there is.
  package static let all: [ServerSetting] = addresses + tokens + limits + times + tracing

  private static let tracing = [
    text(
      "tracing.endpoint", "",
      "where an OpenTelemetry collector takes traces, such as http://127.0.0.1:4318/v1/traces"),
    text("tracing.service", "deed", "this server's name there"),
    number("tracing.percent", 100, 0...100, "percent", "of the traces that begin here are kept"),
  ]

  private static let addresses = [
    text("http.address", "", "HOST:PORT to serve HTTP on; port 0 takes a free one"),
    text("http.tlsCertificate", "", "a PEM file with the certificate and its chain: HTTP with TLS"),
    text("http.tlsKey", "", "a PEM file with its key, which nobody else may read"),
    text("grpc.address", "", "HOST:PORT to serve gRPC on, without TLS, loopback only"),
    text("auth.mode", "", "none, keys, jwt, or keys,jwt"),
    text("backup.folder", "", "where backups asked for over HTTP go; none are made without it"),
    text("log.level", "info", "trace, debug, info, notice, warning, error or critical"),
  ]

  private static let tokens = [
    text("jwt.issuer", "", "the tokens' iss, byte for byte"),
    text("jwt.audience", "", "what their aud must name"),
    text("jwt.keys", "", "the issuer's JSON Web Key Set: a file, or an https address"),
    text("jwt.algorithms", "ES256,RS256,EdDSA", "of ES256, ES384, RS256, PS256, EdDSA"),
    text("jwt.userClaim", "sub", "the claim that names the user"),
    number("jwt.leewaySeconds", 60, 0...300, "seconds", "how far clocks may differ"),
    number("jwt.lifetimeSeconds", 86_400, 60...604_800, "seconds", "the longest from iat to exp"),
  ]

  private static let limits = [
    number("limits.connections", 2_000, 1...100_000, "connections", "at a time; others wait"),
    number("limits.streams", 1_000, 0...100_000, "streams", "of server-sent events at a time"),
    number("limits.bodyBytes", 1 << 20, 1_024...(64 << 20), "bytes", "of a request's body"),
    number("limits.bulkBodyBytes", 8 << 20, 1_024...(64 << 20), "bytes", "of a bulk request's"),
    number("limits.headerBytes", 32 << 10, 1_024...(1 << 20), "bytes", "of all header fields"),
    number("limits.headerFieldBytes", 16 << 10, 1_024...(1 << 20), "bytes", "of one of them"),
    number("limits.headerFields", 100, 10...1_000, "fields", "of a request"),
    number("limits.tokenBytes", 8 << 10, 512...(16 << 10), "bytes", "of a key or token"),
    number("limits.requestsPerSecond", 500, 1...1_000_000, "requests", "a second of one caller"),
    number("limits.requestBurst", 1_000, 1...1_000_000, "requests", "that a caller may save up"),
    number("limits.refusalsPerSecond", 5, 1...1_000, "attempts", "that fail, of one address"),
    number("limits.refusalBurst", 50, 1...10_000, "attempts", "that fail and may be saved up"),
  ]

  private static let times = [
    number("times.headSeconds", 15, 1...300, "seconds", "for a handshake and the first head"),
    number("times.idleSeconds", 60, 1...3_600, "seconds", "from an answer to the next head"),
    number("times.bodySeconds", 60, 1...3_600, "seconds", "from a head to the request's end"),
    number("times.stallSeconds", 30, 1...3_600, "seconds", "that a caller may take nothing"),
    number("times.stopSeconds", 10, 0...600, "seconds", "for what runs when the server stops"),
  ]
}
