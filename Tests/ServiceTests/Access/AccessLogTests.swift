import EventModel
import Foundation
import Service
import TestSupport
import Testing

/// What reading and trying leave behind.
@Suite struct AccessLogTests {
  private func rows(_ answer: Answer) -> [String] {
    answer.tables.flatMap(\.rows).map { row in
      row.map { value in
        switch value {
        case .text(let text): text
        case .integer(let number): "\(number)"
        default: ""
        }
      }.joined(separator: "|")
    }
  }

  @Test func `who saw a record is known, with how often`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let before = place.founder.logSize
      let agent = try place.workspace("serviceAgent")
      for _ in 1...3 { _ = try agent.show("account", id: place.account, from: .now) }
      let auditor = try place.workspace("auditor")
      let seen = rows(try auditor.whoSaw(place.account))
      let id = try #require(place.users["serviceAgent"])
      #expect(seen.contains { $0.contains(id) && $0.contains("|view|") && $0.contains("|3|") })
      #expect(seen.contains { $0.contains("session-serviceAgent") })
      #expect(place.founder.logSize == before)
      // The auditor's own reading is seen too.
      let again = rows(try auditor.accesses(of: try #require(place.users["auditor"])))
      #expect(again.contains { $0.contains("who-saw") })
      try place.founder.close()
    }
  }

  @Test func `a refused command leaves its trace and appends nothing`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let before = place.founder.logSize
      let stranger = try place.workspace("salesRep")
      let manager = try #require(place.users["manager"])
      for name in ["TransferOwnership", "ClaimFromPool"] {
        await #expect(throws: ServiceError.self) {
          _ = try await stranger.execute(
            CommandRequest(
              name: name,
              body: #"{"record":{"objectType":"account","id":"\#(place.account)"}}"#,
              reasonCode: "because"))
        }
      }
      #expect(place.founder.logSize == before)
      let refused = rows(try place.workspace("auditor").refusals(of: place.account))
      #expect(refused.count == 2)
      #expect(refused.allSatisfy { $0.contains(place.users["salesRep"] ?? "?") })
      #expect(!refused.contains { $0.contains(manager) })
      try place.founder.close()
    }
  }

  @Test func `an exported record is found by its manifest`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let manager = try place.workspace("owner")
      _ = try await manager.export(
        ExportRequest(
          EventFilter(stream: "account-\(place.account)"), to: "\(folder)/out.jsonl",
          purpose: "visit"))
      let auditor = try place.workspace("auditor")
      #expect(rows(try auditor.exports(of: place.account)).count == 1)
      #expect(rows(try auditor.exports(of: place.opportunity)).isEmpty)
      let types = rows(try place.founder.replay(EventFilter(), limit: 10_000)).filter {
        $0.contains("|Export")
      }
      #expect(types.count == 3)
      #expect(types.last?.contains("ExportGenerated") == true)
      #expect(rows(try auditor.whoSaw(place.account)).contains { $0.contains("|export|") })
      try place.founder.close()
    }
  }

  @Test func `a masked field is revealed with a reason, and within the limit`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let owner = try place.workspace("owner")
      _ = try await owner.execute(
        CommandRequest(
          name: "ShareRecord",
          body: """
            {"record":{"objectType":"account","id":"\(place.account)"},\
            "with":{"userId":"\(place.users["salesRep"] ?? "")"},"access":"read"}
            """, reasonCode: "holiday"))
      let reader = try place.workspace("salesRep")
      let shown = "\(try reader.show("account", id: place.account, from: .now))"
      #expect(!shown.contains(AccessWorkplace.phone))
      #expect(throws: ServiceError.self) {
        _ = try reader.reveal("phones", of: place.account, reason: "")
      }
      let agent = try place.workspace("manager")
      let revealed = try agent.reveal("phones", of: place.account, reason: "call-back")
      #expect("\(revealed)".contains(AccessWorkplace.phone))
      let seen = rows(try place.workspace("auditor").whoSaw(place.account))
      #expect(seen.contains { $0.contains("|reveal|") && $0.contains("call-back") })
      try place.founder.close()
    }
  }

  @Test func `whoever reads in bulk leaves a beginning and an end`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      func bulk() throws -> [String] {
        try place.founder.flushAccessLog()
        let seen = try place.workspace("auditor").accesses(of: place.administrator)
        return rows(seen).filter { $0.contains("|bulkRead") }
      }
      let founder = place.founder
      _ = try founder.replay(EventFilter(), limit: 7)
      var found = try bulk()
      #expect(found.count == 2, "\(found)")
      #expect(found.contains { $0.contains("replay") && $0.contains("7") })
      var session = try ReplaySession(founder, filter: EventFilter())
      _ = try session.handle("next")
      #expect(try bulk().count == 3)
      _ = try session.handle("next 2")
      #expect(try session.handle("quit") == nil)
      #expect(try bulk().count == 4)
      var question = EvidenceQuestion()
      question.records = [place.account]
      _ = try founder.exportEvidence(question, to: "\(folder)/case.json")
      _ = try founder.exportTiles(to: "\(folder)/tiles")
      found = try bulk()
      #expect(found.count == 8)
      #expect(found.contains { $0.contains("evidence") } && found.contains { $0.contains("tiles") })
      // What fails has no end.
      #expect(throws: ServiceError.self) {
        try founder.exportEvidence(EvidenceQuestion(), to: "\(folder)/other.json")
      }
      #expect(try bulk().count == 9)
      try place.founder.close()
    }
  }

  @Test func `the access log is anchored in the main one, and both are sound`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      _ = try place.founder.show("account", id: place.account, from: .now)
      let before = place.founder.logSize
      try place.founder.anchorAccessLog()
      #expect(place.founder.logSize == before + 1)
      try place.founder.anchorAccessLog()
      #expect(place.founder.logSize == before + 1)
      let anchors = rows(
        try place.founder.replay(
          EventFilter(types: ["AccessLogCheckpointed"]), limit: 10))
      #expect(anchors.count == 1)
      #expect(anchors.first?.contains("/access") == true)
      let outcome = try place.founder.verifyLog(threads: 1) { _ in }
      #expect(!outcome.isRefused)
      try place.founder.close()
    }
  }

  @Test func `what waits for the disk stays bounded however much is seen`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let limit = Workspace.accessLogBacklogLimit
      let account = place.account
      _ = try place.founder.show("account", id: account, from: .now)
      // Each of these is a window of its own, written behind its reader's back.
      let looks = ["account:\(account)"] + (1..<600).map { "account:acc_\($0)" }
      var most = 0
      for round in 0..<100 {
        place.founder.awaitAccessLog()
        try place.founder.noteViewed(looks, path: "path-\(round)")
        most = max(most, place.founder.accessLogBacklog)
        // Nothing is shown from memory while the log has to catch up.
        if place.founder.accessLogBacklog > limit {
          place.founder.awaitAccessLog()
          #expect(place.founder.accessLogBacklog <= limit)
        }
      }
      #expect(most <= limit + looks.count)
      try place.founder.flushAccessLog()
      #expect(place.founder.accessLogBacklog == 0)
      let seen = try place.workspace("auditor").whoSaw(account)
      #expect(seen.tables.flatMap(\.rows).count >= 100)
      try place.founder.close()
    }
  }
}
