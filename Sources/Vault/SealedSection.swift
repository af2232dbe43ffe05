internal import Crypto
package import EventModel

/// A section that only a holder of its subject's key can read.
///
/// Shape: `02 ‖ keyID[16] ‖ salt[32] ‖ commitment[32] ‖ nonce[12] ‖ ciphertext ‖ tag[16]`; the
/// plaintext is `str8 contentType ‖ content`.
///
/// Source: docs/format/record.md, "Sealed sections".
package enum SealedSection {
  package static let format: UInt8 = 2
  package static let saltByteCount = 32
  package static let nonceByteCount = 12
  static let headByteCount = 1 + 16 + 32 + 32 + 12
  static let tagByteCount = 16

  /// Whose key a blob names; `nil` when it is no sealed section.
  package static func keyID(of blob: Span<UInt8>) -> KeyID? {
    guard blob.count >= headByteCount + tagByteCount + 1, blob[0] == format else { return nil }
    return KeyID(blob, at: 1)
  }

  /// The secret that opens one section and no other, and does not show its subject's key.
  static func secret(
    key: SymmetricKey, salt: [UInt8], keyID: KeyID, place: SectionPlace
  ) -> SymmetricKey {
    let extracted = HKDF<SHA256>.extract(inputKeyMaterial: key, salt: salt)
    return expand(SymmetricKey(data: extracted), place.secretInfo(keyID))
  }

  /// HKDF-Expand to 32 bytes, which is one HMAC.
  ///
  /// Source: RFC 5869 section 2.3.
  static func expand(_ key: SymmetricKey, _ info: [UInt8]) -> SymmetricKey {
    SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: info + [1], using: key))
  }

  static let encryptionInfo = Array("deed/event-enc/v1".utf8)
  /// With HKDF's block number behind it: the commitment goes through HMAC itself, which
  /// compares in constant time.
  static let commitmentMessage = Array("deed/event-commit/v1".utf8) + [1]
}
