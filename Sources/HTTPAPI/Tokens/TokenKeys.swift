internal import Foundation
internal import JWTKit

/// The keys of an identity provider by their names, fetched when they are needed and kept for a
/// while.
actor TokenKeys {
  /// Keys are taken as they are for so long.
  static let freshSeconds: Int64 = 600
  /// A name that is not known has them fetched again, at most so often.
  static let retrySeconds: Int64 = 60
  /// A provider that did not answer is asked again after so long.
  static let soonSeconds: Int64 = 5
  /// When the provider doesn't answer they are used for so long.
  static let greatestAgeSeconds: Int64 = 86_400

  private let source: TokenRules.KeySource
  private var keys: [String: JWK] = [:]
  private var fetchedAt: Int64?
  private var triedAt: Int64?
  private var fetching: Task<Void, Never>?

  init(_ source: TokenRules.KeySource) { self.source = source }

  /// The one key of this name, if it can have made such a signature.
  func key(
    _ name: String, for algorithm: TokenRules.Algorithm, at now: Int64
  ) async -> JWTKeyCollection? {
    if needs(name, at: now) {
      // Several callers wait for one answer.
      if let fetching {
        _ = await fetching.value
      } else if mayTry(name, at: now) {
        await refresh(at: now)
      }
    }
    guard let fetchedAt, now - fetchedAt < Self.greatestAgeSeconds, let key = keys[name],
      Self.fits(key, algorithm)
    else { return nil }
    do { return try await JWTKeyCollection().add(jwk: key) } catch { return nil }
  }

  private func needs(_ name: String, at now: Int64) -> Bool {
    let age = fetchedAt.map { now - $0 } ?? .max
    return age >= Self.freshSeconds || keys[name] == nil
  }

  /// A name that nobody knows must not have the provider asked all the time; a provider that has not
  /// answered yet, or whose keys were good a moment ago, is soon asked again.
  private func mayTry(_ name: String, at now: Int64) -> Bool {
    guard let triedAt else { return true }
    let isSoon = fetchedAt == nil || keys[name] != nil
    return now - triedAt >= (isSoon ? Self.soonSeconds : Self.retrySeconds)
  }

  private func refresh(at now: Int64) async {
    triedAt = now
    let task = Task { await self.fetch(at: now) }
    fetching = task
    await task.value
  }

  /// Whoever waits finds the keys in their place.
  private func fetch(at now: Int64) async {
    let found = await KeySet.fetch(source)
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
