/// Why something asked was not done: a stable code, and one sentence that says what to do.
public struct ServiceError: Error, Sendable, Hashable {
  /// What a caller can do about it.
  public enum Kind: Sendable, Hashable {
    /// Asked for in a way that can't be understood.
    case usage
    /// Understood, and refused or not found.
    case refused
    /// A check that was asked for failed.
    case notVerified
    /// The store or the machine failed.
    case failed
  }

  /// What a caller can do about it.
  public let kind: Kind
  /// Stable, such as `CONFLICT.VERSION`.
  public let code: String
  /// One sentence: the thing, the place, the remedy.
  public let sentence: String

  /// Puts an error together.
  public init(_ kind: Kind, code: String, _ sentence: String) {
    self.kind = kind
    self.code = code
    self.sentence = sentence
  }
}

extension ServiceError: CustomStringConvertible {
  /// The sentence with its code.
  public var description: String { "\(sentence) [\(code)]" }
}
