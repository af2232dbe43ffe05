import EventLog
import EventModel
import Foundation
import ReadModels
import Service
import TestSupport
import Testing

private let reason = ModelReason(code: "release", text: "as agreed")

private func openTicket(_ workspace: Workspace, _ number: Int) async throws {
  _ = try await workspace.execute(
    CommandRequest(
      name: "OpenTicket",
      body:
        #"{"ticketNo":"T-\#(number)","categoryCode":"billing","channel":"web","subject":"s"}"#))
}

/// A workspace with a few tickets, and its models.
private func withTickets(
  _ body: (_ workspace: Workspace, _ folder: DataFolder) async throws -> Void
) async throws {
  try await inTemporaryFolder { path in
    let folder = try DataFolder(path: "\(path)/data")
    _ = try await Workspace.create(
      folder, NewWorkspace(organization: "Acme", administrator: "Somebody"))
    let workspace = try Workspace(opening: folder)
    for number in 1...3 { try await openTicket(workspace, number) }
    _ = try workspace.models(withTables: false, withDigests: false)
    try await body(workspace, folder)
    try workspace.close()
  }
}

/// The cells of a model in the list of models, by column.
private func row(_ workspace: Workspace, _ model: String) throws -> [String: Value] {
  let table = try #require(
    try workspace.models(withTables: false, withDigests: false).tables.first)
  let row = try #require(table.rows.first { $0[0] == .text(model) })
  return Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), row))
}

private func file(_ workspace: Workspace, _ folder: DataFolder, _ model: String) throws -> String {
  guard case .text(let build)? = try row(workspace, model)["serving"] else { return "" }
  return "\(folder.modelsFolder)/\(model)-v\(build).sqlite"
}

/// Changes what a file says of itself, behind its writer's back.
private func change(_ file: String, _ assignments: String) throws {
  let outcome = try BuiltCommand.run(
    script: """
      python3 -c "import sqlite3; c = sqlite3.connect('\(file)')
      c.execute('UPDATE model_checkpoint SET \(assignments)')
      c.commit()"
      """, in: URL(filePath: file).deletingLastPathComponent().path)
  try #require(outcome.status == 0, "\(outcome.standardError)")
}

/// Moves a file's checkpoint back by one: whoever writes it finds that somebody else did.
private func moveBack(_ file: String) throws {
  try change(file, "next_position = next_position - 1")
}

@Suite struct ModelTroubleTests {
  @Test func `a model whose file fails stops no other, and can be rebuilt`() async throws {
    try await withTickets { workspace, folder in
      try moveBack(try file(workspace, folder, "ticket-queue"))
      try await openTicket(workspace, 4)
      #expect(try row(workspace, "ticket-queue")["state"] == .text("waiting"))
      #expect(try row(workspace, "worklist")["state"] == .text("current"))
      _ = try workspace.query("SELECT count(*) FROM account", limit: 1)
      #expect(try workspace.health().problems == ["The model ticket-queue is waiting."])
      let rebuilt = try workspace.rebuild(ModelRebuild(models: ["ticket-queue"])) { _ in }
      #expect(!rebuilt.isRefused)
      #expect(try row(workspace, "ticket-queue")["state"] == .text("current"))
      let tickets = try workspace.query("SELECT ticket_no FROM ticket", limit: 10)
      #expect(tickets.tables[0].rows.count == 4)
    }
  }

  @Test func `a file that is no database any more can be rebuilt`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: "\(path)/data")
      func broken() async throws {
        _ = try await Workspace.create(
          folder, NewWorkspace(organization: "Acme", administrator: "Somebody"))
        let workspace = try Workspace(opening: folder)
        try await openTicket(workspace, 1)
        let file = try file(workspace, folder, "ticket-queue")
        try workspace.close()
        try Data(repeating: 0x2a, count: 8_192).write(to: URL(filePath: file))
      }
      func mended() throws {
        let workspace = try Workspace(opening: folder)
        #expect(try row(workspace, "ticket-queue")["state"] == .text("waiting"))
        let rebuild = ModelRebuild(models: ["ticket-queue"])
        #expect(try !workspace.rebuild(rebuild) { _ in }.isRefused)
        #expect(try row(workspace, "ticket-queue")["state"] == .text("current"))
        try workspace.close()
      }
      try await broken()
      try mended()
    }
  }

  @Test func `of several models each is compared that can be, and all are switched that are named`()
    async throws
  {
    try await withTickets { workspace, folder in
      for models in [[], ["ticket-queue", "worklist"]] {
        var rebuild = ModelRebuild(models: ["ticket-queue", "worklist"])
        rebuild.isHeld = true
        _ = try workspace.rebuild(rebuild) { _ in }
        let waiting = try row(workspace, "ticket-queue")["next"]
        try moveBack(try file(workspace, folder, "ticket-queue"))
        let error = await #expect(throws: ServiceError.self) {
          try await workspace.switchModels(ModelDiff(models: models), reason: reason) { _ in }
        }
        #expect(error?.code == "MODEL.NOT_COMPARABLE")
        let answer = try await workspace.switchModels(
          ModelDiff(models: models), reason: reason, acceptsDifferences: true
        ) { _ in }
        let rows = answer.tables[0].rows
        #expect(rows.map { $0[0] } == [.text("ticket-queue"), .text("worklist")])
        #expect(rows.map { $0[4] == .none } == [true, false])
        #expect(answer.notes.first?.contains("ticket-queue") == true)
        #expect(try row(workspace, "ticket-queue")["serving"] == waiting)
        #expect(try row(workspace, "worklist")["next"] == Value.none)
      }
    }
  }

  @Test func `of several models none is switched when one of them stopped`() async throws {
    try await withTickets { workspace, folder in
      let names = ["ticket-queue", "worklist"]
      var rebuild = ModelRebuild(models: names)
      rebuild.isHeld = true
      _ = try workspace.rebuild(rebuild) { _ in }
      guard case .text(let waiting)? = try row(workspace, "worklist")["next"] else { return }
      try change(
        "\(folder.modelsFolder)/worklist-v\(waiting).sqlite",
        "failed_position = 1, failed_event = 0, failed_type = 0, failed_cause = 0")
      // Where it can't be compared, only the switch itself finds that it stopped.
      try moveBack(try file(workspace, folder, "worklist"))
      let before = workspace.log.size
      let error = await #expect(throws: ServiceError.self) {
        try await workspace.switchModels(
          ModelDiff(models: names), reason: reason, acceptsDifferences: true
        ) { _ in }
      }
      #expect(error?.code == "MODEL.STOPPED")
      #expect(workspace.log.size == before)
      #expect(try row(workspace, "ticket-queue")["next"] != Value.none)
    }
  }

  @Test(arguments: [-1, 36_501, 106_751_992, .max])
  func `a number of days that nobody means is refused`(days: Int) async throws {
    try await withTickets { workspace, _ in
      _ = try workspace.rebuild(ModelRebuild(models: ["worklist"])) { _ in }
      let error = #expect(throws: ServiceError.self) {
        try workspace.pruneModels(olderThan: 0, days: days)
      }
      #expect(error?.code == "VALIDATION.RANGE")
      _ = try workspace.pruneModels(olderThan: 0, days: 36_500)
    }
  }

  @Test func `what waits and what was not finished is shown, and can be deleted`() async throws {
    try await withTickets { workspace, _ in
      var rebuild = ModelRebuild(models: ["ticket-queue"])
      rebuild.isHeld = true
      _ = try workspace.rebuild(rebuild) { _ in }
      var other = ModelRebuild(models: ["worklist"])
      other.isHeld = true
      #expect(try workspace.rebuild(other, isCancelled: { true }) { _ in }.isRefused)
      let begun = try row(workspace, "worklist")
      #expect(begun["makingState"] == .text("interrupted") && begun["made"] == .integer(0))
      #expect(try workspace.health().models.first { $0.name == "worklist" }?.builtEvents == 0)
      let answer = try workspace.discardModels([])
      #expect(answer.tables[0].rows.map { $0[0] } == [.text("ticket-queue"), .text("worklist")])
      #expect(try row(workspace, "ticket-queue")["next"] == Value.none)
      #expect(try row(workspace, "worklist")["making"] == Value.none)
      #expect(try workspace.discardModels([]).tables.isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `models follow the log though nobody asks them`() async throws {
    try await withTickets { workspace, _ in
      let following = Task { await workspace.followModels() }
      try await openTicket(workspace, 4)
      while try workspace.health().models.contains(where: { $0.lag > 0 }) { await Task.yield() }
      following.cancel()
      await following.value
    }
  }
}
