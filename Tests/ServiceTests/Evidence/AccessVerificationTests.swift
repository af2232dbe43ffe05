import EventLog
import Foundation
import Service
import TestSupport
import Testing

/// The access log is checked with the main one, which holds its checkpoints.
@Suite struct AccessVerificationTests {
  @Test(arguments: [true, false])
  func `an access log that was put back or made anew is not the one of the anchors`(
    isPutBack: Bool
  ) async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace.left(path) { place in
        _ = try place.acting(1).show("account", id: place.account, from: .now)
        try place.workspace.anchorAccessLog()
      }
      let access = "\(place.folder.path)/main/access"
      try FileManager.default.copyItem(atPath: access, toPath: "\(path)/old")
      try place.opened { workspace in
        _ = try workspace.show("contact", id: place.contact, from: .now)
        try workspace.anchorAccessLog()
      }
      try place.opened { workspace in
        let sound = try workspace.verifyLog(threads: 1, progress: { _ in })
        #expect(!sound.isRefused)
        #expect(try #require(sound.answer.number("accessAnchors")) > 1)
        #expect(try #require(sound.answer.number("accessEvents")) > 4)
      }
      try FileManager.default.removeItem(atPath: access)
      if isPutBack { try FileManager.default.moveItem(atPath: "\(path)/old", toPath: access) }
      let told = isPutBack ? "the access log had" : "there is none"
      try checked(place) { workspace in
        let error = #expect(throws: ServiceError.self) { try workspace.requireWriter() }
        #expect(error?.code == "LOG.FORKED")
        #expect(error?.sentence.contains(told) == true)
        #expect(error?.sentence.contains("deed log accept-access-loss") == true)
      }
      #expect(FileManager.default.fileExists(atPath: access) == isPutBack)
      // Beside whoever writes the main log it is the same.
      let writer = try EventLog(
        writing: place.folder.folder, options: .init(clock: SystemClock.now))
      try checked(place) { workspace in
        let error = #expect(throws: ServiceError.self) { try workspace.requireWriter() }
        #expect(error?.code == "LOG.LOCKED")
      }
      writer.close()
    }
  }

  /// What is still asked of it: reading.
  private func checked(
    _ place: EvidenceWorkplace.Left, _ body: (Workspace) throws -> Void
  ) throws {
    let workspace = try Workspace(opening: place.folder, actor: place.administrators[0])
    #expect(!workspace.isWriter)
    try body(workspace)
    let outcome = try workspace.verifyLog(threads: 1, progress: { _ in })
    #expect(outcome.isRefused)
    let findings = try #require(outcome.answer.tables.first).rows
    #expect(findings.count == 1)
    #expect(findings.first?.first == .text("access anchor"))
    #expect("\(findings)".contains("access log"))
    try workspace.close()
  }

  @Test func `a restore that was cut off can be made again`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace.left(path) { place in
        _ = try place.acting(1).show("account", id: place.account, from: .now)
        try place.workspace.anchorAccessLog()
        _ = try place.workspace.backUp(to: "\(path)/old")
        _ = try place.acting(1).show("contact", id: place.contact, from: .now)
        try place.workspace.anchorAccessLog()
        _ = try place.workspace.backUp(to: "\(path)/new")
      }
      let copy = try DataFolder(path: "\(path)/copy", keysPath: place.folder.keysPath)
      // What one leaves that ended before the log was there.
      try FileManager.default.createDirectory(
        atPath: copy.folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(path)/old/access", toPath: copy.folder + "/access")
      _ = try Workspace.restore(copy, from: "\(path)/new")
      let workspace = try Workspace(opening: copy)
      try workspace.close()
      let error = #expect(throws: ServiceError.self) {
        try Workspace.restore(copy, from: "\(path)/old")
      }
      #expect(error?.code == "LOG.EXISTS")
    }
  }
}
