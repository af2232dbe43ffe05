/// Why a scenario is no scenario, or does not hold.
///
/// Its description is what a test shows.
public struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was expected, what came, and where.
  public let description: String

  init(_ description: String) { self.description = description }
}
