package import Transparency

/// Why evidence was not accepted: the first statement in it that did not hold.
package enum EvidenceError: Error, Hashable, Sendable {
  /// The file is no evidence file; the place is a byte, counted from 1.
  case malformed(at: Int, String)
  /// The file is larger than what is read.
  case tooLarge(byteLimit: Int)
  /// Of another log than the caller expects.
  case otherOrigin(expected: String, found: String)
  /// The checkpoint, or an older one, is not signed as the caller demands.
  case checkpoint(NoteError)
  /// The policy's witnesses did not cosign.
  case quorum(String)
  /// What is said of the event at `index` does not hold.
  case event(index: UInt64, String)
  /// A claim that nothing is missing does not hold.
  case claim(String)
  /// An older checkpoint is not of this log's past.
  case consistency(size: UInt64, NoteError)
  /// The access log's evidence beside the file does not belong to it.
  case access(String)
  /// A file of an export of tiles is not what its entries say.
  case tile(String, String)
  /// The file makes a statement that this program can't check.
  case unsupported(String)
}

extension EvidenceError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed(let place, let reason): "The evidence is malformed at byte \(place): \(reason)."
    case .tooLarge(let limit): "The evidence has more than \(limit >> 20) MiB; ask for it in parts."
    case .otherOrigin(let expected, let found):
      "The evidence is of the log \(found), not of \(expected)."
    case .checkpoint(let error): "The checkpoint does not hold: \(error)"
    case .quorum(let reason): "The witnesses' quorum is not reached: \(reason)."
    case .event(let index, let reason): "The event at \(index) does not hold: \(reason)."
    case .claim(let reason): "A claim of completeness does not hold: \(reason)."
    case .consistency(let size, let error):
      "The older checkpoint of size \(size) does not hold: \(error)"
    case .access(let reason): "The access log's evidence does not hold: \(reason)."
    case .tile(let path, let reason): "“\(path)” does not hold: \(reason)."
    case .unsupported(let what): "\(what)"
    }
  }
}
