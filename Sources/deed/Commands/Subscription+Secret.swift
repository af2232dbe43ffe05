internal import ArgumentParser
internal import Service

/// `deed subscription rotate-secret`.
struct SubscriptionRotateSecret: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-secret",
    abstract: "Give a webhook a new secret; the old one signs beside it for a while.",
    discussion: """
      Example: deed subscription rotate-secret crm-hook --overlap 24

      Until the overlap ends each delivery bears both signatures, so that the receiver changes over
      when it likes. The new secret is shown once.
      """)

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "Its name.") var name: String

  @Option(
    help: ArgumentHelp(
      "The old secret goes on for so long; with 0 it ends at once (24).", valueName: "hours"))
  var overlap = 24

  func run() async throws {
    try await options.awaitAnswer { workspace in
      try await workspace.rotateWebhookSecret(name, overlapHours: overlap)
    }
  }
}
