import EventLog
import EventModel
import Foundation
import ReadModels
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// A workspace with a few tickets.
private func withTickets(
  _ body: (_ workspace: Workspace, _ folder: DataFolder) async throws -> Void
) async throws {
  try await inTemporaryFolder { path in
    let folder = try DataFolder(path: "\(path)/data")
    _ = try await Workspace.create(
      folder, NewWorkspace(organization: "Acme", administrator: "Somebody"))
    let workspace = try Workspace(opening: folder)
    for number in 1...3 {
      _ = try await workspace.execute(
        CommandRequest(
          name: "OpenTicket",
          body:
            #"{"ticketNo":"T-\#(number)","categoryCode":"billing","channel":"web","subject":"s"}"#))
    }
    try await body(workspace, folder)
    try workspace.close()
  }
}

private func types(_ workspace: Workspace) throws -> [String] {
  try workspace.log.events(EventSelection(from: Position(0))).map(\.type)
}

private func cell(_ answer: Service.Answer, _ table: String, _ column: String) throws -> Value {
  let found = try #require(answer.tables.first { $0.name == table })
  let index = try #require(found.columns.firstIndex { $0.name == column })
  return try #require(found.rows.first)[index]
}

private let reason = ModelReason(code: "release", text: "as agreed")

@Suite struct ModelLifeTests {
  @Test func `a switch and its way back are recorded, with who, why and the comparison`()
    async throws
  {
    try await withTickets { workspace, _ in
      var rebuild = ModelRebuild(models: ["ticket-queue"])
      rebuild.isHeld = true
      let built = try workspace.rebuild(rebuild) { _ in }
      #expect(!built.isRefused)
      #expect(try cell(built.answer, "models", "next") == .text("3.2"))
      let diff = ModelDiff(models: ["ticket-queue"])
      #expect(try !workspace.compareModels(diff) { _ in }.isRefused)
      _ = try await workspace.switchModels(diff, reason: reason) { _ in }
      let list = try workspace.models(withTables: false, withDigests: false)
      let row = try #require(list.tables[0].rows.first { $0[0] == .text("ticket-queue") })
      #expect(Array(row[6...8]) == [.text("3.2"), .none, .text("3.1")])
      _ = try await workspace.rollBackModels(["ticket-queue"], reason: reason)
      #expect(try types(workspace).suffix(2) == ["ReadModelSwitched", "ReadModelRolledBack"])
      let switched = try #require(
        try workspace.log.events(
          EventSelection(.types(["ReadModelSwitched"].compactMap(EventType.init)))
        ).first)
      #expect(try switched.metadata()?.reasonCode == "release")
      guard case .organization(.readModelSwitched(let event))? = try switched.payload() else {
        Issue.record("the switch is another event")
        return
      }
      #expect(event.model == "ticket-queue")
      #expect([event.from.build, event.to.build] == [1, 2])
      #expect(event.diffDigest.count == 64)
      await #expect(throws: ServiceError.self) {
        try await workspace.rollBackModels(["ticket-queue"], reason: reason)
      }
    }
  }

  @Test func `undeclared differences are refused, and nothing is switched`() async throws {
    try await withTickets { workspace, folder in
      var rebuild = ModelRebuild(models: ["ticket-queue"])
      rebuild.isHeld = true
      _ = try workspace.rebuild(rebuild) { _ in }
      // A hand that changes the file stands for a projector that was changed without a version.
      let file = "\(folder.modelsFolder)/ticket-queue-v3.2.sqlite"
      let outcome = try BuiltCommand.run(
        script: """
          python3 -c "import sqlite3; c = sqlite3.connect('\(file)')
          c.execute(\\"UPDATE ticket SET priority = 'urgent' WHERE ticket_no = 'T-2'\\")
          c.commit()"
          """, in: folder.modelsFolder)
      try #require(outcome.status == 0, "\(outcome.standardError)")
      let before = workspace.log.size
      let compared = try workspace.compareModels(ModelDiff(models: ["ticket-queue"])) { _ in }
      #expect(compared.isRefused)
      #expect(
        try cell(compared.answer, "differences", "declareAs")
          == .text("ticket-queue ticket changed priority"))
      await #expect(throws: ServiceError.self) {
        try await workspace.switchModels(
          ModelDiff(models: ["ticket-queue"]), reason: reason
        ) { _ in }
      }
      #expect(workspace.log.size == before)
      let declared = ModelDiff(
        models: ["ticket-queue"],
        expectedChanges: "ticket-queue ticket changed priority max=1\n")
      #expect(try !workspace.compareModels(declared) { _ in }.isRefused)
      _ = try await workspace.switchModels(declared, reason: reason) { _ in }
      #expect(workspace.log.size == before + 1)
    }
  }

  @Test func `an event newer than the program stops its models, is named, and can be skipped`()
    async throws
  {
    try await withTickets { workspace, folder in
      let metadata: [UInt8] = try Metadata.with { $0.occurredAtUs = 1 }.serializedBytes()
      // Field 200 of the oneof, with an empty message: what a newer program would write.
      let newer: [UInt8] = [0xc2, 0x0c, 0x00]
      let sections = [
        (Metadata.protoMessageName, metadata), (TicketEvent.protoMessageName, newer),
      ].map { name, content in
        NewSection(
          kind: .plain,
          blob: PlainSection.encode(
            salt: (1, 2), contentType: ContentType.protobuf(name), content: content))
      }
      let event = NewEvent(
        eventID: .test(9, 0), stream: .known("ticket-tkt_new"), type: .known("TicketPraised"),
        actor: .known("usr_1"), sections: sections)
      let appended = try workspace.log.appendAndWait(
        AppendRequest(command: CommandID(high: 1, low: 9), events: [event]))
      let position = appended.first.rawValue
      let list = try workspace.models(withTables: false, withDigests: false)
      let row = try #require(list.tables[0].rows.first { $0[0] == .text("ticket-queue") })
      #expect(row[4] == .text("failed"))
      guard case .text(let why) = row[5] else { return }
      #expect(why.contains("position \(position)") && why.contains("TicketPraised"))
      #expect(why.contains("newer than this version"))
      let rehearsed = try workspace.rehearseModels(sample: nil) { _ in }
      #expect(rehearsed.isRefused)
      #expect(try cell(rehearsed.answer, "firstFailures", "position") == .integer(Int64(position)))
      #expect(try workspace.retryModels(["ticket-queue"]).isRefused)
      await #expect(throws: ServiceError.self) {
        try await workspace.skipModelEvent("ticket-queue", at: position - 1, reason: reason)
      }
      let skipped = try await workspace.skipModelEvent(
        "ticket-queue", at: position, reason: reason)
      #expect(!skipped.isRefused)
      #expect(try types(workspace).last == "ReadModelEventSkipped")
      // The event is where it was, and a rebuild leaves it out too.
      #expect(try types(workspace)[Int(position)] == "TicketPraised")
      #expect(!(try workspace.rebuild(ModelRebuild(models: ["ticket-queue"])) { _ in }.isRefused))
      let after = try workspace.models(withTables: false, withDigests: false)
      let now = try #require(after.tables[0].rows.first { $0[0] == .text("ticket-queue") })
      #expect(now[4] == .text("current"))
    }
  }

  @Test func `a catalogue that has grown is registered when the log is opened for writing`()
    async throws
  {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: "\(path)/data")
      _ = try await Workspace.create(
        folder, NewWorkspace(organization: "Acme", administrator: "Somebody"))
      let released = try [UInt8](
        Data(
          contentsOf: URL(filePath: "\(PackageRoot.path)/Fixtures/catalogue/0.1.0.binpb")))
      var newer = try Google_Protobuf_FileDescriptorSet(serializedBytes: SchemaDescriptor.bytes)
      let place = try #require(newer.file.firstIndex { $0.name.hasSuffix("ticket.proto") })
      newer.file[place].messageType.append(.with { $0.name = "TicketPraised" })
      var other = newer
      other.file[place].messageType.removeAll { $0.name == "TicketOpened" }
      /// The log as a program with the catalogue `schema` leaves it; then opened by this one.
      func left(with schema: [UInt8]) throws -> Int {
        let workspace = try Workspace(opening: folder)
        _ = try workspace.log.registerSchema(schema)
        let count = try types(workspace).count { $0 == "SchemaRegistered" }
        try workspace.close()
        return count
      }
      func opened() throws -> Int {
        let workspace = try Workspace(opening: folder)
        let count = try types(workspace).count { $0 == "SchemaRegistered" }
        try workspace.close()
        return count
      }
      // Each opening lets go of the workspace before the next.
      func reopened(after schema: [UInt8]) throws -> Int {
        let before = try left(with: schema)
        return try opened() - before
      }
      #expect(try reopened(after: SchemaDescriptor.bytes) == 0)
      #expect(try reopened(after: released) == 1)
      // A newer program's catalogue stays in force, and one that neither reads is refused.
      #expect(try reopened(after: newer.serializedBytes()) == 0)
      let error = #expect(throws: ServiceError.self) {
        try reopened(after: other.serializedBytes())
      }
      #expect(error?.code == "SCHEMA.DIVERGED")
    }
  }

  @Test func `an old version of an event counts for a record as the newest one would`()
    async throws
  {
    try await withTickets { workspace, folder in
      let file = "\(folder.path).jsonl"
      let head = #""stream":"ticket-tkt_1","actor":"system:import","occurredAt":"#
      let lines = [
        #"{"type":"TicketOpened",\#(head)"2026-01-01T03:04:05Z","#
          + #""data":{"ticketId":"tkt_1","channel":"import"}}"#,
        #"{"type":"TicketStatusChanged",\#(head)"2026-01-02T03:04:05Z","#
          + #""data":{"from":"new","to":"pendingCustomer","sourceStatus":"Accepted/Wait - User"}}"#,
      ]
      try lines.map { $0 + "\n" }.joined().write(toFile: file, atomically: true, encoding: .utf8)
      let imported = try await workspace.importEvents(
        file, dryRun: false, skipBadRows: false, progress: { _ in })
      try #require(!imported.isRefused, "\(imported.answer)")
      let shown = try workspace.show("ticket", id: "tkt_1", from: .now)
      #expect("\(shown)".contains("pendingCustomer"))
      let rows = try workspace.query(
        "SELECT source_status, source_substatus FROM ticket WHERE status = 'pendingCustomer'",
        limit: 10)
      #expect(rows.tables[0].rows == [[.text("Accepted"), .text("Wait - User")]])
    }
  }

  @Test func `a rehearsal writes nothing, and a sample has every type`() async throws {
    try await withTickets { workspace, folder in
      let size = workspace.log.size
      let whole = try workspace.rehearseModels(sample: nil) { _ in }
      #expect(!whole.isRefused)
      let sample = try workspace.rehearseModels(sample: 1) { _ in }
      #expect(!sample.isRefused)
      func names(_ answer: Service.Answer) -> [Value] {
        let table = answer.tables.first { $0.name == "types" }
        return table.map { $0.rows.map { row in row[0] } } ?? []
      }
      #expect(names(whole.answer) == names(sample.answer))
      #expect(workspace.log.size == size)
      #expect(!FileManager.default.fileExists(atPath: "\(folder.modelsFolder)/ticket-queue.sqlite"))
      #expect(throws: ServiceError.self) { try workspace.rehearseModels(sample: 0) { _ in } }
    }
  }
}
