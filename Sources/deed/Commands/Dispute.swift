internal import ArgumentParser
internal import Service

/// `deed dispute`: two people claim one record.
struct Dispute: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Open, answer, rule on and look at disputes about who owns a record.",
    subcommands: [
      Open.self, Respond.self, Attach.self, Arbitrator.self, Rule.self, Appeal.self,
      Withdraw.self, Close.self, Show.self, List.self, Pack.self, Rules.self,
    ])

  struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Claim a record: it is frozen, and the evidence as of now is sealed.",
      discussion: """
        Example: deed dispute open acc_01KAKV2DC093PHN6MKAZPW38M7 --kind wrongfulRecycle \
        --statement "I called on 15 March" --remedy "give it back" --as usr_01KAH8NPC0244KE13EW

        Kinds: ownership, firstRegistration, creditSplit, wrongfulTransfer, wrongfulRecycle,
        dataMisuse.
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "What is claimed; see the kinds above.")
    var kind: String

    @Option(help: "The claim in words (sealed).")
    var statement: String

    @Option(help: "What is asked for (sealed).")
    var remedy = ""

    @Option(help: ArgumentHelp("Who is to answer; the owner when not given.", valueName: "user"))
    var against: String?

    @Option(help: ArgumentHelp("Who claims; who acts when not given.", valueName: "user"))
    var claimant: String?

    @Option(
      help: ArgumentHelp(
        "The contested change of the owner; the last one when not given.", valueName: "position"))
    var contested: UInt64?

    @Argument(help: "The contested record's identifier.")
    var record: String

    func run() async throws {
      let claim = DisputeClaim(
        subject: record, kind: kind, statement: statement, remedy: remedy, claimant: claimant,
        respondent: against, contestedPosition: contested)
      try await options.awaitAnswer { workspace in try await workspace.openDispute(claim) }
    }
  }

  struct Respond: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answer a claim, as its respondent.",
      discussion: """
        Example: deed dispute respond dsp_01KAKV2DC093PHN6MKAZPW38M7 --statement "I claimed it"
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "The answer in words (sealed).")
    var statement: String

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.respond(toDispute: dispute, statement: statement)
      }
    }
  }

  struct Attach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Attach events of the log, or a statement, as evidence; it can't be taken back.",
      discussion: """
        Example: deed dispute attach dsp_01KAKV2DC093PHN6MKAZPW38M7 --event 102 --event 218
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: ArgumentHelp("The position of an event; repeat it.", valueName: "position"))
    var event: [UInt64] = []

    @Option(help: "What it shows, in words (sealed).")
    var statement = ""

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.attachEvidence(
          toDispute: dispute, positions: event, statement: statement)
      }
    }
  }

  struct Arbitrator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say who rules: a user of the role arbitrator who gains nothing.",
      discussion: """
        Example: deed dispute arbitrator dsp_01KAKV2DC093PHN6MKAZPW38M7 usr_01KAH8NPC0244KE13EW
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    @Argument(help: "The arbitrator's identifier.")
    var user: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.assignArbitrator(user, toDispute: dispute)
      }
    }
  }
}
