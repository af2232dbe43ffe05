internal import ArgumentParser
internal import Service

/// `deed worklist`: what waits for a person.
struct WorkList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worklist",
    abstract: "What waits for you, or for somebody whose tasks you may list.",
    discussion: """
      Example: deed worklist usr_01KAH8NPC0244KE13EW15XFQAC --until 2026-04-01

      Tasks, first answers to leads, deals by their expected day, clocks of tickets, answers to
      disputes, what was handed over, registrations and protections that run out: the first due
      first. Deadlines pass by `deed timers run`.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Only what is due by this time or day's end.", valueName: "moment"))
  var until: MomentArgument?

  @Option(help: "At most so many.")
  var limit = 200

  @Argument(help: "The user's identifier; your own when not given.")
  var user: String?

  func run() throws {
    try options.answer { workspace in
      try workspace.worklist(of: user, until: until?.moment, limit: limit)
    }
  }
}

/// `deed config`: every version of every rule.
struct ConfigurationHistory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Who changed which rule when: pools, pipelines, rights, service levels, teams.",
    discussion: """
      Example: deed config pool --as-of 2026-03-31

      For administrators and auditors.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp("Up to this position, time or day (its end).", valueName: "moment"))
  var moment: MomentArgument?

  @Argument(help: "Only one kind, such as pool, pipeline or permissions.")
  var kind: String?

  func run() throws {
    try options.answer { workspace in
      try workspace.configurationHistory(of: kind, asOf: moment?.moment)
    }
  }
}
