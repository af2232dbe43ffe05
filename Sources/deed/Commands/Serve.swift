internal import ArgumentParser
internal import Console
internal import Service

/// `deed serve`: the server.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a workspace to programs: HTTP for applications, gRPC for streams of events.",
    discussion: """
      Examples: deed serve --http 127.0.0.1:8080 --grpc 127.0.0.1:50051 --auth keys
                deed serve --data ./events --grpc 127.0.0.1:50051 --auth none

      Over HTTP a CRM answers questions, takes commands and streams its events; /openapi.json
      describes it. Clients of umadb.v1.DCB connect to --grpc: they append to a workspace made
      with `deed init --kind dcb`, and read a CRM's.

      It listens on loopback addresses only: a proxy on the same machine adds TLS. It stops on
      SIGTERM or SIGINT: what runs has ten seconds to end.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Serve HTTP there; port 0 takes a free one.", valueName: "host:port"))
  var http: ListenAddress?

  @Option(help: ArgumentHelp("Serve gRPC there; port 0 takes a free one.", valueName: "host:port"))
  var grpc: ListenAddress?

  @Option(
    help:
      "Who may: keys lets in who has one of `deed keys make`, none lets everybody do everything.")
  var auth: AuthenticationMode

  func validate() throws {
    if http == nil, grpc == nil {
      throw ValidationError("Say where to listen: --http HOST:PORT, --grpc HOST:PORT, or both.")
    }
  }

  func run() async throws {
    for address in [http, grpc].compactMap({ $0 }) where !address.isLoopback {
      throw ServiceError(
        .usage, code: "VALIDATION.ADDRESS",
        "\(address) is no loopback address, and the server has no TLS: listen on 127.0.0.1, and "
          + "let a proxy with TLS pass on to it.")
    }
    try await ServerRun(
      folder: try options.folder, actor: options.actor, http: http, grpc: grpc, auth: auth
    ).run()
  }
}

/// Who may do what.
enum AuthenticationMode: String, ExpressibleByArgument, CaseIterable {
  /// Everybody may do everything.
  case none
  /// Who has an API key, as the key's user.
  case keys
}
