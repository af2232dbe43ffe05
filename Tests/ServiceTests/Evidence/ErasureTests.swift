import CRM
import Commands
import EventLog
import EventModel
import Evidence
import Foundation
import Service
import TestSupport
import Testing
import Vault

/// Erasing a person: four eyes, holds, nothing left, and nothing broken.
@Suite struct ErasureTests {
  @Test func `one asks, two others agree, and the person is erased for everybody`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let proof = try place.workspace.inclusionProof(of: 5).text("proof")
      let before = try place.workspace.show("contact", id: place.contact, from: .now)
      #expect("\(before.facts)".contains(EvidenceWorkplace.personal[0]))

      _ = try place.acting(0).requestErasure(of: place.contact, reason: "gdpr-17")
      #expect(throws: ServiceError.self) { try place.acting(0).approveErasure(of: place.contact) }
      let waiting = try place.acting(1).approveErasure(of: place.contact)
      #expect(waiting.text("state") == "waiting for 1 approvals")
      #expect(throws: ServiceError.self) { try place.acting(1).approveErasure(of: place.contact) }
      let epochs = (place.workspace.shownRecords.epoch, place.workspace.streamShelf.epoch)
      let erased = try place.acting(2).approveErasure(of: place.contact)
      // What was being shown while the key went is kept by nobody.
      #expect(place.workspace.shownRecords.epoch > epochs.0)
      #expect(place.workspace.streamShelf.epoch > epochs.1)
      #expect(erased.text("state") == "erased")
      let position = try #require(erased.number("destroyedAt"))

      let after = try place.workspace.show("contact", id: place.contact, from: .now)
      for text in EvidenceWorkplace.personal { #expect(!"\(after.facts)".contains(text)) }
      #expect(after.facts.contains { $0.value == .erased(position: position) })
      let finished = try place.workspace.finishErasures()
      #expect(finished.number("epoch") == 1)
      #expect(try place.workspace.erasureStatus(of: place.contact).text("state") == "complete")
      // Every proof made before still verifies, and the log is as it was.
      #expect(try place.workspace.inclusionProof(of: 5).text("proof") != proof)
      #expect(try !place.workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
      try place.workspace.close()
    }
  }

  @Test func `no epoch ends behind a key that should be gone and is not`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.acting(0).requestErasure(of: place.contact, reason: "gdpr-17")
      // The log says that the key is destroyed; the vault failed to do it.
      let last = try place.workspace.log.events(
        EventSelection(direction: .backwards, limit: 20)
      ).first { $0.type == "SubjectErasureRequested" }
      let asked = try #require(last)
      let stream = try #require(StreamName(asked.stream))
      _ = try place.workspace.recordSystem(
        .subjectKeyDestroyed, in: stream, [.init("kid", .text(stream.id))],
        by: ActorID(system: "privacy"))
      _ = try place.workspace.finishErasures()
      let after = try place.workspace.show("contact", id: place.contact, from: .now)
      for text in EvidenceWorkplace.personal { #expect(!"\(after.facts)".contains(text)) }
      try place.workspace.close()
    }
  }

  @Test func `what was read while a key lived that should be gone is kept by nobody`() async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let workspace = place.workspace
      let stream = try #require(StreamName("contact-\(place.contact)"))
      let made = try #require(try workspace.log.events(EventSelection(.stream(stream))).first)
      let keyID = try #require(made.sealedSections.first?.header.keyID)
      _ = try place.acting(0).requestErasure(of: place.contact, reason: "gdpr-17")
      // The log says that the key is destroyed; the vault did not do it yet.
      let destroyed = try workspace.recordSystem(
        .subjectKeyDestroyed, in: try #require(StreamName("subject-\(keyID.hex)")),
        [.init("kid", .text(keyID.hex))], by: ActorID(system: "privacy"))
      func isShown() throws -> Bool {
        let record = try workspace.executor.record(.contact(place.contact))
        let contact = try #require(record?.state as? Contact)
        return "\(contact)".contains(EvidenceWorkplace.personal[0])
      }
      try #require(try isShown())
      try workspace.keys.vault.destroy(keyID, receipt: destroyed)
      _ = try await workspace.done(
        "CreateAccount",
        #"{"accountType":"organization","source":{"channel":"website"},"name":"Later GmbH"}"#)
      #expect(try !isShown())
      let epoch = workspace.shownRecords.epoch
      _ = try workspace.finishErasures()
      #expect(workspace.shownRecords.epoch > epoch)
      try workspace.close()
    }
  }

  @Test func `how an erasure stands is told to those who may read whom it is about`() async throws {
    try await inTemporaryFolder { path in
      let place = try await AccessWorkplace(path)
      let subject = place.contact
      let error = #expect(throws: ServiceError.self) {
        try place.workspace("nobody").erasureStatus(of: subject)
      }
      #expect(error?.code == "PERMISSION.DENIED")
      for name in ["owner", "auditor"] {
        let answer = try place.workspace(name).erasureStatus(of: subject)
        #expect(answer.text("subject") == "contact:\(subject)")
      }
      try place.founder.close()
    }
  }

  @Test func `no file of the workspace holds the person's words, before or after`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.workspace.query("SELECT count(*) FROM account", limit: 1)
      try place.erase()
      _ = try place.workspace.finishErasures()
      try place.workspace.close()
      for text in EvidenceWorkplace.personal {
        #expect(try place.files(holding: text) == [], "\(text)")
      }
      // The search itself finds what is there.
      #expect(try !place.files(holding: "Quill GmbH").isEmpty)
    }
  }

  @Test func `nothing more is recorded of an erased person`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      try place.erase()
      let named = #"{"contactId":"\#(place.contact)","name":{"full":"Zoë Again"}}"#
      await #expect(throws: ServiceError.self) {
        try await place.workspace.done("ChangeContactDetails", named)
      }
      #expect(throws: ServiceError.self) {
        try place.workspace.requestErasure(of: place.contact, reason: "gdpr-17")
      }
      try place.workspace.close()
    }
  }

  @Test func `a legal hold forbids erasing until two have released it`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.acting(0).requestErasure(of: place.contact, reason: "gdpr-17")
      _ = try place.acting(1).hold(place.contact, reason: "litigation-7")
      let error = #expect(throws: ServiceError.self) {
        try place.acting(1).approveErasure(of: place.contact)
      }
      #expect(error?.code == "LOCKED.LEGAL_HOLD")
      let hold = "hold-1"
      _ = try place.acting(1).releaseHold(hold, on: place.contact)
      #expect(throws: ServiceError.self) {
        try place.acting(1).releaseHold(hold, on: place.contact)
      }
      #expect(try place.workspace.erasureStatus(of: place.contact).text("state") == "held")
      _ = try place.acting(2).releaseHold(hold, on: place.contact)
      _ = try place.acting(1).approveErasure(of: place.contact)
      #expect(try place.acting(2).approveErasure(of: place.contact).text("state") == "erased")
      try place.workspace.close()
    }
  }

  @Test func `a vault put back from before destroys again before it serves`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace.left(path)
      let keys = "\(place.folder.keysPath)/main"
      try FileManager.default.copyItem(atPath: keys, toPath: "\(path)/old-keys")
      try place.opened { workspace in
        _ = try workspace.acting(as: Principal(place.administrators[0]))
          .requestErasure(of: place.contact, reason: "gdpr-17")
        for index in [1, 2] {
          _ = try workspace.acting(as: Principal(place.administrators[index]))
            .approveErasure(of: place.contact)
        }
        _ = try workspace.finishErasures()
      }
      try FileManager.default.removeItem(atPath: keys)
      try FileManager.default.moveItem(atPath: "\(path)/old-keys", toPath: keys)
      try place.opened { workspace in
        let shown = try workspace.show("contact", id: place.contact, from: .now)
        for text in EvidenceWorkplace.personal { #expect(!"\(shown.facts)".contains(text)) }
        let user = try workspace.show("user", id: place.administrators[1], from: .now)
        #expect("\(user.facts)".contains("Second Admin"))
      }
      #expect(!FileManager.default.fileExists(atPath: "\(keys)/vault/kek-1"))
    }
  }

  @Test func `a vault from before a rotation opens nothing without its epoch's key`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace.left(path)
      let vault = "\(place.folder.keysPath)/main/vault"
      try FileManager.default.copyItem(atPath: "\(vault)/data.mdb", toPath: "\(path)/old.mdb")
      try place.opened { workspace in _ = try workspace.finishErasures() }
      try FileManager.default.removeItem(atPath: "\(vault)/data.mdb")
      try FileManager.default.moveItem(atPath: "\(path)/old.mdb", toPath: "\(vault)/data.mdb")
      let error = #expect(throws: ServiceError.self) { try Workspace(opening: place.folder) }
      #expect(error?.sentence.contains("epoch 1") == true)
    }
  }

  @Test func `the receipt holds by itself`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      try place.erase()
      _ = try place.workspace.finishErasures()
      let made = try place.workspace.erasureReceipt(of: place.contact, to: "\(path)/receipt.json")
      let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
      let outcome = try EvidenceCheck.verify("\(path)/receipt.json", trust)
      #expect(!outcome.isRefused)
      let report = try EvidenceCheck.report("\(path)/receipt.json", trust)
      for words in ["subject key destroyed", "subject erasure approved", "key epoch destroyed"] {
        #expect(report.contains(words), "\(words)")
      }
      try place.workspace.close()
    }
  }

  @Test func `an epoch that ended before a crash is recorded when the workspace is opened`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace.left(path) { place in
        try place.erase()
        // As far as a process came that died before it could say so.
        _ = try place.workspace.keys.vault.rotateEpoch()
      }
      for _ in 1...2 {
        try place.opened { workspace in
          let found = try workspace.replay(EventFilter(types: ["KeyEpochDestroyed"]), limit: 10)
          #expect(found.tables[0].rows.count == 1)
          #expect(try workspace.erasureStatus(of: place.contact).text("state") == "complete")
        }
      }
      try place.opened { workspace in
        _ = try workspace.finishErasures()
        let found = try workspace.replay(EventFilter(types: ["KeyEpochDestroyed"]), limit: 10)
        #expect(found.tables[0].rows.count == 2)
      }
    }
  }

  @Test func `the register tells of an erasure whom it concerns, and who runs the workspace`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let seller = try await place.workspace.done(
        "ProvisionUser", #"{"name":{"full":"Sam"},"active":true,"roleIds":["salesRep"]}"#)
      _ = try place.acting(0).requestErasure(of: place.contact, reason: "gdpr-17")
      func erasures(_ user: String) throws -> Int {
        try place.workspace.acting(as: Principal(user)).privacyRegister()
          .tables.first { $0.name == "erasures" }?.rows.count ?? -1
      }
      #expect(try erasures(place.administrators[1]) == 1)
      #expect(try erasures(seller) == 0)
      try place.workspace.close()
    }
  }
}
