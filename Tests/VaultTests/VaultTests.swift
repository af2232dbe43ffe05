internal import EventModel
internal import Foundation
internal import Sealing
internal import Synchronization
internal import TestSupport
internal import Testing
internal import Vault

@Suite struct VaultTests {
  private static let place = SectionPlace(
    eventID: EventID(high: 1, low: 2), section: 1, stream: "contact-c1", type: "ContactCreated")
  private static let content = SectionContent(contentType: "text/plain", content: Array("Zoë".utf8))

  private func withVault(_ body: (Vault, String) throws -> Void) throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      try body(try Vault(folder: keys, random: .system), keys)
    }
  }

  private func seal(_ vault: Vault, _ keyID: KeyID) throws -> [UInt8] {
    try vault.seal(
      content: Self.content.content, contentType: Self.content.contentType, under: keyID,
      at: Self.place)
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  @Test func `keys outlive a closing and an opening`() throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      let (keyID, blob, digest) = try firstSession(keys)
      let vault = try Vault(folder: keys, random: .system)
      #expect(try vault.open(blob.span, under: keyID, at: Self.place) == .value(Self.content))
      #expect(try vault.keyedDigest([1, 2, 3]) == digest)
      #expect(try vault.entry(keyID)?.created == Position(7))
    }
  }

  private func firstSession(_ keys: String) throws -> (KeyID, [UInt8], Digest) {
    let vault = try Vault(folder: keys, random: .system)
    let keyID = try vault.createSubject(at: Position(7))
    return (keyID, try seal(vault, keyID), try vault.keyedDigest([1, 2, 3]))
  }

  @Test func `two sealings of one content have nothing in common`() throws {
    try withVault { vault, _ throws in
      let keyID = try vault.createSubject(at: Position(0))
      let first = try seal(vault, keyID)
      let second = try seal(vault, keyID)
      #expect(first[..<17] == second[..<17])
      #expect(zip(first[17...], second[17...]).count { $0 == $1 } < 20)
    }
  }

  @Test func `a destroyed key opens nothing, seals nothing and leaves its receipt`() throws {
    try withVault { vault, keys throws in
      let keyID = try vault.createSubject(at: Position(3))
      let other = try vault.createSubject(at: Position(3))
      let blob = try seal(vault, keyID)
      let otherBlob = try seal(vault, other)
      try vault.destroy(keyID, receipt: Position(42))
      #expect(
        try vault.open(blob.span, under: keyID, at: Self.place) == .erased(receipt: Position(42)))
      #expect(throws: VaultError.destroyedKey(keyID, receipt: Position(42))) {
        try seal(vault, keyID)
      }
      try vault.destroy(keyID, receipt: Position(43))
      #expect(try vault.entry(keyID)?.state == .destroyed(receipt: Position(42)))
      #expect(try vault.entry(keyID)?.created == Position(3))
      #expect(
        try vault.open(otherBlob.span, under: other, at: Self.place) == .value(Self.content))
    }
  }

  @Test func `a restored vault destroys again what it never knew`() throws {
    try withVault { vault, _ throws in
      let keyID = KeyID(high: 5, low: 6)
      try vault.destroy(keyID, receipt: Position(9))
      #expect(throws: VaultError.destroyedKey(keyID, receipt: Position(9))) {
        try seal(vault, keyID)
      }
    }
  }

  @Test func `sealing never makes a key`() throws {
    try withVault { vault, _ throws in
      let keyID = KeyID(high: 5, low: 6)
      #expect(throws: VaultError.unknownKey(keyID)) { try seal(vault, keyID) }
      #expect(try vault.entry(keyID) == nil)
      #expect(try vault.open([2, 0].span, under: keyID, at: Self.place) == .unknownKey)
    }
  }

  @Test func `without a vault everything is hidden and nothing is sealed`() throws {
    let vault = Vault.absent()
    let keyID = KeyID(high: 5, low: 6)
    #expect(try vault.open([2].span, under: keyID, at: Self.place).sealed == .hidden)
    #expect(throws: VaultError.absent) { try seal(vault, keyID) }
    #expect(throws: VaultError.absent) { try vault.createSubject(at: Position(0)) }
    #expect(throws: VaultError.absent) { try vault.keyedDigest([]) }
    #expect(throws: VaultError.absent) { try vault.destroy(keyID, receipt: Position(0)) }
  }

  @Test func `another vault's master key is refused`() throws {
    try withTemporaryFolder { folder throws in
      let first = "\(folder)/a"
      let second = "\(folder)/b"
      try Vault.create(in: first, random: .system)
      try Vault.create(in: second, random: .system)
      let files = FileManager.default
      try files.removeItem(atPath: "\(first)/master.key")
      try files.copyItem(atPath: "\(second)/master.key", toPath: "\(first)/master.key")
      #expect(throws: VaultError.wrongMasterKey(folder: first)) {
        try Vault(folder: first, random: .system)
      }
    }
  }

  @Test func `files are for their owner alone`() throws {
    try withVault { _, keys throws in
      #expect(try mode(keys) == 0o700)
      #expect(try mode("\(keys)/master.key") == 0o400)
      #expect(try mode("\(keys)/vault") == 0o700)
      #expect(try mode("\(keys)/vault/kek-1") == 0o400)
      #expect(try mode("\(keys)/vault/data.mdb") == 0o600)
    }
  }

  @Test(arguments: ["", "/master.key", "/vault", "/vault/kek-1", "/vault/data.mdb"])
  func `an exposed file is refused by name`(name: String) throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      let path = keys + name
      let isFolder = name.isEmpty || name == "/vault"
      try FileManager.default.setAttributes(
        [.posixPermissions: isFolder ? 0o750 : 0o640], ofItemAtPath: path)
      #expect(throws: VaultError.exposed(path: path, mode: isFolder ? 0o750 : 0o640)) {
        try Vault(folder: keys, random: .system)
      }
    }
  }

  @Test func `a vault is made once and found or not`() throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      #expect(throws: VaultError.notFound(folder: keys)) {
        try Vault(folder: keys, random: .system)
      }
      try Vault.create(in: keys, random: .system)
      #expect(throws: VaultError.alreadyExists(folder: keys)) {
        try Vault.create(in: keys, random: .system)
      }
    }
  }

  @Test func `the cache keeps no more keys than it may`() throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      let vault = try Vault(folder: keys, random: .system, cacheLimit: 4)
      let keyIDs = try vault.createSubjects(30, at: Position(0))
      let blobs = try keyIDs.map { try seal(vault, $0) }
      #expect((4...8).contains(vault.cachedKeyCount))
      for (keyID, blob) in zip(keyIDs, blobs) {
        #expect(try vault.open(blob.span, under: keyID, at: Self.place) == .value(Self.content))
      }
      vault.forgetCachedKeys()
      #expect(vault.cachedKeyCount == 0)
    }
  }

  @Test func `a key is in memory for five minutes at the most, however often it is used`() throws {
    try withTemporaryFolder { folder throws in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      let begun = ContinuousClock.now
      let passed = Mutex(Duration.zero)
      let vault = try Vault(folder: keys, random: .system) {
        begun + passed.withLock { $0 }
      }
      let keyID = try vault.createSubject(at: Position(0))
      let blob = try seal(vault, keyID)
      #expect(vault.cachedKeyCount == 1)
      var most = 0
      for _ in 0..<100 {
        passed.withLock { $0 += .seconds(10) }
        #expect(try vault.open(blob.span, under: keyID, at: Self.place) == .value(Self.content))
        most = max(most, vault.cachedKeyCount)
      }
      #expect(most == 1)
      passed.withLock { $0 += Vault.keyLifetime / 2 }
      vault.dropAgedKeys()
      passed.withLock { $0 += Vault.keyLifetime / 2 }
      vault.dropAgedKeys()
      #expect(vault.cachedKeyCount == 0)
    }
  }

  @Test func `many tasks seal, open and destroy at once`() async throws {
    try await inTemporaryFolder { folder in
      let keys = "\(folder)/keys"
      try Vault.create(in: keys, random: .system)
      let vault = try Vault(folder: keys, random: .system, cacheLimit: 3)
      let keyIDs = try vault.createSubjects(8, at: Position(0))
      let erased = keyIDs[7]
      let blob = try seal(vault, erased)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for keyID in keyIDs.dropLast() {
          group.addTask {
            for _ in 0..<50 {
              let blob = try self.seal(vault, keyID)
              #expect(
                try vault.open(blob.span, under: keyID, at: Self.place) == .value(Self.content))
            }
          }
        }
        group.addTask {
          for _ in 0..<50 { _ = try vault.open(blob.span, under: erased, at: Self.place) }
        }
        group.addTask { try vault.destroy(erased, receipt: Position(1)) }
        try await group.waitForAll()
      }
      #expect(
        try vault.open(blob.span, under: erased, at: Self.place) == .erased(receipt: Position(1)))
    }
  }

  @Test func `digests depend on the workspace's secret`() throws {
    try withVault { first, _ throws in
      try withVault { second, _ throws in
        #expect(try first.keyedDigest([1]) == first.keyedDigest([1]))
        #expect(try first.keyedDigest([1]) != first.keyedDigest([2]))
        #expect(try first.keyedDigest([1]) != second.keyedDigest([1]))
      }
    }
  }

  @Test func `a secret file is written once, for its owner alone`() throws {
    try withTemporaryFolder { folder throws in
      let path = "\(folder)/log.key"
      try SecretFile.create([1, 2, 3], at: path)
      #expect(try SecretFile.read(path) == [1, 2, 3])
      #expect(try mode(path) == 0o400)
      #expect(throws: VaultError.alreadyExists(folder: path)) {
        try SecretFile.create([4], at: path)
      }
    }
  }
}
