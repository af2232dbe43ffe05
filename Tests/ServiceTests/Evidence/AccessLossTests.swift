import Foundation
import Service
import TestSupport
import Testing

/// An access log that is lost, and how a workspace goes on.
@Suite struct AccessLossTests {
  private static func used(_ path: String) async throws -> EvidenceWorkplace.Left {
    try await EvidenceWorkplace.left(path) { place in
      _ = try place.acting(1).show("account", id: place.account, from: .now)
      try place.workspace.anchorAccessLog()
    }
  }

  private func isBarred(_ place: EvidenceWorkplace.Left, _ words: String) throws {
    let workspace = try Workspace(opening: place.folder)
    defer { workspace.abandon() }
    #expect(!workspace.isWriter)
    let error = #expect(throws: ServiceError.self) { try workspace.requireWriter() }
    #expect(error?.code == "LOG.FORKED")
    #expect(error?.sentence.contains(words) == true, "\(String(describing: error))")
  }

  /// Uses it, and verifies it: nothing is found, and what can't be checked is said.
  private func isWhole(_ place: EvidenceWorkplace.Left) throws {
    try place.opened { workspace in
      try workspace.requireWriter()
      _ = try workspace.show("account", id: place.account, from: .now)
      try workspace.anchorAccessLog()
      let checked = try workspace.verifyLog(threads: 1) { _ in }
      #expect(!checked.isRefused, "\(checked.answer)")
      #expect("\(checked.answer)".contains("its loss was accepted"))
      #expect(try #require(checked.answer.number("accessAnchors")) > 0)
    }
  }

  @Test func `a loss is recorded with who and why, and a new access log begins`() async throws {
    try await inTemporaryFolder { path in
      let place = try await Self.used(path)
      let access = "\(place.folder.folder)/access"
      try FileManager.default.moveItem(atPath: access, toPath: "\(path)/first")
      try isBarred(place, "there is none")
      let answer = try Workspace.acceptAccessLoss(
        place.folder, reason: "disk-failure", actor: place.administrators[1])
      #expect(answer.text("nextOrigin")?.hasSuffix("/access/2") == true)
      try isWhole(place)
      try place.opened { workspace in
        let said = try workspace.events(
          EventFilter(types: ["AccessLossAccepted"]), after: nil, limit: 10
        ).events
        #expect(said.count == 1)
        #expect("\(said)".contains("disk-failure"))
        #expect("\(said)".contains(place.administrators[1]))
        // Evidence takes the new one's checkpoints.
        var question = EvidenceQuestion()
        question.records = [place.account]
        _ = try workspace.exportEvidence(question, to: "\(path)/case.json")
      }
      let nothing = #expect(throws: ServiceError.self) {
        try Workspace.acceptAccessLoss(place.folder, reason: "again")
      }
      #expect(nothing?.code == "LOG.NOTHING_LOST")
      // The first one is none of this log any more.
      try FileManager.default.moveItem(atPath: access, toPath: "\(path)/second")
      try FileManager.default.moveItem(atPath: "\(path)/first", toPath: access)
      try isBarred(place, "it is of the log")
      let again = try Workspace.acceptAccessLoss(place.folder, reason: "disk-failure-2")
      #expect(again.text("nextOrigin")?.hasSuffix("/access/3") == true)
      let aside = try #require(again.text("folder"))
      #expect(FileManager.default.fileExists(atPath: "\(aside)/log/data.mdb"))
      try isWhole(place)
    }
  }

  @Test func `a loss is accepted by administrators alone, with a code`() async throws {
    try await inTemporaryFolder { path in
      let place = try await Self.used(path)
      try FileManager.default.removeItem(atPath: "\(place.folder.folder)/access")
      let code = #expect(throws: ServiceError.self) {
        try Workspace.acceptAccessLoss(place.folder, reason: "a disk failed")
      }
      #expect(code?.code == "VALIDATION.CODE")
      let stranger = #expect(throws: ServiceError.self) {
        try Workspace.acceptAccessLoss(
          place.folder, reason: "disk-failure", actor: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV")
      }
      #expect(stranger?.code.hasPrefix("PERMISSION.") == true, "\(String(describing: stranger))")
      try isBarred(place, "there is none")
    }
  }
}
