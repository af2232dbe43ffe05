package import EventModel

/// A log's statement of its size and root: the three lines that are signed.
///
/// Source: C2SP tlog-checkpoint, without extension lines.
package struct Checkpoint: Hashable, Sendable {
  /// The log's name, such as `deed.example/log1`.
  package let origin: String
  package let size: UInt64
  package let root: Digest

  package init(origin: String, size: UInt64, root: Digest) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// The signed text.
  package var text: String { "\(origin)\n\(size)\n\(root.base64)\n" }

  /// Reads the signed text, and refuses whatever ``text`` can't have made.
  package init(parsing text: String) throws(NoteError) {
    guard let lines = Array(text.utf8).lines(), lines.count == 3 else {
      throw .malformed("a checkpoint has three lines: origin, size and root")
    }
    guard let origin = String(validating: lines[0], as: UTF8.self), NoteKey.isName(origin) else {
      throw .malformed("a checkpoint's origin is not empty and has no spaces, controls or “+”")
    }
    guard let size = UInt64(canonicalDecimal: lines[1]) else {
      throw .malformed("a checkpoint's size is a decimal number without leading zeros")
    }
    guard let root = Digest(base64: lines[2]) else {
      throw .malformed("a checkpoint's root is 32 bytes in canonical base64")
    }
    guard size > 0 || root == MerkleTree.emptyRoot else {
      throw .malformed("the root of size 0 is not the empty root")
    }
    self.init(origin: origin, size: size, root: root)
  }
}

/// A checkpoint whose signatures were checked.
package struct VerifiedCheckpoint: Hashable, Sendable {
  package let checkpoint: Checkpoint
  /// Of the log and of witnesses, those of the keys that were given.
  package let signatures: [VerifiedSignature]

  /// Reads `note` and checks that the log at `origin` signed it.
  ///
  /// - Parameters:
  ///   - note: a signed note; it may have lines of keys that are not given.
  ///   - origin: the log it must be of.
  ///   - keys: the log's keys (more than one after a rotation), and those of witnesses. At
  ///     least one line must be of a log's key.
  /// - Throws: ``NoteError``; a line of a given key that does not verify is one.
  package init(
    note: String, origin: String, keys: [NoteKey]
  ) throws(NoteError) {
    let signed = try SignedNote(parsing: note)
    let checkpoint = try Checkpoint(parsing: signed.text)
    guard checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
      throw .otherOrigin(expected: origin, found: checkpoint.origin)
    }
    let signatures = try signed.verified(by: keys)
    let isSigned = signatures.contains { signature in
      signature.key.algorithm == .ed25519 && signature.key.name.utf8.elementsEqual(origin.utf8)
    }
    guard isSigned else { throw .notSigned(by: origin) }
    self.checkpoint = checkpoint
    self.signatures = signatures
  }

  /// The witnesses that cosigned, with the time each of them said.
  package var cosignatures: [VerifiedSignature] { signatures.filter { $0.time != nil } }
}
