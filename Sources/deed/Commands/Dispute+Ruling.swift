internal import ArgumentParser
internal import Service

extension Dispute {
  struct Rule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rule on a dispute: owner, shares and the end of the freeze in one step.",
      discussion: """
        Example: deed dispute rule dsp_01KAKV2DC093PHN6MKAZPW38M7 --outcome dismissed \
        --rule R3 --rule R6 --rationale "recorded after the recycle" --as usr_01KAH8NPC0244KE13EW

        Outcomes: upheld, dismissed, split, settled. `deed dispute rules` lists the rules.
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "upheld, dismissed, split or settled.")
    var outcome: String

    @Option(help: ArgumentHelp("A rule that is cited; repeat it.", valueName: "code"))
    var rule: [String] = []

    @Option(help: "Why (sealed).")
    var rationale: String

    @Option(
      help: ArgumentHelp(
        "The owner from here on: a user or a pool; the present one when not given.",
        valueName: "owner"))
    var owner: String?

    @Option(help: ArgumentHelp("Protect it for the owner until then.", valueName: "time"))
    var protectUntil: String?

    @Option(
      help: ArgumentHelp(
        "Children that go along, such as opportunitiesOpen; repeat it.", valueName: "kind"))
    var cascade: [String] = []

    @Option(help: ArgumentHelp("A share of the credit; repeat it.", valueName: "user=percent"))
    var award: [String] = []

    @Option(
      help: ArgumentHelp(
        "An opportunity whose credit is shared; repeat it.", valueName: "opportunity"))
    var opportunity: [String] = []

    @Option(help: ArgumentHelp("Evidence that was considered; repeat it.", valueName: "id"))
    var evidence: [String] = []

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func run() async throws {
      let ruling = DisputeRulingRequest(
        outcome: outcome, rules: rule, rationale: rationale, owner: owner,
        protectionUntil: protectUntil, evidence: evidence, cascade: cascade, awards: award,
        opportunities: opportunity)
      try await options.awaitAnswer { workspace in
        try await workspace.rule(onDispute: dispute, ruling)
      }
    }
  }

  struct Appeal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Appeal against a ruling, once and in time; the record is frozen again.",
      discussion: """
        Example: deed dispute appeal dsp_01KAKV2DC093PHN6MKAZPW38M7 --statement "R4 was not heard"
        """)

    @OptionGroup var options: WorkspaceOptions

    @Option(help: "Why (sealed).")
    var statement: String

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func run() async throws {
      try await options.awaitAnswer { workspace in
        try await workspace.appeal(againstDispute: dispute, statement: statement)
      }
    }
  }

  struct Withdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a claim, or an appeal, back.",
      discussion: """
        Example: deed dispute withdraw dsp_01KAKV2DC093PHN6MKAZPW38M7
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func run() async throws {
      try await options.awaitAnswer { workspace in try await workspace.withdrawDispute(dispute) }
    }
  }

  struct Close: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Close a dispute whose ruling can't be appealed any more.",
      discussion: """
        Example: deed dispute close dsp_01KAKV2DC093PHN6MKAZPW38M7
        """)

    @OptionGroup var options: WorkspaceOptions

    @Argument(help: "The dispute's identifier.")
    var dispute: String

    func run() async throws {
      try await options.awaitAnswer { workspace in try await workspace.closeDispute(dispute) }
    }
  }
}
