/// Which tokens of an identity provider are taken.
package struct TokenRules: Sendable, Hashable {
  /// Signatures that a token may have; none of them is made with a shared secret.
  package enum Algorithm: String, Sendable, Hashable, CaseIterable {
    case es256 = "ES256"
    case es384 = "ES384"
    case rs256 = "RS256"
    case ps256 = "PS256"
    case edDSA = "EdDSA"
  }

  /// Where the provider's keys are.
  package enum KeySource: Sendable, Hashable {
    /// A file with a JSON Web Key Set; it is read again when it changes.
    case file(String)
    /// An `https` address; plain `http` only to a loopback address.
    case address(String)
  }

  /// The token's `iss`, byte for byte.
  package var issuer: String
  /// What its `aud` must name.
  package var audience: String
  package var algorithms: Set<Algorithm>
  package var keys: KeySource
  /// The claim that names the user.
  package var userClaim: String
  /// How far clocks may differ, in seconds.
  package var leewaySeconds: Int64
  /// How long a token may last from its `iat`, in seconds.
  package var lifetimeSeconds: Int64

  package init(
    issuer: String, audience: String, keys: KeySource,
    algorithms: Set<Algorithm> = [.es256, .rs256, .edDSA], userClaim: String = "sub",
    leewaySeconds: Int64 = 60, lifetimeSeconds: Int64 = 86_400
  ) {
    self.issuer = issuer
    self.audience = audience
    self.keys = keys
    self.algorithms = algorithms
    self.userClaim = userClaim
    self.leewaySeconds = leewaySeconds
    self.lifetimeSeconds = lifetimeSeconds
  }
}

/// Why a token lets nobody in; for the log, never for the caller.
package enum TokenRefusal: String, Error, Sendable, Hashable {
  case malformed, algorithm, type, critical, noKeyName, unknownKey, signature, issuer, audience
  case expired, notYet, lifetime, user
}
