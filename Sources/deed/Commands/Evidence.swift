internal import ArgumentParser
internal import Console
internal import Foundation
internal import Service

/// `deed evidence`: what an auditor takes away.
struct Evidence: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evidence files that anyone can check without trusting this server.",
    subcommands: [EvidenceExport.self, EvidenceVerify.self])
}

/// `deed evidence export`.
struct EvidenceExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write an evidence file, or a folder that a lawyer can open.",
    discussion: """
      Examples: deed evidence export --record acc_… --out case.json
                deed evidence export --record acc_… --folder ./case --names
                deed evidence export --person usr_… --from 2026-03-01 --to 2026-03-31 --out x.json
                deed evidence export --range 100..200 --out range.json

      Sealed sections stay closed unless disclosed. A folder has readable reports and, from the
      access log, who looked. What is made is recorded in the log first.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var period: PeriodOptions

  @Option(help: ArgumentHelp("A record's whole history; may be repeated.", valueName: "id"))
  var record: [String] = []

  @Option(
    help: ArgumentHelp(
      "A dispute's whole history and that of the record it is about.", valueName: "id"))
  var dispute: String?

  @Option(help: ArgumentHelp("All that this person did, in --from to --to.", valueName: "user"))
  var person: String?

  @Option(help: ArgumentHelp("All events of these positions.", valueName: "from..to"))
  var range: String?

  @Option(help: ArgumentHelp("The file to write; it must not exist.", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("Or a new folder with reports to read.", valueName: "dir"))
  var folder: String?

  @Option(
    help: ArgumentHelp(
      "Open this sealed section, as POSITION.SECTION, or all; may be repeated.",
      valueName: "section"))
  var disclose: [String] = []

  @Flag(help: "Open the directory's entries of the people who occur, so that they have names.")
  var names = false

  @Option(
    help: ArgumentHelp(
      "Prove the log the continuation of its checkpoint of this size; may be repeated.",
      valueName: "size"))
  var since: [UInt64] = []

  @Flag(inversion: .prefixedNo, help: "Prove by headers that there is nothing later.")
  var nothingLater = true

  @Flag(help: "Don't wait for the witnesses of the policy that is kept.")
  var withoutWitnesses = false

  @Option(help: ArgumentHelp("Why; recorded in the log.", valueName: "code"))
  var purpose = ""

  func validate() throws {
    guard (out == nil) != (folder == nil) else { throw ValidationError("Give --out or --folder.") }
    let asked = [!record.isEmpty || dispute != nil, person != nil, range != nil]
    guard asked.contains(true) else {
      throw ValidationError("Name what is to be shown: --record, --dispute, --person or --range.")
    }
    guard person == nil || range == nil else {
      throw ValidationError("Give --person or --range, not both.")
    }
  }

  private func positions(_ text: String) throws -> Range<UInt64> {
    let parts = text.components(separatedBy: "..")
    guard parts.count == 2, let from = UInt64(parts[0]), let to = UInt64(parts[1]), from < to else {
      throw ValidationError("“\(text)” is no range: give FROM..TO such as 100..200.")
    }
    return from..<to
  }

  func run() async throws {
    var question = EvidenceQuestion()
    question.records = record + (dispute.map { [$0] } ?? [])
    question.person = person
    question.range = try range.map(positions)
    question.period = period.period
    question.disclose = disclose
    question.namesPeople = names
    question.provesNothingLater = nothingLater
    question.olderSizes = since
    question.purpose = purpose
    let (asked, folder, out) = (question, folder, out ?? "")
    guard !withoutWitnesses else {
      return try options.answer { workspace in
        if let folder { return try workspace.exportEvidence(asked, toFolder: folder) }
        return try workspace.exportEvidence(asked, to: out)
      }
    }
    try await options.awaitAnswer { workspace in
      if let folder { return try await workspace.exportWitnessedEvidence(asked, toFolder: folder) }
      return try await workspace.exportWitnessedEvidence(asked, to: out)
    }
  }
}

/// `deed evidence verify`.
struct EvidenceVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check an evidence file without any data folder, and print its history in words.",
    discussion: """
      Example: deed evidence verify case.json --key 'deed.example/log1+4f7b361a+ASLA…'

      Trusts nothing in the file. Exits with 0 only if every statement in it held.
      """)

  @Argument(help: ArgumentHelp("The evidence file, or the folder it is in.", valueName: "file"))
  var file: String

  @OptionGroup var trust: TrustOptions

  @Option(
    help: ArgumentHelp(
      "Actors' keys known from elsewhere: lines of “actor key_id base64”.", valueName: "file"))
  var actors: String?

  @Option(help: "table for people, json or csv for scripts.")
  var format: OutputFormat = .table

  func validate() throws {
    if trust.isEmpty {
      throw ValidationError("Give --key, or a --policy that names the log's key.")
    }
  }

  func run() throws {
    let trust = try self.trust.trust(actors: actors)
    let outcome = try EvidenceCheck.verify(file, trust)
    if format == .table, !outcome.isRefused {
      Printing.output(try EvidenceCheck.report(file, trust))
    } else {
      try Screen.print(outcome.answer, as: format)
    }
    if outcome.isRefused { throw ExitCode(1) }
  }
}

/// What a reader of evidence knows from elsewhere.
struct TrustOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The log's verifier key, or a file with it; may be repeated after a rotation.",
      valueName: "vkey"))
  var key: [String] = []

  @Option(
    help: ArgumentHelp(
      "A C2SP tlog-policy file: which witnesses must have cosigned.", valueName: "file"))
  var policy: String?

  var isEmpty: Bool { key.isEmpty && policy == nil }

  func trust(actors: String? = nil) throws -> EvidenceTrust {
    EvidenceTrust(
      keys: try key.map(vkey), policy: try policy.map(text), actors: try actors.map(text))
  }

  private func text(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("“\(path)” can't be read.")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// A key as it is, or the first line of a file with one.
  private func vkey(_ argument: String) throws -> String {
    guard FileManager.default.fileExists(atPath: argument) else { return argument }
    return String(try text(argument).prefix { $0 != "\n" })
  }
}
