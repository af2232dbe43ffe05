internal import ArgumentParser
internal import Service

/// `deed import`: history from elsewhere.
struct Import: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Bring in history: rows of CSV by a mapping, or events as JSON lines.",
    subcommands: [ImportCSV.self, ImportEvents.self])
}

/// What both importers take.
struct ImportOptions: ParsableArguments {
  @Flag(help: "Check everything and append nothing.")
  var dryRun = false

  @Flag(help: "Append the good rows and report the bad ones; else a bad row stops it all.")
  var skipBadRows = false

  @Flag(help: "No progress line.")
  var quiet = false
}

/// `deed import csv`.
struct ImportCSV: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Turn the rows of a CSV file into history events.",
    discussion: """
      Example: deed import csv --mapping helpdesk.yaml helpdesk.csv

      Nothing is appended unless every row is good, or --skip-bad-rows is given. Importing a
      file again adds nothing. docs/guides/import-your-history.md tells how to write a mapping.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var imports: ImportOptions

  @Option(help: ArgumentHelp("The mapping.", valueName: "file.yaml"))
  var mapping: String

  @Argument(help: ArgumentHelp("The rows.", valueName: "file.csv"))
  var file: String

  func run() async throws {
    let progress = ProgressReport(quiet: imports.quiet)
    let outcome = try await options.awaiting { workspace in
      try await workspace.importCSV(
        file, mapping: mapping, dryRun: imports.dryRun, skipBadRows: imports.skipBadRows,
        progress: progress.report)
    }
    progress.finish()
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// `deed import events`.
struct ImportEvents: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Append history events, one JSON object a line.",
    discussion: """
      Example: deed import events history.jsonl

      A line: {"type":"AccountCreated","stream":"account-acc_…","actor":"usr_…",
      "occurredAt":"2026-03-02T09:00:00+08:00","data":{…}}; data is the event in the proto3
      JSON mapping, personal the fields to be sealed. Importing a file again adds nothing.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var imports: ImportOptions

  @Argument(help: ArgumentHelp("The events.", valueName: "file.jsonl"))
  var file: String

  func run() async throws {
    let progress = ProgressReport(quiet: imports.quiet)
    let outcome = try await options.awaiting { workspace in
      try await workspace.importEvents(
        file, dryRun: imports.dryRun, skipBadRows: imports.skipBadRows, progress: progress.report)
    }
    progress.finish()
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}
