import DeedTesting
import Testing

@Suite struct TeamLoadTests {
  @Test func `a ticket counts for the team that has it, until it is closed`() throws {
    var scenario = ModelScenario(TeamLoad.self)
    try scenario.given(
      "TicketOpened", #"{"ticketId":"tkt_1","teamId":"tea_a"}"#, on: "ticket-tkt_1")
    try scenario.given(
      "TicketOpened", #"{"ticketId":"tkt_2","teamId":"tea_a"}"#, on: "ticket-tkt_2")
    let sql = "SELECT team_id, open_tickets FROM team_load ORDER BY 1"
    try scenario.then(sql, [["tea_a", "2"]])
    try scenario.given(
      "TicketTeamChanged", #"{"from":"tea_a","to":"tea_b"}"#, on: "ticket-tkt_2")
    try scenario.then(sql, [["tea_a", "1"], ["tea_b", "1"]])
    try scenario.given("TicketClosed", on: "ticket-tkt_2")
    try scenario.then(sql, [["tea_a", "1"], ["tea_b", "0"]])
  }

  @Test func `a ticket that is reopened counts again, and one that is merged no more`() throws {
    var scenario = ModelScenario(TeamLoad.self)
    try scenario.given(
      "TicketOpened", #"{"ticketId":"tkt_1","teamId":"tea_a"}"#, on: "ticket-tkt_1")
    try scenario.given("TicketClosed", on: "ticket-tkt_1")
    try scenario.given("TicketReopened", #"{"to":"assigned"}"#, on: "ticket-tkt_1")
    let sql = "SELECT team_id, open_tickets FROM team_load ORDER BY 1"
    try scenario.then(sql, [["tea_a", "1"]])
    try scenario.given(
      "TicketStatusChanged", #"{"to":"inProgress","handlingTeamId":"tea_b"}"#, on: "ticket-tkt_1")
    try scenario.then(sql, [["tea_a", "0"], ["tea_b", "1"]])
    try scenario.given("TicketMergedInto", #"{"survivorId":"tkt_2"}"#, on: "ticket-tkt_1")
    try scenario.then(sql, [["tea_a", "0"], ["tea_b", "0"]])
  }
}
