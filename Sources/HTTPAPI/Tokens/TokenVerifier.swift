internal import Foundation
internal import JWTKit
internal import Service

/// Checks tokens of one identity provider.
///
/// jwt-kit takes another key when it doesn't know the one that a token names, and the token's own
/// word for the algorithm when the key has none. So the head is judged first, and the signature is
/// then checked with a collection of the one key that it may be of.
package struct TokenVerifier: Sendable {
  package let rules: TokenRules
  private let keys: TokenKeys
  private let now: @Sendable () -> Int64

  /// Reads the provider's keys when the first token comes.
  package init(
    _ rules: TokenRules, now: @escaping @Sendable () -> Int64 = TokenVerifier.systemSeconds
  ) {
    self.rules = rules
    self.now = now
    keys = TokenKeys(rules.keys)
  }

  /// Seconds since 1970.
  package static let systemSeconds: @Sendable () -> Int64 = {
    Int64(Date().timeIntervalSince1970)
  }

  /// What a token that is taken says.
  package struct Verified: Sendable, Hashable {
    package let subject: String
    /// Seconds since 1970, with the leeway.
    package let until: Int64
    package let session: String
  }

  /// What the token says, or why it is not taken.
  package func verify(_ token: String) async throws(TokenRefusal) -> Verified {
    let head = try TokenHead(token)
    guard let algorithm = TokenRules.Algorithm(rawValue: head.algorithm),
      rules.algorithms.contains(algorithm)
    else { throw .algorithm }
    guard ["", "jwt", "at+jwt", "application/at+jwt"].contains(head.type.lowercased()) else {
      throw .type
    }
    guard !head.isCritical else { throw .critical }
    guard !head.keyName.isEmpty else { throw .noKeyName }
    guard let key = await keys.key(head.keyName, for: algorithm, at: now()) else {
      throw .unknownKey
    }
    do { _ = try await key.verify(token, as: Unread.self) } catch { throw .signature }
    return try judged(try head.payload())
  }

  private func judged(_ members: [String: JSONValue]) throws(TokenRefusal) -> Verified {
    guard members["iss"] == .string(rules.issuer) else { throw .issuer }
    switch members["aud"] {
    case .string(let one)? where one.utf8.elementsEqual(rules.audience.utf8): break
    case .array(let many)? where many.contains(.string(rules.audience)): break
    default: throw .audience
    }
    let time = now()
    guard let end = try Self.seconds(members["exp"]) else { throw .malformed }
    guard end > time - rules.leewaySeconds else { throw .expired }
    if let start = try Self.seconds(members["nbf"]), start > time + rules.leewaySeconds {
      throw .notYet
    }
    if let made = try Self.seconds(members["iat"]) {
      guard made <= time + rules.leewaySeconds else { throw .notYet }
      guard end - made <= rules.lifetimeSeconds else { throw .lifetime }
    }
    guard case .string(let subject)? = members[rules.userClaim],
      (1...200).contains(subject.utf8.count)
    else { throw .user }
    var session = ""
    if case .string(let text)? = members["jti"] { session = text }
    return Verified(
      subject: subject, until: end + rules.leewaySeconds, session: String(session.prefix(64)))
  }

  /// A NumericDate: whole seconds, and any part of one cut off.
  private static func seconds(_ value: JSONValue?) throws(TokenRefusal) -> Int64? {
    guard let value else { return nil }
    guard case .number(let text) = value else { throw .malformed }
    let whole = text.prefix { $0 != "." }
    guard whole.utf8.count <= 15, let seconds = Int64(whole), !text.contains("e"),
      !text.contains("E")
    else { throw .malformed }
    return seconds
  }
}

/// A payload that jwt-kit needn't understand: it is read strictly once its signature is right.
private struct Unread: JWTPayload {
  init(from decoder: any Decoder) throws {}
  func encode(to encoder: any Encoder) throws {}
  func verify(using algorithm: some JWTAlgorithm) async throws {}
}
