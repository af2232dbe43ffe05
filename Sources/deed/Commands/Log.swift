internal import ArgumentParser
internal import Console
internal import Foundation
internal import Service

/// `deed log`: the log itself.
struct Log: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The log itself: statistics, verification, proofs, backups.",
    subcommands: [
      LogStats.self, LogVerify.self, LogCheckpoint.self, LogVKey.self, LogProof.self,
      LogTiles.self, LogRotateKey.self, LogWitness.self, LogClose.self, LogBackup.self,
      LogRestore.self, LogAcceptClock.self, LogAcceptAccessLoss.self,
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

      Keep it outside: it later proves that nothing before it was changed or removed. As a table it
      is the note alone, for files and other tools.
      """)

  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    let note = try options.withWorkspace { workspace in try workspace.checkpoint() }
    guard options.format == .table else { return try Screen.print(note, as: options.format) }
    Screen.printText(note, "note")
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

      The proof ends in a checkpoint; C2SP tools check it with the log's verifier key. From a size it
      is what C2SP's add-checkpoint asks of a log: the old size, the hashes, the checkpoint. As a
      table it is the proof alone, for files and other tools.
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
    guard options.format == .table else { return try Screen.print(proof, as: options.format) }
    Screen.printText(proof, position == nil ? "request" : "proof")
  }
}

/// `deed log vkey`.
struct LogVKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vkey", abstract: "Print the log's verifier key, to be published.",
    discussion: """
      Example: deed log vkey > log.vkey

      With it anyone checks checkpoints, proofs and evidence. It must reach them by another way
      than what they check. As a table it is the key alone, for scripts and files.
      """)

  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    let answer = try options.withWorkspace { workspace in try workspace.verifierKey() }
    guard options.format == .table else { return try Screen.print(answer, as: options.format) }
    Screen.printText(answer, "vkey")
  }
}

/// `deed log tiles`.
struct LogTiles: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tiles",
    abstract: "Write the log as C2SP tlog-tiles: checkpoint, hashes, and the leaves as entries.",
    discussion: """
      Example: deed log tiles ./tiles

      The contents of events are not in it. A folder with an older export of the same log is
      brought up to date. The checkpoint is written last.

      With --verify it writes nothing and needs no data folder: it computes every tile, the root and
      the chain of each stream from the entries. Exits with 1 when anything differs.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: ArgumentHelp("The folder.", valueName: "dir"))
  var destination: String

  @Flag(help: "Check the folder instead, by --key or --policy.")
  var verify = false

  @OptionGroup var trust: TrustOptions

  func validate() throws {
    guard verify != trust.isEmpty else {
      throw ValidationError(
        verify
          ? "Give --key, or a --policy that names the log's key."
          : "--key and --policy go with --verify.")
    }
  }

  func run() throws {
    if verify {
      let outcome = try EvidenceCheck.verifyTiles(destination, try trust.trust())
      try Screen.print(outcome.answer, as: options.format)
      if outcome.isRefused { throw ExitCode(1) }
      return
    }
    try options.answer { workspace in try workspace.exportTiles(to: destination) }
  }
}
