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
      try place.opened { workspace in
        let outcome = try workspace.verifyLog(threads: 1, progress: { _ in })
        #expect(outcome.isRefused)
        let findings = try #require(outcome.answer.tables.first).rows
        #expect(findings.count == 1)
        #expect(findings.first?.first == .text("access anchor"))
        #expect("\(findings)".contains("the access log had"))
      }
    }
  }
}
