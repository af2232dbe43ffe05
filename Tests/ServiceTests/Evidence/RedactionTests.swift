import EventLog
import EventModel
import Foundation
import Service
import TestSupport
import Testing

/// A plain section that should not have been plain.
@Suite struct RedactionTests {
  private static let slip = "Quill GmbH, ask for Bertram Featherstonehaugh"

  /// A workplace where a person's name was typed into a company's; the event's position.
  private func slipped(_ path: String) async throws -> (EvidenceWorkplace.Left, UInt64) {
    let place = try await EvidenceWorkplace(path)
    _ = try await place.workspace.done(
      "ChangeAccountDetails", #"{"accountId":"\#(place.account)","name":"\#(Self.slip)"}"#)
    _ = try await place.workspace.done(
      "ChangeAccountDetails", #"{"accountId":"\#(place.account)","name":"Quill SE"}"#)
    _ = try place.workspace.query("SELECT count(*) FROM account", limit: 1)
    let found = try place.workspace.replay(
      EventFilter(types: ["AccountDetailsChanged"]), limit: 10)
    let positions = found.tables[0].rows.compactMap { row -> Int64? in
      if case .integer(let position)? = row.first { position } else { nil }
    }
    try place.workspace.close()
    return (
      EvidenceWorkplace.Left(
        folder: place.folder, administrators: place.administrators, account: place.account,
        contact: place.contact), UInt64(try #require(positions.first))
    )
  }

  private func files(_ folder: DataFolder, holding text: String) throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return names.filter { name in
      FileManager.default.contents(atPath: "\(folder.path)/\(name)")?
        .range(of: Data(text.utf8)) != nil
    }
  }

  @Test func `two agree, and the words are in no file, while every proof stands`() async throws {
    try await inTemporaryFolder { path in
      let (place, position) = try await slipped(path)
      let before = try #require(try LogProof(place, position))
      #expect(try !files(place.folder, holding: "Featherstonehaugh").isEmpty)
      let asked = try Workspace.redact(
        place.folder, position: position, section: 1, reason: "name-in-company",
        actor: place.administrators[0])
      #expect(asked.text("state") == "waiting for another administrator")
      let error = #expect(throws: ServiceError.self) {
        try Workspace.redact(
          place.folder, position: position, section: 1, reason: "name-in-company",
          actor: place.administrators[0])
      }
      #expect(error?.code == "PERMISSION.SELF")
      let done = try Workspace.redact(
        place.folder, position: position, section: 1, reason: "name-in-company",
        actor: place.administrators[1])
      #expect(done.text("state") == "blanked")
      // What the later event says it changed from is the same words.
      try redactLater(place, position)
      #expect(try files(place.folder, holding: "Featherstonehaugh") == [])
      try place.opened { workspace in
        #expect(try !workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
        #expect(try workspace.inclusionProof(of: position).text("proof") != before.text)
        _ = try workspace.show("account", id: place.account, from: .now)
        _ = try workspace.query("SELECT count(*) FROM account", limit: 1)
        let events = try workspace.replay(EventFilter(), limit: 1000)
        #expect(events.tables[0].rows.count > Int(position))
        #expect("\(events.tables[0].rows[Int(position)])".contains(#"{\"erased\":"#))
        var question = EvidenceQuestion()
        question.records = [place.account]
        let made = try workspace.exportEvidence(question, to: "\(path)/case.json")
        let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
        #expect(try !EvidenceCheck.verify("\(path)/case.json", trust).isRefused)
      }
    }
  }

  /// The proof of an event under the checkpoint of that time.
  private struct LogProof {
    let text: String

    init?(_ place: EvidenceWorkplace.Left, _ position: UInt64) throws {
      var text: String?
      try place.opened { text = try $0.inclusionProof(of: position).text("proof") }
      guard let text else { return nil }
      self.text = text
    }
  }

  private func redactLater(_ place: EvidenceWorkplace.Left, _ position: UInt64) throws {
    for actor in place.administrators.prefix(2) {
      _ = try Workspace.redact(
        place.folder, position: position + 1, section: 1, reason: "name-in-company", actor: actor)
    }
  }

  /// A workplace with a team that was named so; where it begins.
  private func named(_ path: String) async throws -> (EvidenceWorkplace.Left, UInt64) {
    let place = try await EvidenceWorkplace(path)
    let team = try await place.workspace.done("CreateTeam", #"{"name":"\#(Self.slip)"}"#)
    let events = try place.workspace.replay(EventFilter(stream: "team-\(team)"), limit: 1)
    var position: UInt64?
    if case .integer(let at)? = events.tables[0].rows.first?.first { position = UInt64(at) }
    try place.workspace.close()
    return (
      EvidenceWorkplace.Left(
        folder: place.folder, administrators: place.administrators, account: place.account,
        contact: place.contact), try #require(position)
    )
  }

  @Test func `what a record begins with stays, and the sentence says what can be done`()
    async throws
  {
    try await inTemporaryFolder { path in
      let (place, position) = try await named(path)
      let error = #expect(throws: ServiceError.self) {
        try Workspace.redact(
          place.folder, position: position, section: 1, reason: "slip",
          actor: place.administrators[0])
      }
      #expect(error?.code == "STATE.NOT_REDACTABLE")
      #expect(error?.sentence.contains("begins with it") == true)
    }
  }

  @Test func `the envelope, the log's own events, sealed sections and what rests on guards stay`()
    async throws
  {
    try await inTemporaryFolder { path in
      let (place, position) = try await slipped(path)
      var contact: UInt64 = 0
      try place.opened { workspace in
        let found = try workspace.replay(EventFilter(types: ["ContactCreated"]), limit: 1)
        if case .integer(let at)? = found.tables[0].rows.first?.first { contact = UInt64(at) }
      }
      for (position, section) in [
        (position, 0), (position, 9), (0, 0), (1, 0), (9_999, 1), (contact, 2), (position, -1),
      ] {
        #expect(throws: ServiceError.self, "\(position).\(section)") {
          try Workspace.redact(
            place.folder, position: position, section: section, reason: "x",
            actor: place.administrators[0])
        }
      }
    }
  }

  private func position(of type: String, _ workspace: Workspace) throws -> UInt64 {
    let found = try workspace.replay(EventFilter(types: [type]), limit: 10)
    let row = try #require(found.tables[0].rows.first, "\(type)")
    guard case .integer(let position)? = row.first else { return 0 }
    return UInt64(position)
  }

  /// Where events stand that more than a description rests on.
  private func structural(_ place: EvidenceWorkplace.Left) async throws -> [UInt64] {
    let workspace = try Workspace(opening: place.folder, actor: place.administrators[0])
    let user = try await workspace.done(
      "ProvisionUser", #"{"name":{"full":"Ann"},"active":true,"roleIds":["salesRep"]}"#)
    _ = try await workspace.done("SuspendUser", #"{"userId":"\#(user)"}"#, reason: "leave")
    let types = [
      "AccountCreated", "ContactCreated", "UserProvisioned", "UserSuspended", "OwnershipAssigned",
      "OrganizationConfigured",
    ]
    let positions = try types.map { try position(of: $0, workspace) }
    try workspace.close()
    return positions
  }

  @Test func `what makes a record, and what says who may do what, stays`() async throws {
    try await inTemporaryFolder { path in
      let (place, slip) = try await slipped(path)
      let positions = try await structural(place)
      for position in positions {
        let error = #expect(throws: ServiceError.self, "\(position)") {
          try Workspace.redact(
            place.folder, position: position, section: 1, reason: "x",
            actor: place.administrators[0])
        }
        #expect(error?.code == "STATE.NOT_REDACTABLE", "\(position)")
      }
      let first = #expect(throws: ServiceError.self) {
        try Workspace.redact(
          place.folder, position: positions[0], section: 1, reason: "x",
          actor: place.administrators[0])
      }
      #expect(first?.sentence.contains("account:\(place.account) begins with it") == true)
      try place.opened { workspace in
        _ = try workspace.show("account", id: place.account, from: .now)
        #expect(positions[0] < slip)
      }
    }
  }

  @Test func `who reads meanwhile makes the rest wait, and the next opening does it`() async throws
  {
    try await inTemporaryFolder { path in
      let (place, position) = try await slipped(path)
      try redactLater(place, position)
      let ask = { (actor: Int) throws in
        try Workspace.redact(
          place.folder, position: position, section: 1, reason: "name-in-company",
          actor: place.administrators[actor])
      }
      _ = try ask(0)
      let reader = try EventLog(reading: "\(path)/data/main")
      let error = #expect(throws: ServiceError.self) { try ask(1) }
      #expect(error?.code == "LOG.LOCKED")
      #expect(error?.sentence.contains("is blanked") == true)
      // The same command again goes on where it was left, and is refused for the same reason.
      #expect(throws: ServiceError.self) { try ask(1) }
      try place.opened { workspace in
        let health = try workspace.health()
        #expect(health.problems.isEmpty && health.notes.count == 1)
      }
      #expect(try !files(place.folder, holding: "Featherstonehaugh").isEmpty)
      reader.close()
      try place.opened { workspace throws in
        #expect(try workspace.health().notes.isEmpty)
        #expect(try !workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
      }
      #expect(try files(place.folder, holding: "Featherstonehaugh") == [])
      #expect(try ask(1).text("state") == "blanked")
    }
  }

  @Test func `a process that died before the copy leaves it to the next one`() async throws {
    try await inTemporaryFolder { path in
      let (place, position) = try await slipped(path)
      try redactLater(place, position)
      for actor in place.administrators.prefix(2) {
        _ = try Workspace.redact(
          place.folder, position: position, section: 1, reason: "x", actor: actor)
      }
      // As it stood when the event was durable and nothing else done yet: an older page has the
      // words, and the note stands.
      let models = "\(path)/data/main/models"
      try FileManager.default.createDirectory(
        atPath: models, withIntermediateDirectories: true)
      try Data("Featherstonehaugh".utf8).write(to: URL(filePath: "\(models)/old.db"))
      try Data().write(to: URL(filePath: "\(path)/data/main/compaction.owed"))
      try place.opened { _ in }
      #expect(try files(place.folder, holding: "Featherstonehaugh") == [])
    }
  }

  @Test func `evidence says when a section was altered, also to zeros that nobody decided on`()
    async throws
  {
    try await inTemporaryFolder { path in
      let (place, position) = try await slipped(path)
      try place.opened { workspace throws in
        #expect(try workspace.log.blank(1, of: Position(position)))
        var question = EvidenceQuestion()
        question.records = [place.account]
        let error = #expect(throws: ServiceError.self) {
          try workspace.exportEvidence(question, to: "\(path)/case.json")
        }
        #expect(error?.code == "LOG.DAMAGED")
        #expect(error?.sentence.contains("\(position)") == true)
      }
    }
  }
}
