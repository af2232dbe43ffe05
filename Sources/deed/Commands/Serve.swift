internal import ArgumentParser
internal import Console
internal import Foundation
internal import HTTPAPI
internal import Service

/// `deed serve`: the server.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a workspace to programs: HTTP for applications, gRPC for streams of events.",
    discussion: """
      Examples: deed serve --http 127.0.0.1:8080 --auth none
                deed serve --config server.json
                deed serve --data ./events --grpc 127.0.0.1:50051 --auth keys

      Over HTTP a CRM answers questions, takes commands and streams its events; /openapi.json
      describes it. Clients of umadb.v1.DCB connect to --grpc: they append to a workspace made
      with `deed init --kind dcb`, and read a CRM's.

      Settings come from flags, else from the environment (DEED_HTTP_ADDRESS and so on), else from
      the file --config; --list-settings shows them all. Without TLS, and with --auth none, it
      listens on loopback addresses only. It stops on SIGTERM or SIGINT: what runs has ten seconds
      to end.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("Serve HTTP there; port 0 takes a free one.", valueName: "host:port"))
  var http: String?

  @Option(help: ArgumentHelp("Serve gRPC there; port 0 takes a free one.", valueName: "host:port"))
  var grpc: String?

  @Option(
    help: ArgumentHelp(
      "Who may: keys lets in who has one of `deed keys make`, jwt who has a token of the identity "
        + "provider, keys,jwt both; none lets everybody do everything.", valueName: "mode"))
  var auth: String?

  @Option(help: ArgumentHelp("A certificate and its chain, PEM.", valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("The certificate's key, PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "A setting by its name, such as limits.bodyBytes=2000000; several times.",
      valueName: "name=value"))
  var set: [String] = []

  @Flag(
    help: "Let webhooks go to http URLs and to addresses of closed networks: for trials.")
  var webhooksToAnywhere = false

  @Flag(help: "Print every setting with its default and unit, and end.")
  var listSettings = false

  func run() async throws {
    guard !listSettings else { return try Screen.print(Self.list, as: options.format) }
    let settings = try await ServerSettings(
      file: config, environment: ProcessInfo.processInfo.environment, flags: try flags)
    let plan = try ServerPlan(settings)
    try await ServerRun(
      folder: try options.folder, actor: options.actor, plan: plan,
      webhooksGoAnywhere: webhooksToAnywhere
    ).run()
  }

  /// What was given on the command line, by the settings' names.
  private var flags: [String: String] {
    get throws {
      var flags: [String: String] = [:]
      for entry in set {
        guard let mark = entry.firstIndex(of: "=") else {
          throw ValidationError("--set \(entry): give name=value, such as limits.streams=100.")
        }
        flags[String(entry[..<mark])] = String(entry[entry.index(after: mark)...])
      }
      for (name, value) in [
        ("http.address", http), ("grpc.address", grpc), ("auth.mode", auth),
        ("http.tlsCertificate", tlsCertificate), ("http.tlsKey", tlsKey),
      ] {
        if let value { flags[name] = value }
      }
      return flags
    }
  }

  private static var list: Answer {
    Answer(
      "Settings of the server",
      tables: [
        .init(
          "settings", "",
          columns: [
            .init("name", "Setting"), .init("environment", "In the environment"),
            .init("default", "Default"), .init("unit", "Unit"), .init("meaning", "Meaning"),
          ],
          rows: ServerSetting.all.map { setting in
            [
              .text(setting.name), .text(setting.environmentName),
              setting.standard.isEmpty ? .none : .text(setting.standard),
              setting.unit.isEmpty ? .none : .text(setting.unit), .text(setting.meaning),
            ]
          })
      ])
  }
}
