internal import Hummingbird
internal import HummingbirdCore
internal import Service

extension Operation {
  /// An operation that asks the workspace and changes nothing.
  ///
  /// It can wait for a position, so that its caller sees what it wrote, and tells a caller who has
  /// the answer already that it is the same.
  static func question(
    _ id: String, _ path: String, tag: String, _ summary: String, _ parameters: [Parameter] = [],
    table: String? = nil, cost: Int = 1,
    _ ask: @escaping @Sendable (Call) throws -> @Sendable (Workspace) throws -> Answer
  ) -> Operation {
    Operation(
      id: id, method: .get, path: path, tag: tag, summary: summary,
      parameters: parameters + [.waitForPosition, .ifNoneMatch], cost: cost,
      success: .json(Schemas.answer(table: table), "The answer.")
    ) { call in
      let workspace = call.workspace
      let question = try ask(call)
      try await call.waitForPosition()
      let answer = try await call.reading { try question(workspace) }
      return try .answer(answer, revision: nil, to: call)
    }
  }
}

extension Call {
  /// The longest that a question waits for a position.
  private static let waitSeconds = 5
  /// How far beyond the log's end a position may be that is waited for.
  private static let waitPositions: UInt64 = 100_000

  /// Waits until the log has the position that the caller names.
  func waitForPosition() async throws {
    guard let position = try number("wait-for-position") else { return }
    // What no command can have answered with yet isn't waited for.
    let isNear = position < workspace.logSize + Self.waitPositions
    let end = ContinuousClock.now.advanced(by: .seconds(isNear ? Self.waitSeconds : 0))
    while workspace.logSize <= position {
      let left = ContinuousClock.now.duration(to: end)
      guard left > .zero else {
        throw Problem(
          409, "STATE.BEHIND",
          "The log has not come to position \(position): ask again, or for one that a command "
            + "answered with.")
      }
      _ = await workspace.waitForEvents(beyond: position, within: left)
      try Task.checkCancellation()
    }
  }
}
