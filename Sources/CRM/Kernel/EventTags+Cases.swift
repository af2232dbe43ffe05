internal import Schema

/// The references of the events on disputes, handovers and service levels.
extension EventTags {
  static func references(of event: DisputeEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .disputeOpened(let opened):
      [RecordKey(opened.subject), .user(opened.claimantID), .user(opened.respondentID)]
    case .disputeEvidenceAttached(let attached): [.user(attached.by)]
    case .disputeResponseFiled(let filed): [.user(filed.by)]
    case .disputeArbitratorAssigned(let assigned):
      [.user(assigned.arbitratorID), .user(assigned.from)]
    case .disputeRuled(let ruled):
      (ruled.hasOwnerAfter ? [ruled.ownerAfter.key].compactMap(\.self) : [])
        + ruled.awards.map { .user($0.userID) }
        + ruled.creditOpportunityIds.map { .opportunity($0) }
    case .disputeRulingApplied(let applied): applied.changed.map { RecordKey($0) }
    case .disputeAppealed(let appealed): [.user(appealed.by)]
    case .disputeWithdrawn(let withdrawn): [.user(withdrawn.by), RecordKey(withdrawn.subject)]
    case .disputeClosed(let closed): [RecordKey(closed.subject)]
    case .disputeResponseOverdue(let overdue): [.user(overdue.respondentID)]
    case .disputeEvidencePackSealed: []
    }
  }

  static func references(of event: HandoverEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .handoverStarted(let started): [.user(started.fromUserID)]
    case .handoverItemPlanned(let planned):
      [RecordKey(planned.recordRef), .user(planned.toUserID), RecordKey(.pool, planned.poolID)]
    case .handoverItemExecuted(let executed):
      [RecordKey(executed.recordRef)]
        + (executed.hasTo ? [executed.to.key].compactMap(\.self) : [])
    case .handoverItemFailed(let failed): [RecordKey(failed.recordRef)]
    case .handoverItemReturned(let returned): [RecordKey(returned.recordRef)]
    case .handoverBriefingWritten(let written): [RecordKey(written.recordRef)]
    case .handoverAcknowledged(let acknowledged):
      [.user(acknowledged.byUserID)] + acknowledged.recordRefs.map { RecordKey($0) }
    case .handoverAcknowledgementOverdue(let overdue): [.user(overdue.userID)]
    case .handoverAccessReported(let reported): [.user(reported.userID)]
    case .handoverPlanApproved, .handoverCompleted, .handoverCancelled, .handoverReverted: []
    }
  }

  static func references(of event: SlaPolicyEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .slaPolicyPublished(let published):
      [.businessCalendar(published.calendarID)]
        + published.escalations.flatMap { [.user($0.toUserID), .team($0.toTeamID)] }
    case .slaPolicyRetired: []
    }
  }
}
