package import EventModel
package import LMDB
package import Transparency

/// A checkpoint as the log keeps it: what it says, and the signed note.
package struct PublishedCheckpoint: Hashable, Sendable {
  package let checkpoint: Checkpoint
  /// Verbatim, as it is sent to others.
  package let note: String

  /// Reads a note; no signature is checked.
  package init(parsing note: String) throws(NoteError) {
    checkpoint = try Checkpoint(parsing: SignedNote(parsing: note).text)
    self.note = note
  }
}

/// Why no checkpoint was published, or no proof made.
package enum CheckpointError: Error, Hashable, Sendable {
  /// The log was opened for reading, or without a key.
  case noSigner
  /// No checkpoint was published for this size: the log does not vouch for any tree.
  case unknownSize(UInt64)
  /// A stored hash is not that of the record it is of: nothing is signed.
  case damaged(at: Position)
  case note(NoteError)
  case file(FileError)
  case storage(LMDBError)
  case closed(String)
}

extension CheckpointError: LMDBFailure {
  package init(_ error: LMDBError) { self = .storage(error) }
}

extension CheckpointError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noSigner: "The log has no key to sign with; open it for writing with its log key."
    case .unknownSize(let size):
      "No checkpoint was published at size \(size); publish one, or name a published size."
    case .damaged(let position):
      "The record at position \(position) differs from its hash, so nothing is signed; "
        + "verify the log and restore it from a backup."
    case .note(let error): error.description
    case .file(let error): "The checkpoint's file can't be written: \(error)."
    case .storage(let error): "The store failed: \(error)."
    case .closed(let reason): "The log publishes nothing: \(reason)."
    }
  }
}
