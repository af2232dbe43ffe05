internal import ArgumentParser
internal import Service

/// `deed match`: search before create.
struct Match: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look whether a customer is there already, before making one.",
    discussion: """
      Example: deed match --company 码上科技 --phone "+86 138 0013 8000"

      Anybody may ask. The answer says which records resemble it and how much, and neither
      whose they are nor how to reach anybody.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("A company's name.", valueName: "name"))
  var company = ""

  @Option(help: ArgumentHelp("A person's name.", valueName: "name"))
  var person = ""

  @Option(help: ArgumentHelp("A telephone number.", valueName: "number"))
  var phone = ""

  @Option(help: ArgumentHelp("An e-mail address.", valueName: "address"))
  var email = ""

  @Option(help: ArgumentHelp("A domain or a website.", valueName: "domain"))
  var domain = ""

  @Option(help: ArgumentHelp("A unified social credit code.", valueName: "code"))
  var uscc = ""

  @Option(help: ArgumentHelp("Where the company is.", valueName: "city"))
  var city = ""

  func run() throws {
    let question = CustomerQuestion(
      company: company, person: person, phone: phone, email: email, domain: domain,
      unifiedSocialCreditCode: uscc, city: city)
    try options.answer { workspace in try workspace.match(question) }
  }
}

/// `deed duplicates`: records that may be one customer, and claims that collide.
struct Duplicates: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Records that may be one customer, and claims that collide.",
    discussion: """
      Example: deed duplicates list --status open --contested
      """,
    subcommands: [DuplicateList.self, DuplicateShow.self, DuplicateFind.self])
}

/// `deed duplicates list`.
struct DuplicateList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The cases, newest first.",
    discussion: """
      Example: deed duplicates list --status open
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(
    help: ArgumentHelp(
      "open, dismissed, overridden, merged, settled or escalated; all when not given.",
      valueName: "status"))
  var status: String?

  @Flag(help: "Only those that different people claim.")
  var contested = false

  func run() throws {
    try options.answer { workspace in
      try workspace.duplicateCases(status: status, contestedOnly: contested)
    }
  }
}

/// `deed duplicates show`.
struct DuplicateShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One case with the records that it names.",
    discussion: """
      Example: deed duplicates show dup_01KAKV2DC093PHN6MKAZPW38M7
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: "The case's identifier.")
  var id: String

  func run() throws {
    try options.answer { workspace in try workspace.duplicateCase(id) }
  }
}

/// `deed duplicates find`.
struct DuplicateFind: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find", abstract: "Compare all records of a kind, and open a case for each pair.",
    discussion: """
      Example: deed duplicates find account

      A pair that somebody knows of already is not raised again.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: "account, contact or lead.")
  var kind: String

  func run() async throws {
    let answer = try await options.awaiting { workspace in
      try await workspace.findDuplicates(kind)
    }
    try Screen.print(answer, as: options.format)
  }
}

/// `deed merge`: records that are one become one.
struct Merge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Merge records into one that answers for them from then on.",
    discussion: """
      Example: deed merge account acc_1 acc_2 --take name=acc_1 --reason same-customer

      Where both say something, --take chooses; telephones and addresses of both are kept. The
      owner of the record that stays owns it on. `deed unmerge` takes it back.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(
    name: .customLong("take"),
    help: ArgumentHelp("From which record a field is taken.", valueName: "field=record"))
  var choices: [String] = []

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String

  @Argument(help: "account, contact, lead or ticket.")
  var kind: String

  @Argument(help: "The record that stays.")
  var survivor: String

  @Argument(help: "The records that are merged into it.")
  var merged: [String]

  private var pairs: [(String, String)] {
    choices.map { choice in
      let parts = choice.split(separator: "=", maxSplits: 1).map(String.init)
      return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }
  }

  func validate() throws {
    guard pairs.allSatisfy({ !$0.0.isEmpty && !$0.1.isEmpty }) else {
      throw ValidationError("--take has the form field=record, such as name=acc_1.")
    }
  }

  func run() async throws {
    let answer = try await options.awaiting { workspace in
      try await workspace.merge(kind, into: survivor, merged, choices: pairs, reason: reason)
    }
    try Screen.print(answer, as: options.format)
  }
}

/// `deed unmerge`: a merged record stands for itself again.
struct Unmerge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take a merged record out again, with its own fields and children.",
    discussion: """
      Example: deed unmerge account acc_2 --from acc_1 --reason two-customers

      What others changed or moved since is left as it is, and listed in the event.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("The record that it was merged into.", valueName: "record"))
  var from: String

  @Option(
    name: .customLong("assign"),
    help: ArgumentHelp(
      "A contact or opportunity that came later and goes with it.", valueName: "record"))
  var assigned: [String] = []

  @Option(help: ArgumentHelp("Why, as a code.", valueName: "code"))
  var reason: String

  @Argument(help: "account, contact or lead.")
  var kind: String

  @Argument(help: "The merged record.")
  var merged: String

  func run() async throws {
    let answer = try await options.awaiting { workspace in
      try await workspace.unmerge(kind, merged, from: from, assigned: assigned, reason: reason)
    }
    try Screen.print(answer, as: options.format)
  }
}
