import EventLog
import EventModel
import ReadModels
import Schema
import TestSupport
import Testing

@Suite struct SQLTests {
  /// Three teams, four hands, one ticket each way.
  private func tickets() throws -> EventScript {
    var script = EventScript()
    try script.ticket("t1", team: "A", source: "Accepted/In Progress", by: "usr_1")
    try script.ticketStatus(
      "t1", to: .inProgress, team: "A", source: "Accepted/In Progress", by: "usr_2")
    try script.ticketStatus(
      "t1", to: .inProgress, team: "B 2nd", source: "Queued", by: "usr_2")
    try script.ticketStatus("t1", to: .closed, team: "B 2nd", source: "Closed", by: "usr_3")
    try script.ticket("t2", team: "A", source: "Queued", by: "usr_3")
    return script
  }

  @Test func `events per status, hand-overs, team transfers and case hours are one statement each`()
    throws
  {
    let script = try tickets()
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      func ask(_ sql: String) throws -> [[SQLValue]] { try reader.query(sql, events: nil).rows }
      #expect(
        try ask(
          """
          SELECT source_status, source_substatus, count(*) FROM ticket_status_history
          GROUP BY 1, 2 ORDER BY 3 DESC, 1
          """) == [
            [.text("Accepted"), .text("In Progress"), .integer(2)],
            [.text("Queued"), .text(""), .integer(2)], [.text("Closed"), .text(""), .integer(1)],
          ])
      #expect(
        try ask(
          """
          SELECT previous_actor, actor, count(*) FROM ticket_status_history
          WHERE actor <> previous_actor GROUP BY 1, 2 ORDER BY 1
          """) == [
            [.text("usr_1"), .text("usr_2"), .integer(1)],
            [.text("usr_2"), .text("usr_3"), .integer(1)],
          ])
      #expect(
        try ask("SELECT count(*) FROM ticket_status_history WHERE team_id <> previous_team_id")
          == [[.integer(1)]])
      #expect(
        try ask(
          "SELECT ticket_id, (last_occurred_us - first_occurred_us) / 1000000 FROM ticket ORDER BY 1"
        ) == [[.text("t1"), .integer(3)], [.text("t2"), .integer(0)]])
    }
  }

  @Test(arguments: [
    "DELETE FROM ticket", "UPDATE ticket SET status = 'x'", "DROP TABLE ticket",
    "WITH a AS (SELECT 1) DELETE FROM ticket", "PRAGMA query_only = OFF",
    "ATTACH DATABASE 'x' AS y", "SELECT 1; DELETE FROM ticket", "CREATE TABLE a (b)", "",
    "SELECT nothing FROM ticket", "INSERT INTO ticket SELECT * FROM ticket",
  ])
  func `nothing but reading is done`(sql: String) throws {
    let script = try tickets()
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      #expect(throws: QueryError.self) { try reader.query(sql, events: nil) }
      #expect(
        try reader.query("SELECT count(*) FROM ticket", events: nil).rows == [[.integer(2)]])
    }
  }

  @Test func `a statement joins models, says what they were at, and is cut at its limit`() throws {
    let script = try tickets()
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let joined = try reader.query(
        """
        SELECT t.ticket_id, a.status AS there FROM ticket t
        JOIN account_ticket a ON a.ticket_id = t.ticket_id ORDER BY 1
        """, events: nil)
      #expect(joined.columns == ["ticket_id", "there"])
      #expect(
        joined.rows == [[.text("t1"), .text("closed")], [.text("t2"), .text("new")]])
      #expect(joined.models.map(\.name) == ["account-360", "ticket-queue"])
      #expect(joined.models.allSatisfy { $0.asOfPosition == Position(4) })
      let cut = try reader.query(
        "SELECT ticket_id FROM ticket ORDER BY 1", events: nil, rowLimit: 1)
      #expect(cut.isCut)
      #expect(cut.rows.count == 1)
    }
  }

  @Test func `an endless statement is stopped`() throws {
    try withTemporaryFolder { folder in
      let reader = try builtReader(try tickets(), folder)
      #expect(throws: QueryError.overTime(seconds: 0)) {
        try reader.query(
          """
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
          SELECT count(*) FROM n
          """, events: nil, secondsLimit: 0)
      }
    }
  }
}
