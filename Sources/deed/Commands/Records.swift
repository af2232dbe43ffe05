internal import ArgumentParser
internal import Service

/// `deed show`: a record, now or as it was.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a record, now or as it was.",
    discussion: """
      Example: deed show account acc_01KAKV2DC093PHN6MKAZPW38M7 --as-of 2026-03-31

      --as-of goes by what was recorded, --effective by when things are said to have happened.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var view: AsOfOptions

  @Argument(help: "account, contact, lead, opportunity, ticket, activity, user, team or pipeline.")
  var kind: String

  @Argument(help: "The record's identifier.")
  var id: String

  func run() throws {
    try options.answer { workspace in try workspace.show(kind, id: id, from: view.view) }
  }
}

/// `deed history`: who did what to a record.
struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who did what to a record; with --field, who set that field.",
    discussion: """
      Example: deed history acc_01KAKV2DC093PHN6MKAZPW38M7 --field owner
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var period: PeriodOptions

  @Option(help: "Only changes of this field, each with its event.")
  var field: String?

  @Argument(help: "The record's identifier.")
  var record: String

  func run() throws {
    try options.answer { workspace in
      try workspace.history(of: record, field: field, period: period.period)
    }
  }
}

/// `deed owners`: the ownership ledger of a record.
struct Owners: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Who owned a record, from when to when, how and why.",
    discussion: """
      Example: deed owners acc_01KAKV2DC093PHN6MKAZPW38M7 --at 2026-04-01
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var view: AsOfOptions

  @Option(
    help: ArgumentHelp(
      "Only the owner at this position, time or day (its end).", valueName: "moment"))
  var at: MomentArgument?

  @Flag(help: "Also for whom it was protected, until when and on what basis.")
  var protections = false

  @Argument(help: "The record's identifier.")
  var record: String

  func run() throws {
    try options.answer { workspace in
      try workspace.owners(
        of: record, at: at?.moment, from: view.view, withProtections: protections)
    }
  }
}

/// `deed actor`: everything a person did.
struct Actor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Everything a person did, and what was done on their behalf.",
    discussion: """
      Example: deed actor usr_01KAH8NPC0244KE13EW15XFQAC --from 2026-04-01 --to 2026-04-06
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var period: PeriodOptions

  @Option(help: "At most so many events, the newest first.")
  var limit = 1000

  @Argument(help: "The person's identifier.")
  var user: String

  func run() throws {
    try options.answer { workspace in
      try workspace.actions(of: user, period: period.period, limit: limit)
    }
  }
}
