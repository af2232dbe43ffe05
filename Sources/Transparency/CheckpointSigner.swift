internal import Crypto
package import EventModel

/// Signs checkpoints with the log's key, which signs nothing else.
package struct CheckpointSigner: Sendable {
  /// The log's name; the key's too.
  package let origin: String
  /// The public half, to be published.
  package let key: NoteKey
  private let seed: [UInt8]
  private let privateKey: Curve25519.Signing.PrivateKey

  /// - Parameters:
  ///   - origin: `<host>/<log name>`, without spaces or `+`.
  ///   - seed: the Ed25519 private key of RFC 8032: 32 bytes of the system's randomness.
  /// - Throws: ``NoteError/badKey(_:)`` for another count of bytes, or an origin of another form.
  package init(origin: String, seed: [UInt8]) throws(NoteError) {
    let privateKey: Curve25519.Signing.PrivateKey
    do {
      privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
    } catch {
      throw .badKey("a private key has 32 bytes")
    }
    key = try NoteKey(
      name: origin, algorithm: .ed25519, publicKey: Array(privateKey.publicKey.rawRepresentation))
    self.origin = origin
    self.seed = seed
    self.privateKey = privateKey
  }

  /// Reads `PRIVATE+KEY+name+keyID+base64(01 ‖ seed)`, the form of Go's `sumdb/note`.
  package init(skey: String) throws(NoteError) {
    let parts = skey.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 4)
    guard parts.count == 5, parts[0].elementsEqual("PRIVATE".utf8),
      parts[1].elementsEqual("KEY".utf8), let name = String(parts[2])
    else { throw .badKey("a signer key is PRIVATE+KEY+name+key ID+base64") }
    guard let material = Base64.decode(parts[4]), material.count == 33,
      material[0] == NoteKey.Algorithm.ed25519.rawValue
    else { throw .badKey("it is not Ed25519, or its base64 is not canonical") }
    try self.init(origin: name, seed: Array(material.dropFirst()))
    guard self.skey.utf8.elementsEqual(skey.utf8) else {
      throw .badKey("its key ID is not that of its name and key")
    }
  }

  /// The private key as text, to be kept in a file that only the server reads.
  package var skey: String {
    let material = [NoteKey.Algorithm.ed25519.rawValue] + seed
    return "PRIVATE+KEY+\(origin)+\(NoteKey.hex(key.keyID))+\(Base64.encode(material))"
  }

  /// The signed note for a tree of `size` leaves with this `root`.
  package func sign(size: UInt64, root: EventModel.Digest) throws(NoteError) -> String {
    let text = Checkpoint(origin: origin, size: size, root: root).text
    let signature: [UInt8]
    do {
      signature = Array(try privateKey.signature(for: Array(text.utf8)))
    } catch {
      throw .badKey("it does not sign")
    }
    let line = NoteSignature(name: origin, keyID: key.keyID, bytes: signature)
    return SignedNote(text: text, signatures: [line]).note
  }
}
