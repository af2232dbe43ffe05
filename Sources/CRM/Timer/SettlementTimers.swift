package import EventModel
package import Schema
internal import SwiftProtobuf

/// The respondent to a dispute let the time for an answer pass.
package enum DisputeResponseDue: TimerPolicy {
  package static let name = "disputeResponseDue"
  package static let eventTypes = [
    "DisputeOpened", "DisputeResponseFiled", "DisputeResponseOverdue", "DisputeRuled",
    "DisputeWithdrawn", "DisputeClosed",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard case .dispute(.disputeOpened(let opened)) = payload, opened.hasResponseDueAt else {
      return [.disarm(record)]
    }
    return [.arm(record, dueAt: Timestamp(opened.responseDueAt))]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .dispute(.noteOverdueResponse(.with { $0.disputeID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let dispute = record as? Dispute, dispute.awaitsResponse else { return .settle }
    let dueAt = dispute.responseDueAt
    return dueAt <= context.now ? .fire : .wait(until: dueAt)
  }
}

/// A ruling that nobody appealed against closes its dispute.
package enum DisputeClosing: TimerPolicy {
  package static let name = "disputeClosing"
  package static let eventTypes = [
    "DisputeRuled", "DisputeAppealed", "DisputeClosed", "DisputeWithdrawn",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    if case .dispute(.disputeWithdrawn(let withdrawn)) = payload, withdrawn.isAppeal {
      // The ruling says until when the other party may appeal; the timer looks it up.
      return [.arm(record, dueAt: recordedAt)]
    }
    guard case .dispute(.disputeRuled(let ruled)) = payload, ruled.hasAppealUntil else {
      return [.disarm(record)]
    }
    // An appeal at the last moment still counts.
    return [.arm(record, dueAt: Timestamp(ruled.appealUntil).advanced(byMicroseconds: 1))]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .dispute(.closeDispute(.with { $0.disputeID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let dispute = record as? Dispute, dispute.status == .applied,
      let until = dispute.rulings.last?.appealUntil
    else { return .settle }
    return until < context.now
      ? .fire : .wait(until: until.advanced(byMicroseconds: 1))
  }
}

/// A receiver did not acknowledge in time what was handed over: a timer each.
package enum HandoverAcknowledgement: TimerPolicy {
  package static let name = "handoverAcknowledgement"
  package static let eventTypes = [
    "HandoverItemExecuted", "HandoverAcknowledgementOverdue", "HandoverReverted",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard case .handover(let event) = payload else { return [] }
    if case .handoverItemExecuted(let executed) = event {
      guard executed.hasTo, executed.to.kind == .user else { return [] }
      // The plan says until when; the timer looks it up and sleeps until then.
      return [.arm(record, reference: executed.to.id, dueAt: recordedAt)]
    }
    if case .handoverAcknowledgementOverdue(let overdue) = event {
      return [.disarm(record, reference: overdue.userID)]
    }
    return [.disarmAll(record)]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .handover(
      .noteOverdueHandover(
        .with { ($0.handoverID, $0.userID) = (timer.record.id, timer.reference) }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let handover = record as? Handover, let until = handover.acknowledgeUntil,
      !handover.overdueUserIDs.contains(timer.key.reference),
      !handover.unacknowledged(by: timer.key.reference).isEmpty
    else { return .settle }
    return until <= context.now ? .fire : .wait(until: until)
  }
}

/// Nobody settled a contested case within a working day: whoever stands above all parties is told.
package enum ContestedCaseDue: TimerPolicy {
  package static let name = "contestedCaseDue"
  package static let eventTypes = [
    "CollisionDetected", "CollisionSettled", "CollisionEscalated", "CollisionOverdue",
    "DuplicateDismissed", "DuplicateMergeRequested",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard case .duplicateCase(.collisionDetected) = payload else { return [.disarm(record)] }
    // The calendar says when; no working day is shorter than this.
    return [.arm(record, dueAt: recordedAt.advanced(byMicroseconds: 3_600_000_000))]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .duplicateCase(.noteOverdueCollision(.with { $0.caseID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let contested = record as? DuplicateCase, contested.awaitsSettlement,
      let dueAt = contested.settleBy(in: context)
    else { return .settle }
    return dueAt <= context.now ? .fire : .wait(until: dueAt)
  }
}

/// Reading everything ends at its minute, and the log says so.
package enum BreakGlassEnd: TimerPolicy {
  package static let name = "breakGlassEnd"
  package static let eventTypes = ["BreakGlassActivated", "BreakGlassEnded"]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    if case .user(.breakGlassActivated(let activated)) = payload {
      let until = recordedAt.advanced(byMicroseconds: Int64(activated.minutes) * 60_000_000)
      return [.arm(record, reference: activated.grantID, dueAt: until)]
    }
    if case .user(.breakGlassEnded(let ended)) = payload {
      return [.disarm(record, reference: ended.grantID)]
    }
    return []
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .user(
      .endBreakGlass(.with { ($0.userID, $0.grantID) = (timer.record.id, timer.reference) }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let user = record as? User,
      let grant = user.breakGlassGrants.first(where: { $0.id == timer.key.reference }),
      !grant.isEnded
    else { return .settle }
    return grant.until <= context.now ? .fire : .wait(until: grant.until)
  }
}
