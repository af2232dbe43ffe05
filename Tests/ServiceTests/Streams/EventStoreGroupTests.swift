import Service
import TestSupport
import Testing

@Suite struct EventStoreGroupTests {
  @Test func `an event store has no groups, and says what its clients have instead`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      let workspace = try Workspace(opening: folder)
      let asked: [@Sendable () async throws -> Void] = [
        { _ = try workspace.listConsumers() }, { _ = try workspace.showConsumer("billing") },
        { _ = try await workspace.createConsumer(NewConsumer(name: "billing")) },
        { _ = try await workspace.pauseConsumer("billing", true) },
      ]
      for ask in asked {
        let error = await #expect(throws: ServiceError.self) { try await ask() }
        #expect(error?.code == "WORKSPACE.KIND")
        #expect(error?.sentence.contains("umadb.v1.DCB") == true)
      }
      try workspace.close()
    }
  }
}
