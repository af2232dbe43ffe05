import Service
import TestSupport
import Testing

/// A company with five teams, and what tests of streams ask of it.
enum StreamWorkplace {
  static func open(
    _ body: @Sendable (_ workspace: Workspace) async throws -> Void
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await Workspace.create(folder, NewWorkspace(organization: "O", administrator: "A"))
      let workspace = try Workspace(opening: folder)
      try await addTeams(1...5, to: workspace)
      try await body(workspace)
      await workspace.closeConsumers()
      try workspace.close()
    }
  }

  static func addTeams(_ numbers: ClosedRange<Int>, to workspace: Workspace) async throws {
    for number in numbers {
      _ = try await workspace.execute(
        CommandRequest(name: "CreateTeam", body: #"{"name":"Team \#(number)"}"#))
    }
  }

  /// Follows to the end; gives what came and the last mark.
  static func follow(
    _ subscription: EventSubscription
  ) throws -> (events: [StreamedEvent], mark: StreamMark) {
    var events: [StreamedEvent] = []
    for _ in 0..<10_000 {
      switch try subscription.next() {
      case .events(let some): events += some
      case .caughtUp(let mark): return (events, mark)
      case .checkpoint, .fellBehind: continue
      case .nothing: throw Unended()
      }
    }
    throw Unended()
  }

  struct Unended: Error {}
}
