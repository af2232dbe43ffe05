internal import ArgumentParser
internal import Service

/// `deed keys`: who may sign in to the server.
struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "API keys that programs sign in to the server with.",
    discussion: """
      Example: deed keys make --user usr_01KAH8NPC0244KE13EW15XFQAC --name billing --scope read

      A running server takes notice within a second.
      """,
    subcommands: [KeysMake.self, KeysList.self, KeysRevoke.self])
}

/// What a key lets do.
enum ScopeArgument: String, ExpressibleByArgument, CaseIterable {
  case read
  case write

  var scope: APIKeyScope {
    switch self {
    case .read: .read
    case .write: .write
    }
  }
}

/// `deed keys make`.
struct KeysMake: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make", abstract: "Make a key for a user; it is shown this once.",
    discussion: """
      Example: deed keys make --user usr_01KAH8NPC0244KE13EW15XFQAC --name billing --scope read \\
        --scope write --expires-after 90

      Only its hash is kept. The program sends it as: Authorization: Bearer deed_…
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("As whom the program acts.", valueName: "user"))
  var user: String

  @Option(help: ArgumentHelp("What the key is for.", valueName: "text"))
  var name: String

  @Option(help: "What it lets do: read, write, or both by giving it twice.")
  var scope: [ScopeArgument] = [.read]

  @Option(help: ArgumentHelp("In so many days it ends; never when not given.", valueName: "days"))
  var expiresAfter: Int?

  func run() throws {
    try requireUser()
    let made = try APIKeyRing(of: options.folder).make(
      for: user, name: name, scopes: Set(scope.map(\.scope)), expiresAfterDays: expiresAfter)
    let answer = Answer(
      "The key is made",
      facts: [.init("key", "Key", .text(made.text))] + made.key.facts,
      notes: ["Keep it now: it is shown this once."])
    try Screen.print(answer, as: options.format)
  }

  /// An event store knows no users: there a key may be anybody's.
  private func requireUser() throws {
    let isKnown = try options.withWorkspace { workspace in
      try workspace.kind != .crm || workspace.isActive(user)
    }
    guard isKnown else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "There is no active user “\(user)” here: `deed roles` lists who may do what.")
    }
  }
}

/// `deed keys list`.
struct KeysList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the keys, without their secrets.",
    discussion: "Example: deed keys list --format json")

  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    let keys = try APIKeyRing(of: options.folder).keys()
    let columns = ["id", "name", "user", "scopes", "createdAt", "expiresAt", "revoked"]
    let table = Answer.Table(
      "keys", "", columns: columns.map { .init($0, $0) },
      rows: keys.map { key in key.facts.map(\.value) })
    try Screen.print(Answer("API keys", tables: [table]), as: options.format)
  }
}

/// `deed keys revoke`.
struct KeysRevoke: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End a key for good.",
    discussion: "Example: deed keys revoke abcdefgh")

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: "The key's identifier: the 8 characters behind deed_.")
  var id: String

  func run() throws {
    let key = try APIKeyRing(of: options.folder).revoke(id)
    try Screen.print(Answer("The key is revoked", facts: key.facts), as: options.format)
  }
}

extension APIKey {
  fileprivate var facts: [Answer.Fact] {
    [
      .init("id", "Id", .text(id)), .init("name", "Name", .text(name)),
      .init("user", "User", .text(userID)),
      .init("scopes", "Scopes", .list(scopes.map(\.rawValue).sorted().map { .text($0) })),
      .init("createdAt", "Created", .time(microseconds: createdAt)),
      .init("expiresAt", "Expires", expiresAt.map { .time(microseconds: $0) } ?? .none),
      .init("revoked", "Revoked", .flag(isRevoked)),
    ]
  }
}
