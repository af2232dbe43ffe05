internal import Commands
internal import EventModel
internal import Foundation
internal import Schema
internal import Vault

/// Bringing in history.
extension Workspace {
  /// Turns the rows of a CSV file into history events, by a mapping.
  ///
  /// Nothing is appended unless every row is good, or the bad ones are to be skipped.
  public func importCSV(
    _ path: String, mapping: String, dryRun: Bool, skipBadRows: Bool,
    progress: (Progress) -> Void
  ) async throws(ServiceError) -> Outcome {
    try requireCRM()
    try requireWriter()
    let naming: SourceNaming
    do throws(VaultError) { naming = try SourceNaming(keys.vault) } catch {
      throw ServiceError(.failed, code: "KEYS.OPEN", "\(error)")
    }
    let run: ImportRun
    do throws(MappingFault) {
      run = try ImportRun.table(
        path: path, mapping: mapping, naming: naming,
        options: options(dryRun, skipBadRows))
    } catch {
      throw ServiceError(.refused, code: "IMPORT.MAPPING", "\(error)")
    }
    return try await bring(run, path, progress)
  }

  /// Appends history events, one JSON object a line.
  public func importEvents(
    _ path: String, dryRun: Bool, skipBadRows: Bool, progress: (Progress) -> Void
  ) async throws(ServiceError) -> Outcome {
    try requireCRM()
    let run = ImportRun.events(path: path, options: options(dryRun, skipBadRows))
    return try await bring(run, path, progress)
  }

  private func options(_ isDryRun: Bool, _ skipsBadRows: Bool) -> ImportOptions {
    var options = ImportOptions()
    options.now = clock()
    options.isDryRun = isDryRun
    options.skipsBadRows = skipsBadRows
    return options
  }

  private func bring(
    _ run: ImportRun, _ path: String, _ progress: (Progress) -> Void
  ) async throws(ServiceError) -> Outcome {
    try gate().require(.import, .import, path: "import")
    try requireWriter()
    let importer = HistoryImporter(log: log, vault: keys.vault, clock: clock, random: random)
    do throws(ImportFailure<CommandFailure>) {
      let report = try await run.run(
        progress: { state in
          progress(
            Progress(
              state.phase == .checking ? "Checking" : "Appending", unit: "bytes",
              done: state.done, total: state.total))
        },
        append: { source, events async throws(CommandFailure) in
          try await importer.importHistory(events, from: source)
        })
      executor.forgetRecords()
      return Outcome(Self.answer(to: report, path), isRefused: report.hasRefusals)
    } catch { throw ServiceError(error, path) }
  }

  private static func answer(to report: ImportReport, _ path: String) -> Answer {
    let isEmpty = report.appendedCount == 0 && report.hasRefusals
    let title =
      report.isStopped || isEmpty && !report.isDryRun
      ? "Nothing was imported"
      : report.isDryRun
        ? "Checked, nothing imported"
        : report.hasRefusals ? "Imported but for refused rows" : "Imported"
    var facts: [Answer.Fact] = [
      .init("file", "File", .text(path)),
      .init("rows", "Rows", .integer(Int64(report.rowCount))),
      .init("events", "Events in it", .integer(Int64(report.eventCount))),
      .init("appended", "Appended", .integer(Int64(report.appendedCount))),
      .init("alreadyThere", "Already there", .integer(Int64(report.alreadyThereCount))),
      .init(
        "refused", "Refused",
        .integer(Int64(report.refusedCount + report.refusedByLogCount))),
      .init("firstOccurredAt", "First occurred", .moment(report.firstTime)),
      .init("lastOccurredAt", "Last occurred", .moment(report.lastTime)),
      .init("sha256", "SHA-256", .text(report.digest.hex)),
    ]
    for profile in report.distinct {
      facts += [
        .init(
          "distinct_\(profile.column)", "Different \(profile.column)",
          .integer(Int64(profile.count))),
        .init(
          "repeated_\(profile.column)", "Repeated \(profile.column)",
          .integer(Int64(profile.repeatedCount))),
      ]
    }
    let types = Answer.Table(
      "types", "Events", columns: [.init("type", "Type"), .init("count", "Events")],
      rows: report.eventCountsByName.map { [.text($0.type), .integer(Int64($0.count))] })
    let refused = Answer.Table(
      "refusedRows", "Refused rows", columns: [.init("line", "Line"), .init("why", "Why")],
      rows: report.refused.map { [.integer(Int64($0.line)), .text("\($0.refusal)")] })
    let notes =
      report.isStopped
      ? ["A row is bad, so nothing was appended: mend it, or give --skip-bad-rows."] : []
    return Answer(
      title, facts: facts, tables: [types, refused].filter { !$0.rows.isEmpty }, notes: notes,
      timeZone: "UTC")
  }
}

extension ServiceError {
  init(_ failure: ImportFailure<CommandFailure>, _ path: String) {
    switch failure {
    case .mapping(let fault): self.init(.refused, code: "IMPORT.MAPPING", "\(fault)")
    case .source(let fault): self.init(.refused, code: "IMPORT.SOURCE", "\(path): \(fault)")
    case .append(let failure, let report):
      let error = ServiceError(failure)
      self.init(
        error.kind, code: error.code,
        "\(error.sentence) \(report.appendedCount) events are in; import the file again to go on.")
    case .changed:
      self.init(
        .refused, code: "IMPORT.CHANGED",
        "\(path) changed while it was read: import it again; what is there already stays as it is.")
    }
  }
}
