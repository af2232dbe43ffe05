internal import ArgumentParser
internal import Service

/// `deed do`: one command of the domain.
struct Do: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "do",
    abstract: "Carry out one command, such as CreateAccount or TransferOwnership.",
    discussion: """
      Example: deed do OpenTicket '{"ticketNo":"T-1","categoryCode":"billing","subject":"…"}'

      The body is the command's message in the proto3 JSON mapping; unknown members are
      refused. The same --key with the same body is carried out once. `deed do --list` names
      all commands.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "List the commands there are.")
  var list = false

  @Option(help: ArgumentHelp("The idempotency key; a new one when not given.", valueName: "text"))
  var key: String?

  @Option(help: ArgumentHelp("On whose behalf.", valueName: "user"))
  var onBehalfOf: String?

  @Option(help: ArgumentHelp("When it happened, RFC 3339; now when not given.", valueName: "time"))
  var occurredAt: String?

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String?

  @Option(help: ArgumentHelp("Why, in words (sealed).", valueName: "text"))
  var reasonText: String?

  @Option(
    help: ArgumentHelp(
      "Sign it with the key in this file, which `deed key new` made.", valueName: "file"))
  var sign: String?

  @Argument(help: "The command's name.")
  var name: String?

  @Argument(help: ArgumentHelp("Its body.", valueName: "json"))
  var body = "{}"

  func validate() throws {
    if name == nil, !list {
      throw ValidationError("Name a command, such as CreateAccount; `deed do --list` has them.")
    }
  }

  func run() async throws {
    guard let name, !list else {
      return try Screen.print(Workspace.commandNames(), as: options.format)
    }
    var request = CommandRequest(
      name: name, body: body, key: key, onBehalfOf: onBehalfOf, occurredAt: occurredAt,
      reasonCode: reason, reasonText: reasonText)
    request.signingKeyFile = sign
    let asked = request
    let answer = try await options.awaiting { workspace in
      try await workspace.execute(asked)
    }
    try Screen.print(answer, as: options.format)
  }
}
