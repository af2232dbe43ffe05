internal import ArgumentParser
internal import Foundation
internal import Service

/// `deed subscription parked`.
struct SubscriptionParked: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parked", abstract: "The events that were put aside, with the reason of each.")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "The subscription's name.") var name: String

  @Option(help: ArgumentHelp("Behind this position.", valueName: "position"))
  var after: UInt64?

  @Option(help: "At most so many.")
  var limit = 100

  func run() throws {
    try options.answer { workspace in
      try workspace.parkedEvents(of: name, after: after, limit: limit)
    }
  }
}

/// `deed subscription replay`.
struct SubscriptionReplay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Hand parked events out again, ahead of what is new.")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "The subscription's name.") var name: String

  @Option(help: ArgumentHelp("This one; all when not given.", valueName: "position"))
  var position: [UInt64] = []

  func run() async throws {
    try await options.awaitAnswer { workspace in
      try await workspace.settleParked(
        of: name, position.isEmpty ? nil : position, replaying: true)
    }
  }
}

/// `deed subscription discard`.
struct SubscriptionDiscard: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard", abstract: "Give parked events up.")

  @OptionGroup var options: WorkspaceOptions
  @Argument(help: "The subscription's name.") var name: String

  @Option(help: ArgumentHelp("This one, or several.", valueName: "position"))
  var position: [UInt64] = []

  @Flag(help: "All of them.")
  var all = false

  func validate() throws {
    if all == !position.isEmpty {
      throw ValidationError("Give --position, or --all for every parked event.")
    }
  }

  func run() async throws {
    try await options.awaitAnswer { workspace in
      try await workspace.settleParked(of: name, all ? nil : position, replaying: false)
    }
  }
}

/// `deed subscription verify`.
struct SubscriptionVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare what a subscriber got with the log: nothing skipped, nothing doubled.",
    discussion: """
      Example: deed subscription verify --type TeamCreated --through 41 --digest 5f1c…

      The digest is the one of a stream's cursor; filter, start and user are those of the stream.
      With --positions, a file of the positions that the subscriber worked on, one a line
      (“41”, or “41 withheld”), the first that is missing or doubled is named. Exits with 1 when
      they differ.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var filter: StreamFilterOptions

  @Option(help: ArgumentHelp("The stream began behind this position.", valueName: "position"))
  var after: UInt64?

  @Option(help: ArgumentHelp("The last position it had looked at.", valueName: "position"))
  var through: UInt64

  @Option(help: ArgumentHelp("What the subscriber has: 64 hexadecimal digits.", valueName: "hex"))
  var digest: String

  @Option(help: ArgumentHelp("A file of positions, one a line.", valueName: "file"))
  var positions: String?

  func run() throws {
    let given = try positions.map(Self.read)
    let outcome = try options.withWorkspace { workspace in
      try workspace.verifySubscription(
        filter.filter, after: after, through: through, digest: digest, positions: given)
    }
    try Screen.print(outcome.answer, as: options.format)
    if outcome.isRefused { throw ExitCode(1) }
  }

  private static func read(_ path: String) throws -> [DeliveredPosition] {
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw ServiceError(
        .usage, code: "VALIDATION.FILE", "“\(path)” can't be read: give a file of positions.")
    }
    return try text.split(whereSeparator: \.isNewline).map { line in
      guard let position = DeliveredPosition(String(line)) else {
        throw ServiceError(
          .usage, code: "VALIDATION.FILE",
          "“\(line.prefix(80))” in “\(path)” is no position: write 41, or 41 withheld.")
      }
      return position
    }
  }
}
