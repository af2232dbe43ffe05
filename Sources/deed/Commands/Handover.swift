internal import ArgumentParser
internal import Service

/// `deed handover`: a person leaves, and others take over.
struct Handover: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Hand over what a person owned who leaves, for good or for a while.",
    subcommands: [
      Start.self, Plan.self, Approve.self, Execute.self, Brief.self, Acknowledge.self,
      Cancel.self, Revert.self, Listing.self, Look.self,
    ])

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start a handover; the leaver's rights to export and claim end at once.",
      discussion: """
        Example: deed handover start usr_01KAH8NPC0244KE13EW15XFQAC --cause resignation

        Causes: resignation, dismissal, internalMove, longLeave.
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "Why the person leaves; see the causes above.")
    var cause: String

    @Option(help: ArgumentHelp("When it takes effect; now when not given.", valueName: "time"))
    var effective: String?

    @Option(help: ArgumentHelp("When a long leave ends.", valueName: "time"))
    var returns: String?

    @Argument(help: "The leaver's identifier.")
    var user: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.startHandover(
          of: user, cause: cause, effectiveAt: effective, returnOn: returns)
      }
    }
  }

  struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say who gets which records; without records, who gets the rest.",
      discussion: """
        Example: deed handover plan hnd_01KAKV2DC093PHN6MKAZPW38M7 --to usr_01KAH8NPC0244KE13EW

        Without --to the leaver keeps them. What is closed stays with the leaver anyway.
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: ArgumentHelp("The receiver: a user or a pool.", valueName: "owner"))
    var to: String?

    @Option(help: ArgumentHelp("Only this record; repeat it.", valueName: "record"))
    var record: [String] = []

    @Option(help: "What to know of the records named (sealed).")
    var note = ""

    @Argument(help: "The handover's identifier.")
    var handover: String

    func run() async throws {
      let plan = HandoverPlan(records: record, receiver: to, note: note)
      try await options.awaitAnswer { workspace in
        try await workspace.planHandover(handover, plan)
      }
    }
  }

  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Approve a plan that covers all that the leaver owns.",
      discussion: """
        Example: deed handover approve hnd_01KAKV2DC093PHN6MKAZPW38M7
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The handover's identifier.")
    var handover: String

    func run() async throws {
      try await options.awaitAnswer { workspace in try await workspace.approveHandover(handover) }
    }
  }

  struct Execute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hand over what is planned, and complete the handover; goes on where it ended.",
      discussion: """
        Example: deed handover execute hnd_01KAKV2DC093PHN6MKAZPW38M7

        Exit code 1: something was refused, or is not handed over yet.
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The handover's identifier.")
    var handover: String

    func run() async throws {
      let outcome = try await options.awaiting { workspace in
        try await workspace.executeHandover(handover)
      }
      try Screen.print(outcome.answer, as: options.format)
      if outcome.isRefused { throw ExitCode(1) }
    }
  }
}
