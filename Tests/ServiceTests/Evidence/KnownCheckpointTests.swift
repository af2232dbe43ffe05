import EventModel
import Foundation
import Service
import Synchronization
import TestSupport
import Testing

/// What is known of the log outside it: whoever has an old copy does not go on with it.
@Suite struct KnownCheckpointTests {
  @Test func `a copy that is behind what a witness showed takes no event`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace.left(path) { place in
        _ = try place.workspace.backUp(to: "\(path)/backup")
      }
      var note = ""
      try place.opened { workspace in
        _ = try workspace.hold(place.contact, reason: "litigation-1")
        note = try #require(try workspace.checkpoint().text("note"))
      }
      let witnessed = "\(place.folder.keysPath)/main/witnessed.checkpoint"
      try Data(note.utf8).write(to: URL(filePath: witnessed))
      let copy = try DataFolder(path: "\(path)/copy", keysPath: place.folder.keysPath)
      let refused = #expect(throws: ServiceError.self) {
        try Workspace.restore(copy, from: "\(path)/backup")
      }
      #expect(refused?.code == "LOG.FORKED")
      #expect(!FileManager.default.fileExists(atPath: copy.path))
      // Nor is it opened where somebody copied the files.
      try FileManager.default.createDirectory(
        atPath: copy.path, withIntermediateDirectories: false)
      try FileManager.default.copyItem(atPath: "\(path)/backup", toPath: copy.folder)
      let error = #expect(throws: ServiceError.self) { try Workspace(opening: copy) }
      #expect(error?.code == "LOG.FORKED")
      // The log itself is not behind it.
      try place.opened { _ in }
    }
  }

  @Test func `a server publishes by itself, and says when nobody cosigns`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let told = Mutex<[String]>([])
      var pace = CheckpointKeeper.Pace()
      pace.alertAfter = .zero
      let keeper = CheckpointKeeper(place.workspace, pace: pace) { sentence in
        told.withLock { $0.append(sentence) }
      }
      await keeper.publish()
      let size = try place.workspace.logStatistics().number("checkpointSize")
      #expect(keeper.metrics.contains("deed_checkpoint_size \(try #require(size))"))
      await keeper.haveCosigned()
      #expect(told.withLock { $0 } == [])

      let policy =
        "witness w witness.example/w1+c1e48289+BJL3ZNbq1/J08oC8/g3NHlfgE0fnuFeLOnC25pYZj6MA "
        + "http://127.0.0.1:9/\nquorum w\n"
      let asked = try await place.workspace.askWitnesses(policy: policy, keeping: true)
      #expect(asked.isRefused)
      await keeper.haveCosigned()
      await keeper.haveCosigned()
      #expect(told.withLock { $0.count } == 1)
      #expect(keeper.notes.count == 1)
      #expect(keeper.metrics.contains("deed_witness_alarms 0"))

      // Evidence waits for the quorum, unless it is asked not to.
      var question = EvidenceQuestion()
      question.records = [place.account]
      let error = await #expect(throws: ServiceError.self) {
        try await place.workspace.exportWitnessedEvidence(question, to: "\(path)/case.json")
      }
      #expect(error?.code == "EVIDENCE.QUORUM")
      _ = try place.workspace.exportEvidence(question, to: "\(path)/case.json")
      let notes = try await place.workspace.meetWitnesses()
      #expect(notes.count == 1)
      #expect(notes.first?.contains("no answer") == true)
      try place.workspace.close()
    }
  }

  @Test func `tiles and witnesses are for those who run or audit, keys for those who run`()
    async throws
  {
    try await inTemporaryFolder { path in
      let (folder, auditor, administrator) = try await looked(path)
      let error = #expect(throws: ServiceError.self) {
        try Workspace.rotateLogKey(folder, actor: auditor)
      }
      #expect(error?.code == "PERMISSION.DENIED")
      _ = try Workspace.rotateLogKey(folder, actor: administrator)
    }
  }

  /// Who may take tiles and ask witnesses; in a scope of its own, so that the folder is let go of.
  private func looked(_ path: String) async throws -> (DataFolder, String?, String) {
    let place = try await AccessWorkplace(path)
    for role in ["auditor", "crmAdmin", "manager", "salesRep", "finance", "nobody"] {
      let workspace = try place.workspace(role)
      let mayLook = ["auditor", "crmAdmin"].contains(role)
      var code: String?
      do throws(ServiceError) { _ = try workspace.exportTiles(to: "\(path)/\(role)") } catch {
        code = error.code
      }
      #expect((code == nil) == mayLook, "\(role): \(code ?? "")")
      code = nil
      do throws(ServiceError) { _ = try await workspace.askWitnesses(policy: "") } catch {
        code = error.code
      }
      #expect((code == "VALIDATION.POLICY") == mayLook, "\(role): \(code ?? "")")
    }
    let folder = place.founder.folder
    try place.founder.close()
    return (folder, place.users["auditor"], place.administrator)
  }

  @Test func `an export of tiles is checked without a workspace`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let tiles = "\(path)/tiles"
      _ = try place.workspace.exportTiles(to: tiles)
      let key = try #require(try place.workspace.verifierKey().text("vkey"))
      try place.workspace.close()
      let trust = EvidenceTrust(keys: [key])
      #expect(try !EvidenceCheck.verifyTiles(tiles, trust).isRefused)
      for name in try FileManager.default.subpathsOfDirectory(atPath: tiles) {
        guard let whole = FileManager.default.contents(atPath: "\(tiles)/\(name)") else { continue }
        var flipped = whole
        flipped[flipped.startIndex + 2] ^= 1
        try flipped.write(to: URL(filePath: "\(tiles)/\(name)"))
        #expect(try EvidenceCheck.verifyTiles(tiles, trust).isRefused, "\(name)")
        try whole.write(to: URL(filePath: "\(tiles)/\(name)"))
      }
      #expect(try EvidenceCheck.verifyTiles("\(path)/nowhere", trust).isRefused)
    }
  }
}
