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
      let workplace = try await ImportWorkplace(folder)
      var reports: [String: ImportWorkplace.Report] = [:]
      for source in figures.sources {
        let report = try await workplace.take(source.file, by: source.mapping)
        #expect(report.refused == [])
        reports[source.mapping] = report
      }
      for figure in figures.figures {
        let found = try Self.rows(of: figure, in: workplace, reports)
        let expected = try figures.rows(of: figure, workplace.naming)
        #expect(
          ImportFigures.areSame(found, expected, isTop: figure.isTop),
          "\(name) \(figure.name): \(found.prefix(12)) for \(expected.prefix(12))")
      }
      let size = try workplace.size()
      for source in figures.sources.prefix(1) {
        let again = try await workplace.take(source.file, by: source.mapping)
        #expect(again["appended"] == 0)
        #expect(again["alreadyThere"] == again["events"])
      }
      #expect(try workplace.size() == size, "importing again added something")
      try workplace.close()
    }
  }

  private static func rows(
    of figure: ImportFigures.Figure, in workplace: ImportWorkplace,
    _ reports: [String: ImportWorkplace.Report]
  ) throws -> [[String]] {
    if let sql = figure.sql { return try workplace.rows(sql) }
    guard let repeated = figure.repeated,
      let count = reports[repeated.mapping]?["repeated_\(repeated.column)"]
    else { throw ImportFigures.Fault.shape(figure.name) }
    return [[String(count)]]
  }
}
