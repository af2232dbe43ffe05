internal import Crypto
internal import EventModel
internal import Foundation
internal import LMDB
internal import Synchronization

/// Wrapping epochs: docs/format/vault.md, "Epochs".
extension KeyStore {
  private static let replayedName = Array("replayed".utf8)

  /// Begins a new epoch: wraps every living key anew, and destroys the key of the old one.
  ///
  /// From then on old pages of the store and its older backups open nothing.
  ///
  /// - Returns: the epoch that was destroyed, and how many keys survived.
  /// - Throws: ``VaultError``; the old epoch goes on then, unless only its file is left over, which
  ///   the next ``removeOldEpochs()`` destroys.
  func rotate(random: RandomSource) throws(VaultError) -> (destroyed: UInt32, survivors: Int) {
    try current.withLock { epoch throws(VaultError) in
      try opening.withLock { opened throws(VaultError) in
        let next = Epoch(number: epoch.number + 1, key: SymmetricKey(data: random.bytes(32)))
        let path = "\(folder)/kek-\(next.number)"
        // Left over from a rotation that was cut off: no key is wrapped in it.
        if DurableFile.exists(path) { try SecretFile.destroy(path) }
        try SecretFile.create(try Self.wrap(next.key, under: master), at: path)
        let old = epoch
        let survivors = try rewrap(from: old, to: next)
        (epoch, opened) = (next, next)
        try SecretFile.destroy("\(folder)/kek-\(old.number)")
        return (old.number, survivors)
      }
    }
  }

  /// Destroys the keys of epochs that are over, which a rotation that was cut off left behind.
  ///
  /// - Returns: the epochs whose keys were destroyed now.
  func removeOldEpochs() throws(VaultError) -> [UInt32] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch { throw .damaged("its folder can't be listed") }
    return try current.withLock { epoch throws(VaultError) in
      var destroyed: [UInt32] = []
      for name in names.sorted() where name.hasPrefix("kek-") {
        guard let number = UInt32(name.dropFirst(4)), number != epoch.number else { continue }
        try SecretFile.destroy("\(folder)/\(name)")
        if number < epoch.number { destroyed.append(number) }
      }
      return destroyed
    }
  }

  private func rewrap(from old: Epoch, to next: Epoch) throws(VaultError) -> Int {
    try environment.write { writer throws(VaultError) in
      var entries: [(KeyID, KeyEntry)] = []
      try writer.scan(keys) { key, value throws(VaultError) in
        guard key.count == 16 else { throw .damaged("an entry has another key") }
        entries.append((KeyID(key, at: 0), try KeyEntry(parsing: value)))
        return .proceed
      }
      var survivors = 0
      for (keyID, entry) in entries {
        guard case .living(let epoch, let wrapped) = entry.state else { continue }
        guard epoch == old.number, let key = Self.unwrap(wrapped, under: old.key) else {
          throw .damaged("the key \(keyID) does not open under epoch \(old.number)")
        }
        let state = KeyEntry.State.living(
          epoch: next.number, wrapped: try Self.wrap(key, under: next.key))
        try put(KeyEntry(created: entry.created, state: state).bytes, for: keyID, &writer)
        survivors += 1
      }
      var number: [UInt8] = []
      number.append(bigEndian: next.number)
      let name = Self.epochName
      do throws(LMDBError) {
        try writer.put(number.span, forKey: name.span, in: meta)
      } catch { throw .storage(error) }
      return survivors
    }
  }

  func livingCount() throws(VaultError) -> Int {
    try environment.read { reader throws(VaultError) in
      var count = 0
      try reader.scan(keys) { _, value throws(VaultError) in
        if case .living = try KeyEntry(parsing: value).state { count += 1 }
        return .proceed
      }
      return count
    }
  }

  /// Up to which position of the log the destructions were carried out here.
  var replayed: Position {
    get throws(VaultError) {
      let bytes = try environment.read { reader throws(VaultError) in
        try Self.value(Self.replayedName, in: meta, &reader)
      }
      guard let bytes else { return Position(0) }
      guard bytes.count == 8 else { throw .damaged("its head is malformed") }
      return Position(bytes.span.bigEndian(at: 0))
    }
  }

  func setReplayed(_ position: Position) throws(VaultError) {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: position.rawValue)
    let name = Self.replayedName
    try environment.write { writer throws(VaultError) in
      do throws(LMDBError) {
        try writer.put(bytes.span, forKey: name.span, in: meta)
      } catch { throw .storage(error) }
    }
  }
}
