package import EventModel
package import Schema
internal import SwiftProtobuf

/// An opportunity that stays in a stage longer than its pipeline allows is stalled.
package enum StageWatch: TimerPolicy {
  package static let name = "stageWatch"
  package static let eventTypes = [
    "OpportunityCreated", "OpportunityStageChanged", "OpportunityReopened",
    "OpportunityStalled", "OpportunityWon", "OpportunityLost", "PipelineVersionPublished",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    if case .pipeline = payload { return [.lookAtAll] }
    guard case .opportunity(let event) = payload else { return [] }
    switch event {
    // A stall that somebody ends isn't raised again in the same stage.
    case .opportunityStalled, .opportunityWon, .opportunityLost: return [.disarm(record)]
    case _: return [.arm(record, dueAt: recordedAt.advanced(byMicroseconds: dayMicroseconds))]
    }
  }

  /// No stage allows less than a day.
  private static let dayMicroseconds: Int64 = 86_400_000_000
  /// How often an opportunity is looked at whose stage has no limit yet.
  private static let idleLookMicroseconds: Int64 = 30 * dayMicroseconds

  package static func command(of timer: TimerKey) -> CommandPayload {
    .opportunity(.markOpportunityStalled(.with { $0.opportunityID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let opportunity = record as? Opportunity, opportunity.status == .open,
      !opportunity.isStalled, let entered = opportunity.stageEnteredAt
    else { return .settle }
    guard let days = opportunity.stageLimitDays(in: context) else {
      return .wait(until: context.now.advanced(byMicroseconds: idleLookMicroseconds))
    }
    let at = entered.advanced(byMicroseconds: Int64(days) * dayMicroseconds)
    return at <= context.now ? .fire : .wait(until: at)
  }
}
