import EventModel
import ReadModels
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// What single events do to rows, where it is easily overlooked.
@Suite struct FoldingTests {
  @Test func `sums of the greatest amounts stay exact`() throws {
    var script = EventScript()
    try script.standardPipeline()
    try script.opportunity("o1", amount: .max)
    try script.opportunity("o2", amount: .max)
    let time = script.clock
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let twice = 2 * Int128(Int64.max)
      let report = try reader.funnel(FunnelFilter(pipelineID: "pip_1")).value
      #expect(report.stages[0].amounts["CNY"] == twice)
      let board = try reader.pipeline("pip_1", at: time).value
      #expect(board.stages[0].amounts["CNY"] == twice)
      // 10 % of it, rounded half to even.
      #expect(board.stages[0].weighted["CNY"] == 1_844_674_407_370_955_161)
    }
  }

  @Test func `a consent that is renewed was given before`() throws {
    var script = EventScript()
    try script.account("a1", name: "A")
    var created = ContactCreated()
    (created.contactID, created.accountID) = ("c1", "a1")
    try script.add(.contact(.contactCreated(created)), on: "contact-c1")
    var granted = ConsentGranted()
    (granted.purpose, granted.channel, granted.basis) = ("news", "mail", "form")
    let first = try script.add(.contact(.consentGranted(granted)), on: "contact-c1")
    granted.basis = "call"
    try script.add(.contact(.consentGranted(granted)), on: "contact-c1")
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let rows = try reader.query(
        "SELECT valid_from, basis FROM contact_consent_versions ORDER BY valid_from", events: nil)
      #expect(
        rows.rows == [
          [.integer(Int64(first.rawValue)), .text("form")],
          [.integer(Int64(first.rawValue) + 1), .text("call")],
        ])
    }
  }

  @Test(arguments: [1, 1_000])
  func `keys are their bytes, however often rows are let go`(batch: Int) throws {
    var script = EventScript()
    try script.account("a1", name: "A")
    // The same text to people, composed and decomposed.
    for tag in ["caf\u{e9}", "cafe\u{301}"] {
      try script.add(.tag(.tagApplied(.with { $0.tagID = tag })), on: "account-a1")
    }
    try script.add(.tag(.tagRemoved(.with { $0.tagID = "cafe\u{301}" })), on: "account-a1")
    try withTemporaryFolder { folder in
      var options = options(folder)
      (options.batchEventLimit, options.rowLimit) = (batch, 1)
      let runner = try ModelRunner(ModelKind.standard, source: script.source, options: options)
      try runner.catchUp()
      try runner.close()
      let reader = try ModelReader(ModelKind.standard, folder: folder)
      let rows = try reader.query("SELECT hex(tag_id) FROM record_tag", events: nil).rows
      #expect(rows == [[.text("636166C3A9")]])
    }
  }

  @Test func `a ticket goes with its account, and what is reopened is not resolved`() throws {
    var script = EventScript()
    try script.account("a1", name: "A")
    try script.account("a2", name: "B")
    var opened = TicketOpened()
    (opened.ticketID, opened.ticketNo, opened.accountID) = ("t1", "1", "a2")
    try script.add(.ticket(.ticketOpened(opened)), on: "ticket-t1")
    try script.ticketStatus("t1", to: .closed)
    try script.ticketStatus("t1", to: .inProgress)
    var merged = AccountMerged()
    merged.relinked = [.with { ($0.objectType, $0.id) = (.ticket, "t1") }]
    try script.add(.account(.accountMerged(merged)), on: "account-a1")
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let rows = try reader.query(
        "SELECT account_id, resolved_us, closed_us FROM ticket", events: nil
      ).rows
      #expect(rows == [[.text("a1"), .null, .null]])
    }
  }

  @Test func `what came back from a handover waits for nobody`() throws {
    var script = EventScript()
    let records = (1...3).map { number in
      RecordRef.with { ($0.objectType, $0.id) = (.lead, "l\(number)") }
    }
    for record in records {
      var executed = HandoverItemExecuted()
      (executed.recordRef, executed.disposition) = (record, .toUser)
      (executed.to.kind, executed.to.id) = (.user, "usr_2")
      try script.add(.handover(.handoverItemExecuted(executed)), on: "handover-h1")
    }
    let acknowledged = HandoverAcknowledged.with {
      $0.byUserID = "usr_2"
      $0.recordRefs = Array(records.prefix(2))
    }
    try script.add(.handover(.handoverAcknowledged(acknowledged)), on: "handover-h1")
    // One that was acknowledged, and the one that was not.
    for record in records.dropFirst() {
      try script.add(
        .handover(.handoverItemReturned(.with { $0.recordRef = record })), on: "handover-h1")
    }
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let rows = try reader.query(
        "SELECT open_count, is_done FROM work_item WHERE kind = 'acknowledge'", events: nil
      ).rows
      #expect(rows == [[.integer(0), .integer(1)]])
    }
  }

  @Test func `one model's anomalies are asked by its name`() throws {
    var script = EventScript()
    try script.win("o1")
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let answer = try reader.query(
        "SELECT count(*) FROM pipeline_board.model_anomaly", events: nil)
      #expect(answer.rows == [[.integer(1)]])
      #expect(answer.models.map(\.name) == ["pipeline-board"])
    }
  }
}
