package import Crypto
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
  package static let headByteCount = 1 + 16 + 32 + 32 + 12
  static let tagByteCount = 16

  /// Whose key a blob names; `nil` when it is no sealed section.
  package static func keyID(of blob: Span<UInt8>) -> KeyID? {
    guard blob.count >= headByteCount + tagByteCount + 1, blob[0] == format else { return nil }
    return KeyID(blob, at: 1)
  }

  /// The secret of the section that `blob` is, from its subject's `key`; `nil` when it is no sealed
  /// section of `keyID`.
  package static func secret(
    of blob: Span<UInt8>, key: SymmetricKey, keyID: KeyID, place: SectionPlace
  ) -> SectionSecret? {
    guard let named = Self.keyID(of: blob), named == keyID else { return nil }
    return SectionSecret(key: key, salt: blob.copy(17..<49), keyID: keyID, place: place)
  }

  static let encryptionInfo = Array("deed/event-enc/v1".utf8)
  /// With HKDF's block number behind it: the commitment goes through HMAC itself, which
  /// compares in constant time.
  static let commitmentMessage = Array("deed/event-commit/v1".utf8) + [1]
}
