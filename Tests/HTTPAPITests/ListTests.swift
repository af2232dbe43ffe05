import HTTPAPI
import Service
import TestSupport
import Testing

/// Lists of every kind: as they were, in part, and told apart by their tags.
@Suite struct ListTests {
  private static func lead(_ served: Served, _ name: String) async throws -> String {
    let reply = try await served.command(
      "CaptureLead",
      #"{"companyName":"\#(name)","phones":[{"raw":"+8613800138000"}],"#
        + #""source":{"channel":"referral"}}"#)
    try #require(reply.status == 200, "\(reply.text)")
    return try #require(reply.json["id"]?.text)
  }

  private static func ticket(_ served: Served, _ number: Int) async throws -> Int {
    let reply = try await served.command(
      "OpenTicket",
      #"{"ticketNo":"T-\#(number)","categoryCode":"billing","channel":"web","subject":"s"}"#)
    try #require(reply.status == 200, "\(reply.text)")
    return try #require(reply.number("position"))
  }

  @Test func `tickets are listed as they were, in pages that stay so`() async throws {
    try await Served.run { served in
      var position = 0
      for number in 1...5 { position = try await Self.ticket(served, number) }
      for number in 6...8 { _ = try await Self.ticket(served, number) }
      var numbers: [String] = []
      var cursor = ""
      var pages = 0
      repeat {
        let page = try await served.ask(
          "GET", "/v1/tickets?as-of=\(position)&sort=-ticketNo&fields=ticketNo&limit=2\(cursor)")
        try #require(page.status == 200, "\(page.text)")
        #expect(page.number("asOfPosition") == position)
        numbers += page.items.compactMap { $0["ticketNo"]?.text }
        _ = try await Self.ticket(served, 100 + pages)
        pages += 1
        cursor = page.json["next"]?.text.map { "&cursor=\($0)" } ?? ""
      } while !cursor.isEmpty && pages < 10
      #expect(numbers == ["T-5", "T-4", "T-3", "T-2", "T-1"])
      let now = try await served.ask("GET", "/v1/tickets?fields=ticketNo")
      #expect(now.items.count == 8 + pages)
      let late = try await served.ask("GET", "/v1/tickets?as-of=999999999")
      #expect((late.status, late.code) == (422, "VALIDATION.POSITION"))
    }
  }

  @Test func `kinds without tables have pages too that others' writing doesn't shift`()
    async throws
  {
    try await Served.run { served in
      var made: [String] = []
      for number in 0..<7 { made.append(try await served.team("Team \(number)").id) }
      var seen: [String] = []
      var cursor = ""
      var pages = 0
      repeat {
        let page = try await served.ask("GET", "/v1/teams?limit=2\(cursor)")
        try #require(page.status == 200, "\(page.text)")
        seen += page.items.compactMap { $0["id"]?.text }
        if pages < 3 { made.append(try await served.team("Later \(pages)").id) }
        pages += 1
        cursor = page.json["next"]?.text.map { "&cursor=\($0)" } ?? ""
      } while !cursor.isEmpty && pages < 20
      #expect(seen == made)
    }
  }

  @Test func `a lead's list shows what stood then`() async throws {
    try await Served.run { served in
      let lead = try await Self.lead(served, "Old Name")
      let then = Int(served.workspace.logSize) - 1
      let changed = try await served.command(
        "ChangeLeadDetails", #"{"leadId":"\#(lead)","companyName":"New Name"}"#)
      try #require(changed.status == 200, "\(changed.text)")
      for (query, name) in [("?as-of=\(then)&", "Old Name"), ("?", "New Name")] {
        let page = try await served.ask(
          "GET", "/v1/leads\(query)fields=companyName,leadId")
        #expect(page.items.compactMap { $0["companyName"]?.text } == [name], "\(page.text)")
      }
    }
  }

  @Test func `of a record and of rows come the fields that are asked for`() async throws {
    try await Served.run { served in
      let account = try await served.account("Northwind")
      let one = try await served.ask("GET", "/v1/accounts/\(account)?fields=name,status")
      guard case .object(let members) = one.json else {
        Issue.record("no object")
        return
      }
      #expect(Set(members.map(\.name)) == ["name", "status"])
      let rows = try await served.ask("GET", "/v1/accounts?fields=status")
      #expect(rows.items == [.object([JSONMember("status", .string("active"))])])
      let none = try await served.ask("GET", "/v1/accounts?fields=nothing")
      #expect((none.status, none.code) == (422, "VALIDATION.FIELD"))
    }
  }

  @Test func `every list and question has a tag that says whether it changed`() async throws {
    try await Served.run { served in
      _ = try await served.account("Northwind")
      let team = try await served.team("T")
      for path in [
        "/v1/accounts", "/v1/teams", "/v1/leads?sort=-companyName", "/v1/ownership",
        "/v1/teams/\(team.id)", "/v1/teams/\(team.id)/history", "/v1/reports/funnel",
        "/v1/worklist", "/v1/audit/configuration", "/v1/reports/registrations",
        "/v1/events/\(team.position)", "/v1/actor-keys",
      ] {
        let first = try await served.ask("GET", path)
        #expect(first.status == 200, "\(path): \(first.text)")
        let tag = try #require(first.headers["etag"], "\(path)")
        let same = try await served.ask("GET", path, ["If-None-Match": tag])
        #expect(same.status == 304, "\(path): \(same.text)")
        #expect(same.text.isEmpty)
        #expect(
          try await served.ask("GET", path, ["If-None-Match": "\"other\""]).status == 200)
      }
      let tag = try #require(try await served.ask("GET", "/v1/teams").headers["etag"])
      _ = try await served.team("U")
      #expect(try await served.ask("GET", "/v1/teams", ["If-None-Match": tag]).status == 200)
    }
  }

  @Test func `where an event without its data points there is the event`() async throws {
    try await Served.run { served in
      let team = try await served.team("T")
      let event = try await served.ask("GET", "/v1/events/\(team.position)")
      #expect(event.json["type"]?.text == "deed.TeamCreated")
      #expect(event.json["subject"]?.text == "team-\(team.id)")
      let none = try await served.ask("GET", "/v1/events/999999")
      #expect((none.status, none.code) == (404, "STATE.NOT_FOUND"))
      #expect(try await served.ask("GET", "/v1/events/x").status == 400)
    }
  }
}
