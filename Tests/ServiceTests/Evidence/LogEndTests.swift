import Foundation
import Service
import TestSupport
import Testing

/// A log that ends, and the one that goes on from it.
@Suite struct LogEndTests {
  @Test func `two end a log, nothing is appended any more, and the next one holds its end`()
    async throws
  {
    try await inTemporaryFolder { path in
      let next = "deed.test/log2"
      var note = ""
      let place = try await EvidenceWorkplace.left(path) { place in
        let asked = try place.acting(0).endLog(reason: "format", nextOrigin: next)
        #expect(asked.text("state") == "waiting for another administrator")
        for (who, origin) in [(0, next), (1, "deed.test/log3")] {
          #expect(throws: ServiceError.self) {
            try place.acting(who).endLog(reason: "format", nextOrigin: origin)
          }
        }
        let ended = try place.acting(1).endLog(reason: "format", nextOrigin: next)
        #expect(ended.text("state") == "ended")
        note = try #require(ended.text("note"))
        #expect(throws: ServiceError.self) {
          try place.acting(0).requestErasure(of: place.contact, reason: "gdpr-17")
        }
      }
      try place.opened { workspace in
        #expect(try workspace.checkpoint().text("note") == note)
        #expect(try !workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
        _ = try workspace.show("account", id: place.account, from: .now)
        #expect(throws: ServiceError.self) {
          try workspace.endLog(reason: "format", nextOrigin: next)
        }
      }

      var settings = NewWorkspace(organization: "Next", administrator: "First Admin")
      settings.previousCheckpoint = note
      settings.origin = next
      let folder = try DataFolder(path: "\(path)/next")
      _ = try await Workspace.create(folder, settings)
      try Self.first(of: folder) { says in
        #expect(says.contains(#""previous_origin":"local/main/"#))
        #expect(says.contains(#""previous_checkpoint":"local/main/"#))
      }
      settings.previousCheckpoint = "no note"
      let other = try DataFolder(path: "\(path)/other")
      await #expect(throws: ServiceError.self) { try await Workspace.create(other, settings) }
    }
  }

  private static func first(of folder: DataFolder, _ body: (String) throws -> Void) throws {
    let workspace = try Workspace(opening: folder)
    let answer = try workspace.replay(EventFilter(types: ["LogCreated"]), limit: 1)
    try body("\(answer.tables)".replacing("\\\"", with: "\""))
    try workspace.close()
  }
}
