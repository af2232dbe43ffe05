internal import ArgumentParser
internal import Service

/// `deed registration`: who declared which customer.
struct Registrations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "registration",
    abstract: "Registrations: who declared which customer, until when, against whom.",
    discussion: """
      Example: deed registration list --open

      Registrations are made and answered with `deed do`: SubmitRegistration,
      ApproveRegistration, RejectRegistration, ExtendRegistration, RevokeRegistration,
      ConvertRegistration. They expire by `deed timers run`.
      """,
    subcommands: [RegistrationList.self, RegistrationShow.self],
    defaultSubcommand: RegistrationList.self)
}

/// `deed registration list`.
struct RegistrationList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The registrations, the newest last.",
    discussion: "Example: deed registration list --open --format json")

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "Only those that wait for an answer or protect.")
  var open = false

  func run() throws {
    try options.answer { workspace in try workspace.registrations(onlyOpen: open) }
  }
}

/// `deed registration show`.
struct RegistrationShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "A registration, and what it collided with.",
    discussion: "Example: deed registration show reg_01KAKV2DC093PHN6MKAZPW38M7")

  @OptionGroup var options: WorkspaceOptions

  @Argument(help: "The registration's identifier.")
  var registration: String

  func run() throws {
    try options.answer { workspace in try workspace.registration(show: registration) }
  }
}

/// `deed first-registrant`: who declared or made a customer first.
struct FirstRegistrant: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "first-registrant",
    abstract: "Who registered a customer first, and who came after.",
    discussion: """
      Example: deed first-registrant --phone '+86 591 8765 4321'

      Order goes by position in the log, never by when something is said to have happened.
      Only what agrees strongly counts: a code, a phone, an e-mail, a messenger.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: ArgumentHelp("A telephone number.", valueName: "number"))
  var phone = ""

  @Option(help: ArgumentHelp("An e-mail address.", valueName: "address"))
  var email = ""

  @Option(help: ArgumentHelp("A unified social credit code.", valueName: "code"))
  var uscc = ""

  @Argument(help: "A record of the customer: an account, a lead or a registration.")
  var record: String?

  func run() throws {
    let question = CustomerQuestion(phone: phone, email: email, unifiedSocialCreditCode: uscc)
    guard record == nil || question == CustomerQuestion() else {
      throw ValidationError("Give a record, or what the customer is recognised by, not both.")
    }
    guard record != nil || question != CustomerQuestion() else {
      throw ValidationError("Say which customer: give a record, --phone, --email or --uscc.")
    }
    try options.answer { workspace in
      try workspace.firstRegistrant(record: record, question)
    }
  }
}
