internal import Crypto
internal import EventModel
internal import LMDB
internal import Synchronization

/// The vault's files: `master.key`, and beside it `vault/` with an LMDB environment and one
/// wrapped key for each epoch.
///
/// Source: docs/format/vault.md.
final class KeyStore: Sendable {
  let environment: Environment
  let folder: String
  let keys: Table
  let meta: Table
  let master: SymmetricKey
  let current: Mutex<Epoch>
  /// The same for whoever opens keys, who must wait for a rotation but not for keys that are made.
  let opening: Mutex<Epoch>

  /// The epoch that every living key is wrapped in.
  struct Epoch: Sendable {
    let number: UInt32
    let key: SymmetricKey
  }

  /// For digests that only this workspace can make: it has taken the key, and takes a message.
  let digestCode: HMAC<SHA256>

  static let epochName = Array("epoch".utf8)
  static let digestName = Array("digest".utf8)
  private static let mapSizeBytes = 1 << 34

  private static func options() -> Environment.Options {
    Environment.Options(mapSizeBytes: mapSizeBytes, tableLimit: 4)
  }

  private init(
    folder: String, environment: consuming Environment, keys: Table, meta: Table,
    master: SymmetricKey, epoch: UInt32, epochKey: SymmetricKey, digestKey: SymmetricKey
  ) {
    self.folder = folder
    self.environment = environment
    self.keys = keys
    self.meta = meta
    self.master = master
    current = Mutex(Epoch(number: epoch, key: epochKey))
    opening = Mutex(Epoch(number: epoch, key: epochKey))
    digestCode = HMAC(key: digestKey)
  }

  /// Makes master key, first epoch and empty store in the folder, which is made if absent.
  static func create(in folder: String, random: RandomSource) throws(VaultError) {
    let vault = "\(folder)/vault"
    guard !DurableFile.exists(vault), !DurableFile.exists("\(folder)/master.key") else {
      throw .alreadyExists(folder: folder)
    }
    do throws(FileError) {
      try DurableFile.makeFolder(folder)
      try DurableFile.makeFolder(vault)
    } catch {
      throw .file(error)
    }
    try SecretFile.check(folder)
    let masterBytes = random.bytes(32)
    let master = SymmetricKey(data: masterBytes)
    let epochKey = SymmetricKey(data: random.bytes(32))
    let digest = try wrap(SymmetricKey(data: random.bytes(32)), under: master)
    try SecretFile.create(try wrap(epochKey, under: master), at: "\(vault)/kek-1")
    let environment: Environment
    do throws(LMDBError) {
      environment = try Environment(folder: vault, options: options())
    } catch {
      throw .storage(error)
    }
    try Self.begin(environment, digest)
    // Last: a vault without its master key was not finished, and nothing is lost with it.
    try SecretFile.create(masterBytes, at: "\(folder)/master.key")
  }

  private static func begin(
    _ environment: borrowing Environment, _ digest: [UInt8]
  ) throws(VaultError) {
    let (_, meta) = try tables(of: environment)
    try environment.write { writer throws(VaultError) in
      do throws(LMDBError) {
        try writer.put([0, 0, 0, 1].span, forKey: epochName.span, in: meta)
        try writer.put(digest.span, forKey: digestName.span, in: meta)
      } catch {
        throw .storage(error)
      }
    }
  }

  private static func tables(
    of environment: borrowing Environment
  ) throws(VaultError) -> (keys: Table, meta: Table) {
    try environment.openTables { opener throws(VaultError) in
      do throws(LMDBError) {
        return (try opener.table(named: "keys"), try opener.table(named: "meta"))
      } catch {
        throw .storage(error)
      }
    }
  }

  /// Opens what ``create(in:random:)`` made.
  static func open(_ folder: String) throws(VaultError) -> KeyStore {
    let vault = "\(folder)/vault"
    guard DurableFile.exists("\(folder)/master.key"), DurableFile.exists("\(vault)/data.mdb") else {
      throw .notFound(folder: folder)
    }
    try SecretFile.check(folder)
    try SecretFile.check(vault)
    try SecretFile.check("\(vault)/data.mdb")
    let master = SymmetricKey(data: try SecretFile.read("\(folder)/master.key"))
    let environment: Environment
    do throws(LMDBError) {
      environment = try Environment(folder: vault, options: options())
    } catch {
      throw .storage(error)
    }
    let (keys, meta) = try tables(of: environment)
    let (epochBytes, digest) = try environment.read { reader throws(VaultError) in
      (
        try Self.value(epochName, in: meta, &reader), try Self.value(digestName, in: meta, &reader)
      )
    }
    guard let epochBytes, epochBytes.count == 4, let digest else {
      throw .damaged("its head is missing")
    }
    let epoch: UInt32 = epochBytes.span.bigEndian(at: 0)
    guard DurableFile.exists("\(vault)/kek-\(epoch)") else {
      throw .staleEpoch(epoch, folder: folder)
    }
    let wrapped = try SecretFile.read("\(vault)/kek-\(epoch)")
    guard let epochKey = unwrap(wrapped, under: master),
      let digestKey = unwrap(digest, under: master)
    else { throw .wrongMasterKey(folder: folder) }
    return KeyStore(
      folder: vault, environment: environment, keys: keys, meta: meta, master: master,
      epoch: epoch, epochKey: epochKey, digestKey: digestKey)
  }

  static func value(
    _ key: [UInt8], in table: Table, _ reader: inout ReadTransaction
  ) throws(VaultError) -> [UInt8]? {
    try reader.withValue(forKey: key.span, in: table) { value throws(VaultError) in
      guard let value else { return nil }
      return value.copy()
    }
  }
}

extension KeyStore {
  /// Makes keys and stores them durably, all in one commit.
  func make(_ keyIDs: [KeyID], created: Position, random: RandomSource) throws(VaultError) {
    // Under the lock, so that no key is wrapped in an epoch that ends meanwhile.
    try current.withLock { epoch throws(VaultError) in
      var entries: [(KeyID, [UInt8])] = []
      for keyID in keyIDs {
        let wrapped = try Self.wrap(SymmetricKey(data: random.bytes(32)), under: epoch.key)
        let entry = KeyEntry(
          created: created, state: .living(epoch: epoch.number, wrapped: wrapped))
        entries.append((keyID, entry.bytes))
      }
      try put(entries)
    }
  }

  var epoch: UInt32 { current.withLock { $0.number } }

  private func put(_ entries: [(KeyID, [UInt8])]) throws(VaultError) {
    try environment.write { writer throws(VaultError) in
      for (keyID, bytes) in entries { try put(bytes, for: keyID, &writer) }
    }
  }

  func put(
    _ bytes: [UInt8], for keyID: KeyID, _ writer: inout WriteTransaction
  ) throws(VaultError) {
    let key = keyID.bytes
    do throws(LMDBError) {
      try writer.put(bytes.span, forKey: key.span, in: keys)
    } catch {
      throw .storage(error)
    }
  }

  /// Replaces a living or unknown entry by the mark of its destruction.
  func destroy(_ keyID: KeyID, receipt: Position) throws(VaultError) {
    try environment.write { writer throws(VaultError) in
      let entry = try entry(keyID, &writer)
      switch entry?.state {
      case .destroyed: return
      case .living, nil:
        let created = entry?.created ?? receipt
        let mark = KeyEntry(created: created, state: .destroyed(receipt: receipt))
        try put(mark.bytes, for: keyID, &writer)
      }
    }
  }

  func entry(_ keyID: KeyID) throws(VaultError) -> KeyEntry? {
    try environment.read { reader throws(VaultError) in try entry(keyID, &reader) }
  }

  private func entry<Scope: Transaction & ~Copyable>(
    _ keyID: KeyID, _ transaction: inout Scope
  ) throws(VaultError) -> KeyEntry? {
    let key = keyID.bytes
    return try transaction.withValue(forKey: key.span, in: keys) { value throws(VaultError) in
      guard let value else { return nil }
      return try KeyEntry(parsing: value)
    }
  }

  /// The key in clear; `nil` when it is wrapped in another epoch than the one that goes on.
  func unwrap(_ wrapped: [UInt8], epoch: UInt32) throws(VaultError) -> SymmetricKey? {
    let known = opening.withLock { $0 }
    guard known.number == epoch else { return nil }
    guard let key = Self.unwrap(wrapped, under: known.key) else {
      throw .damaged("a key does not open under epoch \(epoch)")
    }
    return key
  }

  /// AES Key Wrap of RFC 3394.
  static func wrap(
    _ key: SymmetricKey, under wrapping: SymmetricKey
  ) throws(VaultError) -> [UInt8] {
    do {
      return Array(try AES.KeyWrap.wrap(key, using: wrapping))
    } catch {
      throw .damaged("a key could not be wrapped")
    }
  }

  static func unwrap(_ wrapped: [UInt8], under wrapping: SymmetricKey) -> SymmetricKey? {
    do {
      return try AES.KeyWrap.unwrap(wrapped, using: wrapping)
    } catch {
      return nil
    }
  }
}
