import EventLog
import EventModel
import Foundation
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// A build that waits, and stops on its way to where the other one stands.
@Suite struct WaitingBuildTests {
  private static let model = "ticket-queue"

  /// Makes a workspace with a waiting build and an event behind it that no program of today takes,
  /// and lets go of it; gives the event's position.
  private func left(_ folder: DataFolder) async throws -> UInt64 {
    _ = try await Workspace.create(
      folder, NewWorkspace(organization: "Acme", administrator: "Somebody"))
    let workspace = try Workspace(opening: folder)
    _ = try await workspace.done(
      "OpenTicket", #"{"ticketNo":"T-1","categoryCode":"billing","channel":"web","subject":"s"}"#)
    _ = try workspace.models(withTables: false, withDigests: false)
    var rebuild = ModelRebuild(models: [Self.model])
    rebuild.isHeld = true
    _ = try workspace.rebuild(rebuild) { _ in }
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
    try workspace.close()
    return appended.first.rawValue
  }

  /// Has an older version serve that took the event: the file of the one that serves, renamed.
  private func age(_ folder: DataFolder, beyond position: UInt64) throws {
    let outcome = try BuiltCommand.run(
      script: """
        set -e
        serving=$(readlink \(Self.model).sqlite)
        mv "$serving" \(Self.model)-v1.1.sqlite
        ln -sfn \(Self.model)-v1.1.sqlite \(Self.model).sqlite
        python3 -c "import sqlite3; c = sqlite3.connect('\(Self.model)-v1.1.sqlite')
        c.execute('UPDATE model_checkpoint SET version = 1, next_position = \(position + 1)')
        c.commit()"
        """, in: folder.modelsFolder)
    try #require(outcome.status == 0, "\(outcome.standardError)")
  }

  private func cells(_ workspace: Workspace) throws -> (state: Value, why: String) {
    let table = try #require(
      try workspace.models(withTables: false, withDigests: false).tables.first)
    let row = try #require(table.rows.first { $0[0] == .text(Self.model) })
    return (row[4], "\(row[5])")
  }

  @Test func `it is shown with its event, tried again, and goes on when the event is left out`()
    async throws
  {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: "\(path)/data")
      let position = try await left(folder)
      try age(folder, beyond: position)
      let workspace = try Workspace(opening: folder)
      #expect(try cells(workspace).state == .text("held"))
      func compared() -> String? {
        do throws(ServiceError) {
          _ = try workspace.compareModels(ModelDiff(models: [Self.model], isTraced: false)) { _ in }
          return nil
        } catch {
          return error.code
        }
      }
      #expect(compared() == "MODEL.STOPPED")
      let stopped = try cells(workspace)
      #expect(stopped.state == .text("failed"))
      #expect(stopped.why.contains("position \(position)"), "\(stopped.why)")
      #expect(stopped.why.contains("TicketPraised"), "\(stopped.why)")
      #expect(try !workspace.retryModels([Self.model]).isRefused)
      #expect(try cells(workspace).state == .text("held"))
      #expect(compared() == "MODEL.STOPPED")
      let reason = ModelReason(code: "newerProgram")
      let error = await #expect(throws: ServiceError.self) {
        try await workspace.skipModelEvent(Self.model, at: position - 1, reason: reason)
      }
      #expect(error?.code == "MODEL.NOT_STOPPED")
      _ = try await workspace.skipModelEvent(Self.model, at: position, reason: reason)
      #expect(compared() == nil)
      try workspace.close()
    }
  }
}
