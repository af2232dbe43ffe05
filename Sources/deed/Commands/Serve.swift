internal import ArgumentParser
internal import Console
internal import Service

/// `deed serve`: the server.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a workspace to programs: gRPC for streams of events.",
    discussion: """
      Example: deed serve --data ./events --grpc 127.0.0.1:50051 --auth none

      Clients of umadb.v1.DCB connect to --grpc: they append to a workspace made with
      `deed init --kind dcb`, and read a CRM's. It stops on SIGTERM or SIGINT: calls that run
      have ten seconds to end.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Serve gRPC there; port 0 takes a free one.", valueName: "host:port"))
  var grpc: ListenAddress

  @Option(
    help:
      "Who may: keys lets in who has one of `deed keys make`, none lets everybody do everything.")
  var auth: AuthenticationMode

  func run() async throws {
    guard grpc.isLoopback else {
      throw ServiceError(
        .usage, code: "VALIDATION.ADDRESS",
        "\(grpc) is no loopback address, and the server has no TLS: listen on 127.0.0.1, and let "
          + "a proxy with TLS pass on to it.")
    }
    try await ServerRun(folder: try options.folder, actor: options.actor, grpc: grpc, auth: auth)
      .run()
  }
}

/// Who may do what.
enum AuthenticationMode: String, ExpressibleByArgument, CaseIterable {
  /// Everybody may do everything.
  case none
  /// Who has an API key, as the key's user.
  case keys
}

/// Where a server listens: `127.0.0.1:50051`, `[::1]:50051`, `localhost:0`.
struct ListenAddress: ExpressibleByArgument, CustomStringConvertible {
  let host: String
  let port: Int

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":") else { return nil }
    let digits = argument[argument.index(after: colon)...]
    guard (1...5).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
      let port = Int(digits), port <= 65_535
    else { return nil }
    var host = String(argument[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else { return nil }
    self.host = host
    self.port = port
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether only this machine reaches it.
  var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { UInt8($0) != nil && $0.utf8.allSatisfy { $0 >= 0x30 } }
  }
}
