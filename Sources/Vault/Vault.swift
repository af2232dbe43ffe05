internal import Crypto
package import EventModel
package import Sealing

/// The keys of data subjects: sealing, opening, and forgetting for ever.
///
/// It lies outside the log and its backups. Any thread may use it.
///
/// Source: docs/format/vault.md; evidence docs, "Erasure keys".
package final class Vault: Sendable {
  /// `nil` where there is no vault: then everything sealed is hidden.
  private let store: KeyStore?
  private let cache: KeyCache
  private let random: RandomSource

  private init(
    store: KeyStore?, random: RandomSource, cacheLimit: Int,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.store = store
    self.random = random
    cache = KeyCache(limit: cacheLimit, lifetime: Self.keyLifetime, now: now)
  }

  /// How long a key stays in memory in clear at the most.
  package static let keyLifetime: Duration = .seconds(300)

  /// Makes a vault in the keys folder of a workspace: `master.key` (0400) and `vault/`.
  ///
  /// - Parameters:
  ///   - folder: made if absent, for its owner alone; its parent must exist.
  ///   - random: the system's, unless the keys are for tests.
  /// - Throws: ``VaultError/alreadyExists(folder:)``; what exists is not touched.
  package static func create(in folder: String, random: RandomSource) throws(VaultError) {
    try KeyStore.create(in: folder, random: random)
  }

  /// Opens the vault in the keys folder of a workspace.
  ///
  /// - Parameters:
  ///   - folder: what ``create(in:random:)`` was given.
  ///   - random: for keys, salts and nonces: the system's, unless the data is for tests.
  ///   - cacheLimit: up to twice as many keys are kept in clear in memory.
  ///   - now: what the keys' time in memory is measured by.
  /// - Throws: ``VaultError``: `exposed` when a file is open to others than its owner.
  package convenience init(
    folder: String, random: RandomSource, cacheLimit: Int = 8192,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) throws(VaultError) {
    self.init(store: try KeyStore.open(folder), random: random, cacheLimit: cacheLimit, now: now)
  }

  /// Stands in where there is no vault: everything is hidden, and nothing can be sealed.
  package static func absent() -> Vault {
    Vault(store: nil, random: RandomSource { [UInt8](repeating: 0, count: $0) }, cacheLimit: 1)
  }

  package var isAbsent: Bool { store == nil }
}

/// Data subjects.
extension Vault {
  /// Makes the key of one new data subject, durably; `position` is how many events the log has.
  package func createSubject(at position: Position) throws(VaultError) -> KeyID {
    try createSubjects(1, at: position)[0]
  }

  /// Makes the keys of `count` new data subjects in one commit.
  package func createSubjects(
    _ count: Int, at position: Position
  ) throws(VaultError) -> [KeyID] {
    guard let store else { throw .absent }
    let keyIDs = (0..<count).map { _ in
      let (high, low) = random.words()
      return KeyID(high: high, low: low)
    }
    try store.make(keyIDs, created: position, random: random)
    return keyIDs
  }

  /// What is known of a subject's key; `nil` when it was never made here.
  package func entry(_ keyID: KeyID) throws(VaultError) -> KeyEntry? {
    try store?.entry(keyID)
  }

  /// Removes the subject's key, durably: from now on its sections are erased.
  ///
  /// To be called when `SubjectKeyDestroyed` is durable in the log, and again after a restore;
  /// a repeat keeps the first receipt. LMDB's freed pages and old backups of the vault hold the
  /// wrapped key until its epoch is destroyed too.
  ///
  /// - Parameters:
  ///   - keyID: known or not; an unknown one is marked as destroyed.
  ///   - receipt: the position of `SubjectKeyDestroyed`.
  /// - Throws: ``VaultError``; the key stands as before then.
  package func destroy(_ keyID: KeyID, receipt: Position) throws(VaultError) {
    guard let store else { throw .absent }
    try store.destroy(keyID, receipt: receipt)
    cache.drop(keyID)
  }

  /// Ends the wrapping epoch: every living key is wrapped anew and the old epoch's key destroyed,
  /// so that old pages and backups of the vault open nothing any more.
  ///
  /// - Returns: the epoch that is over, and how many keys survived.
  /// - Complexity: about 2 µs a living key, and one commit.
  package func rotateEpoch() throws(VaultError) -> (destroyed: UInt32, survivors: Int) {
    guard let store else { throw .absent }
    return try store.rotate(random: random)
  }

  /// Destroys what a rotation that was cut off left behind; the epochs that are over by that.
  package func removeOldEpochs() throws(VaultError) -> [UInt32] {
    guard let store else { return [] }
    return try store.removeOldEpochs()
  }

  /// The epoch that living keys are wrapped in; 0 where there is no vault.
  package var epoch: UInt32 { store?.epoch ?? 0 }

  /// How many subjects' keys live.
  ///
  /// - Complexity: O(keys).
  package func livingKeyCount() throws(VaultError) -> Int { try store?.livingCount() ?? 0 }

  /// Up to which position of the log destructions were carried out in this vault.
  package func replayedThrough() throws(VaultError) -> Position {
    try store?.replayed ?? Position(0)
  }

  /// Records that all destructions below `position` were carried out.
  package func setReplayed(through position: Position) throws(VaultError) {
    try store?.setReplayed(position)
  }

  /// Forgets the keys kept in clear in memory; they are read again when needed.
  package func forgetCachedKeys() { cache.dropAll() }

  /// Forgets the keys that were kept in clear for ``keyLifetime``; asking for one does that too.
  package func dropAgedKeys() { cache.dropAged() }

  /// How many keys are kept in clear in memory.
  package var cachedKeyCount: Int { cache.count }
}

/// Sections.
extension Vault {
  /// Seals `content` as one section of an event that is to be appended.
  ///
  /// - Throws: ``VaultError``: `unknownKey` and `destroyedKey` too: keys are never made here.
  /// - Complexity: about 10 µs, and a read of the store when the key is not cached.
  package func seal(
    content: [UInt8], contentType: String, under keyID: KeyID, at place: SectionPlace
  ) throws(VaultError) -> [UInt8] {
    guard store != nil else { throw .absent }
    let key: SymmetricKey
    switch try find(keyID) {
    case .key(let found): key = found
    case .destroyed(let receipt): throw .destroyedKey(keyID, receipt: receipt)
    case .unknown: throw .unknownKey(keyID)
    }
    do throws(SealingError) {
      return try SealedSection.seal(
        SectionContent(contentType: contentType, content: content), key: key, keyID: keyID,
        place: place, salt: random.bytes(SealedSection.saltByteCount),
        nonce: random.bytes(SealedSection.nonceByteCount))
    } catch {
      throw .damaged("a section could not be sealed")
    }
  }

  /// Seals `content` as section `section` of an event that is to be appended.
  package func seal(
    content: [UInt8], contentType: String, under keyID: KeyID, eventID: EventID, section: Int,
    stream: StreamName, type: EventType
  ) throws(VaultError) -> [UInt8] {
    try seal(
      content: content, contentType: contentType, under: keyID,
      at: SectionPlace(eventID: eventID, section: section, stream: stream, type: type))
  }

  /// Opens a sealed section.
  ///
  /// - Parameters:
  ///   - blob: the section as the record has it; its digest is the caller's to check.
  ///   - keyID: what the leaf says of the section.
  ///   - place: where the section stands.
  /// - Returns: the content, or why it stays closed.
  /// - Throws: ``VaultError`` when the store fails or is damaged, never because of `blob`.
  package func open(
    _ blob: Span<UInt8>, under keyID: KeyID, at place: SectionPlace
  ) throws(VaultError) -> Unsealed {
    switch try find(keyID) {
    case .key(let key): SealedSection.open(blob, key: key, keyID: keyID, place: place)
    case .destroyed(let receipt): .erased(receipt: receipt)
    case .unknown: .unknownKey
    }
  }

  /// The secret that opens this section alone, to be disclosed as evidence.
  ///
  /// - Returns: `nil` when the key is unknown or destroyed, or the blob is not of it.
  package func secret(
    of blob: Span<UInt8>, under keyID: KeyID, at place: SectionPlace
  ) throws(VaultError) -> SectionSecret? {
    switch try find(keyID) {
    case .key(let key): SealedSection.secret(of: blob, key: key, keyID: keyID, place: place)
    case .destroyed, .unknown: nil
    }
  }

  /// HMAC-SHA-256 under a secret of the workspace: equal bodies are recognised without their
  /// digest saying anything to others.
  package func keyedDigest(_ bytes: [UInt8]) throws(VaultError) -> EventModel.Digest {
    guard let store else { throw .absent }
    var code = store.digestCode
    code.update(data: bytes)
    let digest = Array(code.finalize())
    return EventModel.Digest(digest.span)
  }

  private enum Found {
    case key(SymmetricKey)
    case destroyed(receipt: Position)
    case unknown
  }

  private func find(_ keyID: KeyID) throws(VaultError) -> Found {
    guard let store else { return .unknown }
    if let key = cache.key(keyID) { return .key(key) }
    // Again when an epoch ended between the two looks.
    for _ in 0..<Self.lookLimit {
      let epoch = cache.epoch
      guard let entry = try store.entry(keyID) else { return .unknown }
      switch entry.state {
      case .destroyed(let receipt): return .destroyed(receipt: receipt)
      case .living(let keyEpoch, let wrapped):
        guard let key = try store.unwrap(wrapped, epoch: keyEpoch) else { continue }
        cache.insert(key, for: keyID, readAt: epoch)
        return .key(key)
      }
    }
    throw .damaged("the key \(keyID) is wrapped in an epoch that is over")
  }

  private static let lookLimit = 4
}
