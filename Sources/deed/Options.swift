internal import ArgumentParser
internal import Console
internal import Foundation
internal import Service

/// What every command takes: which workspace, and how to print.
struct WorkspaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data folder (DEED_DATA, or ./deed-data, when not given).", valueName: "dir"))
  var data: String?

  @Option(help: ArgumentHelp("The workspace in it.", valueName: "name"))
  var workspace = "main"

  @Option(
    help: ArgumentHelp(
      "The folder of keys; <data>.keys when not given.", valueName: "dir"))
  var keys: String?

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "Who acts or asks; the administrator that `deed init` made when not given.",
      valueName: "user"))
  var actor: String?

  @Option(help: "table for people, json or csv for scripts.")
  var format: OutputFormat = .table

  var folder: DataFolder {
    get throws {
      let path = data ?? ProcessInfo.processInfo.environment["DEED_DATA"] ?? "./deed-data"
      return try DataFolder(path: path, workspace: workspace, keysPath: keys)
    }
  }

  /// Opens the workspace, runs `body`, and closes it again.
  func withWorkspace<Result>(_ body: (Workspace) throws -> Result) throws -> Result {
    let workspace = try Workspace(opening: folder, actor: actor)
    let result: Result
    do {
      result = try body(workspace)
    } catch {
      // The first failure is the one to tell; closing can only add to it.
      workspace.abandon()
      throw error
    }
    try workspace.close()
    return result
  }

  /// Opens the workspace, runs `body`, and closes it again.
  func awaiting<Result>(_ body: (Workspace) async throws -> Result) async throws -> Result {
    let workspace = try Workspace(opening: folder, actor: actor)
    let result: Result
    do {
      result = try await body(workspace)
    } catch {
      workspace.abandon()
      throw error
    }
    try workspace.close()
    return result
  }

  /// Opens the workspace, asks, and prints the answer.
  func answer(_ ask: (Workspace) throws -> Answer) throws {
    let answer = try withWorkspace { workspace in
      let answer = try ask(workspace)
      return format == .table ? try workspace.naming(peopleIn: answer) : answer
    }
    try Screen.print(answer, as: format)
  }
}

extension WorkspaceOptions {
  /// Opens the workspace, asks, and prints the answer.
  func awaitAnswer(_ ask: (Workspace) async throws -> Answer) async throws {
    let answer = try await awaiting { workspace in
      let answer = try await ask(workspace)
      return format == .table ? try workspace.naming(peopleIn: answer) : answer
    }
    try Screen.print(answer, as: format)
  }
}

extension OutputFormat: ExpressibleByArgument {}

/// A position, a time or a day, checked when the command line is read.
struct MomentArgument: ExpressibleByArgument {
  let moment: Moment

  init?(argument: String) {
    do throws(ServiceError) {
      moment = try Moment(argument)
    } catch {
      return nil
    }
  }
}

/// As of when: by what was recorded, or by what is said to have happened.
struct AsOfOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "As recorded up to this position, time or day (its end).", valueName: "moment"))
  var asOf: MomentArgument?

  @Option(
    help: ArgumentHelp(
      "As it had happened by this time or day (its end), by occurredAt.", valueName: "moment"))
  var effective: MomentArgument?

  func validate() throws {
    if asOf != nil, effective != nil {
      throw ValidationError("Give --as-of or --effective, not both.")
    }
  }

  var view: PointOfView {
    if let asOf { return .recorded(asOf.moment) }
    if let effective { return .effective(effective.moment) }
    return .now
  }
}

/// A stretch of the history.
struct PeriodOptions: ParsableArguments {
  @Option(help: ArgumentHelp("From this position, time or day on.", valueName: "moment"))
  var from: MomentArgument?

  @Option(help: ArgumentHelp("Up to this position, time or day.", valueName: "moment"))
  var to: MomentArgument?

  var period: Period { Period(from: from?.moment, to: to?.moment) }
}
