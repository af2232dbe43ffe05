internal import ArgumentParser
internal import Console
internal import Service

/// Which events `replay` and `export` take.
struct EventOptions: ParsableArguments {
  @OptionGroup var period: PeriodOptions

  @Option(help: ArgumentHelp("Only events of this type; may be repeated.", valueName: "type"))
  var type: [String] = []

  @Option(help: ArgumentHelp("Only events of this stream.", valueName: "name"))
  var stream: String?

  @Option(help: ArgumentHelp("Only events with this tag; all, if repeated.", valueName: "tag"))
  var tag: [String] = []

  @Option(
    name: .customLong("actor"),
    help: ArgumentHelp("Only what this actor did, or was done on their behalf.", valueName: "id"))
  var byActor: String?

  var filter: EventFilter {
    EventFilter(
      period: period.period, types: type, stream: stream, tags: tag, actor: byActor)
  }
}

/// `deed replay`: the events themselves.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The events themselves, in order, with all they say.",
    discussion: """
      Examples: deed replay --from 0 --to 120 --type OwnershipTransferred
                deed replay --step

      With --step it goes event by event, as a debugger: next, back, jump, filter, state, diff,
      blame, why; it reads its commands from standard input, a line each.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var events: EventOptions

  @Option(help: "At most so many events.")
  var limit = 1000

  @Flag(help: "Step through them one by one; `help` lists the commands.")
  var step = false

  func run() throws {
    if step { return try options.withWorkspace(session) }
    try options.answer { workspace in try workspace.replay(events.filter, limit: limit) }
  }
}

extension Replay {
  /// Reads commands until the input ends or says so; a script's first mistake ends it.
  private func session(_ workspace: Workspace) throws {
    let isScript = !Terminal.hasInteractiveInput
    var session = try ReplaySession(workspace, filter: events.filter)
    while true {
      if !isScript { Printing.output("replay> ") }
      guard let line = readLine() else { return try session.end() }
      do throws(ServiceError) {
        guard let answer = try session.handle(line) else { return }
        try print(answer, of: workspace)
      } catch {
        guard !isScript else { throw error }
        Printing.error(error.description)
      }
    }
  }

  private func print(_ answer: Answer, of workspace: Workspace) throws(ServiceError) {
    let named = options.format == .table ? try workspace.naming(peopleIn: answer) : answer
    do {
      try Screen.print(named, as: options.format)
      Printing.output("\n")
    } catch {
      throw ServiceError(.failed, code: "OUTPUT.FAILED", "The answer can't be printed: \(error).")
    }
  }
}

/// `deed why`.
struct Why: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Why a field of a record has its value: who set it, and what caused that.",
    discussion: """
      Example: deed why acc_… owner --as-of 2026-03-31

      It follows causes back until a person is reached.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var asOf: AsOfOptions

  @Argument(help: ArgumentHelp("The record.", valueName: "record"))
  var record: String

  @Argument(help: ArgumentHelp("The field, as `deed show` names it.", valueName: "field"))
  var field: String

  func run() throws {
    try options.answer { workspace in
      try workspace.why(record, field: field, from: asOf.view)
    }
  }
}

/// `deed export`: events to a file, with a manifest.
struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Write events to a file as JSON lines, CloudEvents or CSV, with a manifest beside it.",
    discussion: """
      Examples: deed export --out history.jsonl --purpose year-end-audit --as-cloudevents
                deed export --out history.csv --purpose year-end-audit --as-csv

      A cell of the CSV that a spreadsheet would take for a formula has an apostrophe before it.

      The manifest FILE.manifest.json has the range, the counts and the file's SHA-256. The log
      keeps who exported what and why; what your rights don't reach is left out and counted. More
      rows than your roles allow wait for somebody else's approval.
      """)

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var events: EventOptions

  @Option(help: ArgumentHelp("The file to write; it must not exist.", valueName: "file"))
  var out: String

  @Option(help: ArgumentHelp("What for, as a code.", valueName: "code"))
  var purpose = ""

  @Option(help: ArgumentHelp("Make the export that was asked for and approved.", valueName: "id"))
  var approved: String?

  @Option(help: ArgumentHelp("Sign the request with the key in this file.", valueName: "file"))
  var sign: String?

  @Flag(name: .customLong("as-cloudevents"), help: "CloudEvents 1.0 instead of Deed's own lines.")
  var isCloudEvents = false

  @Flag(name: .customLong("as-csv"), help: "CSV: a row an event, what it says as JSON in a column.")
  var isCSV = false

  func validate() throws {
    if isCloudEvents, isCSV {
      throw ValidationError("Give --as-cloudevents or --as-csv, not both.")
    }
  }

  func run() async throws {
    let format: ExportFormat = isCSV ? .csv : isCloudEvents ? .cloudEvents : .lines
    var asked = ExportRequest(
      events.filter, to: out, as: format, purpose: purpose, approved: approved)
    asked.signingKeyFile = sign
    let request = asked
    let answer = try await options.awaiting { workspace in try await workspace.export(request) }
    try Screen.print(answer, as: options.format)
  }
}
