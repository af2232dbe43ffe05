import CRM
import EventModel
import Foundation
import Service
import TestSupport
import Testing

/// Every read path, asked by everybody: no value reaches whoever may not see it.
@Suite struct ReadPathTests {
  /// What each way of asking says, refused or not, as one text.
  private func answers(
    _ place: AccessWorkplace, _ name: String, _ folder: String
  ) async throws -> [String: String] {
    let workspace = try place.workspace(name)
    var said: [String: String] = [:]
    func ask(_ path: String, _ body: () throws(ServiceError) -> Answer) {
      do throws(ServiceError) { said[path] = "\(try body())" } catch {
        said[path] = "refused: \(error)"
      }
    }
    for (kind, id) in [
      ("account", place.account), ("contact", place.contact), ("opportunity", place.opportunity),
      ("activity", place.activity),
    ] {
      ask("show \(kind)") { () throws(ServiceError) in
        try workspace.show(kind, id: id, from: .now)
      }
      ask("show \(kind) then") { () throws(ServiceError) in
        try workspace.show(kind, id: id, from: .recorded(.position(place.founder.logSize - 1)))
      }
      ask("history \(kind)") { () throws(ServiceError) in
        try workspace.history(of: id, field: nil, period: Period())
      }
      for field in ["phones", "amount", "summary", "name"] {
        ask("history \(kind) \(field)") { () throws(ServiceError) in
          try workspace.history(of: id, field: field, period: Period())
        }
      }
      ask("owners \(kind)") { () throws(ServiceError) in
        try workspace.owners(of: id, at: nil, from: .now)
      }
      ask("canSee \(kind)") { () throws(ServiceError) in
        try workspace.canSee(place.users[name] ?? "", id, at: nil)
      }
    }
    ask("actor") { () throws(ServiceError) in
      try workspace.actions(of: place.users["owner"] ?? "", period: Period(), limit: 1000)
    }
    ask("worklist") { () throws(ServiceError) in
      try workspace.worklist(of: place.users["owner"])
    }
    ask("config") { () throws(ServiceError) in try workspace.configurationHistory() }
    ask("first registrant") { () throws(ServiceError) in
      try workspace.firstRegistrant(record: place.account, CustomerQuestion())
    }
    ask("registrations") { () throws(ServiceError) in try workspace.registrations(onlyOpen: false) }
    ask("replay") { () throws(ServiceError) in
      try workspace.replay(EventFilter(), limit: 1000)
    }
    ask("funnel") { () throws(ServiceError) in
      try workspace.funnel(pipeline: nil, cohort: Period(), from: .now)
    }
    for sql in [
      "SELECT * FROM opportunity", "SELECT sum(amount_minor) FROM opportunity",
      "SELECT payload FROM events", "SELECT 1 FROM opportunity WHERE amount_minor = 987654321",
      "SELECT abs(amount_minor / 0) FROM opportunity ORDER BY amount_minor",
    ] {
      ask("query \(sql)") { () throws(ServiceError) in try workspace.query(sql, limit: 100) }
    }
    let file = "\(folder)/\(name).jsonl"
    do throws(ServiceError) {
      _ = try await workspace.export(
        ExportRequest(EventFilter(), to: file, purpose: "test"))
      said["export"] = try text(file)
    } catch { said["export"] = "refused: \(error)" }
    return said
  }

  private func text(_ path: String) throws(ServiceError) -> String {
    do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw ServiceError(.failed, code: "TEST", "\(error)")
    }
  }

  /// Who may see what, by the table of default roles.
  private static let seers: [String: Set<String>] = [
    AccessWorkplace.phone: ["owner", "manager", "serviceAgent"],
    "\(AccessWorkplace.amount)": ["owner", "manager", "auditor"],
    AccessWorkplace.note: ["owner", "manager"],
    "Zoe Quill": ["owner", "manager", "serviceAgent"],
    "Acme Works": ["owner", "manager", "serviceAgent", "finance", "auditor"],
  ]

  @Test func `no path shows anybody what their role doesn't`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      for name in place.users.keys.sorted() {
        let said = try await answers(place, name, folder)
        for (secret, seers) in Self.seers {
          let leaks = said.filter { $0.value.contains(secret) }.map(\.key).sorted()
          if seers.contains(name) {
            #expect(!leaks.isEmpty, "\(name) should see \(secret) somewhere")
          } else {
            #expect(leaks.isEmpty, "\(name) sees \(secret) on \(leaks)")
          }
        }
      }
      try place.founder.close()
    }
  }

  @Test func `what may not be seen answers as what isn't there`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let stranger = try place.workspace("salesRep")
      func refusal(_ id: String) throws -> String {
        let error = #expect(throws: ServiceError.self) {
          _ = try stranger.show("account", id: id, from: .now)
        }
        return try #require(error).description.replacing(id, with: "ID")
      }
      #expect(
        try refusal(place.account) == refusal("acc_01KAKV2DC093PHN6MKAZPW38M7"))
      try place.founder.close()
    }
  }

  @Test func `the founder sees everything, and without the role nothing`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let shown = "\(try place.founder.show("account", id: place.account, from: .now))"
      #expect(shown.contains(AccessWorkplace.phone))
      let revoked = try place.workspace("crmAdmin")
      _ = try await revoked.execute(
        CommandRequest(
          name: "RevokeUserRole",
          body: #"{"userId":"\#(place.administrator)","roleId":"workspaceOwner"}"#,
          reasonCode: "separation"))
      #expect(throws: ServiceError.self) {
        _ = try place.founder.show("account", id: place.account, from: .now)
      }
      try place.founder.close()
    }
  }
}
