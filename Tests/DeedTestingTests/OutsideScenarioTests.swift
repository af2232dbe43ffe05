import DeedTesting
import Foundation
import Testing

/// How many tickets are open, by team: a model of somebody's own, with what is public alone.
private struct OpenTickets: OutsideModel {
  struct Opened: Decodable {
    var ticketId = ""
    var teamId: String?
  }
  var teams: [String: String] = [:]

  mutating func apply(_ event: OutsideEvent) throws {
    if event.type == "TicketOpened" {
      let opened = try JSONDecoder().decode(Opened.self, from: Data(event.json.utf8))
      teams[opened.ticketId] = opened.teamId ?? ""
    } else if event.type == "TicketClosed" {
      teams[String(event.stream.dropFirst("ticket-".count))] = nil
    }
  }
}

@Suite struct OutsideScenarioTests {
  @Test func `a model of another package follows the catalogue's events`() throws {
    var scenario = OutsideScenario(OpenTickets.self)
    try scenario.given(
      "TicketOpened", #"{"ticketId":"tkt_1","teamId":"tea_1"}"#, on: "ticket-tkt_1")
    try scenario.given("TicketOpened", #"{"ticketId":"tkt_2"}"#, on: "ticket-tkt_2")
    try scenario.then { $0.teams == ["tkt_1": "tea_1", "tkt_2": ""] }
    try scenario.given("TicketClosed", on: "ticket-tkt_1")
    try scenario.then { $0.teams.count == 1 }
    let error = #expect(throws: ScenarioError.self) { try scenario.then { $0.teams.isEmpty } }
    #expect(error?.description.contains("tkt_2") == true)
    #expect(throws: ScenarioError.self) { try scenario.given("NoSuchEvent", on: "ticket-1") }
    #expect(throws: ScenarioError.self) {
      try scenario.given("TicketOpened", #"{"colour":1}"#, on: "ticket-1")
    }
  }

  private struct Chancy: OutsideModel {
    var number = 0
    mutating func apply(_ event: OutsideEvent) throws { number = .random(in: 0 ... .max) }
  }

  private struct Forgetful: OutsideModel {
    enum CodingKeys: CodingKey {}
    var count = 0
    mutating func apply(_ event: OutsideEvent) throws { count += 1 }
  }

  private struct Fragile: OutsideModel {
    struct NoTickets: Error {}
    mutating func apply(_ event: OutsideEvent) throws { throw NoTickets() }
  }

  @Test func `chance, what a checkpoint leaves out, and a stop are told apart`() throws {
    func words<Model: OutsideModel>(_ model: Model.Type) throws -> String {
      var scenario = OutsideScenario(model)
      for number in 1...3 {
        try scenario.given(
          "TicketOpened", #"{"ticketId":"tkt_\#(number)"}"#, on: "ticket-tkt_\(number)")
      }
      let error = #expect(throws: ScenarioError.self) { try scenario.built() }
      return error?.description ?? ""
    }
    #expect(try words(Chancy.self).contains("not deterministic"))
    #expect(try words(Forgetful.self).contains("checkpoint leaves out"))
    #expect(try words(Fragile.self).contains("stopped at event 0, TicketOpened"))
  }
}
