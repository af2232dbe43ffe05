internal import ArgumentParser
internal import Service

extension Dispute {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a dispute: parties, deadlines, evidence, rulings, steps.",
      discussion: """
        Example: deed dispute show dsp_01KAKV2DC093PHN6MKAZPW38M7
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func run() throws {
      try options.answer { workspace in try workspace.dispute(dispute) }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List disputes, the latest first.",
      discussion: """
        Example: deed dispute list --status underReview --user usr_01KAH8NPC0244KE13EW15XFQAC

        States: open, responding, underReview, applied, closed, withdrawn.
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "Only those in this state; repeat it.")
    var status: [String] = []

    @Option(help: ArgumentHelp("Only those with this party or arbitrator.", valueName: "user"))
    var user: String?

    @Option(help: ArgumentHelp("Only those about this record.", valueName: "record"))
    var about: String?

    @Option(help: "At most so many.")
    var limit = 100

    func run() throws {
      try options.answer { workspace in
        try workspace.disputes(statuses: status, of: user, about: about, limit: limit)
      }
    }
  }

  struct Pack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Build the sealed evidence again, and compare it with what was sealed.",
      discussion: """
        Example: deed dispute pack dsp_01KAKV2DC093PHN6MKAZPW38M7 --out pack.jsonl

        Anyone with the log gets the same bytes. Exit code 1: it is not what was sealed.
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: ArgumentHelp("A new file to write it to.", valueName: "file"))
    var out: String?

    @Option(help: "1 for the claim's pack, 2 for the appeal's; the last one when not given.")
    var number: Int?

    @Option(
      help: ArgumentHelp(
        "Of so many events instead, which was never sealed.", valueName: "size"))
    var at: UInt64?

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func validate() throws {
      if number != nil, at != nil { throw ValidationError("Give --number or --at, not both.") }
    }

    func run() async throws {
      let outcome = try await options.awaiting { workspace in
        try await workspace.disputePack(dispute, number: number, size: at, to: out)
      }
      try Screen.print(outcome.answer, as: options.format)
      if outcome.isRefused { throw ExitCode(1) }
    }
  }

  struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the rules that rulings cite.",
      discussion: """
        Example: deed dispute rules
        """)

    @OptionGroup var options: WorkspaceOptions

    func run() throws {
      try options.answer { workspace in try workspace.disputeRules() }
    }
  }
}
