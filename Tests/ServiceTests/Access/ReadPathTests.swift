import CRM
import EventLog
import EventModel
import Foundation
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// Every read path, asked by everybody: no value reaches whoever may not see it.
@Suite struct ReadPathTests {
  /// What each way of asking says, refused or not, as one text.
  private func answers(
    _ place: AccessWorkplace, _ name: String, _ folder: String, duplicate: String
  ) async throws -> [String: String] {
    let workspace = try place.workspace(name)
    var said: [String: String] = [:]
    func ask(_ path: String, _ body: () throws(ServiceError) -> Answer) {
      do throws(ServiceError) { said[path] = "\(try body())" } catch {
        said[path] = "refused: \(error)"
      }
    }
    shows(workspace, place, name, ask)
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
    lists(workspace, ask)
    records(workspace, place, ask)
    ask("case") { () throws(ServiceError) in try workspace.duplicateCase(duplicate) }
    ask("stream") { () throws(ServiceError) in
      Answer("Stream", notes: try streamed(workspace))
    }
    let evidence = "\(folder)/\(name).json"
    ask("evidence file") { () throws(ServiceError) in
      var question = EvidenceQuestion()
      question.records = [place.account, place.contact, place.opportunity, place.activity]
      question.disclose = ["all"]
      question.purpose = "test"
      _ = try workspace.exportEvidence(question, to: evidence)
      return Answer("Evidence", notes: [try text(evidence)])
    }
    do throws(ServiceError) {
      said["duplicates find"] = "\(try await workspace.findDuplicates("account"))"
    } catch { said["duplicates find"] = "refused: \(error)" }
    let file = "\(folder)/\(name).jsonl"
    do throws(ServiceError) {
      _ = try await workspace.export(
        ExportRequest(EventFilter(), to: file, purpose: "test"))
      said["export"] = try text(file)
    } catch { said["export"] = "refused: \(error)" }
    said.merge(try await DeliveredPaths(place: place, name: name).answers()) { $1 }
    return said
  }

  /// What is asked of each record.
  private func shows(
    _ workspace: Workspace, _ place: AccessWorkplace, _ name: String, _ ask: Ask
  ) {
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
  }

  /// A contested case: what a seller who may not see the customer tried to make again.
  private func collide(_ place: AccessWorkplace) async throws -> String {
    let seller = try #require(ActorID(place.users["salesRep"] ?? ""))
    await #expect(throws: (any Error).self) {
      try await place.founder.perform(
        .account(
          .createAccount(
            .with {
              $0.accountType = .organization
              $0.name = "Another Name"
              $0.source = .with { $0.channel = .website }
              $0.phones = [.with { $0.raw = "+86\(AccessWorkplace.phone)" }]
            })), by: seller, key: "again")
    }
    let type = try #require(EventType("CollisionDetected"))
    let event = try #require(try place.founder.log.events(EventSelection(.types([type]))).first)
    return String(event.stream.dropFirst("duplicateCase-".count))
  }

  private typealias Ask = (String, () throws(ServiceError) -> Answer) -> Void

  /// Lists, and what filters, sorts and pages over them tell.
  private func lists(_ workspace: Workspace, _ ask: Ask) {
    for kind in ["account", "contact", "lead", "opportunity", "activity", "task", "user"] {
      ask("list \(kind)") { () throws(ServiceError) in
        try workspace.list(ListRequest(kind)).answer
      }
    }
    for request in [
      ListRequest("opportunity", filters: ["amount:eq:\(AccessWorkplace.amount)"]),
      ListRequest("opportunity", sort: ["-amount"]),
      ListRequest("account", filters: ["name:eq:Acme Works"]),
      ListRequest("contact", filters: ["phones:eq:+86\(AccessWorkplace.phone)"]),
    ] {
      ask("list \(request.kind) \(request.filters) \(request.sort)") { () throws(ServiceError) in
        try workspace.list(request).answer
      }
    }
    ask("events") { () throws(ServiceError) in
      Answer(
        "Events",
        notes: try workspace.events(EventFilter(), after: nil, limit: 1000).events.map { "\($0)" })
    }
    ask("models") { () throws(ServiceError) in
      try workspace.models(withTables: true, withDigests: true)
    }
    ask("pools") { () throws(ServiceError) in try workspace.pools() }
    ask("duplicates") { () throws(ServiceError) in
      try workspace.duplicateCases(status: nil, contestedOnly: false)
    }
    ask("disputes") { () throws(ServiceError) in try workspace.disputes() }
    ask("exports") { () throws(ServiceError) in try workspace.exports() }
    ask("refusals") { () throws(ServiceError) in try workspace.refusals() }
    ask("timers") { () throws(ServiceError) in try workspace.timers() }
    ask("roles") { () throws(ServiceError) in try workspace.roles() }
    ask("roles then") { () throws(ServiceError) in try workspace.roles(at: .position(20)) }
    ask("privacy") { () throws(ServiceError) in try workspace.privacyRegister() }
    ask("handovers") { () throws(ServiceError) in try workspace.handovers() }
    ask("adoption") { () throws(ServiceError) in try workspace.adoption() }
    for group in Workspace.QualityGroup.allCases {
      ask("quality \(group)") { () throws(ServiceError) in
        try workspace.dataQuality(by: group, issues: 100)
      }
    }
    ask("consumers") { () throws(ServiceError) in try workspace.listConsumers() }
    ask("statistics") { () throws(ServiceError) in try workspace.logStatistics() }
  }

  /// What is asked of one record beside its history.
  private func records(_ workspace: Workspace, _ place: AccessWorkplace, _ ask: Ask) {
    for (id, field) in [
      (place.account, "phones"), (place.contact, "name"), (place.opportunity, "amount"),
      (place.activity, "summary"),
    ] {
      ask("why \(id) \(field)") { () throws(ServiceError) in
        try workspace.why(id, field: field, from: .now)
      }
      ask("difference \(id)") { () throws(ServiceError) in
        try workspace.difference(
          of: id, from: .position(0), to: .position(place.founder.logSize - 1))
      }
      ask("who saw \(id)") { () throws(ServiceError) in try workspace.whoSaw(id) }
    }
    ask("accesses") { () throws(ServiceError) in
      try workspace.accesses(of: place.users["owner"] ?? "")
    }
    var question = CustomerQuestion()
    (question.company, question.phone) = ("Acme Works", "+86\(AccessWorkplace.phone)")
    ask("match") { () throws(ServiceError) in
      let answer = try workspace.match(question)
      // The search before a record is made tells whoever asks by the name what they said.
      return Answer("Match", notes: ["\(answer)".replacing("Acme Works", with: "")])
    }
  }

  /// Everything that a subscription of all events delivers, as JSON.
  private func streamed(_ workspace: Workspace) throws(ServiceError) -> [String] {
    let subscription = try workspace.subscribe(StreamFilter(), from: .beginning)
    var lines: [String] = []
    for _ in 0..<1000 {
      switch try subscription.next() {
      case .events(let some): lines += some.compactMap { $0.content?.json }
      case .checkpoint, .fellBehind: continue
      case .caughtUp, .nothing: return lines
      }
    }
    return lines
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
      let duplicate = try await collide(place)
      var receivers = 0
      for name in place.users.keys.sorted() {
        let said = try await answers(place, name, folder, duplicate: duplicate)
        #expect(said.count > 80)
        if let posted = said["webhook"], let streamed = said["stream"] {
          receivers += 1
          for secret in Self.seers.keys where streamed.contains(secret) {
            #expect(posted.contains(secret), "\(name) gets less of \(secret) as a webhook")
          }
        }
        for (secret, seers) in Self.seers {
          let leaks = said.filter { $0.value.contains(secret) }.map(\.key).sorted()
          if seers.contains(name) {
            #expect(!leaks.isEmpty, "\(name) should see \(secret) somewhere")
          } else {
            #expect(leaks.isEmpty, "\(name) sees \(secret) on \(leaks)")
          }
        }
      }
      #expect(receivers > 0)
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
