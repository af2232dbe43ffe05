package import Crypto
package import EventModel

extension SealedSection {
  /// Seals `content` under `key`.
  ///
  /// - Throws: ``SealingError`` when the cipher refuses, which it doesn't for a key of 32 bytes.
  package static func seal(
    _ content: SectionContent, key: SymmetricKey, keyID: KeyID, place: SectionPlace,
    salt: [UInt8], nonce: [UInt8]
  ) throws(SealingError) -> [UInt8] {
    let secret = SectionSecret(key: key, salt: salt, keyID: keyID, place: place)
    var plaintext: [UInt8] = []
    plaintext.reserveCapacity(1 + content.contentType.utf8.count + content.content.count)
    plaintext.append(str8: content.contentType)
    plaintext.append(contentsOf: content.content)
    let box: AES.GCM.SealedBox
    do {
      box = try AES.GCM.seal(
        plaintext, using: secret.encryptionKey, nonce: AES.GCM.Nonce(data: nonce),
        authenticating: place.associatedData(keyID))
    } catch {
      throw SealingError()
    }
    var blob: [UInt8] = []
    blob.reserveCapacity(headByteCount + plaintext.count + tagByteCount)
    blob.append(format)
    blob.append(contentsOf: keyID.bytes)
    blob.append(contentsOf: salt)
    blob.append(contentsOf: secret.commitment)
    blob.append(contentsOf: nonce)
    blob.append(contentsOf: box.ciphertext)
    blob.append(contentsOf: box.tag)
    return blob
  }

  /// Opens a blob under its subject's `key`.
  package static func open(
    _ blob: Span<UInt8>, key: SymmetricKey, keyID: KeyID, place: SectionPlace
  ) -> Unsealed {
    guard let secret = secret(of: blob, key: key, keyID: keyID, place: place) else {
      return .damaged
    }
    return open(blob, secret: secret, keyID: keyID, place: place)
  }

  /// Opens a blob with its own secret: the commitment first, in constant time, then the cipher.
  package static func open(
    _ blob: Span<UInt8>, secret: SectionSecret, keyID: KeyID, place: SectionPlace
  ) -> Unsealed {
    guard let named = Self.keyID(of: blob), named == keyID else { return .damaged }
    guard secret.isCommitted(by: blob.copy(49..<81)) else { return .notThisKey }
    let end = blob.count - tagByteCount
    let plaintext: [UInt8]
    do {
      let box = try AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: blob.copy(81..<93)), ciphertext: blob.copy(93..<end),
        tag: blob.copy(end..<blob.count))
      plaintext = Array(
        try AES.GCM.open(
          box, using: secret.encryptionKey, authenticating: place.associatedData(keyID)))
    } catch {
      return .damaged
    }
    // Whoever has the key may have sealed anything: an empty type, or one with control characters.
    guard let count = plaintext.first.map(Int.init), count < plaintext.count,
      let contentType = String(validating: plaintext[1..<count + 1], as: UTF8.self),
      contentType.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
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

/// The cipher refused to seal.
package struct SealingError: Error, Hashable, Sendable {}
