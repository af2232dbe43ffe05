/// Given events, when something is asked, then these events follow, or it is refused.
///
/// It holds for any decider: a state, a pure function that applies an event to it, and a pure
/// function that decides.
///
/// ```swift
/// var scenario = DecisionScenario(
///   0, apply: { state, event in state += event },
///   decide: { state, command in command <= state ? [-command] : [] })
/// scenario.given([5])
/// try scenario.when(3, then: [-3])
/// ```
public struct DecisionScenario<State, Command, Event: Equatable> {
  private var state: State
  private let apply: (inout State, Event) -> Void
  private let decide: (State, Command) throws -> [Event]

  /// - Parameters:
  ///   - state: before the first event.
  ///   - apply: what an event changes.
  ///   - decide: what a command brings about; what it throws is the refusal.
  public init(
    _ state: State, apply: @escaping (inout State, Event) -> Void,
    decide: @escaping (State, Command) throws -> [Event]
  ) {
    self.state = state
    self.apply = apply
    self.decide = decide
  }

  /// What has happened.
  public mutating func given(_ events: [Event]) {
    for event in events { apply(&state, event) }
  }

  /// Decides, compares the events and applies them, so that a further `when` builds on them.
  ///
  /// - Throws: ``ScenarioError`` that shows both when they differ, or the refusal.
  public mutating func when(_ command: Command, then events: [Event]) throws(ScenarioError) {
    let decided = try decided(command)
    guard decided == events else {
      throw ScenarioError("\(command)\n  expected \(events)\n  decided  \(decided)")
    }
    given(decided)
  }

  /// Decides, and expects a refusal that `isExpected` takes.
  public func when(
    _ command: Command, refused isExpected: (any Error) -> Bool
  ) throws(ScenarioError) {
    let events: [Event]
    do { events = try decide(state, command) } catch {
      guard isExpected(error) else {
        throw ScenarioError("\(command) was refused otherwise: \(error)")
      }
      return
    }
    throw ScenarioError("\(command) was not refused; it decided \(events)")
  }

  private func decided(_ command: Command) throws(ScenarioError) -> [Event] {
    let first: [Event]
    let second: [Event]
    do {
      first = try decide(state, command)
      second = try decide(state, command)
    } catch {
      throw ScenarioError("\(command) was refused: \(error)")
    }
    guard first == second else {
      throw ScenarioError(
        "\(command) decides otherwise the second time; look for a clock or a random number")
    }
    return first
  }
}
