import EventLog
import ReadModels
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
    "TicketOpened", "TicketStatusChanged", "TicketResolved", "TicketReopened", "TicketClosed",
  ]

  @Test(arguments: [
    ("bpi2013/bpic2013_closed_problems.csv", "bpi2013-problems", 6660),
    ("italian-helpdesk/helpdesk.csv", "italian-helpdesk", 21_348),
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
    ("pipedrive-changelog/deal_changes.csv", "pipedrive-deals", 15_406),
    ("pipedrive-changelog/activity.csv", "pipedrive-activities", 4579),
    ("pipedrive-changelog/users.csv", "pipedrive-users", 1787),
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
      let workplace = try ImportWorkplace(folder)
      for (file, mapping) in [
        ("zoho-crm-sample/Leads.csv", "zoho-leads"),
        ("zoho-crm-sample/Potentials.csv", "zoho-deals"),
        ("zoho-crm-sample/Calls.csv", "zoho-calls"),
        ("zoho-crm-sample/Events.csv", "zoho-events"),
        ("pm4py-samples/receipt.csv", "pm4py-receipt"),
        ("italian-helpdesk/helpdesk.csv", "italian-helpdesk"),
      ] {
        let run = try ImportRun.table(
          path: SharedData.path(file), mapping: ImportTrial.mappingPath(mapping))
        let first = try await workplace.take(run)
        #expect(first.refused.prefix(5).map(\.sentence) == [], "\(mapping)")
        #expect(first.appendedCount + first.alreadyThereCount == first.eventCount, "\(mapping)")
        let again = try await workplace.take(run)
        #expect(again.appendedCount == 0, "\(mapping)")
        #expect(again.alreadyThereCount == first.eventCount, "\(mapping)")
      }
      _ = try workplace.runner.catchUp()
      #expect(try workplace.runner.statuses().allSatisfy { $0.state == .current })
      workplace.close()
    }
  }
}
