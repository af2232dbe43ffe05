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

/// What figures of data quality are added up by.
enum QualityGroupArgument: String, ExpressibleByArgument, CaseIterable {
  case owner, team, type

  var group: Workspace.QualityGroup {
    switch self {
    case .owner: .owner
    case .team: .team
    case .type: .type
    }
  }
}

/// `deed quality`: how good the data is.
struct Quality: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quality",
    abstract: "Completeness, follow-up, verified contacts, timeliness, freshness, duplicates.",
    discussion: """
      Example: deed quality --by team --issues 20

      Of the owners whose records you may list. The index is 0.4 completeness + 0.2 verified
      contacts + 0.2 timeliness + 0.1 freshness + 0.1 of what has no open case of duplicates.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: "owner, team or type.")
  var by = QualityGroupArgument.owner

  @Option(help: ArgumentHelp("List so many records that lack something.", valueName: "count"))
  var issues = 0

  func run() throws {
    try options.answer { workspace in try workspace.dataQuality(by: by.group, issues: issues) }
  }
}

/// `deed adoption`: who uses the system.
struct AdoptionReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adoption",
    abstract: "Sign-ins, commands, days of work and records of each user.",
    discussion: """
      Example: deed adoption --from 2026-03-01 --to 2026-03-31

      Of the last seven days when nothing is given. For administrators and auditors.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var period: PeriodOptions

  func run() throws {
    try options.answer { workspace in try workspace.adoption(period.period) }
  }
}

/// `deed privacy`: consents, erasures and holds.
struct PrivacyRegister: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "privacy",
    abstract: "What people agreed to, what was erased, and what must not be.",
    discussion: """
      Example: deed privacy --in-force

      Of the contacts that you may read. `deed erase status` says more of one person.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "Only consents in force, and erasures that are not done.")
  var inForce = false

  func run() throws {
    try options.answer { workspace in try workspace.privacyRegister(onlyInForce: inForce) }
  }
}
