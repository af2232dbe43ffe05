internal import ArgumentParser
internal import Foundation
internal import Service

/// `deed init`: makes a workspace.
struct Init: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a workspace: its log, its keys, its first administrator.",
    discussion: """
      Example: deed init --organization "Star River Ltd" --administrator "Chen Jie" \\
        --time-zone Asia/Shanghai --currency CNY

      The keys go to <data>.keys, beside the data folder and never into it: back them up
      apart from the data. To move them, move the folder and give --keys DIR from then on.

      With --kind dcb it is an event store for clients of umadb.v1.DCB, without customers.
      """)

  @OptionGroup var options: WorkspaceOptions

  @Option(help: "crm for customers, dcb for an event store.")
  var kind: KindArgument = .crm

  @Option(help: ArgumentHelp("The organisation's name.", valueName: "name"))
  var organization = "My organisation"

  @Option(help: ArgumentHelp("The first administrator's name.", valueName: "name"))
  var administrator = "Administrator"

  @Option(help: ArgumentHelp("An IANA time zone; days are counted in it.", valueName: "zone"))
  var timeZone = "UTC"

  @Option(help: ArgumentHelp("The ISO 4217 base currency.", valueName: "code"))
  var currency = "EUR"

  @Option(
    help: ArgumentHelp(
      "The log's name in proofs, <host>/<log>, fixed for ever; local/<workspace>/<random> when "
        + "not given.", valueName: "name"))
  var origin: String?

  @Option(
    help: ArgumentHelp(
      "The last checkpoint of the log that this one continues, which has ended.", valueName: "file")
  )
  var continues: String?

  func run() async throws {
    guard kind == .crm else {
      guard continues == nil else {
        throw ValidationError("An event store continues no other log: leave --continues out.")
      }
      let answer = try await EventStore.create(options.folder, origin: origin)
      return try Screen.print(answer, as: options.format)
    }
    var settings = NewWorkspace(
      organization: organization, administrator: administrator, timeZone: timeZone,
      currency: currency, origin: origin)
    if let continues {
      guard let data = FileManager.default.contents(atPath: continues) else {
        throw ValidationError("“\(continues)” can't be read.")
      }
      settings.previousCheckpoint = String(decoding: data, as: UTF8.self)
    }
    try Screen.print(try await Workspace.create(options.folder, settings), as: options.format)
  }
}

/// What a workspace is for.
enum KindArgument: String, ExpressibleByArgument, CaseIterable {
  case crm
  case dcb
}
