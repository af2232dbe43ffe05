package import Commands
package import EventModel

/// How an import is to be done.
package struct ImportOptions: Hashable, Sendable {
  /// Append the good rows though others are refused; else nothing is appended.
  package var skipsBadRows = false
  /// Check everything and append nothing.
  package var isDryRun = false
  /// At most so many events are handed over at a time; a row's events are never parted, but for a
  /// row that has more.
  package var batchEventCount = HistoryImporter.batchLimit
  /// What happened later is refused, and with it whatever else no log takes; neither is looked at
  /// when `nil`.
  package var now: Timestamp?

  package init() {}
}

/// How far an import has come.
package struct ImportProgress: Hashable, Sendable {
  package enum Phase: Hashable, Sendable {
    case checking
    case appending
  }

  package let phase: Phase
  /// Bytes of the file.
  package let done: Int
  package let total: Int
  package let rowCount: Int
}

/// Why an import ended before its end.
package enum ImportFailure<AppendFailure: Error>: Error {
  case mapping(MappingFault)
  case source(SourceFault)
  /// The log refused a batch; the report says what was appended before it.
  case append(AppendFailure, ImportReport)
  /// The file is not the one that was checked; the report says what was appended before that
  /// was seen.
  case changed(ImportReport)
}

extension ImportFailure: Sendable where AppendFailure: Sendable {}

/// Imports one file: checks all of it, then appends it, so that a bad row leaves nothing behind.
package struct ImportRun {
  private let open: () throws(ImportOpenFailure) -> ImportSource
  private let profiled: [String]
  /// The mapping, or the kind of file, by name.
  private let label: String
  package let options: ImportOptions

  /// What opening a file can fail at.
  enum ImportOpenFailure: Error {
    case mapping(MappingFault)
    case source(SourceFault)
  }

  /// Imports the rows of the CSV file at `path` by the mapping file `mapping`; `naming` makes the
  /// identifiers of the persons and records that the rows name.
  package static func table(
    path: String, mapping: String, naming: SourceNaming, options: ImportOptions = ImportOptions()
  ) throws(MappingFault) -> ImportRun {
    let root = try MappingFile.root(ofPath: mapping)
    let dialect = try PlanReader.dialect(of: root)
    let folder = MappingFile.folder(of: path)
    return ImportRun(
      open: { () throws(ImportOpenFailure) in
        let table: CSVTableReader
        do throws(SourceFault) {
          table = try CSVTableReader(try ByteFeed(path: path), dialect: dialect)
        } catch { throw .source(error) }
        var reader = PlanReader(root, columns: table.header.names, folder: folder)
        let plan: ImportPlan
        do throws(MappingFault) { plan = try reader.plan() } catch { throw .mapping(error) }
        return ImportSource(table: table, plan: plan, naming: naming, now: options.now)
      },
      profiled: try PlanReader.profiledColumns(of: root), label: mapping, options: options)
  }

  /// Imports the events that the JSONL file at `path` holds; keys are unique in `source`.
  package static func events(
    path: String, source: String = "events", options: ImportOptions = ImportOptions()
  ) -> ImportRun {
    ImportRun(
      open: { () throws(ImportOpenFailure) in
        do throws(SourceFault) {
          return ImportSource(
            lines: JSONLinesReader(try ByteFeed(path: path)), name: source, now: options.now)
        } catch { throw .source(error) }
      }, profiled: [], label: "events", options: options)
  }

  /// Checks the file, then hands its events to `append` in batches, in the order of the file.
  ///
  /// A refused row stops the import before anything is appended, unless the options say to skip
  /// it; what the log refuses after that is reported with its line. `append` says what became of
  /// each event, in their order, as the history importer does.
  package func run<AppendFailure: Error>(
    progress: (ImportProgress) -> Void = { _ in },
    append: (HistorySource, [HistoryEvent]) async throws(AppendFailure) -> [HistoryOutcome]
  ) async throws(ImportFailure<AppendFailure>) -> ImportReport {
    var report = try check(progress, AppendFailure.self)
    if options.isDryRun || report.isStopped { return report }
    let digest = report.digest
    var source = try opened(AppendFailure.self)
    let batchID = StableIdentifier.text(
      prefix: "imp", StableIdentifier.digest([source.name, label, digest.hex]))
    let history = HistorySource(name: source.name, batchID: batchID)
    var batch = Batch()
    var rowCount = 0
    while let step = try next(of: &source, AppendFailure.self) {
      rowCount += 1
      guard case .events(let line, let events) = step else { continue }
      if batch.events.count + events.count > options.batchEventCount {
        try await Self.hand(&batch, history, to: append, &report)
        progress(state(.appending, source, rowCount))
      }
      batch.add(events, line: line)
    }
    try await Self.hand(&batch, history, to: append, &report)
    guard source.digest == digest else { throw .changed(report) }
    return report
  }

  private func check<AppendFailure: Error>(
    _ progress: (ImportProgress) -> Void, _: AppendFailure.Type
  ) throws(ImportFailure<AppendFailure>) -> ImportReport {
    var report = ImportReport()
    report.isDryRun = options.isDryRun
    report.skipsRefused = options.skipsBadRows
    var source = try opened(AppendFailure.self)
    var stepCount = 0
    while let step = try next(of: &source, AppendFailure.self) {
      stepCount += 1
      take(step, &report)
      if stepCount % 1000 == 0 { progress(state(.checking, source, report.rowCount)) }
    }
    report.digest = source.digest
    let readCount = source.readCount
    report.distinct = zip(profiled, source.distinctCounts).map {
      .init(column: $0, count: $1, repeatedCount: readCount - $1)
    }
    return report
  }

  private func take(_ step: ImportSource.Step, _ report: inout ImportReport) {
    switch step {
    case .refused(let line, let refusal):
      report.rowCount += 1
      report.refuse(line, refusal)
    case .events(let line, let events):
      if line > 0 { report.rowCount += 1 }
      for event in events { report.take(event) }
    }
  }

  /// Events on their way to the log, and the lines that they come from.
  private struct Batch {
    var events: [HistoryEvent] = []
    var lines: [Int] = []

    mutating func add(_ more: [HistoryEvent], line: Int) {
      events += more
      lines += Array(repeating: line, count: more.count)
    }
  }

  private static func hand<AppendFailure: Error>(
    _ batch: inout Batch, _ source: HistorySource,
    to append: (HistorySource, [HistoryEvent]) async throws(AppendFailure) -> [HistoryOutcome],
    _ report: inout ImportReport
  ) async throws(ImportFailure<AppendFailure>) {
    guard !batch.events.isEmpty else { return }
    let outcomes: [HistoryOutcome]
    do throws(AppendFailure) { outcomes = try await append(source, batch.events) } catch {
      throw .append(error, report)
    }
    for (line, outcome) in zip(batch.lines, outcomes) { report.take(outcome, line: line) }
    batch.events.removeAll(keepingCapacity: true)
    batch.lines.removeAll(keepingCapacity: true)
  }

  private func opened<AppendFailure: Error>(
    _: AppendFailure.Type
  ) throws(ImportFailure<AppendFailure>) -> ImportSource {
    do throws(ImportOpenFailure) { return try open() } catch {
      switch error {
      case .mapping(let fault): throw .mapping(fault)
      case .source(let fault): throw .source(fault)
      }
    }
  }

  private func next<AppendFailure: Error>(
    of source: inout ImportSource, _: AppendFailure.Type
  ) throws(ImportFailure<AppendFailure>) -> ImportSource.Step? {
    do throws(SourceFault) { return try source.next() } catch { throw .source(error) }
  }

  private func state(
    _ phase: ImportProgress.Phase, _ source: ImportSource, _ rowCount: Int
  ) -> ImportProgress {
    let (done, total) = source.progress
    return ImportProgress(phase: phase, done: done, total: total, rowCount: rowCount)
  }
}
