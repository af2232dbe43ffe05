internal import ArgumentParser
internal import Service

/// `deed log`: the log itself.
struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The log itself: statistics, verification, proofs, backups.",
    subcommands: [
      LogStats.self, LogVerify.self, LogCheckpoint.self, LogProof.self, LogBackup.self,
      LogRestore.self,
    ])
}

/// `deed log stats`.
struct LogStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "How many events, how large, how far indexed.",
    discussion: "Example: deed log stats --format json")

  @OptionGroup var options: WorkspaceOptions

  func run() throws { try options.answer { workspace in try workspace.logStatistics() } }
}

/// `deed log verify`.
struct LogVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Recompute every leaf, digest, tree level, checkpoint, index entry and guard.",
    discussion: """
      Example: deed log verify

      Exits with 1 and names the first bad position of each kind when anything differs.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: "On so many threads.")
  var threads = 2

  @Flag(help: "No progress line.")
  var quiet = false

  func run() throws {
    let progress = ProgressReport(quiet: quiet)
    let outcome = try options.withWorkspace { workspace in
      try workspace.verifyLog(threads: threads, progress: progress.report)
    }
    progress.finish()
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// `deed log checkpoint`.
struct LogCheckpoint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Sign and print a checkpoint of the log: a C2SP signed note.",
    discussion: """
      Example: deed log checkpoint > checkpoint.txt

      Keep it outside: it later proves that nothing before it was changed or removed.
      """)

  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    let note = try options.withWorkspace { workspace in try workspace.checkpoint() }
    try Screen.print(note, as: options.format)
  }
}

/// `deed log proof`.
struct LogProof: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proof",
    abstract: "Prove that an event is in the log (tlog-proof), or that one log grew from another.",
    discussion: """
      Examples: deed log proof 120 > 120.tlog-proof
                deed log proof --from-size 100

      The proof ends in a checkpoint; C2SP tools check it with the log's verifier key.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Prove that the tree of this size is a beginning of today's."))
  var fromSize: UInt64?

  @Argument(help: "The event's position.")
  var position: UInt64?

  func validate() throws {
    if (position == nil) == (fromSize == nil) {
      throw ValidationError("Give an event's position, or --from-size.")
    }
  }

  func run() throws {
    let proof = try options.withWorkspace { workspace in
      if let position { return try workspace.inclusionProof(of: position) }
      return try workspace.consistencyProof(from: fromSize ?? 0)
    }
    try Screen.print(proof, as: options.format)
  }
}

/// `deed log backup`.
struct LogBackup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy the log to a new folder while it is written.",
    discussion: """
      Example: deed log backup ./backup-2026-11-21

      The keys are not in it: they are backed up apart from the data, and kept apart.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: ArgumentHelp("The new folder.", valueName: "dir"))
  var destination: String

  func run() throws {
    try options.answer { workspace in try workspace.backUp(to: destination) }
  }
}

/// `deed log restore`.
struct LogRestore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make a workspace of a backup.",
    discussion: """
      Example: deed log restore ./backup-2026-11-21 --data ./restored --keys ./deed-data.keys

      Never over an existing log, and never one that is behind a checkpoint known here: that
      would fork the history.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: ArgumentHelp("The backup's folder.", valueName: "dir"))
  var source: String

  func run() throws {
    try Screen.print(Workspace.restore(options.folder, from: source), as: options.format)
  }
}
