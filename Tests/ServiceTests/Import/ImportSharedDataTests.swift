import Service
import TestSupport
import Testing

/// The committed mappings over the real histories: no row is refused, none is lost.
@Suite(.enabled(if: SharedData.isPresent)) struct ImportSharedDataTests {
  private static let dryRun = {
    var options = ImportOptions()
    options.isDryRun = true
    return options
  }()

  private static let ticketSteps = [
    "TicketOpened", "TicketStatusChanged.v2", "TicketResolved", "TicketReopened", "TicketClosed",
  ]

  @Test(arguments: [
    ("italian-helpdesk/helpdesk.csv", "italian-helpdesk", 21_348)
  ])
  func `each row of a ticket history is one step`(
    file: String, mapping: String, rowCount: Int
  ) async throws {
    let trial = try await ImportTrial.shared(file, by: mapping, options: Self.dryRun)
    #expect(trial.report.refused.map(\.sentence) == [])
    #expect(trial.report.rowCount == rowCount)
    #expect(Self.ticketSteps.map { trial.count(of: $0) }.reduce(0, +) == rowCount)
  }

  @Test(arguments: [
    ("zoho-crm-sample/Leads.csv", "zoho-leads", 3900),
    ("zoho-crm-sample/Potentials.csv", "zoho-deals", 3632),
    ("zoho-crm-sample/Calls.csv", "zoho-calls", 4100),
    ("zoho-crm-sample/Events.csv", "zoho-events", 2978),
    ("pm4py-samples/receipt.csv", "pm4py-receipt", 8577),
  ])
  func `each committed mapping takes every row of its file`(
    file: String, mapping: String, rowCount: Int
  ) async throws {
    let trial = try await ImportTrial.shared(file, by: mapping, options: Self.dryRun)
    #expect(trial.report.refused.map(\.sentence) == [])
    #expect(trial.report.rowCount == rowCount)
    #expect(trial.report.eventCount >= rowCount)
  }

  /// Minutes in a debug build.
  @Test(.enabled(if: ImportTrial.takesLongTests))
  func `every history goes into the log whole, and again adds nothing`() async throws {
    try await inTemporaryFolder { folder in
      let workplace = try await ImportWorkplace(folder)
      for (file, mapping) in [
        ("zoho-crm-sample/Leads.csv", "zoho-leads"),
        ("zoho-crm-sample/Potentials.csv", "zoho-deals"),
        ("zoho-crm-sample/Calls.csv", "zoho-calls"),
        ("zoho-crm-sample/Events.csv", "zoho-events"),
        ("pm4py-samples/receipt.csv", "pm4py-receipt"),
        ("italian-helpdesk/helpdesk.csv", "italian-helpdesk"),
      ] {
        let first = try await workplace.take(file, by: mapping)
        #expect(first.refused == [], "\(mapping)")
        #expect(!first.outcome.isRefused, "\(mapping)")
        let again = try await workplace.take(file, by: mapping)
        #expect(again["appended"] == 0, "\(mapping)")
        #expect(again["alreadyThere"] == first["events"], "\(mapping)")
      }
      #expect(try workplace.rows("SELECT count(*) FROM lead") == [["5334"]])
      #expect(try workplace.rows("SELECT count(*) FROM ticket") == [["4580"]])
      try workplace.close()
    }
  }
}
