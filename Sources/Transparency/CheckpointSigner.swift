internal import Crypto
package import EventModel

/// Signs checkpoints with the log's key, which signs nothing else.
package struct CheckpointSigner: Sendable {
  /// The log's name; the key's too.
  package let origin: String
  /// The public half, to be published.
  package let key: NoteKey
  /// The keys before this one, which sign beside it until their time is over.
  package private(set) var older: [CheckpointSigner] = []
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

  /// Reads the file of a log's keys: a signer key a line, the newest first.
  ///
  /// All are of one log.
  package init(file text: String) throws(NoteError) {
    var signers: [CheckpointSigner] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      signers.append(try CheckpointSigner(skey: String(decoding: Array(line), as: UTF8.self)))
    }
    guard let newest = signers.first else { throw .badKey("the file holds none") }
    guard signers.allSatisfy({ $0.origin.utf8.elementsEqual(newest.origin.utf8) }) else {
      throw .badKey("the file holds keys of several logs")
    }
    self = newest
    older = Array(signers.dropFirst())
  }

  /// The file that ``init(file:)`` reads.
  package var file: String { ([self] + older).map { $0.skey + "\n" }.joined() }

  /// The public halves of all that sign, the newest first.
  package var keys: [NoteKey] { [key] + older.map(\.key) }

  /// This key as the newest, and `previous` with its older ones beside it.
  package func following(_ previous: CheckpointSigner) -> CheckpointSigner {
    var copy = self
    copy.older = [previous.alone] + previous.older
    return copy
  }

  /// This key without those before it.
  package var alone: CheckpointSigner {
    var copy = self
    copy.older = []
    return copy
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
    var lines: [NoteSignature] = []
    for signer in [self] + older { lines.append(try signer.line(for: text)) }
    return SignedNote(text: text, signatures: lines).note
  }

  private func line(for text: String) throws(NoteError) -> NoteSignature {
    do {
      let signature = Array(try privateKey.signature(for: Array(text.utf8)))
      return NoteSignature(name: origin, keyID: key.keyID, bytes: signature)
    } catch {
      throw .badKey("it does not sign")
    }
  }
}
