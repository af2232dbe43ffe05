internal import ArgumentParser
internal import Service

/// `deed timers`: what happens because time passes.
struct Timers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What is to happen when time has passed; carry out what is due.",
    discussion: """
      Example: deed timers run

      Events arm timers: a protection its expiry, a warning its release. `deed timers run`
      looks at each one that is due once more and records what follows; without it nothing
      expires. Run it every minute, or let `deed serve` do so.
      """,
    subcommands: [TimersList.self, TimersRun.self], defaultSubcommand: TimersList.self)
}

/// `deed timers list`: the timers that are armed.
struct TimersList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "The timers that are armed, the next one first.",
    discussion: """
      Example: deed timers list --policy protectionExpiry
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Only those on this record.", valueName: "record"))
  var record: String?

  @Option(help: ArgumentHelp("Only those of this policy.", valueName: "name"))
  var policy: String?

  @Option(help: "At most so many.")
  var limit = 100

  func run() throws {
    try options.answer { workspace in
      try workspace.timers(of: record, policy: policy, limit: limit)
    }
  }
}

/// `deed timers run`: carries out what is due.
struct TimersRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Carry out the timers that are due, each once.",
    discussion: """
      Example: deed timers run --until 2026-04-01

      When nothing was recorded for more than 30 days, --until is needed, or `deed log accept-clock`
      once before: a clock that jumped ahead must not make everything expire.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(
    help: ArgumentHelp(
      "Those due by this time or day (its end), which must have come.", valueName: "moment"))
  var until: MomentArgument?

  @Option(help: "At most so many.")
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit): give 1 or more.") }
  }

  func run() async throws {
    let answer = try await options.awaiting { workspace in
      try await workspace.runTimers(until: until?.moment, limit: limit)
    }
    try Screen.print(answer, as: options.format)
  }
}
