package import EventModel

/// What a log asks of a witness: to cosign a checkpoint that continues the one it saw last.
///
/// Source: C2SP tlog-witness, `add-checkpoint`.
package struct WitnessRequest: Hashable, Sendable {
  /// The size that the witness cosigned last; 0 for none.
  package let oldSize: UInt64
  /// From ``oldSize`` to the checkpoint's size; at most 63 hashes.
  package let proof: [Digest]
  /// The signed note.
  package let checkpoint: String

  package init(oldSize: UInt64, proof: [Digest], checkpoint: String) {
    self.oldSize = oldSize
    self.proof = proof
    self.checkpoint = checkpoint
  }

  /// The request's body.
  package var text: String {
    "old \(oldSize)\n" + proof.map { $0.base64 + "\n" }.joined() + "\n" + checkpoint
  }
}

/// What a witness answered.
package enum WitnessAnswer: Hashable, Sendable {
  /// Signature lines to be added to the note.
  case cosigned(String)
  /// It cosigned this size last: ask again from there.
  case conflict(size: UInt64)
  /// The checkpoint is no continuation of what it saw: never asked again, an alarm.
  case inconsistent
  /// Anything else, with its status.
  case refused(status: Int)

  /// Reads status and body of an answer.
  package init(status: Int, body: [UInt8]) {
    switch status {
    case 200: self = .cosigned(String(decoding: body, as: UTF8.self))
    case 409:
      let digits = body.last == UInt8(ascii: "\n") ? body.dropLast() : body[...]
      self = UInt64(canonicalDecimal: digits).map { .conflict(size: $0) } ?? .refused(status: 409)
    case 422: self = .inconsistent
    default: self = .refused(status: status)
    }
  }
}

extension SignedNote {
  /// This note with the one line of `answer` that `key` made, after it was checked.
  ///
  /// Whatever else an answer holds is left out: a witness says for itself alone, and over this text.
  ///
  /// - Throws: ``NoteError`` when no line is of the key, or it does not verify over this note's text.
  package func adding(_ answer: String, of key: NoteKey) throws(NoteError) -> SignedNote {
    let other = try SignedNote(parsing: text + "\n" + answer)
    guard other.text.utf8.elementsEqual(text.utf8),
      let line = other.signatures.first(where: { $0.isNamed(like: key) })
    else { throw .notSigned(by: key.name) }
    guard try SignedNote(text: text, signatures: [line]).verified(by: [key]).count == 1 else {
      throw .notSigned(by: key.name)
    }
    let joined = SignedNote(
      text: text, signatures: signatures.filter { !$0.isNamed(like: key) } + [line])
    return try SignedNote(parsing: joined.note)
  }
}

extension NoteSignature {
  fileprivate func isNamed(like key: NoteKey) -> Bool {
    keyID == key.keyID && name.utf8.elementsEqual(key.name.utf8)
  }
}
