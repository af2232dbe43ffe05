internal import ArgumentParser

/// The whole tool: every part of the product is a subcommand.
struct Deed: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deed",
    abstract: "An event-sourced CRM: who did what, when, by what right, with proof.",
    discussion: """
      Try it: deed demo --data ./demo

      Exit codes: 0 done, 1 refused or not verified, 2 wrong usage, 3 the log is behind or differs
      from a checkpoint that is known of it.
      """,
    version: "0.1.0",
    groupedSubcommands: [
      CommandGroup(
        name: "Begin", subcommands: [Init.self, Demo.self, Import.self, Do.self, Timers.self]),
      CommandGroup(
        name: "Look",
        subcommands: [
          Show.self, History.self, Owners.self, Pools.self, Actor.self, WorkList.self,
        ]),
      CommandGroup(
        name: "Customers",
        subcommands: [Match.self, Duplicates.self, Merge.self, Unmerge.self]),
      CommandGroup(
        name: "Settle",
        subcommands: [Registrations.self, FirstRegistrant.self, Dispute.self, Handover.self]),
      CommandGroup(
        name: "Report",
        subcommands: [
          Funnel.self, Quality.self, AdoptionReport.self, Query.self, Models.self,
        ]),
      CommandGroup(
        name: "Audit",
        subcommands: [
          Why.self, Replay.self, Export.self, Evidence.self, Erase.self, Key.self, Log.self,
        ]),
      CommandGroup(
        name: "Rights",
        subcommands: [
          WhoSaw.self, Accesses.self, Refusals.self, Exports.self, CanSee.self, Reveal.self,
          Roles.self, ConfigurationHistory.self, PrivacyRegister.self,
        ]),
      CommandGroup(name: "Serve", subcommands: [Serve.self, Keys.self, Subscription.self]),
    ])
}
