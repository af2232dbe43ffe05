import EventLog
import ReadModels
import Service
import TestSupport
import Testing

/// Independent figures of real histories come out of the log by the committed questions.
@Suite(.enabled(if: SharedData.isPresent), .serialized) struct ImportFiguresTests {
  /// The 65,533 incidents take minutes in a debug build.
  private static let names =
    (ImportTrial.takesLongTests ? ["bpi2013-incidents"] : []) + ["bpi2013-problems", "pipedrive"]

  @Test(arguments: names)
  func `every figure of a history comes out exactly`(name: String) async throws {
    let figures = try ImportFigures(name)
    #expect(figures.expectedNames == Set(figures.figures.map(\.name)))
    try await inTemporaryFolder { folder in
      let workplace = try ImportWorkplace(folder)
      var reports: [String: ImportReport] = [:]
      for source in figures.sources {
        let run = try ImportRun.table(
          path: SharedData.path(source.file), mapping: ImportTrial.mappingPath(source.mapping))
        let report = try await workplace.take(run)
        #expect(report.refused.prefix(5).map(\.sentence) == [])
        #expect(report.appendedCount + report.alreadyThereCount == report.eventCount)
        reports[source.mapping] = report
      }
      _ = try workplace.runner.catchUp()
      for figure in figures.figures {
        let found = try Self.rows(of: figure, in: workplace, reports)
        let expected = try figures.rows(of: figure)
        #expect(
          ImportFigures.areSame(found, expected, isTop: figure.isTop),
          "\(name) \(figure.name): \(found.prefix(12)) for \(expected.prefix(12))")
      }
      // Again: nothing is added, whatever the size of the batches.
      var options = ImportOptions()
      options.batchEventCount = 777
      let size = workplace.log.size
      for source in figures.sources.prefix(1) {
        let run = try ImportRun.table(
          path: SharedData.path(source.file), mapping: ImportTrial.mappingPath(source.mapping),
          options: options)
        let report = try await workplace.take(run)
        #expect(report.appendedCount == 0)
        #expect(report.alreadyThereCount == report.eventCount)
      }
      #expect(workplace.log.size == size)
      workplace.close()
    }
  }

  private static func rows(
    of figure: ImportFigures.Figure, in workplace: ImportWorkplace,
    _ reports: [String: ImportReport]
  ) throws -> [[String]] {
    if let sql = figure.sql { return try workplace.rows(sql) }
    guard let repeated = figure.repeated,
      let distinct = reports[repeated.mapping]?.distinct.first(where: {
        $0.column == repeated.column
      })
    else { throw ImportFigures.Fault.shape(figure.name) }
    return [[String(distinct.repeatedCount)]]
  }
}
