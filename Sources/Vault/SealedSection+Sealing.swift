internal import Crypto
package import EventModel

extension SealedSection {
  /// Seals `content` under `key`.
  ///
  /// - Throws: ``VaultError/damaged(_:)`` when the cipher refuses, which it doesn't for a key of
  ///   32 bytes.
  static func seal(
    _ content: SectionContent, key: SymmetricKey, keyID: KeyID, place: SectionPlace,
    salt: [UInt8], nonce: [UInt8]
  ) throws(VaultError) -> [UInt8] {
    let secret = secret(key: key, salt: salt, keyID: keyID, place: place)
    var plaintext: [UInt8] = []
    plaintext.reserveCapacity(1 + content.contentType.utf8.count + content.content.count)
    plaintext.append(str8: content.contentType)
    plaintext.append(contentsOf: content.content)
    let box: AES.GCM.SealedBox
    do {
      box = try AES.GCM.seal(
        plaintext, using: expand(secret, encryptionInfo), nonce: AES.GCM.Nonce(data: nonce),
        authenticating: place.associatedData(keyID))
    } catch {
      throw .damaged("a section could not be sealed")
    }
    var blob: [UInt8] = []
    blob.reserveCapacity(headByteCount + plaintext.count + tagByteCount)
    blob.append(format)
    blob.append(contentsOf: keyID.bytes)
    blob.append(contentsOf: salt)
    blob.append(
      contentsOf: HMAC<SHA256>.authenticationCode(for: commitmentMessage, using: secret))
    blob.append(contentsOf: nonce)
    blob.append(contentsOf: box.ciphertext)
    blob.append(contentsOf: box.tag)
    return blob
  }

  /// Opens a blob under `key`: the commitment first, in constant time, then the cipher.
  static func open(
    _ blob: Span<UInt8>, key: SymmetricKey, keyID: KeyID, place: SectionPlace
  ) -> Unsealed {
    guard let named = Self.keyID(of: blob), named == keyID else { return .damaged }
    let salt = blob.copy(17..<49)
    let secret = secret(key: key, salt: salt, keyID: keyID, place: place)
    guard
      HMAC<SHA256>.isValidAuthenticationCode(
        blob.copy(49..<81), authenticating: commitmentMessage, using: secret)
    else { return .notThisKey }
    let end = blob.count - tagByteCount
    let plaintext: [UInt8]
    do {
      let box = try AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: blob.copy(81..<93)), ciphertext: blob.copy(93..<end),
        tag: blob.copy(end..<blob.count))
      plaintext = Array(
        try AES.GCM.open(
          box, using: expand(secret, encryptionInfo), authenticating: place.associatedData(keyID)))
    } catch {
      return .damaged
    }
    guard let count = plaintext.first.map(Int.init), count < plaintext.count,
      let contentType = String(validating: plaintext[1...count], as: UTF8.self)
    else { return .damaged }
    return .value(
      SectionContent(contentType: contentType, content: Array(plaintext[(count + 1)...])))
  }
}

/// What became of the attempt to open a sealed section.
package enum Unsealed: Hashable, Sendable {
  case value(SectionContent)
  /// The subject's key was destroyed by the event at `receipt`.
  case erased(receipt: Position)
  /// The vault has no such key, or there is no vault here.
  case unknownKey
  /// The blob commits to another key, event or section than these.
  case notThisKey
  /// The blob is no sealed section, or its bytes were altered.
  case damaged

  /// As a reader of fields sees it; what can't be opened for whatever reason is hidden.
  package var sealed: Sealed<SectionContent> {
    switch self {
    case .value(let content): .value(content)
    case .erased(let receipt): .erased(receipt: receipt)
    case .unknownKey, .notThisKey, .damaged: .hidden
    }
  }
}
