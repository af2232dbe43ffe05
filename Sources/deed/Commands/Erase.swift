internal import ArgumentParser
internal import Service

/// `deed erase`: a person's data, for ever.
struct Erase: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Erase a person's data: one asks, two others agree, and its key is destroyed.",
    discussion: """
      Example: deed erase con_… --reason gdpr-17

      Every proof made before still verifies; what was sealed opens nowhere any more.
      """,
    subcommands: [
      EraseRequest.self, EraseApprove.self, EraseStatus.self, EraseReceipt.self, EraseFinish.self,
      EraseHold.self, EraseRelease.self, EraseReadmit.self, EraseSection.self,
    ], defaultSubcommand: EraseRequest.self)
}

/// The person whose data it is.
struct SubjectArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A record such as con_…, staff:<user>:<month>, or a key's 32 hex digits.",
      valueName: "subject"))
  var subject: String
}

/// `deed erase request`.
struct EraseRequest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request", abstract: "Ask that a person's data be erased.",
    discussion: "Example: deed erase request con_… --reason gdpr-17 --as usr_…")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var person: SubjectArgument

  @Option(help: ArgumentHelp("Why, as a code; recorded for ever.", valueName: "code"))
  var reason: String

  @Option(help: ArgumentHelp("The request's number outside, such as a letter's.", valueName: "id"))
  var request: String?

  func run() throws {
    try options.answer { workspace in
      try workspace.requestErasure(of: person.subject, reason: reason, request: request)
    }
  }
}

/// `deed erase approve`.
struct EraseApprove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Agree to an erasure; the second who agrees carries it out.",
    discussion: "Example: deed erase approve con_… --as usr_… --sign me.key")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var person: SubjectArgument

  @Option(help: ArgumentHelp("Sign it with the key in this file.", valueName: "file"))
  var sign: String?

  func run() throws {
    try options.answer { workspace in
      try workspace.approveErasure(of: person.subject, signedWith: sign)
    }
  }
}

/// `deed erase status`.
struct EraseStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Who asked, who agreed, what forbids it, what is missing.",
    discussion: "Example: deed erase status con_… --format json")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var person: SubjectArgument

  func run() throws {
    try options.answer { workspace in try workspace.erasureStatus(of: person.subject) }
  }
}

/// `deed erase receipt`.
struct EraseReceipt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receipt",
    abstract: "Write the evidence that a person's key was destroyed, when and by whom.",
    discussion: "Example: deed erase receipt con_… --out receipt.json")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var person: SubjectArgument

  @Option(help: ArgumentHelp("The file to write; it must not exist.", valueName: "file"))
  var out: String

  func run() throws {
    try options.answer { workspace in
      try workspace.erasureReceipt(of: person.subject, to: out)
    }
  }
}

/// `deed erase finish`.
struct EraseFinish: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finish",
    abstract: "End the wrapping epoch, so that destroyed keys are in no old page and no backup.",
    discussion: "Example: deed erase finish")

  @OptionGroup var options: WorkspaceOptions

  func run() throws { try options.answer { workspace in try workspace.finishErasures() } }
}

/// `deed erase hold`.
struct EraseHold: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Forbid a person's erasure: a legal hold.",
    discussion: "Example: deed erase hold con_… --reason litigation-2026-7")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var person: SubjectArgument

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String

  func run() throws {
    try options.answer { workspace in try workspace.hold(person.subject, reason: reason) }
  }
}

/// `deed erase release`.
struct EraseRelease: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Ask that a legal hold be released; another person's same command releases it.",
    discussion: "Example: deed erase release con_… --hold hold-0")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var person: SubjectArgument

  @Option(help: ArgumentHelp("The hold, as its status names it.", valueName: "id"))
  var hold: String

  func run() throws {
    try options.answer { workspace in try workspace.releaseHold(hold, on: person.subject) }
  }
}

/// `deed erase readmit`.
struct EraseReadmit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "readmit",
    abstract: "Let an erased person's data be recorded again, under a new key.",
    discussion: """
      Example: deed erase readmit con_… --reason new-contract

      For a lawful new relationship alone. What was erased stays erased.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var person: SubjectArgument

  @Option(help: ArgumentHelp("Why, as a code; recorded for ever.", valueName: "code"))
  var reason: String

  func run() throws {
    try options.answer { workspace in try workspace.readmit(person.subject, reason: reason) }
  }
}

/// `deed erase section`.
struct EraseSection: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "section",
    abstract: "Blank a plain section that holds something personal by mistake.",
    discussion: """
      Example: deed erase section 120 1 --reason name-in-company --as usr_…

      One administrator asks, and another's same command carries it out. The event's header and
      every proof stay; what it said is gone, and shows as erased. Nobody may have the workspace
      open then: the log is compacted, and the read models are made anew.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: ArgumentHelp("The event.", valueName: "position"))
  var position: UInt64

  @Argument(help: ArgumentHelp("The section; 1 is what the event says.", valueName: "section"))
  var section: Int

  @Option(help: ArgumentHelp("Why, as a code; recorded for ever.", valueName: "code"))
  var reason: String

  func run() throws {
    try Screen.print(
      Workspace.redact(
        options.folder, position: position, section: section, reason: reason,
        actor: options.actor), as: options.format)
  }
}
