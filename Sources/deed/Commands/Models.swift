internal import ArgumentParser
internal import Foundation
internal import Service

/// `deed models`: the read models.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The read models: where they stand, building them anew, comparing, switching.",
    discussion: """
      A change of a projector goes: rehearse, rebuild, diff, switch; rollback is the way back.
      """,
    subcommands: [
      ModelsList.self, ModelsRehearse.self, ModelsRebuild.self, ModelsDiff.self,
      ModelsSwitch.self, ModelsRollback.self, ModelsPrune.self, ModelsDiscard.self,
      ModelsRetry.self, ModelsSkip.self,
    ])
}

/// Which models a command is about.
struct ModelSelection: ParsableArguments {
  @Flag(help: "Every model.")
  var all = false

  @Argument(help: "The models' names.")
  var models: [String] = []

  func validate() throws {
    if models.isEmpty != all {
      throw ValidationError("Name the models, or give --all; `deed models list` has the names.")
    }
  }
}

/// Why, for commands that are recorded.
struct ReasonOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Why, as a code; recorded.", valueName: "code"))
  var reason: String

  @Option(help: ArgumentHelp("Why, in words; recorded sealed.", valueName: "text"))
  var reasonText = ""

  var modelReason: ModelReason { ModelReason(code: reason, text: reasonText) }
}

/// `deed models list`.
struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Each read model's version, position, lag and state, and which builds it has.",
    discussion: "Example: deed models list --digest")

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "Also the tables, with their columns.")
  var tables = false

  @Flag(help: "Also a digest of each model's content, by a scan.")
  var digest = false

  func run() throws {
    try options.answer { workspace in
      try workspace.models(withTables: tables, withDigests: digest)
    }
  }
}

/// `deed models rehearse`.
struct ModelsRehearse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rehearse",
    abstract: "Run this program's catalogue, upcasters and projectors over the log; write nothing.",
    discussion: """
      Example: deed models rehearse --sample 200

      Exits with 1 when an event can't be read or a projector can't take it. A sample has whole
      streams, so many that every type of event, in every version, comes often enough.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("At least so many events of each type; all when not given."))
  var sample: Int?

  @Flag(help: "No progress.")
  var quiet = false

  func run() throws {
    let progress = ProgressReport(quiet: quiet, format: options.format)
    let outcome = try options.withWorkspace { workspace in
      try workspace.rehearseModels(sample: sample, progress: progress.report)
    }
    progress.finish()
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// `deed models rebuild`.
struct ModelsRebuild: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild", abstract: "Make read models anew from the log's first event.",
    discussion: """
      Examples: deed models rebuild --all
                deed models rebuild ticket-queue --hold --max-rate 20000
                deed models rebuild --all --dry-run

      The old rows serve until the new ones are whole, and with --hold until `deed models
      switch`. A build that stops at an event replaces nothing, and the exit code is 1. Stopped
      by ctrl-c or a kill, the next rebuild goes on where this one committed last. With --format json, progress comes as lines of JSON on standard error.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var selection: ModelSelection

  @Flag(help: "Leave the new builds beside those that serve, for `diff` and `switch`.")
  var hold = false

  @Flag(help: "Begin anew even where an unfinished build could be gone on with.")
  var fresh = false

  @Flag(help: "Only say what it would read, write and take.")
  var dryRun = false

  @Option(help: ArgumentHelp("At most so many events a second.", valueName: "events"))
  var maxRate: Int?

  @Flag(help: "No progress.")
  var quiet = false

  func run() throws {
    if dryRun {
      return try options.answer { workspace in
        try workspace.rebuildEstimate(selection.models)
      }
    }
    var rebuild = ModelRebuild(models: selection.models)
    rebuild.isHeld = hold
    rebuild.isFresh = fresh
    rebuild.maximumRate = maxRate
    let progress = ProgressReport(quiet: quiet, format: options.format)
    let outcome = try options.withWorkspace { workspace in
      try workspace.rebuild(rebuild, progress: progress.report)
    }
    progress.finish()
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// What a comparison takes.
struct DiffOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file of differences that are meant, one a line as `diff` prints them.",
      valueName: "file"))
  var expectedChanges: String?

  func diff(_ models: [String]) throws -> ModelDiff {
    var diff = ModelDiff(models: models)
    if let expectedChanges {
      do {
        diff.expectedChanges = try String(contentsOfFile: expectedChanges, encoding: .utf8)
      } catch {
        throw ServiceError(
          .usage, code: "VALIDATION.EXPECTED_CHANGES",
          "The file of expected changes \(expectedChanges) can't be read: check its path.")
      }
    }
    return diff
  }
}

/// `deed models diff`.
struct ModelsDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare the waiting builds with those that serve, row by row, at one position.",
    discussion: """
      Example: deed models diff --all --expected-changes expected-changes

      Each kind of difference comes with the first event that caused it and the way from that
      event to the row. Exits with 1 when there are differences that nobody declared.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var selection: ModelSelection
  @OptionGroup var declared: DiffOptions

  @Flag(inversion: .prefixedNo, help: "Follow differences to their first events.")
  var trace = true

  @Flag(help: "No progress.")
  var quiet = false

  func run() throws {
    let progress = ProgressReport(quiet: quiet, format: options.format)
    var diff = try declared.diff(selection.models)
    diff.isTraced = trace
    let asked = diff
    let outcome = try options.withWorkspace { workspace in
      try workspace.compareModels(asked, progress: progress.report)
    }
    progress.finish()
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// `deed models switch`.
struct ModelsSwitch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "switch",
    abstract: "Let the waiting builds serve: compared, recorded, then switched in one step each.",
    discussion: """
      Example: deed models switch ticket-queue --reason release --expected-changes expected-changes

      Refused when there are differences that nobody declared. The old builds are kept: see
      `deed models rollback` and `deed models prune`.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var selection: ModelSelection
  @OptionGroup var declared: DiffOptions
  @OptionGroup var why: ReasonOptions

  @Flag(help: "Switch although differences were not declared.")
  var acceptDifferences = false

  @Flag(help: "No progress.")
  var quiet = false

  func run() async throws {
    let progress = ProgressReport(quiet: quiet, format: options.format)
    var diff = try declared.diff(selection.models)
    diff.isTraced = false
    let asked = diff
    let answer = try await options.awaiting { workspace in
      try await workspace.switchModels(
        asked, reason: why.modelReason, acceptsDifferences: acceptDifferences,
        progress: progress.report)
    }
    progress.finish()
    try Screen.print(answer, as: options.format)
  }
}

/// `deed models rollback`.
struct ModelsRollback: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Let the builds serve again that served before; recorded.",
    discussion: "Example: deed models rollback ticket-queue --reason wrongFigures")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var why: ReasonOptions

  @Argument(help: "The models' names.")
  var models: [String]

  func run() async throws {
    let answer = try await options.awaiting { workspace in
      try await workspace.rollBackModels(models, reason: why.modelReason)
    }
    try Screen.print(answer, as: options.format)
  }
}

/// `deed models prune`.
struct ModelsPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Delete builds that were kept for a rollback long enough.",
    discussion: """
      Examples: deed models prune --older-than 1000000
                deed models prune --days 30

      With both, a build must be as old as both say; with neither, 1000000 events.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(
    help: ArgumentHelp("Only builds more than so many events behind the log.", valueName: "events"))
  var olderThan: Int?

  @Option(
    help: ArgumentHelp("Only builds that were replaced so many days ago.", valueName: "days"))
  var days: Int?

  func run() throws {
    let events = olderThan ?? (days == nil ? 1_000_000 : 0)
    try options.answer { workspace in
      try workspace.pruneModels(olderThan: events, days: days)
    }
  }
}

/// `deed models discard`.
struct ModelsDiscard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard",
    abstract: "Delete builds that wait for a switch, and those that were not finished.",
    discussion: """
      Example: deed models discard ticket-queue

      What serves stays, and so does what is kept for a rollback. Nothing is lost but the work: `deed
      models rebuild` makes a build anew.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var selection: ModelSelection

  func run() throws {
    try options.answer { workspace in try workspace.discardModels(selection.models) }
  }
}

/// `deed models retry`.
struct ModelsRetry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry", abstract: "Let a model that stopped at an event try it again.",
    discussion: """
      Example: deed models retry ticket-queue

      Exits with 1 when it stops again.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: "The models' names.")
  var models: [String]

  func run() throws {
    let outcome = try options.withWorkspace { workspace in try workspace.retryModels(models) }
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// `deed models skip`.
struct ModelsSkip: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "skip",
    abstract: "Let a stopped model go on behind the event that stopped it; recorded.",
    discussion: """
      Example: deed models skip ticket-queue 1204 --reason damagedImport

      The event stays in the log. Every rebuild of this version leaves it out too, and notes it in
      its table model_anomaly (deed query "SELECT * FROM ticket_queue.model_anomaly"); a newer
      version of the projector is shown it again.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var why: ReasonOptions

  @Argument(help: "The model's name.")
  var model: String

  @Argument(help: "The position of the event, as `deed models list` says.")
  var position: UInt64

  func run() async throws {
    let outcome = try await options.awaiting { workspace in
      try await workspace.skipModelEvent(model, at: position, reason: why.modelReason)
    }
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}
