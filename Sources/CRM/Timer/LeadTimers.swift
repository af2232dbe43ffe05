package import EventModel
package import Schema
internal import SwiftProtobuf

/// A lead that somebody was given has to be answered in time: the deadline is set when it gets its
/// owner.
package enum FirstResponseDeadline: TimerPolicy {
  package static let name = "firstResponseDeadline"
  package static let eventTypes = [
    "OwnershipAssigned", "OwnershipTransferred", "OwnershipClaimed", "OwnershipReleasedToPool",
  ]

  /// A lead that was captured so long before it got its owner is a history that was brought in.
  static let freshMicroseconds: Int64 = 7 * 86_400_000_000

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard record.type == .lead, case .ownership(let event) = payload else { return [] }
    if case .ownershipAssigned(let assigned) = event, assigned.method == .import { return [] }
    if case .ownershipReleasedToPool = event { return [.disarm(record)] }
    return [.arm(record, dueAt: recordedAt)]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .lead(.setFirstResponseDeadline(.with { $0.leadID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let lead = record as? Lead, lead.isOpen, lead.firstRespondedAt == nil,
      lead.ownership.ownerUserID != nil, let since = lead.ownership.since,
      let captured = lead.createdAt,
      since.microseconds - captured.microseconds <= freshMicroseconds
    else { return .settle }
    return .fire
  }
}

/// Nobody answered a lead in time.
package enum FirstResponseBreach: TimerPolicy {
  package static let name = "firstResponseBreach"
  package static let eventTypes = [
    "FirstResponseDeadlineSet", "LeadFirstResponded", "LeadFirstResponseBreached",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard case .lead(.firstResponseDeadlineSet(let set)) = payload else {
      return [.disarm(record)]
    }
    return [.arm(record, dueAt: Timestamp(set.dueAt))]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .lead(.breachFirstResponse(.with { $0.leadID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let lead = record as? Lead, lead.isOpen, lead.firstRespondedAt == nil,
      !lead.isFirstResponseBreached, let dueAt = lead.firstResponseDueAt
    else { return .settle }
    return dueAt <= context.now ? .fire : .wait(until: dueAt)
  }
}

/// A lead that is nurtured is looked at again after its time.
package enum NurtureReevaluation: TimerPolicy {
  package static let name = "nurtureReevaluation"
  package static let eventTypes = [
    "LeadNurtureStarted", "LeadNurtureReevaluated", "LeadNurtureReevaluationDue",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    if case .lead(.leadNurtureStarted(let started)) = payload, started.hasReevaluateAt {
      return [.arm(record, dueAt: Timestamp(started.reevaluateAt))]
    }
    if case .lead(.leadNurtureReevaluated(let reevaluated)) = payload,
      reevaluated.outcome == .extend, reevaluated.hasReevaluateAt
    {
      return [.arm(record, dueAt: Timestamp(reevaluated.reevaluateAt))]
    }
    return [.disarm(record)]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .lead(.noteNurtureReevaluation(.with { $0.leadID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let lead = record as? Lead, lead.status == .nurturing, let nurture = lead.nurture,
      !nurture.isReevaluationDue, let at = nurture.reevaluateAt
    else { return .settle }
    return at <= context.now ? .fire : .wait(until: at)
  }
}
