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

/// A new lead is taken in by the rules in force, as soon as it is there.
package enum LeadIntakeDue: TimerPolicy {
  package static let name = "leadIntake"
  package static let eventTypes = [
    "LeadCaptured", "OwnershipAssigned", "LeadConverted", "LeadDisqualified", "LeadMergedInto",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard record.type == .lead else { return [] }
    guard case .lead(.leadCaptured(let captured)) = payload else { return [.disarm(record)] }
    // A history that is brought in has its owners, or is people's to sort.
    return captured.source.channel == .import ? [] : [.arm(record, dueAt: recordedAt)]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .lead(.takeInLead(.with { $0.leadID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let lead = record as? Lead, lead.status == .new, lead.ownership.owner == nil,
      let captured = lead.createdAt,
      context.now.microseconds - captured.microseconds <= FirstResponseDeadline.freshMicroseconds,
      context.records.state(Organization.self, Organization.id)?.assignmentRules != nil
    else { return .settle }
    return .fire
  }
}

/// A lead that nobody answered for twice its time is taken from its owner: into a pool, or to whoever
/// stands above.
package enum FirstResponseAbandoned: TimerPolicy {
  package static let name = "firstResponseAbandoned"
  package static let eventTypes = [
    "LeadFirstResponseBreached", "LeadFirstResponded", "FirstResponseDeadlineSet",
    "OwnershipReleasedToPool", "LeadConverted", "LeadDisqualified",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard record.type == .lead else { return [] }
    guard case .lead(.leadFirstResponseBreached) = payload else { return [.disarm(record)] }
    // The calendar says when the second half of the time ends.
    return [.arm(record, dueAt: recordedAt)]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .ownership(
      .releaseToPool(.with { ($0.record, $0.cause) = (timer.record.reference, .unanswered) }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let lead = record as? Lead, context.settings.unansweredLeads != .off,
      let at = lead.abandonedAt(in: context)
    else { return .settle }
    guard at <= context.now else { return .wait(until: at) }
    if lead.ownership.isKept(at: context.now) {
      return .wait(until: context.now.advanced(byMicroseconds: dayMicroseconds))
    }
    if let pool = lead.poolWhenAbandoned(in: context) {
      return .carryOut(
        .ownership(
          .releaseToPool(
            .with {
              $0.record = timer.key.record.reference
              ($0.poolID, $0.cause) = (pool.id, .unanswered)
            })))
    }
    guard let manager = lead.managerWhenAbandoned(in: context) else { return .settle }
    return .carryOut(
      .ownership(
        .assignOwnership(
          .with {
            ($0.record, $0.to) = (timer.key.record.reference, .user(manager))
            ($0.method, $0.ruleID) = (.escalation, "unanswered")
          })))
  }

  private static let dayMicroseconds: Int64 = 86_400_000_000
}
