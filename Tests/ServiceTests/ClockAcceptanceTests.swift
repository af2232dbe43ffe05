import EventLog
import EventModel
import Foundation
import Service
import TestSupport
import Testing

/// A workspace whose last event and clock are far apart.
@Suite struct ClockAcceptanceTests {
  @Test(arguments: [1, -1])
  func `a clock far from the last event is refused until somebody says that it is right`(
    direction: Int64
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: "\(path)/data")
      let clock = TestClock()
      try await made(folder, clock)
      clock.advance(byMicroseconds: direction * 365 * 86_400 * 1_000_000)
      for _ in 0..<2 {
        let error = #expect(throws: ServiceError.self) { try opened(folder, clock) }
        #expect(error?.code == "LOG.CLOCK")
        #expect(error?.sentence.contains("deed log accept-clock") == true)
      }
      let answer = try Workspace.acceptClock(folder, clock: { clock.now })
      #expect(answer.notes.count == 1)
      try opened(folder, clock)
      // Where it was ahead, the last event is of today now; else it is taken for right till then.
      try opened(folder, clock)
      clock.advance(byMicroseconds: 31 * 86_400 * 1_000_000)
      guard direction == 1 else { return try opened(folder, clock) }
      #expect(throws: ServiceError.self) { try opened(folder, clock) }
    }
  }

  @Test func `there is nothing to accept where there is no workspace`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: "\(path)/data")
      let error = #expect(throws: ServiceError.self) { try Workspace.acceptClock(folder) }
      #expect(error?.code == "WORKSPACE.NOT_FOUND")
    }
  }

  private func made(_ folder: DataFolder, _ clock: TestClock) async throws {
    let (workspace, _, _) = try await Workspace.create(
      folder, NewWorkspace(organization: "Clock", administrator: "First Admin"),
      clock: { clock.now }, isSimulated: false, random: .system)
    try workspace.close()
  }

  private func opened(_ folder: DataFolder, _ clock: TestClock) throws {
    let workspace = try Workspace(
      opening: folder, actor: nil, clock: { clock.now }, random: .system,
      clockJumpLimit: EventLog.usualClockJumpMicroseconds)
    try workspace.recordServerStart(version: "1")
    try workspace.close()
  }
}
