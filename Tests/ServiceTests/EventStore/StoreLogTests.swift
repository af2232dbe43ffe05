import Foundation
import Service
import TestSupport
import Testing

/// An event store has no users: whoever opens its folder may ask what `deed log` asks.
@Suite struct StoreLogTests {
  /// The store's workspace, and let go of again.
  private static func opened<Result>(
    _ folder: DataFolder, _ body: (Workspace) throws -> Result
  ) throws -> Result {
    let workspace = try Workspace(opening: folder)
    let result: Result
    do { result = try body(workspace) } catch {
      workspace.abandon()
      throw error
    }
    try workspace.close()
    return result
  }

  @Test func `figures, proofs, tiles and copies are made without a user`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      try Self.opened(folder) { workspace in
        let answers = [
          try workspace.logStatistics(), try workspace.checkpoint(), try workspace.verifierKey(),
          try workspace.inclusionProof(of: 0), try workspace.consistencyProof(from: 0),
          try workspace.exportTiles(to: path + "/tiles"), try workspace.backUp(to: path + "/copy"),
          try workspace.verifyLog(threads: 1) { _ in }.answer,
        ]
        // As the command line shows them.
        for answer in answers { #expect(try workspace.naming(peopleIn: answer) == answer) }
      }
      let other = try DataFolder(path: path + "/restored")
      _ = try Workspace.restore(other, from: path + "/copy")
    }
  }

  @Test func `a store's key is rotated, and what it holds stays where it was`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      let event = StoredEvent(type: "Made", tags: ["a"], uuid: "", message: [10, 1, 0x41])
      func append() async throws -> UInt64? {
        let store = try EventStore(opening: folder)
        _ = try await store.append([event])
        let head = store.head
        try store.close()
        return head
      }
      #expect(try await append() == 1)
      let rotated = try Workspace.rotateLogKey(folder)
      #expect(rotated.facts.contains { $0.name == "newKey" })
      _ = try Workspace.finishKeyRotation(folder)
      try Self.opened(folder) { workspace in
        let report = try workspace.verifyLog(threads: 1) { _ in }
        #expect(!report.isRefused)
      }
      #expect(try await append() == 2)
    }
  }

  @Test func `a store's log is ended by nobody, and that says why`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      try Self.opened(folder) { workspace in
        do throws(ServiceError) {
          _ = try workspace.endLog(reason: "x", nextOrigin: "deed.example/log2")
          Issue.record("it ended")
        } catch { #expect(error.code == "WORKSPACE.KIND") }
      }
    }
  }
}
