package import EventModel
package import Schema

/// What happens because time passes: which events arm its timers, and what a due one does.
///
/// All of it is pure. Timers are a projection of the log that carries nothing out; only the reactor
/// of `Policies` does, when its clock has reached a timer and the log has been read to its end. So
/// a replay or a rebuild can't fire one.
package protocol TimerPolicy: Sendable {
  /// Such as `protectionExpiry`: stands on disk and in idempotency keys, and never changes.
  static var name: String { get }

  /// Which events ``changes(after:of:at:)`` looks at; it sees no others.
  static var eventTypes: [String] { get }

  /// What the event does to this policy's timers.
  ///
  /// - Parameters:
  ///   - payload: of one of ``eventTypes``.
  ///   - record: in whose stream it stands.
  ///   - recordedAt: when.
  /// - Returns: what is armed, moved or disarmed, in this order.
  static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange]

  /// The command that a due timer asks for, or the first of them. Its needs say what ``outcome(of:on:in:)`` may see.
  static func command(of timer: TimerKey) -> CommandPayload

  /// Whether the condition holds now; the command's decision looks once more, in the append.
  ///
  /// - Parameters:
  ///   - timer: due by `context.now`.
  ///   - record: the one that the timer is about; before its first event when it is missing.
  ///   - context: with what the command needs loaded.
  /// - Returns: whether to carry the command out, to forget the timer, or to look again later.
  static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome
}

/// All policies that have timers.
package enum TimerPolicies {
  /// A new policy is a type of its own and a line here (docs/guides/developer.md).
  package static let all: [any TimerPolicy.Type] = [
    PoolRecycle.self, ProtectionExpiry.self, RegistrationExpiry.self, RegistrationWarning.self,
    SlaWarning.self, SlaBreach.self, TaskReminder.self, TaskDue.self, FirstResponseDeadline.self,
    FirstResponseBreach.self, NurtureReevaluation.self, StageWatch.self, DisputeResponseDue.self,
    DisputeClosing.self, HandoverAcknowledgement.self, ContestedCaseDue.self, BreakGlassEnd.self,
    LeadIntakeDue.self, FirstResponseAbandoned.self, DuplicateSweep.self,
  ]

  /// Raised when ``TimerPolicy/changes(after:of:at:)`` of any policy changes for events that a log
  /// may have: the timers are then armed anew from the log.
  package static let version: UInt32 = 3

  package static func policy(named name: String) -> (any TimerPolicy.Type)? {
    all.first { $0.name == name }
  }

  /// The policies by the types of the events that they look at.
  private static let byType: [String: [any TimerPolicy.Type]] = {
    var policies: [String: [any TimerPolicy.Type]] = [:]
    for policy in all {
      for type in policy.eventTypes { policies[type, default: []].append(policy) }
    }
    return policies
  }()

  /// The types of all events that arm or disarm a timer.
  package static let eventTypes: [EventType] = byType.keys.sorted().compactMap { EventType($0) }

  /// What the event does to the timers, each with its policy's name.
  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [(policy: String, change: TimerChange)] {
    (byType[payload.typeName] ?? []).flatMap { policy in
      policy.changes(after: payload, of: record, at: recordedAt).map { (policy.name, $0) }
    }
  }
}
