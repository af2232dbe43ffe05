import EventLog
import Service
import TestSupport

/// A workspace that files are imported into and questions asked of, as the command line does it.
struct ImportWorkplace {
  let workspace: Workspace
  /// What the workspace calls the persons and records of its sources.
  let naming: SourceNaming

  /// What an import reports, by the facts' names.
  struct Report {
    let outcome: Outcome

    subscript(name: String) -> Int64? {
      guard
        case .integer(let value)? = outcome.answer.facts.first(where: { $0.name == name })?.value
      else { return nil }
      return value
    }

    /// The first refused rows, as they are shown.
    var refused: [String] {
      guard let table = outcome.answer.tables.first(where: { $0.name == "refusedRows" }) else {
        return []
      }
      return table.rows.prefix(5).map { "\($0)" }
    }
  }

  init(_ path: String) async throws {
    let folder = try DataFolder(path: "\(path)/data")
    _ = try await Workspace.create(
      folder, NewWorkspace(organization: "Imports", administrator: "Somebody"))
    workspace = try Workspace(opening: folder)
    naming = try SourceNaming(workspace.keys.vault)
  }

  func close() throws { try workspace.close() }

  /// Imports a file of the shared data by a committed mapping.
  func take(_ file: String, by mapping: String) async throws -> Report {
    Report(
      outcome: try await workspace.importCSV(
        SharedData.path(file), mapping: ImportTrial.mappingPath(mapping), dryRun: false,
        skipBadRows: false, progress: { _ in }))
  }

  /// The rows of `sql`, each cell as text.
  func rows(_ sql: String) throws -> [[String]] {
    let answer = try workspace.query(sql, limit: 10_000)
    return answer.tables[0].rows.map { row in
      row.map { value in
        switch value {
        case .none, .hidden, .erased: ""
        case .integer(let number), .time(let number): String(number)
        case .decimal(let text), .text(let text): text
        case .flag(let flag): String(flag)
        case .money(let minor, let currency): "\(minor) \(currency)"
        case .list(let values): "\(values)"
        }
      }
    }
  }

  /// How many events the log has, but for the anchors of the access log: those come with time.
  func size() throws -> [[String]] {
    try rows("SELECT count(*) FROM events WHERE type <> 'AccessLogCheckpointed'")
  }
}
