internal import Foundation
internal import JWTKit

/// The keys of an identity provider by their names, fetched when they are needed and kept for a
/// while.
actor TokenKeys {
  /// Keys are taken as they are for so long.
  static let freshSeconds: Int64 = 600
  /// A name that is not known has them fetched again, at most so often.
  static let retrySeconds: Int64 = 60
  /// When the provider doesn't answer they are used for so long.
  static let greatestAgeSeconds: Int64 = 86_400

  private let source: TokenRules.KeySource
  private var keys: [String: JWK] = [:]
  private var fetchedAt: Int64?
  private var triedAt: Int64?
  private var fetching: Task<[String: JWK]?, Never>?

  init(_ source: TokenRules.KeySource) { self.source = source }

  /// The one key of this name, if it can have made such a signature.
  func key(
    _ name: String, for algorithm: TokenRules.Algorithm, at now: Int64
  ) async -> JWTKeyCollection? {
    let age = fetchedAt.map { now - $0 } ?? .max
    let isKnown = keys[name] != nil
    let mayTry = triedAt.map { now - $0 >= (isKnown ? 5 : Self.retrySeconds) } ?? true
    if (age >= Self.freshSeconds || !isKnown) && mayTry { await refresh(at: now) }
    guard let fetchedAt, now - fetchedAt < Self.greatestAgeSeconds, let key = keys[name],
      Self.fits(key, algorithm)
    else { return nil }
    do { return try await JWTKeyCollection().add(jwk: key) } catch { return nil }
  }

  /// Several callers wait for one answer.
  private func refresh(at now: Int64) async {
    if let fetching {
      _ = await fetching.value
      return
    }
    triedAt = now
    let source = source
    let task = Task { await KeySet.fetch(source) }
    fetching = task
    let found = await task.value
    fetching = nil
    guard let found else { return }
    keys = found
    fetchedAt = now
  }

  /// A key that says what it is for is used for nothing else; the signature's kind must be its own.
  private static func fits(_ key: JWK, _ algorithm: TokenRules.Algorithm) -> Bool {
    if let own = key.algorithm, own.rawValue != algorithm.rawValue { return false }
    switch algorithm {
    case .es256: return key.keyType == .ecdsa && key.curve?.rawValue == "P-256"
    case .es384: return key.keyType == .ecdsa && key.curve?.rawValue == "P-384"
    case .rs256, .ps256: return key.keyType == .rsa
    case .edDSA: return key.keyType == .octetKeyPair && key.curve?.rawValue == "Ed25519"
    }
  }
}
