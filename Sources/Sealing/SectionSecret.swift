package import Crypto
package import EventModel

/// The secret that opens one section of one event and no other, and does not show its subject's
/// key: what evidence discloses.
///
/// Source: docs/format/record.md, "Sealed sections".
package struct SectionSecret: Hashable, Sendable {
  package static let byteCount = 32
  /// The 32 bytes, to be disclosed.
  package let bytes: [UInt8]

  /// Derives the secret from the subject's `key`: HKDF-Extract, then HKDF-Expand.
  package init(key: SymmetricKey, salt: [UInt8], keyID: KeyID, place: SectionPlace) {
    let extracted = Array(HKDF<SHA256>.extract(inputKeyMaterial: key, salt: salt))
    bytes = Self.expand(MessageCode(key: extracted.span), place.secretInfo(keyID))
  }

  /// Takes a secret that was disclosed; `nil` unless it has 32 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  private var key: SymmetricKey { SymmetricKey(data: bytes) }

  /// The key that the section is encrypted with.
  var encryptionKey: SymmetricKey {
    SymmetricKey(data: Self.expand(MessageCode(key: bytes.span), SealedSection.encryptionInfo))
  }

  /// The 32 bytes that a section commits to its secret with.
  var commitment: [UInt8] {
    MessageCode(key: bytes.span).code(of: SealedSection.commitmentMessage).bytes
  }

  /// Compares in constant time.
  func isCommitted(by commitment: [UInt8]) -> Bool {
    HMAC<SHA256>.isValidAuthenticationCode(
      commitment, authenticating: SealedSection.commitmentMessage, using: key)
  }

  /// HKDF-Expand to 32 bytes, which is one HMAC.
  ///
  /// Source: RFC 5869 section 2.3.
  private static func expand(_ key: MessageCode, _ info: [UInt8]) -> [UInt8] {
    key.code(of: info + [1]).bytes
  }
}
