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
  /// This note with the lines of `answer` that `key` made, after they were checked.
  ///
  /// - Throws: ``NoteError`` when no line is of the key, or one does not verify.
  package func adding(_ answer: String, of key: NoteKey) throws(NoteError) -> SignedNote {
    let other = try SignedNote(parsing: text + "\n" + answer)
    guard try other.verified(by: [key]).count == 1 else { throw .notSigned(by: key.name) }
    let lines = other.signatures.filter { line in
      line.keyID == key.keyID && line.name.utf8.elementsEqual(key.name.utf8)
    }
    let kept = signatures.filter { line in
      line.keyID != key.keyID || !line.name.utf8.elementsEqual(key.name.utf8)
    }
    return SignedNote(text: text, signatures: kept + lines)
  }
}
