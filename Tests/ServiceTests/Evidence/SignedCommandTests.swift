import Foundation
import Service
import TestSupport
import Testing

/// Commands that people sign with keys of their own.
@Suite struct SignedCommandTests {
  private func transfer(_ place: EvidenceWorkplace, to index: Int) -> String {
    """
    {"record":{"objectType":"account","id":"\(place.account)"},\
    "to":{"kind":"user","id":"\(place.administrators[index])"},"cause":"manual"}
    """
  }

  @Test func `a signed transfer is proved to be its actor's own`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let key = "\(path)/me.key"
      _ = try place.workspace.makeActorKey(in: key, named: "laptop-1")
      _ = try await place.workspace.done(
        "TransferOwnership", transfer(place, to: 1), reason: "territory", signedWith: key)
      var question = EvidenceQuestion()
      question.records = [place.account]
      let made = try place.workspace.exportEvidence(question, to: "\(path)/case.json")
      let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
      let report = try EvidenceCheck.report("\(path)/case.json", trust)
      #expect(report.contains(" with laptop-1, registered at"))
      #expect(report.contains("Nothing is missing in actor-\(place.administrators[0])"))
      #expect(try !place.workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
      try place.workspace.close()
    }
  }

  @Test func `where a signature is asked for, nothing happens without one`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.workspace.requireSignatures(of: ["standard"])
      let size = try place.workspace.logStatistics().number("events")
      let error = await #expect(throws: ServiceError.self) {
        try await place.workspace.done(
          "TransferOwnership", transfer(place, to: 1), reason: "territory")
      }
      #expect(error?.code == "PERMISSION.SIGNATURE")
      #expect(try place.workspace.logStatistics().number("events") == size)
      _ = try place.acting(0).requestErasure(of: place.contact, reason: "gdpr-17")
      #expect(throws: ServiceError.self) { try place.acting(1).approveErasure(of: place.contact) }
      _ = try place.acting(1).makeActorKey(in: "\(path)/second.key", named: "k")
      _ = try place.acting(1).approveErasure(
        of: place.contact, signedWith: "\(path)/second.key")
      // Somebody else's key is not the actor's.
      #expect(throws: ServiceError.self) {
        try place.acting(2).approveErasure(of: place.contact, signedWith: "\(path)/second.key")
      }
      _ = try place.workspace.requireSignatures(of: [])
      _ = try await place.workspace.done(
        "TransferOwnership", transfer(place, to: 1), reason: "territory")
      try place.workspace.close()
    }
  }

  @Test func `a revoked key, another's key and personal fields are refused`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.acting(1).makeActorKey(in: "\(path)/other.key", named: "other")
      _ = try place.workspace.makeActorKey(in: "\(path)/me.key", named: "me")
      let body = transfer(place, to: 1)
      await #expect(throws: ServiceError.self) {
        try await place.workspace.done(
          "TransferOwnership", body, reason: "territory", signedWith: "\(path)/other.key")
      }
      await #expect(throws: ServiceError.self) {
        try await place.workspace.done(
          "CreateContact",
          #"{"accountId":"\#(place.account)","source":{"channel":"website"},"name":{"full":"Some Body"}}"#,
          signedWith: "\(path)/me.key")
      }
      #expect(throws: ServiceError.self) {
        try place.workspace.makeActorKey(in: "\(path)/again.key", named: "me")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(path)/again.key"))
      _ = try place.workspace.revokeActorKey("me", reason: "lost")
      await #expect(throws: ServiceError.self) {
        try await place.workspace.done(
          "TransferOwnership", body, reason: "territory", signedWith: "\(path)/me.key")
      }
      #expect(throws: ServiceError.self) { try place.workspace.revokeActorKey("me", reason: nil) }
      try place.workspace.close()
    }
  }

  @Test func `a signed command repeated is done once`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.workspace.makeActorKey(in: "\(path)/me.key", named: "me")
      var request = CommandRequest(
        name: "TransferOwnership", body: transfer(place, to: 1), key: "transfer-1",
        reasonCode: "territory")
      request.signingKeyFile = "\(path)/me.key"
      let first = try await place.workspace.execute(request)
      let second = try await place.workspace.execute(request)
      #expect(second.value("isRepeat") == .flag(true))
      #expect(first.number("position") == second.number("position"))
      request.body = transfer(place, to: 2)
      let altered = request
      await #expect(throws: ServiceError.self) { try await place.workspace.execute(altered) }
      try place.workspace.close()
    }
  }
}
