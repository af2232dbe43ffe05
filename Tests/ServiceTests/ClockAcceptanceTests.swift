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
      for number in 0..<2 { try read(folder, clock, copy: "\(path)/copy-\(number)") }
      let answer = try Workspace.acceptClock(folder, clock: { clock.now })
      #expect(answer.notes.count == 1)
      try opened(folder, clock)
      // Where it was ahead, the last event is of today now; else it is taken for right till then.
      try opened(folder, clock)
      clock.advance(byMicroseconds: 31 * 86_400 * 1_000_000)
      if direction == -1 {
        try opened(folder, clock)
        // That it is right behind the last event is no word about one that is far ahead.
        clock.advance(byMicroseconds: 2 * 365 * 86_400 * 1_000_000)
      }
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

  /// By a clock that nobody believes a workspace is read, verified and backed up, and not written.
  private func read(_ folder: DataFolder, _ clock: TestClock, copy: String) throws {
    let workspace = try workspace(folder, clock)
    defer { workspace.abandon() }
    #expect(!workspace.isWriter)
    let error = #expect(throws: ServiceError.self) { try workspace.requireWriter() }
    #expect(error?.code == "LOG.CLOCK")
    #expect(error?.sentence.contains("deed log accept-clock") == true)
    #expect(throws: ServiceError.self) { try workspace.recordServerStart(version: "1") }
    #expect(!(try workspace.verifyLog(threads: 1) { _ in }.isRefused))
    #expect(try workspace.publishedNote().hasPrefix(workspace.log.origin))
    #expect(try workspace.tile(at: "tile/0/000.p/1")?.count == 32)
    #expect(try workspace.inclusionProofText(of: 0).hasPrefix("c2sp.org/tlog-proof@v1"))
    #expect(try workspace.backUp(to: copy).title == "Backed up")
  }

  private func workspace(_ folder: DataFolder, _ clock: TestClock) throws -> Workspace {
    try Workspace(
      opening: folder, actor: nil, clock: { clock.now }, random: .system,
      clockJumpLimit: EventLog.usualClockJumpMicroseconds)
  }

  private func made(_ folder: DataFolder, _ clock: TestClock) async throws {
    let (workspace, _, _) = try await Workspace.create(
      folder, NewWorkspace(organization: "Clock", administrator: "First Admin"),
      clock: { clock.now }, isSimulated: false, random: .system)
    try workspace.close()
  }

  private func opened(_ folder: DataFolder, _ clock: TestClock) throws {
    let workspace = try workspace(folder, clock)
    defer { workspace.abandon() }
    try workspace.requireWriter()
    try workspace.recordServerStart(version: "1")
    try workspace.close()
  }
}
