import EventLog
import EventModel
import Foundation
import Service
import TestSupport
import Testing

/// What is seen while the clock is wrong is told when it is right again.
@Suite struct LeaptClockTests {
  private static let leap: Int64 = 60 * 86_400 * 1_000_000

  private func made(_ folder: DataFolder, _ clock: TestClock) async throws {
    let (workspace, _, _) = try await Workspace.create(
      folder, NewWorkspace(organization: "Clock", administrator: "First Admin"),
      clock: { clock.now }, isSimulated: false, random: .system)
    try workspace.close()
  }

  @Test func `looks by a clock that leapt wait until it is back, and none is lost`() async throws {
    try await inTemporaryFolder { path in
      let clock = TestClock()
      let folder = try DataFolder(path: "\(path)/data")
      try await made(folder, clock)
      let workspace = try Workspace(
        opening: folder, actor: nil, clock: { clock.now }, random: .system,
        clockJumpLimit: EventLog.usualClockJumpMicroseconds)
      let account = try await workspace.done(
        "CreateAccount",
        #"{"accountType":"organization","source":{"channel":"website"},"name":"Quill GmbH"}"#)
      try workspace.noteViewed(["account:\(account)"], path: "before")
      try workspace.flushAccessLog()
      clock.advance(byMicroseconds: Self.leap)
      try workspace.noteViewed(["account:\(account)"], path: "leapt")
      for _ in 0..<2 {
        let error = #expect(throws: ServiceError.self) { try workspace.flushAccessLog() }
        #expect(error?.code == "STORAGE.CLOSED")
        #expect(error?.sentence.contains("the clock leapt") == true)
      }
      clock.advance(byMicroseconds: -Self.leap)
      try workspace.noteViewed(["account:\(account)"], path: "back")
      try workspace.flushAccessLog()
      let seen = "\(try workspace.whoSaw(account).tables)"
      for path in ["before", "leapt", "back"] { #expect(seen.contains("\"\(path)\""), "\(seen)") }
      try workspace.close()
    }
  }
}
