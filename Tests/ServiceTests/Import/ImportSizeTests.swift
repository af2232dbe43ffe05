import Foundation
import Service
import TestSupport
import Testing

@Suite struct ImportSizeTests {
  private static let mapping = """
    mapping: steps
    source: desk
    key: [id, step]
    time: {column: at, formats: [yyyy-MM-dd], zone: UTC}
    subject: ticket
    records: {ticket: {prefix: tkt, from: !column id}}
    events:
      - type: TicketStatusChanged
        of: ticket
        when: {column: status, changed: true}
        data: {sourceStatus: !column status}
    """

  @Test func `a hundred thousand rows about thirty thousand records take bounded memory`()
    async throws
  {
    try await inTemporaryFolder { folder in
      var text = "id,step,at,status\n"
      for row in 0..<100_000 {
        text += "T\(row * 7919 % 30_011),\(row),2024-03-01,\(row % 5)\n"
      }
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/rows.csv"))
      try Data(Self.mapping.utf8).write(to: URL(filePath: "\(folder)/mapping.yaml"))
      text = ""
      var options = ImportOptions()
      options.isDryRun = true
      let before = try Self.residentMebibytes()
      let trial = try await ImportTrial.done(
        .table(
          path: "\(folder)/rows.csv", mapping: "\(folder)/mapping.yaml", naming: ImportTrial.naming,
          options: options))
      #expect(trial.report.rowCount == 100_000)
      #expect(trial.report.refusedCount == 0)
      #expect(trial.report.eventCount > 90_000)
      let grown = try Self.residentMebibytes() - before
      #expect(grown < 300, "the import took \(grown) MiB")
    }
  }

  /// Pages of this process that lie in memory.
  private static func residentMebibytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    guard let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw CocoaError(.fileReadCorruptFile)
    }
    return pages * 4096 >> 20
  }
}
