import DeedTesting
import EventModel
import Foundation
import ReadModels
import TestSupport
import Testing

@Suite struct ModelScenarioTests {
  @Test func `a model of the product is built of what is given`() throws {
    var scenario = try ModelScenario("ticket-queue")
    try scenario.given("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")
    // An old version of the event is read as the newest one.
    try scenario.given(
      "TicketStatusChanged", #"{"to":"pendingCustomer","sourceStatus":"Accepted/Wait - User"}"#,
      on: "ticket-tkt_1")
    try scenario.then(
      "SELECT status, source_status, source_substatus FROM ticket",
      [["pendingCustomer", "Accepted", "Wait - User"]])
    #expect(try scenario.stop() == nil)
  }

  @Test func `what does not hold is shown with what was found`() throws {
    var scenario = try ModelScenario("ticket-queue")
    try scenario.given("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")
    let error = #expect(throws: ScenarioError.self) {
      try scenario.then("SELECT status, account_id FROM ticket", [["closed", nil]])
    }
    #expect(error?.description.contains(#"expected [["closed", nil]]"#) == true)
    #expect(error?.description.contains(#"found    [["new", ""]]"#) == true)
  }

  @Test func `what is no event, stream, model or statement is refused with a sentence`() throws {
    #expect(throws: ScenarioError.self) { try ModelScenario("no-model") }
    var scenario = try ModelScenario("ticket-queue")
    #expect(throws: ScenarioError.self) { try scenario.given("NoSuchEvent", on: "ticket-1") }
    #expect(throws: ScenarioError.self) {
      try scenario.given("TicketOpened", #"{"colour":1}"#, on: "ticket-1")
    }
    #expect(throws: ScenarioError.self) { try scenario.given("TicketOpened", on: "") }
    #expect(throws: ScenarioError.self) { try scenario.rows("DELETE FROM ticket") }
  }

  @Test func `a projector that is not a function of the events is found out`() throws {
    var scenario = ModelScenario(Chancy.self)
    try scenario.given("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")
    let error = #expect(throws: ScenarioError.self) { try scenario.rows("SELECT 1") }
    #expect(error?.description.contains("not deterministic") == true)
  }

  @Test func `an event that stops the projector is named`() throws {
    var scenario = ModelScenario(Fragile.self)
    try scenario.given("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")
    let stop = try #require(try scenario.stop())
    #expect(stop.position == 0)
    #expect(stop.cause == "no tickets here")
    #expect(throws: ScenarioError.self) { try scenario.then("SELECT 1", [["1"]]) }
  }

  /// Draws a number, which a projector must not.
  private enum Chancy: Projector {
    static let name = "chancy"
    static let version: UInt32 = 1
    static let messages = TeamLoad.messages
    static let views: [String] = []
    typealias Tables = TeamLoad.Tables

    static func apply(
      _ event: ProjectedEvent, to tables: inout Tables
    ) throws(ProjectionFailure) {
      var team = LoadTeam()
      team.teamID = "tea_\(UInt64.random(in: 0...(.max)))"
      tables.teams.put(team)
    }
  }

  private enum Fragile: Projector {
    static let name = "fragile"
    static let version: UInt32 = 1
    static let messages = TeamLoad.messages
    static let views: [String] = []
    typealias Tables = TeamLoad.Tables

    static func apply(
      _ event: ProjectedEvent, to tables: inout Tables
    ) throws(ProjectionFailure) {
      throw .poison("no tickets here")
    }
  }
}

@Suite struct DecisionScenarioTests {
  private struct TooLittle: Error {}

  private var till: DecisionScenario<Int, Int, Int> {
    DecisionScenario(
      0, apply: { state, event in state += event },
      decide: { state, command in
        guard command <= state else { throw TooLittle() }
        return command == 0 ? [] : [-command]
      })
  }

  @Test func `events are given, a command decides, and further ones build on it`() throws {
    var scenario = till
    scenario.given([5])
    try scenario.when(3, then: [-3])
    try scenario.when(0, then: [])
    try scenario.when(3, refused: { $0 is TooLittle })
    #expect(throws: ScenarioError.self) { try scenario.when(1, then: [1]) }
    #expect(throws: ScenarioError.self) { try scenario.when(9, then: [-9]) }
    #expect(throws: ScenarioError.self) { try scenario.when(1, refused: { _ in true }) }
    #expect(throws: ScenarioError.self) { try scenario.when(9, refused: { _ in false }) }
  }

  @Test func `a decider that is not a function of state and command is found out`() throws {
    var scenario = DecisionScenario(
      0, apply: { $0 += $1 }, decide: { (_: Int, _: Int) in [Int.random(in: 0..<Int.max)] })
    #expect(throws: ScenarioError.self) { try scenario.when(1, then: [1]) }
  }
}

@Suite struct GuideTests {
  @Test(arguments: ["TeamLoad.swift", "TeamLoadTests.swift", "OwnerChangesTests.swift"])
  func `the guide to projections shows code that is compiled and run`(file: String) throws {
    let guide = try String(
      contentsOfFile: "\(PackageRoot.path)/docs/guides/write-a-projection.md", encoding: .utf8)
    let code = try String(
      contentsOfFile: "\(PackageRoot.path)/Tests/DeedTestingTests/\(file)", encoding: .utf8)
    #expect(guide.contains("```swift\n\(code)```\n"), "copy \(file) into the guide")
  }
}
