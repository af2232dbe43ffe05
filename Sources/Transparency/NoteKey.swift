internal import Crypto
internal import EventModel

/// A public key that verifies the signature lines of notes, as its `vkey` text names it.
///
/// Source: C2SP signed-note and tlog-cosignature; evidence docs, "Checkpoint".
package struct NoteKey: Hashable, Sendable {
  /// What the key signs, and how.
  package enum Algorithm: UInt8, Sendable {
    /// Ed25519 over the note's text: a log's own signature.
    case ed25519 = 1
    /// Ed25519 over a time and the text: a witness's cosignature.
    case cosignature = 4
  }

  /// The signer: a log's origin, or a witness's name.
  package let name: String
  package let algorithm: Algorithm
  /// The first 4 bytes of SHA-256(name ‖ 0a ‖ algorithm ‖ public key).
  package let keyID: UInt32
  let publicKey: [UInt8]

  /// - Throws: ``NoteError/badKey(_:)`` unless `name` can be a signer's and the key has 32 bytes.
  package init(
    name: String, algorithm: Algorithm, publicKey: [UInt8]
  ) throws(NoteError) {
    guard Self.isName(name) else { throw .badKey("its name is empty or has spaces or “+”") }
    guard publicKey.count == 32 else { throw .badKey("its public key has not 32 bytes") }
    self.name = name
    self.algorithm = algorithm
    self.publicKey = publicKey
    keyID = Self.keyID(name: name, material: [algorithm.rawValue] + publicKey)
  }

  /// Reads `name+keyID+base64(algorithm ‖ public key)`.
  package init(vkey: String) throws(NoteError) {
    let parts = vkey.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2)
    guard parts.count == 3, let name = String(parts[0]), let id = String(parts[1]) else {
      throw .badKey("a verifier key is name+key ID+base64")
    }
    guard let material = Base64.decode(parts[2]), let code = material.first,
      let algorithm = Algorithm(rawValue: code)
    else { throw .badKey("its algorithm is unknown or its base64 is not canonical") }
    try self.init(name: name, algorithm: algorithm, publicKey: Array(material.dropFirst()))
    guard id == Self.hex(keyID), vkey.utf8.elementsEqual(self.vkey.utf8) else {
      throw .badKey("its key ID is not that of its name and key")
    }
  }

  /// The key as text, to be published.
  package var vkey: String {
    "\(name)+\(Self.hex(keyID))+\(Base64.encode([algorithm.rawValue] + publicKey))"
  }

  /// The key ID as the `vkey` text has it.
  package var idText: String { Self.hex(keyID) }

  static func keyID(name: String, material: [UInt8]) -> UInt32 {
    let digest = Digest.sha256(Array(name.utf8) + [0x0a] + material)
    return digest.bytes.span.bigEndian(at: 0)
  }

  static func hex(_ keyID: UInt32) -> String {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: keyID)
    return bytes.hex
  }

  /// Whether `name` may stand in a signature line: not empty, without space, control or `+`.
  static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255
      && name.unicodeScalars.allSatisfy { scalar in
        !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
          && scalar != "+"
      }
  }
}

extension NoteKey {
  /// Whether `signature` is this key's, over the text of a note.
  func verifies(_ signature: NoteSignature, of text: [UInt8]) throws(NoteError) -> Timestamp? {
    let key: Curve25519.Signing.PublicKey
    do {
      key = try Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
    } catch {
      throw .badKey("its public key is no point of the curve")
    }
    switch algorithm {
    case .ed25519:
      guard signature.bytes.count == 64, key.isValidSignature(signature.bytes, for: text) else {
        throw .badSignature(by: name)
      }
      return nil
    case .cosignature:
      guard signature.bytes.count == 72 else { throw .badSignature(by: name) }
      let time: UInt64 = signature.bytes.span.bigEndian(at: 0)
      guard time <= UInt64(Int64.max / 1_000_000),
        key.isValidSignature(
          Array(signature.bytes[8...]), for: Array("cosignature/v1\ntime \(time)\n".utf8) + text)
      else { throw .badSignature(by: name) }
      return Timestamp(microseconds: Int64(time) * 1_000_000)
    }
  }
}
