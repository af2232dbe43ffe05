package import EventModel
package import Schema

/// Names a timer: whose it is, which record it is about, and which thing of that record.
///
/// One key has one timer at a time: arming it again moves it.
package struct TimerKey: Hashable, Sendable {
  /// The name of its ``TimerPolicy``.
  package let policy: String
  package let record: RecordKey
  /// Such as a protection's identifier; empty where the record has one such timer.
  package let reference: String

  package init(policy: String, record: RecordKey, reference: String = "") {
    self.policy = policy
    self.record = record
    self.reference = reference
  }
}

/// A timer that waits for its time.
package struct ArmedTimer: Hashable, Sendable {
  package let key: TimerKey
  package let dueAt: Timestamp
  /// Where the event stands that armed it: the cause of what it does.
  package let armedBy: Position

  package init(key: TimerKey, dueAt: Timestamp, armedBy: Position) {
    self.key = key
    self.dueAt = dueAt
    self.armedBy = armedBy
  }
}

/// What an event does to the timers of one policy.
package enum TimerChange: Hashable, Sendable {
  case arm(RecordKey, reference: String = "", dueAt: Timestamp)
  case disarm(RecordKey, reference: String = "")
  /// All timers of the policy on the record, whatever their reference.
  case disarmAll(RecordKey)
  /// All timers of the policy are due at once: a rule that they follow has changed.
  case lookAtAll
}

/// What a due timer brings about, now that its condition was looked at again.
package enum TimerOutcome: Sendable {
  /// Carry out the timer's command; the events it makes disarm or move the timer.
  case fire
  /// Carry out this command instead.
  case carryOut(CommandPayload)
  /// The condition holds no more: nothing is recorded.
  case settle
  /// Every record is compared with every other, and cases are opened; the timer waits again.
  case sweepDuplicates(next: Timestamp)
  /// It may hold later.
  case wait(until: Timestamp)
}
