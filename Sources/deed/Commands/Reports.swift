internal import ArgumentParser
internal import Console
internal import Service

/// `deed funnel`: how far opportunities came.
struct Funnel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "How many opportunities reached each stage, and how many went on.",
    discussion: """
      Example: deed funnel --created-from 2026-01-01 --created-to 2026-03-31 --as-of 2026-04-30

      Cohort: the opportunities created in the period, each counted once in every stage it
      reached, whatever became of it later.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var view: AsOfOptions

  @Option(help: "The pipeline; the default one when not given.")
  var pipeline: String?

  @Option(help: ArgumentHelp("Created on this day or later.", valueName: "day"))
  var createdFrom: MomentArgument?

  @Option(help: ArgumentHelp("Created on this day or earlier.", valueName: "day"))
  var createdTo: MomentArgument?

  func run() throws {
    let cohort = Period(from: createdFrom?.moment, to: createdTo?.moment)
    let answer = try options.withWorkspace { workspace in
      try workspace.funnel(pipeline: pipeline, cohort: cohort, from: view.view)
    }
    try Screen.print(answer, as: options.format)
    if options.format == .table { try Screen.printFunnel(answer) }
  }
}

/// `deed query`: SQL over the read models.
struct Query: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read-only SQL over the read models and the events.",
    discussion: """
      Example: deed query "SELECT stage_id, count(*) FROM opportunity GROUP BY stage_id"

      `deed models list --tables` names the tables. Nothing can be changed here.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: "At most so many rows.")
  var limit = 10_000

  @Argument(help: "One SELECT statement.")
  var sql: String

  func run() throws {
    try options.answer { workspace in try workspace.query(sql, limit: limit) }
  }
}
