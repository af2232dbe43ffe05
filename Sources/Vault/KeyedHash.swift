internal import Crypto
package import EventModel

/// HMAC-SHA-256 under a secret key: equal texts are recognised, and who doesn't hold the key can
/// neither read them from their digests nor try a list of guesses against them.
package struct KeyedHash: Sendable {
  private let key: SymmetricKey

  /// - Parameter key: at least 32 secret bytes.
  package init(key: [UInt8]) {
    precondition(key.count >= 32, "a key of \(key.count) bytes can be guessed")
    self.key = SymmetricKey(data: key)
  }

  package func digest(of bytes: [UInt8]) -> EventModel.Digest {
    let code = Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    return EventModel.Digest(code.span)
  }
}

extension Vault {
  /// A hash for one purpose, under a key that is derived from the workspace's and stays the same
  /// for as long as the workspace lives.
  package func keyedHash(for purpose: String) throws(VaultError) -> KeyedHash {
    KeyedHash(key: Array(try keyedDigest(Array("deed.keyed-hash/\(purpose)".utf8)).bytes))
  }
}
