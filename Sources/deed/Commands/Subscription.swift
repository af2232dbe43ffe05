internal import ArgumentParser
internal import Foundation
internal import Service

/// `deed subscription`: who follows the events, and what they got.
struct Subscription: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Durable subscriptions: make and change them, see why one waits, prove what it got.",
    subcommands: [
      SubscriptionList.self, SubscriptionShow.self, SubscriptionCreate.self,
      SubscriptionChange.self, SubscriptionPause.self, SubscriptionResume.self,
      SubscriptionReset.self, SubscriptionRotateSecret.self, SubscriptionDelete.self,
      SubscriptionParked.self,
      SubscriptionReplay.self, SubscriptionDiscard.self, SubscriptionVerify.self,
    ])
}

/// Which events.
struct StreamFilterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Of this type, or of one of several.", valueName: "type"))
  var type: [String] = []

  @Option(
    help: ArgumentHelp("Of streams of this category, such as account.", valueName: "category"))
  var category: [String] = []

  @Option(help: ArgumentHelp("Of this stream.", valueName: "stream"))
  var stream: [String] = []

  @Option(help: ArgumentHelp("With this tag; with all of several.", valueName: "tag"))
  var tag: [String] = []

  @Option(help: ArgumentHelp("By this actor, or on their behalf.", valueName: "actor"))
  var actor: [String] = []

  var filter: StreamFilter {
    StreamFilter(types: type, categories: category, streams: stream, tags: tag, actors: actor)
  }
}

/// By which rules events are handed out.
struct ConsumerRuleOptions: ParsableArguments {
  @Option(help: "round-robin, by-stream (a stream's order is kept) or single (others stand by).")
  var strategy: String?

  @Option(help: ArgumentHelp("A consumer has so long for an event (30).", valueName: "seconds"))
  var ackTimeout: Int64?

  @Option(help: ArgumentHelp("An event is handed out so often, then parked (10).", valueName: "n"))
  var attempts: Int?

  @Option(
    help: ArgumentHelp(
      "The wait before the second attempt, doubled with each (1).", valueName: "seconds"))
  var firstRetry: Int64?

  @Option(help: ArgumentHelp("The longest wait of an attempt (300).", valueName: "seconds"))
  var mostRetry: Int64?

  @Option(help: ArgumentHelp("So many events are read and not settled (1024).", valueName: "n"))
  var window: Int?

  @Option(help: ArgumentHelp("With so many parked events it stops (10000).", valueName: "n"))
  var parkedLimit: Int?

  var settings: ConsumerSettings {
    var settings = ConsumerSettings()
    settings.strategy = strategy
    settings.ackSeconds = ackTimeout
    settings.attemptLimit = attempts
    settings.firstRetrySeconds = firstRetry
    settings.mostRetrySeconds = mostRetry
    settings.window = window
    settings.parkedLimit = parkedLimit
    return settings
  }
}

/// `start`, `end`, the last position that is not wanted, or a time.
struct StreamStartArgument: ExpressibleByArgument {
  private let text: String

  init?(argument: String) { text = argument }

  var start: StreamStart { get throws(ServiceError) { try StreamStart(text) } }
}

/// `deed subscription list`.
struct SubscriptionList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "All of them: where each stands, and why it waits.")

  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    try options.answer { workspace in try workspace.listConsumers() }
  }
}

/// `deed subscription show`.
struct SubscriptionShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One of them, with its rules and its connected consumers.")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "Its name.") var name: String

  func run() throws {
    try options.answer { workspace in try workspace.showConsumer(name) }
  }
}

/// `deed subscription create`.
struct SubscriptionCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a group of consumers, or with --url a webhook; the log keeps who did.",
    discussion: """
      Example: deed subscription create billing --category opportunity --strategy by-stream
      Example: deed subscription create crm-hook --url https://example.com/hooks --from end

      Consumers connect to a running server (deed.streams.v1). A webhook's secret is shown once.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var filter: StreamFilterOptions
  @OptionGroup var rules: ConsumerRuleOptions
  @Argument(help: "Its name: 1 to 60 of a–z, 0–9 and “-”, a letter first.") var name: String

  @Option(help: ArgumentHelp("start, end, a time, or behind this position.", valueName: "where"))
  var from: StreamStartArgument?

  @Option(
    help: ArgumentHelp(
      "As whom it reads; who makes it when not given. What this user may not see is withheld.",
      valueName: "user"))
  var readsAs: String?

  @Option(help: ArgumentHelp("Post events there.", valueName: "url"))
  var url: String?

  @Option(help: ArgumentHelp("So many deliveries of a webhook at a time (8).", valueName: "n"))
  var concurrency: Int?

  func run() async throws {
    let new = NewConsumer(
      name: name, filter: filter.filter, start: try from?.start ?? .end, user: readsAs,
      rules: rules.settings, webhook: url.map { NewWebhook(url: $0, concurrency: concurrency) })
    try await options.awaitAnswer { workspace in try await workspace.createConsumer(new) }
  }
}

/// `deed subscription change`.
struct SubscriptionChange: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "change",
    abstract: "Change rules, or the whole filter when a part of it is given.")

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var filter: StreamFilterOptions
  @OptionGroup var rules: ConsumerRuleOptions
  @Argument(help: "Its name.") var name: String

  @Flag(help: "Every event from now on: takes the filter away.")
  var allEvents = false

  @Option(help: ArgumentHelp("A webhook's new URL.", valueName: "url"))
  var url: String?

  func run() async throws {
    let given = filter.filter
    let new = allEvents || given != StreamFilter() ? given : nil
    try await options.awaitAnswer { workspace in
      try await workspace.changeConsumer(name, filter: new, rules: rules.settings, url: url)
    }
  }
}

/// `deed subscription pause`.
struct SubscriptionPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hand out nothing until it is resumed.")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "Its name.") var name: String

  func run() async throws {
    try await options.awaitAnswer { workspace in try await workspace.pauseConsumer(name, true) }
  }
}

/// `deed subscription resume`.
struct SubscriptionResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on where it was paused.")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "Its name.") var name: String

  func run() async throws {
    try await options.awaitAnswer { workspace in try await workspace.pauseConsumer(name, false) }
  }
}

/// `deed subscription reset`.
struct SubscriptionReset: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset",
    abstract: "Begin anew somewhere: what was settled, tried or parked is forgotten.",
    discussion: "Example: deed subscription reset billing --to start")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "Its name.") var name: String

  @Option(help: ArgumentHelp("start, end, a time, or behind this position.", valueName: "where"))
  var to: StreamStartArgument

  func run() async throws {
    let start = try to.start
    try await options.awaitAnswer { workspace in
      try await workspace.resetConsumer(name, to: start)
    }
  }
}

/// `deed subscription delete`.
struct SubscriptionDelete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "End it; that it was stays in the log.")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "Its name.") var name: String

  func run() async throws {
    try await options.awaitAnswer { workspace in try await workspace.deleteConsumer(name) }
  }
}
