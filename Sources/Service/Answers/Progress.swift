/// How far long work has come.
public struct Progress: Sendable, Hashable {
  /// What is being done, for people.
  public let label: String
  /// What is counted, such as `events`.
  public let unit: String
  /// How many so far.
  public let done: Int
  /// Of how many, when that is known.
  public let total: Int?

  /// Tells how far `label` has come.
  public init(_ label: String, unit: String, done: Int, total: Int?) {
    self.label = label
    self.unit = unit
    self.done = done
    self.total = total
  }
}

/// An answer, and whether what was asked was refused or not verified: exit code 1.
public struct Outcome: Sendable, Hashable {
  /// What there is to say.
  public let answer: Answer
  /// Whether something was refused, or did not hold.
  public let isRefused: Bool

  /// Puts an outcome together.
  public init(_ answer: Answer, isRefused: Bool) {
    self.answer = answer
    self.isRefused = isRefused
  }
}
