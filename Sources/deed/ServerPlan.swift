internal import HTTPAPI
internal import Service

/// What a server is to do, checked before anything is opened.
struct ServerPlan {
  let http: ListenAddress?
  let grpc: ListenAddress?
  /// Whether API keys let in.
  let takesKeys: Bool
  /// Which tokens let in.
  let tokens: TokenRules?
  let options: HTTPServer.Options

  init(_ settings: ServerSettings) throws(ServiceError) {
    http = try Self.address(settings, "http.address")
    grpc = try Self.address(settings, "grpc.address")
    guard http != nil || grpc != nil else {
      throw Self.refusal("Say where to listen: --http HOST:PORT, --grpc HOST:PORT, or both.")
    }
    let modes = try settings.modes()
    takesKeys = modes.contains("keys")
    tokens = modes.contains("jwt") ? try settings.tokenRules() : nil
    var options = try settings.options()
    options.acceptsLoopbackHostsOnly = modes == ["none"]
    self.options = options
    if let http, !http.isLoopback {
      guard modes != ["none"] else {
        throw Self.refusal(
          "\(http) is no loopback address, and --auth none lets everybody do everything: listen on "
            + "127.0.0.1, or give --auth keys.")
      }
      guard options.tls != nil else {
        throw Self.refusal(
          "\(http) is no loopback address, and there is no TLS: give --tls-certificate and "
            + "--tls-key, or listen on 127.0.0.1 behind a proxy that adds it.")
      }
    }
    guard let grpc else { return }
    guard grpc.isLoopback else {
      throw Self.refusal(
        "\(grpc) is no loopback address, and gRPC has no TLS: listen on 127.0.0.1, and let a proxy "
          + "with TLS pass on to it.")
    }
    guard takesKeys || modes == ["none"] else {
      throw Self.refusal("gRPC lets in API keys and no tokens: give --auth keys,jwt.")
    }
  }

  private static func address(
    _ settings: ServerSettings, _ name: String
  ) throws(ServiceError) -> ListenAddress? {
    let text = settings.text(name)
    guard !text.isEmpty else { return nil }
    guard let address = ListenAddress(text) else {
      throw refusal("\(name) is “\(text.prefix(60))”: give HOST:PORT, such as 127.0.0.1:8080.")
    }
    return address
  }

  private static func refusal(_ sentence: String) -> ServiceError {
    ServiceError(.usage, code: "VALIDATION.ADDRESS", sentence)
  }
}
