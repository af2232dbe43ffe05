package import EventModel

/// A text with signature lines below it.
///
/// Source: C2SP signed-note.
package struct SignedNote: Hashable, Sendable {
  /// What is signed: lines, each with its end.
  package let text: String
  /// In the order they stand in, those of unknown keys too.
  package let signatures: [NoteSignature]

  package static let byteLimit = 1 << 20
  package static let signatureLimit = 100

  package init(text: String, signatures: [NoteSignature]) {
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note; no signature is checked.
  package init(parsing note: String) throws(NoteError) {
    let bytes = Array(note.utf8)
    guard bytes.count <= Self.byteLimit else { throw .malformed("a note has 1 MiB at the most") }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x0a }) else {
      throw .malformed("a note has no control characters but line feeds")
    }
    guard let blank = Self.lastBlankLine(bytes), let lines = bytes[(blank + 1)...].lines() else {
      throw .malformed("a note is a text, an empty line and signature lines, each with its end")
    }
    guard (1...Self.signatureLimit).contains(lines.count) else {
      throw .malformed("a note has 1 to \(Self.signatureLimit) signatures")
    }
    var signatures: [NoteSignature] = []
    for line in lines {
      guard let signature = NoteSignature(line: line) else {
        throw .malformed("a signature line is “— name base64”")
      }
      signatures.append(signature)
    }
    self.init(text: String(decoding: bytes[..<blank], as: UTF8.self), signatures: signatures)
  }

  /// The index of the second of the last two line feeds that follow each other, if there is
  /// text before them.
  private static func lastBlankLine(_ bytes: [UInt8]) -> Int? {
    var index = bytes.count - 1
    while index >= 2 {
      if bytes[index] == 0x0a, bytes[index - 1] == 0x0a { return index }
      index -= 1
    }
    return nil
  }

  /// The whole note, as it is stored and sent.
  package var note: String { text + "\n" + signatures.map(\.line).joined() }
}

/// One signature line of a note.
package struct NoteSignature: Hashable, Sendable {
  package let name: String
  package let keyID: UInt32
  /// What follows the key ID: 64 bytes of Ed25519, after 8 of time in a cosignature.
  let bytes: [UInt8]

  init(name: String, keyID: UInt32, bytes: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }

  /// Reads `— name base64`, without the line's end.
  init?(line: some Collection<UInt8>) {
    guard let rest = line.removing(prefix: "\u{2014} "),
      let space = rest.firstIndex(of: UInt8(ascii: " ")),
      let name = String(validating: rest[..<space], as: UTF8.self), NoteKey.isName(name),
      let raw = Base64.decode(rest[rest.index(after: space)...]), raw.count > 4
    else { return nil }
    self.init(name: name, keyID: raw.span.bigEndian(at: 0), bytes: Array(raw[4...]))
  }

  /// The line with its end.
  var line: String {
    var raw: [UInt8] = []
    raw.append(bigEndian: keyID)
    raw.append(contentsOf: bytes)
    return "\u{2014} \(name) \(Base64.encode(raw))\n"
  }
}

/// A signature that was checked.
package struct VerifiedSignature: Hashable, Sendable {
  package let key: NoteKey
  /// When a witness saw the checkpoint; `nil` for a log's own signature.
  package let time: Timestamp?
}

extension SignedNote {
  /// Checks the lines of `keys`, and passes over those of other keys.
  ///
  /// - Returns: each known key once, in the order of the lines; perhaps none.
  /// - Throws: ``NoteError/badSignature(by:)`` when a line of a known key does not verify.
  package func verified(by keys: [NoteKey]) throws(NoteError) -> [VerifiedSignature] {
    let message = Array(text.utf8)
    var verified: [VerifiedSignature] = []
    for signature in signatures {
      let known = keys.first { key in
        key.keyID == signature.keyID && key.name.utf8.elementsEqual(signature.name.utf8)
      }
      guard let known, !verified.contains(where: { $0.key == known }) else { continue }
      let time = try known.verifies(signature, of: message)
      verified.append(VerifiedSignature(key: known, time: time))
    }
    return verified
  }
}
