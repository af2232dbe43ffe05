internal import ArgumentParser
internal import Service

extension Handover {
  struct Brief: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell the receiver of a record what to know of it.",
      discussion: """
        Example: deed handover brief hnd_01KAKV2DC093PHN6MKAZPW38M7 \
        acc_01KAKV2DC093PHN6MKAZPW38M7 --summary "Wants an offer in May"
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "What to know (sealed).")
    var summary: String

    @Option(help: ArgumentHelp("What was promised; repeat it (sealed).", valueName: "text"))
    var commitment: [String] = []

    @Argument(help: "The handover's identifier.")
    var handover: String

    @Argument(help: "The record's identifier.")
    var record: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.briefHandover(
          handover, record: record, summary: summary, commitments: commitment)
      }
    }
  }

  struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say, as a receiver, that you have taken over what you received.",
      discussion: """
        Example: deed handover acknowledge hnd_01KAKV2DC093PHN6MKAZPW38M7 --as usr_01KAH8NPC0244KE
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The handover's identifier.")
    var handover: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.acknowledgeHandover(handover)
      }
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cancel a handover before anything was handed over; rights come back.",
      discussion: """
        Example: deed handover cancel hnd_01KAKV2DC093PHN6MKAZPW38M7 --reason stays
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
    var reason: String

    @Argument(help: "The handover's identifier.")
    var handover: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.cancelHandover(handover, reason: reason)
      }
    }
  }

  struct Revert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "After a long leave, give back what its receivers still have.",
      discussion: """
        Example: deed handover revert hnd_01KAKV2DC093PHN6MKAZPW38M7
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The handover's identifier.")
    var handover: String

    func run() async throws {
      try await options.awaitAnswer { workspace in try await workspace.revertHandover(handover) }
    }
  }

  struct Listing: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "The handovers that you have a part in, or all, with how far each has come.",
      discussion: "Example: deed handover list --format json")

    @OptionGroup var options: WorkspaceOptions

    func run() throws {
      try options.answer { workspace in try workspace.handovers() }
    }
  }

  struct Look: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show a handover: its plan, and how far it has come.",
      discussion: """
        Example: deed handover show hnd_01KAKV2DC093PHN6MKAZPW38M7
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The handover's identifier.")
    var handover: String

    func run() throws {
      try options.answer { workspace in try workspace.handover(handover) }
    }
  }
}
