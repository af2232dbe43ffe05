import Foundation
import Service
import TestSupport
import Testing

/// The log's own key, and what remains checkable when it changes.
@Suite struct LogKeyTests {
  @Test func `a rotation signs with both keys, and nothing before loses its proof`() async throws {
    try await inTemporaryFolder { path in
      var old = ""
      var question = EvidenceQuestion()
      let place = try await EvidenceWorkplace.left(path) { place in
        old = try #require(try place.workspace.verifierKey().text("vkey"))
        question.records = [place.account]
        _ = try place.workspace.exportEvidence(question, to: "\(path)/before.json")
      }

      let rotated = try Workspace.rotateLogKey(place.folder)
      let new = try #require(rotated.text("newKey"))
      #expect(rotated.text("oldKey") == old)
      #expect(new != old)
      #expect(throws: ServiceError.self) { try Workspace.rotateLogKey(place.folder) }
      try place.opened { workspace in
        let note = try #require(try workspace.checkpoint().text("note"))
        #expect(note.split(separator: "\n").filter { $0.hasPrefix("\u{2014} ") }.count == 2)
        _ = try workspace.exportEvidence(question, to: "\(path)/overlap.json")
        #expect(try !workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
      }
      let both = EvidenceTrust(keys: [new, old])
      for file in ["before", "overlap"] {
        #expect(try !EvidenceCheck.verify("\(path)/\(file).json", both).isRefused)
      }
      let newOnly = EvidenceTrust(keys: [new])
      #expect(try EvidenceCheck.verify("\(path)/before.json", newOnly).isRefused)

      _ = try Workspace.finishKeyRotation(place.folder)
      #expect(throws: ServiceError.self) { try Workspace.finishKeyRotation(place.folder) }
      try place.opened { workspace in
        #expect(try workspace.verifierKey().text("vkey") == new)
        // The log ends where both keys signed; its next checkpoint is the new key's alone.
        _ = try workspace.exportEvidence(question, to: "\(path)/last-of-both.json")
        _ = try workspace.exportEvidence(question, to: "\(path)/after.json")
        #expect(try !workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
      }
      #expect(try !EvidenceCheck.verify("\(path)/after.json", both).isRefused)
      let oldOnly = EvidenceTrust(keys: [old])
      #expect(try EvidenceCheck.verify("\(path)/after.json", oldOnly).isRefused)
    }
  }

  @Test func `a rotation that nobody may make, or that was cut off, leaves no key unsaid`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace.left(path) { _ in }
      let file = place.folder.keysFolder + "/log.key"
      let before = try String(contentsOfFile: file, encoding: .utf8)
      #expect(throws: ServiceError.self) {
        try Workspace.rotateLogKey(place.folder, actor: "usr_01KAH8NPC0244KE13EW15XFQAC")
      }
      #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
      let rotated = try Workspace.rotateLogKey(place.folder)
      let during = try String(contentsOfFile: file, encoding: .utf8)
      _ = try Workspace.finishKeyRotation(place.folder)
      // As if the process had ended between the file and the event of another rotation: of the two
      // keys in the file, the log knows the second alone.
      let newest = try #require(during.split(separator: "\n").first)
      let oldest = try #require(before.split(separator: "\n").first)
      try "\(oldest)\n\(newest)\n".write(toFile: file, atomically: false, encoding: .utf8)
      #expect(throws: ServiceError.self) { try Workspace.finishKeyRotation(place.folder) }
      let completed = try Workspace.rotateLogKey(place.folder)
      #expect(completed.text("oldKey") == rotated.text("newKey"))
      _ = try Workspace.finishKeyRotation(place.folder)
      try place.opened { workspace in
        let report = try workspace.verifyLog(threads: 1) { _ in }
        #expect(!report.isRefused)
      }
    }
  }

  @Test func `tiles are brought up to date, and another log's folder is refused`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let first = try place.workspace.exportTiles(to: "\(path)/tiles")
      #expect(try #require(first.number("files")) > 2)
      _ = try await place.workspace.done(
        "CreateAccount",
        #"{"accountType":"organization","source":{"channel":"website"},"name":"More"}"#)
      let second = try place.workspace.exportTiles(to: "\(path)/tiles")
      #expect(try #require(second.number("size")) > (try #require(first.number("size"))))
      try FileManager.default.createDirectory(
        atPath: "\(path)/other", withIntermediateDirectories: false)
      try Data("x".utf8).write(to: URL(filePath: "\(path)/other/file"))
      #expect(throws: ServiceError.self) { try place.workspace.exportTiles(to: "\(path)/other") }
      let elsewhere = try await EvidenceWorkplace("\(path)/second")
      #expect(throws: ServiceError.self) {
        try elsewhere.workspace.exportTiles(to: "\(path)/tiles")
      }
      try elsewhere.workspace.close()
      try place.workspace.close()
    }
  }

  @Test func `a policy that can't be read, or that nobody answers, cosigns nothing`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      await #expect(throws: ServiceError.self) {
        try await place.workspace.askWitnesses(policy: "nonsense")
      }
      let witness = "witness.example/w1+c1e48289+BJL3ZNbq1/J08oC8/g3NHlfgE0fnuFeLOnC25pYZj6MA"
      for address in ["", " http://127.0.0.1:9/", " http://witness.example/", " ftp://x/"] {
        let outcome = try await place.workspace.askWitnesses(
          policy: "witness w \(witness)\(address)\nquorum w\n")
        #expect(outcome.isRefused)
      }
      try place.workspace.close()
    }
  }
}
