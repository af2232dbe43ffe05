internal import ArgumentParser
internal import Service

/// `deed who-saw`: everybody who saw a record.
struct WhoSaw: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "who-saw",
    abstract: "Who viewed, listed, revealed or exported a record, and who tried.",
    discussion: """
      Example: deed who-saw acc_01KAKV2DC093PHN6MKAZPW38M7 --from 2026-04-01 --to 2026-04-06

      It goes by the access log, which is asked by time, and is for auditors. Asking leaves its own
      trace there.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var period: PeriodOptions

  @Option(name: .customLong("by"), help: ArgumentHelp("Only what this one did.", valueName: "user"))
  var user: String?

  @Argument(help: "The record's identifier.")
  var record: String

  func run() throws {
    try options.answer { workspace in
      try workspace.whoSaw(record, by: user, period: period.period)
    }
  }
}

/// `deed accesses`: everything that a user saw.
struct Accesses: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What a user saw, asked for and was refused.",
    discussion: """
      Example: deed accesses usr_01KAH8NPC0244KE13EW15XFQAC --from 2026-04-01

      For auditors, and for anybody of themselves.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var period: PeriodOptions

  @Argument(help: "The user's identifier.")
  var user: String

  func run() throws {
    try options.answer { workspace in
      try workspace.accesses(of: user, period: period.period)
    }
  }
}

/// `deed refusals`: attempts that were refused.
struct Refusals: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Which attempts were refused: commands, and questions that rights don't allow.",
    discussion: """
      Example: deed refusals --record acc_01KAKV2DC093PHN6MKAZPW38M7
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var period: PeriodOptions

  @Option(help: ArgumentHelp("Only attempts on this record.", valueName: "id"))
  var record: String?

  @Option(name: .customLong("by"), help: ArgumentHelp("Only this one's.", valueName: "user"))
  var user: String?

  func run() throws {
    try options.answer { workspace in
      try workspace.refusals(of: record, by: user, period: period.period)
    }
  }
}

/// `deed exports`: what left the workspace.
struct Exports: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Which exports there were; of a record, those whose file has it.",
    discussion: """
      Example: deed exports --record acc_01KAKV2DC093PHN6MKAZPW38M7
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Only exports whose manifest has this record.", valueName: "id"))
  var record: String?

  @Option(name: .customLong("by"), help: ArgumentHelp("Only this one's.", valueName: "user"))
  var user: String?

  func run() throws {
    try options.answer { workspace in try workspace.exports(of: record, by: user) }
  }
}

/// `deed can-see`: what somebody may see, or could.
struct CanSee: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "can-see",
    abstract: "Whether a user may see a record and which fields; with --at, whether they could.",
    discussion: """
      Example: deed can-see usr_01KAH8NPC0244KE13EW15XFQAC acc_01KAKV2DC093PHN6MKAZPW38M7 \
      --at 2026-03-31

      It goes by roles, teams, shares and the record as they were then. Exits with 0 either way.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(
    help: ArgumentHelp("At this position, time or day (its end).", valueName: "moment"))
  var at: MomentArgument?

  @Argument(help: "The user's identifier.")
  var user: String

  @Argument(help: "The record's identifier.")
  var record: String

  func run() throws {
    try options.answer { workspace in
      try workspace.canSee(user, record, at: at?.moment)
    }
  }
}

/// `deed reveal`: a masked field, with a reason.
struct Reveal: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show one masked field; who did so and why stands in the access log.",
    discussion: """
      Example: deed reveal acc_01KAKV2DC093PHN6MKAZPW38M7 phones --reason call-back
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String

  @Argument(help: "The record's identifier.")
  var record: String

  @Argument(help: "The field, as `deed show` names it.")
  var field: String

  func run() throws {
    try options.answer { workspace in
      try workspace.reveal(field, of: record, reason: reason)
    }
  }
}

/// `deed roles`: who may do what.
struct Roles: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The roles, what they allow, and who holds them.",
    discussion: """
      Examples: deed roles --format json
                deed roles --at 2026-03-31

      Roles are changed by commands: deed do DefineRole, ChangeRolePermissions, RetireRole,
      GrantUserRole, RevokeUserRole, PublishFieldPolicy, PublishSharingRule, ShareRecord.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("As of this position, time or day (its end).", valueName: "moment"))
  var at: MomentArgument?

  func run() throws {
    try options.answer { workspace in try workspace.roles(at: at?.moment) }
  }
}
