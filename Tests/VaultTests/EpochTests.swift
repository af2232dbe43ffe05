internal import EventModel
internal import Foundation
internal import Sealing
internal import TestSupport
internal import Testing
internal import Vault

/// Wrapping epochs: what is destroyed is in no old page and no old backup.
@Suite struct EpochTests {
  private static let place = SectionPlace(
    eventID: EventID(high: 1, low: 2), section: 1, stream: "contact-c1", type: "ContactCreated")

  private func seal(_ vault: Vault, _ keyID: KeyID) throws -> [UInt8] {
    try vault.seal(content: [1, 2], contentType: "text/plain", under: keyID, at: Self.place)
  }

  private func isOpen(_ vault: Vault, _ blob: [UInt8], _ keyID: KeyID) throws -> Bool {
    if case .value = try vault.open(blob.span, under: keyID, at: Self.place) { true } else { false }
  }

  @Test func `survivors open as before, in this opening and the next`() throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      var sealed: [(KeyID, [UInt8])] = []
      do {
        let vault = try Vault(folder: keys, random: .system)
        let keyIDs = try vault.createSubjects(5, at: Position(0))
        for keyID in keyIDs { sealed.append((keyID, try seal(vault, keyID))) }
        try vault.destroy(sealed[0].0, receipt: Position(9))
        let ended = try vault.rotateEpoch()
        #expect(ended.destroyed == 1)
        #expect(ended.survivors == 4)
        #expect(vault.epoch == 2)
        vault.forgetCachedKeys()
        for (index, (keyID, blob)) in sealed.enumerated() {
          #expect(try isOpen(vault, blob, keyID) == (index > 0))
        }
        #expect(try vault.rotateEpoch().destroyed == 2)
      }
      let vault = try Vault(folder: keys, random: .system)
      #expect(vault.epoch == 3)
      #expect(try vault.removeOldEpochs() == [])
      for (keyID, blob) in sealed.dropFirst() { #expect(try isOpen(vault, blob, keyID)) }
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(keys)/vault")
      #expect(files.filter { $0.hasPrefix("kek-") } == ["kek-3"])
    }
  }

  @Test func `what a rotation that was cut off left behind is destroyed`() throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      let old = try Data(contentsOf: URL(filePath: "\(keys)/vault/kek-1"))
      do {
        let vault = try Vault(folder: keys, random: .system)
        _ = try vault.createSubject(at: Position(0))
        _ = try vault.rotateEpoch()
      }
      // After the commit, before the old file was destroyed; and before a commit that never came.
      for name in ["kek-1", "kek-3"] {
        try old.write(to: URL(filePath: "\(keys)/vault/\(name)"))
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o400], ofItemAtPath: "\(keys)/vault/\(name)")
      }
      let vault = try Vault(folder: keys, random: .system)
      #expect(try vault.removeOldEpochs() == [1])
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(keys)/vault")
      #expect(files.filter { $0.hasPrefix("kek-") } == ["kek-2"])
    }
  }

  @Test func `the mark of what was replayed is kept`() throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      do {
        let vault = try Vault(folder: keys, random: .system)
        #expect(try vault.replayedThrough() == Position(0))
        try vault.setReplayed(through: Position(77))
      }
      #expect(try Vault(folder: keys, random: .system).replayedThrough() == Position(77))
    }
  }
}
