internal import ArgumentParser
internal import Console
internal import Foundation
internal import Service

/// `deed log rotate-key`.
struct LogRotateKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-key", abstract: "Give the log a new signing key, with an overlap.",
    discussion: """
      Examples: deed log rotate-key
                deed log rotate-key --finish

      Until --finish each checkpoint is signed by the old and the new key. The old verifier key is
      needed for older checkpoints for ever: give both to `deed evidence verify`.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "End the overlap: the old key signs no more.")
  var finish = false

  func run() throws {
    let answer =
      finish
      ? try Workspace.finishKeyRotation(options.folder, actor: options.actor)
      : try Workspace.rotateLogKey(options.folder, actor: options.actor)
    try Screen.print(answer, as: options.format)
  }
}

/// `deed log witness`.
struct LogWitness: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract: "Have the newest checkpoint cosigned by the witnesses of a policy.",
    discussion: """
      Examples: deed log witness --policy witnesses.policy --keep
                deed log witness --anchor

      The policy is a C2SP tlog-policy file with an address for each witness. One that is kept is
      used without being named: a server asks its witnesses before it goes on with the log, and
      after each checkpoint; evidence waits for its quorum. Exits with 1 when the quorum is not
      reached, or a witness saw another log.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(
    help: ArgumentHelp(
      "The tlog-policy file; the one that is kept when not given.", valueName: "file"))
  var policy: String?

  @Flag(help: "Keep the policy, beside the log's key.")
  var keep = false

  @Flag(help: "Record the cosigned checkpoint in the log: what comes behind it is proven later.")
  var anchor = false

  func validate() throws {
    if keep, policy == nil { throw ValidationError("Give the --policy to keep.") }
  }

  func run() async throws {
    let text = try policy.map { path in
      guard let data = FileManager.default.contents(atPath: path) else {
        throw ValidationError("“\(path)” can't be read.")
      }
      return String(decoding: data, as: UTF8.self)
    }
    let (keep, anchor) = (keep, anchor)
    let outcome = try await options.awaiting { workspace in
      try await workspace.askWitnesses(policy: text, keeping: keep, anchoring: anchor)
    }
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// `deed log close`.
struct LogClose: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close", abstract: "End the log for ever; another goes on from it.",
    discussion: """
      Example: deed log close --reason new-format --next-origin deed.example/log2

      One administrator asks, and another's same command ends it. What is there stays readable and
      checkable; nothing more is appended. The next log begins with `deed init --continues FILE`,
      and FILE has the last checkpoint of this one.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String

  @Option(help: ArgumentHelp("The name of the log that goes on.", valueName: "name"))
  var nextOrigin: String

  func run() throws {
    try options.answer { workspace in
      try workspace.endLog(reason: reason, nextOrigin: nextOrigin)
    }
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
      would fork the history. Nor without the access log that the log speaks of, unless that is
      lost.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "Put the log back alone: its access log is lost.")
  var withoutAccessLog = false

  @Argument(help: ArgumentHelp("The backup's folder.", valueName: "dir"))
  var source: String

  func run() throws {
    try Screen.print(
      Workspace.restore(options.folder, from: source, withoutAccessLog: withoutAccessLog),
      as: options.format)
  }
}

/// `deed log accept-clock`.
struct LogAcceptClock: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept-clock",
    abstract: "Say that the clock is right, though it is far from the last event.",
    discussion: """
      Example: deed log accept-clock

      A workspace is not opened while the clock is more than five seconds behind its last event, or
      more than thirty days ahead of it: set the clock first. Where it is right all the same, this
      says so once; timers are carried out then, too. Behind the last event, what is recorded bears
      that event's time until the clock has passed it. Until then the workspace can be read.
      """)

  @OptionGroup var options: WorkspaceOptions

  func run() throws { try Screen.print(Workspace.acceptClock(options.folder), as: options.format) }
}

/// `deed log accept-access-loss`.
struct LogAcceptAccessLoss: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept-access-loss",
    abstract: "Record that the access log is lost, and go on with a new one.",
    discussion: """
      Example: deed log accept-access-loss --reason disk-failure

      A workspace whose access log is gone, or is older than the log says, is open for reading alone.
      Put it back from a backup where there is one. Where there is none, this records for ever who
      says so and why; who looked before can't be shown any more. What is left of it is put aside.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String

  func run() throws {
    let answer = try Workspace.acceptAccessLoss(
      options.folder, reason: reason, actor: options.actor)
    try Screen.print(answer, as: options.format)
  }
}
