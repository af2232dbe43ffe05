internal import Logging
package import Service
internal import Subscriptions

/// What the settings make of a server.
extension ServerSettings {
  /// Limits, times, TLS and where backups go.
  package func options() throws(ServiceError) -> HTTPServer.Options {
    var options = HTTPServer.Options()
    var limits = HTTPServer.Limits()
    limits.connections = number("limits.connections")
    limits.streams = number("limits.streams")
    limits.bodyBytes = number("limits.bodyBytes")
    limits.bulkBodyBytes = number("limits.bulkBodyBytes")
    limits.headerBytes = number("limits.headerBytes")
    limits.headerFieldBytes = number("limits.headerFieldBytes")
    limits.headerFields = number("limits.headerFields")
    limits.tokenBytes = number("limits.tokenBytes")
    limits.requestsPerSecond = number("limits.requestsPerSecond")
    limits.requestBurst = number("limits.requestBurst")
    limits.refusalsPerSecond = number("limits.refusalsPerSecond")
    limits.refusalBurst = number("limits.refusalBurst")
    limits.headSeconds = number("times.headSeconds")
    limits.idleSeconds = number("times.idleSeconds")
    limits.bodySeconds = number("times.bodySeconds")
    limits.stallSeconds = number("times.stallSeconds")
    limits.stopSeconds = number("times.stopSeconds")
    options.limits = limits
    let (certificate, key) = (text("http.tlsCertificate"), text("http.tlsKey"))
    guard certificate.isEmpty == key.isEmpty else {
      throw Self.incomplete("http.tlsCertificate and http.tlsKey go together: give both or none.")
    }
    if !certificate.isEmpty {
      options.tls = TLSFiles(certificateChain: certificate, privateKey: key)
    }
    let folder = text("backup.folder")
    options.backupFolder = folder.isEmpty ? nil : folder
    guard let level = Logger.Level(rawValue: text("log.level")) else {
      throw Self.incomplete("log.level is “\(text("log.level").prefix(20))”: give info or another.")
    }
    options.tracer = try tracer()
    options.logger = Logger(label: "deed.http") { _ in JSONLineHandler(level: level) }
    return options
  }

  private func tracer() throws(ServiceError) -> Tracer? {
    let endpoint = text("tracing.endpoint")
    guard !endpoint.isEmpty else { return nil }
    guard WebhookURL(endpoint, allowsPlain: true) != nil else {
      throw Self.incomplete(
        "tracing.endpoint is “\(endpoint.prefix(200))”: give an address such as "
          + "http://127.0.0.1:4318/v1/traces.")
    }
    return Tracer(
      endpoint: endpoint, service: text("tracing.service"), percent: number("tracing.percent"))
  }

  /// Who is let in: `keys`, `jwt`, both, or `none`.
  package func modes() throws(ServiceError) -> Set<String> {
    let modes = Set(text("auth.mode").split(separator: ",").map(String.init))
    guard !modes.isEmpty, modes.isSubset(of: ["none", "keys", "jwt"]),
      !modes.contains("none") || modes.count == 1
    else {
      throw Self.incomplete(
        "It isn't said who may: give --auth keys, jwt, keys,jwt or, on loopback alone, none.")
    }
    return modes
  }

  /// Which tokens are taken.
  package func tokenRules() throws(ServiceError) -> TokenRules {
    let (issuer, audience, keys) = (text("jwt.issuer"), text("jwt.audience"), text("jwt.keys"))
    guard !issuer.isEmpty, !audience.isEmpty, !keys.isEmpty else {
      throw Self.incomplete("jwt.issuer, jwt.audience and jwt.keys go with --auth jwt: give all.")
    }
    var algorithms: Set<TokenRules.Algorithm> = []
    for name in text("jwt.algorithms").split(separator: ",") {
      guard let algorithm = TokenRules.Algorithm(rawValue: String(name)) else {
        throw Self.incomplete(
          "jwt.algorithms has “\(name.prefix(20))”: give some of "
            + "\(TokenRules.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      algorithms.insert(algorithm)
    }
    let isAddress = keys.contains("://")
    guard !isAddress || KeySet.isAllowed(keys) else {
      throw Self.incomplete("jwt.keys is “\(keys.prefix(200))”: give a file or an https address.")
    }
    return TokenRules(
      issuer: issuer, audience: audience, keys: isAddress ? .address(keys) : .file(keys),
      algorithms: algorithms, userClaim: text("jwt.userClaim"),
      leewaySeconds: Int64(number("jwt.leewaySeconds")),
      lifetimeSeconds: Int64(number("jwt.lifetimeSeconds")))
  }

  private static func incomplete(_ sentence: String) -> ServiceError {
    ServiceError(.usage, code: "VALIDATION.SETTING", sentence)
  }
}
