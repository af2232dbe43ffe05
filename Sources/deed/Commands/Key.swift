internal import ArgumentParser
internal import Service

/// `deed key`: people's own signing keys.
struct Key: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "People's own keys, with which they sign commands so that nobody need be believed.",
    subcommands: [
      KeyNew.self, KeyRegister.self, KeyRevoke.self, KeyList.self, KeyRequire.self,
    ])
}

/// `deed key new`.
struct KeyNew: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Make a key in a file, and register it for who acts.",
    discussion: """
      Example: deed key new --id laptop-1 --out me.key --as usr_…

      Then: deed do TransferOwnership '{…}' --sign me.key. The file is for its owner alone.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("The key's name; used once for a person.", valueName: "name"))
  var id: String

  @Option(help: ArgumentHelp("The file to write; it must not exist.", valueName: "file"))
  var out: String

  func run() throws {
    try options.answer { workspace in try workspace.makeActorKey(in: out, named: id) }
  }
}

/// `deed key register`.
struct KeyRegister: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "register",
    abstract: "Register a key that was made on a device, by its public half.",
    discussion: "Example: deed key register --id phone --public-key 8AjI… --as usr_…")

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("The key's name; used once for a person.", valueName: "name"))
  var id: String

  @Option(help: ArgumentHelp("32 bytes of Ed25519 in base64.", valueName: "base64"))
  var publicKey: String

  func run() throws {
    try options.answer { workspace in try workspace.registerActorKey(publicKey, named: id) }
  }
}

/// `deed key revoke`.
struct KeyRevoke: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take a key's power to sign; what it signed stays signed.",
    discussion: "Example: deed key revoke --id laptop-1 --reason lost --as usr_…")

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("The key's name.", valueName: "name"))
  var id: String

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String?

  func run() throws {
    try options.answer { workspace in try workspace.revokeActorKey(id, reason: reason) }
  }
}

/// `deed key list`.
struct KeyList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "A person's keys, and what must be signed.",
    discussion: "Example: deed key list --as usr_…")

  @OptionGroup var options: WorkspaceOptions

  func run() throws { try options.answer { workspace in try workspace.actorKeys() } }
}

/// `deed key require`.
struct KeyRequire: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "require", abstract: "Say which commands must be signed by their actors.",
    discussion: """
      Examples: deed key require standard
                deed key require --none

      `standard` stands for claims, transfers, rulings, exports and key destruction. From then on
      such a command without its actor's signature is refused, and others need none; `deed key list`
      says which they are.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: ArgumentHelp("Commands' names, or standard.", valueName: "command"))
  var commands: [String] = []

  @Flag(help: "No command needs a signature any more.")
  var none = false

  func validate() throws {
    guard commands.isEmpty == none else {
      throw ValidationError(
        none
          ? "Name commands, or give --none, not both."
          : "Name the commands that must be signed, or `standard`; --none asks for none.")
    }
  }

  func run() throws {
    try options.answer { workspace in try workspace.requireSignatures(of: commands) }
  }
}
