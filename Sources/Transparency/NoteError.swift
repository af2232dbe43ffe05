/// Why a note, a key or a checkpoint is not accepted.
package enum NoteError: Error, Hashable, Sendable {
  /// The text is no note, checkpoint or proof; the sentence says where it goes wrong.
  case malformed(String)
  case badKey(String)
  /// A line of a known key does not verify.
  case badSignature(by: String)
  /// No line is of a key that was asked for.
  case notSigned(by: String)
  /// The checkpoint is of another log.
  case otherOrigin(expected: String, found: String)
  /// The hashes don't lead from the entry to the checkpoint's root.
  case notProved(ProofError)
}

extension NoteError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed(let reason): "The text is malformed: \(reason)."
    case .badKey(let reason): "The key can't be used: \(reason)."
    case .badSignature(let name): "The signature of \(name) does not verify."
    case .notSigned(let name):
      "The checkpoint has no signature of \(name) by the keys given; one from before or after a "
        + "rotation of the log's key needs that key beside them."
    case .otherOrigin(let expected, let found):
      "The checkpoint is of the log \(found), not of \(expected)."
    case .notProved(.indexBeyondSize(let index, let size)):
      "Entry \(index) is not in a log of \(size) entries."
    case .notProved(.sizesReversed(let old, let new)):
      "A log of \(old) entries is no beginning of one of \(new)."
    case .notProved(.wrongLength): "The proof has too many or too few hashes."
    case .notProved(.rootDiffers): "The proof leads to another root than the checkpoint's."
    }
  }
}
