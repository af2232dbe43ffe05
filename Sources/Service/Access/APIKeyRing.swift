package import EventModel
internal import LMDB
internal import Synchronization

/// A workspace's API keys: a file of hashes beside its other keys.
///
/// A server sees within a second what `deed keys` changes, and lets nobody in whose key was
/// revoked, also on streams that are open.
public final class APIKeyRing: Sendable {
  private struct State {
    var keys: [APIKey] = []
    var readAt: Timestamp?
  }

  private let path: String
  private let clock: @Sendable () -> Timestamp
  private let random: RandomSource
  private let state = Mutex(State())
  private let redeeming = Mutex(())

  /// How long what was read is taken to be so.
  private static let freshness: Int64 = 1_000_000
  /// The most keys of a workspace.
  public static let keyLimit = 1_000

  /// Opens the keys of the workspace in `folder`; there may be none.
  public convenience init(of folder: DataFolder) throws(ServiceError) {
    try self.init(of: folder, clock: SystemClock.now, random: .system)
  }

  package init(
    of folder: DataFolder, clock: @escaping @Sendable () -> Timestamp, random: RandomSource
  ) throws(ServiceError) {
    guard folder.exists else {
      throw ServiceError(
        .refused, code: "WORKSPACE.NOT_FOUND",
        "There is no workspace “\(folder.workspace)” in “\(folder.path)”: make it with "
          + "`deed init`, or name its folder with --data.")
    }
    path = folder.keysFolder + "/api-keys"
    self.clock = clock
    self.random = random
    _ = try keys()
  }

  /// Every key there is, revoked ones too, oldest first.
  public func keys() throws(ServiceError) -> [APIKey] {
    let now = clock()
    let kept = state.withLock { state -> [APIKey]? in
      guard let readAt = state.readAt, now >= readAt,
        now.microseconds - readAt.microseconds < Self.freshness
      else { return nil }
      return state.keys
    }
    if let kept { return kept }
    let keys = try read()
    state.withLock { $0 = State(keys: keys, readAt: now) }
    return keys
  }

  /// Makes a key; its text is shown this once, and kept by nobody.
  public func make(
    for user: String, name: String, scopes: Set<APIKeyScope>, expiresAfterDays days: Int?
  ) throws(ServiceError) -> (text: String, key: APIKey) {
    guard ActorID(user) != nil, !user.hasPrefix("system:") else {
      throw ServiceError(
        .usage, code: "VALIDATION.ACTOR",
        "“\(user)” is no user's identifier: give one such as usr_….")
    }
    guard (1...100).contains(name.utf8.count), name.utf8.allSatisfy({ (0x20...0x7e) ~= $0 }) else {
      throw ServiceError(
        .usage, code: "VALIDATION.NAME",
        "The key's name has not 1 to 100 printable ASCII characters.")
    }
    guard !scopes.isEmpty else {
      throw ServiceError(
        .usage, code: "VALIDATION.SCOPE", "The key has no scope: give read or write.")
    }
    if let days, !(1...3_650).contains(days) {
      throw ServiceError(
        .usage, code: "VALIDATION.EXPIRY", "A key expires after 1 to 3650 days, not after \(days).")
    }
    let keys = try read()
    guard keys.count < Self.keyLimit else {
      throw ServiceError(
        .refused, code: "KEYS.LIMIT", "The workspace has \(Self.keyLimit) keys: that is the limit.")
    }
    let made = APIKeyText(random: random)
    let now = clock()
    let key = APIKey(
      id: made.id, userID: user, name: name, scopes: scopes, createdAt: now.microseconds,
      expiresAt: days.map { now.microseconds + Int64($0) * 86_400_000_000 }, isRevoked: false,
      digest: made.digest)
    try write(keys + [key])
    return (made.text, key)
  }

  /// Makes the one-time token of a new workspace: whoever sends it first gets a key for `user`.
  func makeSetupToken(for user: String) throws(ServiceError) -> String {
    try make(
      for: user, name: "one-time token of deed init", scopes: [.setup],
      expiresAfterDays: Self.setupDays
    ).text
  }

  /// How long a one-time token lasts unused.
  public static let setupDays = 7

  /// Changes the one-time token `text` for a key that asks and commands; it works once.
  ///
  /// - Throws: ``ServiceError`` `AUTH.SETUP` when it is none, is over, or was used.
  public func redeem(_ text: String) throws(ServiceError) -> (text: String, key: APIKey) {
    try redeeming.withLock { _ throws(ServiceError) in
      guard let given = APIKeyText(text) else { throw Self.noToken }
      let digest = given.digest
      let now = clock()
      guard
        let token = try read().first(where: {
          $0.digest.isSame(as: digest) && $0.isValid(at: now) && $0.scopes == [.setup]
        })
      else { throw Self.noToken }
      // It ends before the key is there: what fails between leaves none, never two.
      _ = try revoke(token.id)
      return try make(
        for: token.userID, name: "administrator", scopes: [.read, .write], expiresAfterDays: nil)
    }
  }

  private static let noToken = ServiceError(
    .refused, code: "AUTH.SETUP",
    "The request has no valid one-time token: send the one of `deed init` as Authorization: "
      + "Bearer deed_…, or make a key with `deed keys make`.")

  /// Ends a key for good.
  public func revoke(_ id: String) throws(ServiceError) -> APIKey {
    var keys = try read()
    guard let index = keys.firstIndex(where: { $0.id == id }) else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND", "There is no API key \(id): see `deed keys list`.")
    }
    keys[index].isRevoked = true
    try write(keys)
    return keys[index]
  }

  /// Whose key `text` is; `nil` when it lets nobody in, for whatever reason.
  ///
  /// All digests are compared, each in the same time, so that nothing is learnt from how long it
  /// takes.
  public func holder(of text: String) throws(ServiceError) -> APIKey? {
    guard let given = APIKeyText(text) else { return nil }
    let digest = given.digest
    let now = clock()
    var found: APIKey?
    for key in try keys() where key.digest.isSame(as: digest) && key.isValid(at: now) {
      found = key
    }
    return found
  }

  /// Whether the key `id` still lets its holder in.
  public func isValid(_ id: String) throws(ServiceError) -> Bool {
    let now = clock()
    return try keys().contains { $0.id == id && $0.isValid(at: now) }
  }
}

/// The file: a line a key, its parts divided by tabs.
extension APIKeyRing {
  private func read() throws(ServiceError) -> [APIKey] {
    let mode: UInt32?
    let bytes: [UInt8]?
    do throws(FileError) {
      mode = try DurableFile.mode(of: path)
      bytes = try DurableFile.read(path)
    } catch { throw ServiceError(.failed, code: "KEYS.FILE", "\(error)") }
    if let mode, mode & 0o077 != 0 {
      throw Self.damaged(path, "others than its owner may read it: chmod 600")
    }
    guard let bytes else { return [] }
    return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      line throws(ServiceError) in
      guard let key = APIKey(line: line) else {
        throw Self.damaged(path, "a line of it can't be read: restore it")
      }
      return key
    }
  }

  private func write(_ keys: [APIKey]) throws(ServiceError) {
    do throws(FileError) {
      let lines = keys.map { $0.line + "\n" }.joined()
      try DurableFile.replace(path, with: Array(lines.utf8))
    } catch { throw ServiceError(.failed, code: "KEYS.FILE", "\(error)") }
    let now = clock()
    state.withLock { $0 = State(keys: keys, readAt: now) }
  }

  private static func damaged(_ path: String, _ why: String) -> ServiceError {
    ServiceError(.failed, code: "KEYS.FILE", "The file \(path) is not used: \(why).")
  }
}

extension APIKey {
  fileprivate var line: String {
    [
      id, digest.hex, userID, scopes.map(\.rawValue).sorted().joined(separator: ","),
      String(createdAt), expiresAt.map { String($0) } ?? "-", isRevoked ? "revoked" : "-", name,
    ].joined(separator: "\t")
  }

  fileprivate init?(line: Substring) {
    let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 8, let bytes = [UInt8](hex: parts[1]), bytes.count == Digest.byteCount,
      let createdAt = Int64(parts[4])
    else { return nil }
    let scopes = parts[3].split(separator: ",").map { APIKeyScope(rawValue: String($0)) }
    guard !scopes.contains(nil), parts[6] == "-" || parts[6] == "revoked" else { return nil }
    let expiresAt = Int64(parts[5])
    guard expiresAt != nil || parts[5] == "-" else { return nil }
    self.init(
      id: parts[0], userID: parts[2], name: parts[7], scopes: Set(scopes.compactMap { $0 }),
      createdAt: createdAt, expiresAt: expiresAt, isRevoked: parts[6] == "revoked",
      digest: Digest(bytes.span, at: 0))
  }
}

extension Digest {
  /// Compares every byte, however early they differ.
  fileprivate func isSame(as other: Digest) -> Bool {
    zip(bytes, other.bytes).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
