package import CRM
package import Commands
internal import EventModel

/// What a run of the reactor did.
package struct TimerRun: Sendable {
  /// A timer whose condition held: what its command did.
  package struct Fired: Sendable {
    package let timer: ArmedTimer
    package let result: CommandResult
  }

  /// A timer whose command was refused; it is tried again later.
  package struct Refused: Sendable {
    package let timer: ArmedTimer
    package let refusal: Refusal
  }

  /// In the order in which they were carried out.
  package internal(set) var fired: [Fired] = []
  package internal(set) var refused: [Refused] = []
  /// How many had nothing left to do.
  package internal(set) var settledCount = 0
  /// How many were put off.
  package internal(set) var waitingCount = 0
  /// How many cases of duplicates a nightly comparison opened.
  package internal(set) var openedCaseCount = 0
  /// Whether there are more that are due: the run reached its limit.
  package internal(set) var isCutShort = false

  package init() {}

  /// How many timers were looked at.
  package var lookedAtCount: Int {
    fired.count + refused.count + settledCount + waitingCount
  }
}
