internal import ArgumentParser
internal import Service

/// `deed pool`: records that nobody works on.
struct Pools: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool",
    abstract: "Pools: their rules, what waits in them, who took how much.",
    discussion: """
      Example: deed pool list

      Pools are made and filled with `deed do`: CreatePool, PublishPoolRules, ReleaseToPool,
      ClaimFromPool. Recycling is done by `deed timers run`.
      """,
    subcommands: [PoolList.self, PoolShow.self], defaultSubcommand: PoolList.self)
}

/// `deed pool list`.
struct PoolList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The pools, with how much waits in each.",
    discussion: "Example: deed pool list --format json")

  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    try options.answer { workspace in try workspace.pools() }
  }
}

/// `deed pool show`.
struct PoolShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "A pool's rules, records and members.",
    discussion: "Example: deed pool show pol_01KAKV2DC093PHN6MKAZPW38M7")

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: "The pool's identifier.")
  var pool: String

  func run() throws {
    try options.answer { workspace in try workspace.pool(show: pool) }
  }
}
