internal import Schema

/// The references of the records' own events.
extension EventTags {
  static func references(of event: AccountEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .accountCreated(let created):
      [
        .lead(created.sourceLeadID), .account(created.parentAccountID),
        RecordKey(.partner, created.partnerID), RecordKey(.registration, created.registrationID),
      ]
    case .accountParentSet(let set): [.account(set.from), .account(set.to)]
    case .primaryContactSet(let set): [.contact(set.from), .contact(set.to)]
    case .commitmentRecorded(let recorded): [.user(recorded.promisedBy)]
    case .accountMerged(let merged):
      [.account(merged.mergedID)] + merged.relinked.map { RecordKey($0) }
    case .accountMergedInto(let merged): [.account(merged.survivorID)]
    case .accountUnmerged(let unmerged):
      [.account(unmerged.mergedID)] + unmerged.relinkedBack.map { RecordKey($0) }
    case .accountDetailsChanged, .accountEnriched, .accountFieldVerified, .accountGraded,
      .accountTierChanged, .accountMajorChangeRecorded, .needRecorded, .needClosed,
      .commitmentFulfilled, .commitmentBroken, .accountLifecycleStageChanged, .accountArchived,
      .accountRestored:
      []
    }
  }

  static func references(of event: ContactEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .contactCreated(let created): [.account(created.accountID), .lead(created.sourceLeadID)]
    case .contactMovedToAccount(let moved): [.account(moved.from), .account(moved.to)]
    case .contactReportsToSet(let set): [.contact(set.from), .contact(set.to)]
    case .contactMerged(let merged):
      [.contact(merged.mergedID)] + merged.relinked.map { RecordKey($0) }
    case .contactMergedInto(let merged): [.contact(merged.survivorID)]
    case .contactUnmerged(let unmerged):
      [.contact(unmerged.mergedID)] + unmerged.relinkedBack.map { RecordKey($0) }
    case .contactDetailsChanged, .contactRoleSet, .contactVerified, .contactArchived,
      .contactRestored, .consentGranted, .consentWithdrawn:
      []
    }
  }

  static func references(of event: LeadEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .leadConverted(let converted):
      [
        .account(converted.accountID), .contact(converted.contactID),
        .opportunity(converted.opportunityID),
      ]
    case .leadFirstResponded(let responded): [RecordKey(.activity, responded.activityID)]
    case .leadMerged(let merged):
      [.lead(merged.mergedID)] + merged.relinked.map { RecordKey($0) }
    case .leadMergedInto(let merged): [.lead(merged.survivorID)]
    case .leadUnmerged(let unmerged):
      [.lead(unmerged.mergedID)] + unmerged.relinkedBack.map { RecordKey($0) }
    case .leadCaptured, .leadDataNormalized, .leadScored, .leadRated, .firstResponseDeadlineSet,
      .leadFirstResponseBreached, .leadNurtureStarted, .nurtureTouchSent,
      .leadNurtureReevaluationDue, .leadNurtureReevaluated, .leadQualified, .leadDisqualified,
      .leadReopened, .leadQualityFeedbackGiven, .leadDetailsChanged, .leadStatusChanged:
      []
    }
  }

  static func references(of event: OpportunityEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .opportunityCreated(let created):
      [
        .account(created.accountID), .pipeline(created.pipelineID), .lead(created.sourceLeadID),
        RecordKey(.partner, created.partnerID), RecordKey(.registration, created.registrationID),
      ]
    case .opportunityContactRoleSet(let set): [.contact(set.contactID)]
    case .opportunityHelpRequested(let requested): [RecordKey(requested.to)]
    case .opportunityMovedToAccount(let moved): [.account(moved.from), .account(moved.to)]
    case .opportunityWon(let won): [RecordKey(.contract, won.contractID)]
    case .opportunityStageChanged, .opportunityAmountChanged, .opportunityCloseDateChanged,
      .opportunityProbabilityOverridden, .probabilityOverrideCleared,
      .opportunityForecastCategoryChanged, .opportunityLineAdded, .opportunityLineChanged,
      .opportunityLineRemoved, .opportunityDeliverableSubmitted, .deliverableRejected,
      .opportunityCompetitorSet, .opportunityFitRated, .helpFulfilled, .opportunityStalled,
      .opportunityStallCleared, .opportunityHealthBandChanged, .opportunityLost,
      .opportunityReopened, .opportunityDetailsChanged, .opportunityAmountModeChanged:
      []
    case .creditSplitSet(let set):
      [.dispute(set.disputeID)] + set.splits.map { .user($0.userID) }
    }
  }

  static func references(of event: ActivityEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .activityLogged(let logged):
      logged.subjectRefs.map { RecordKey($0) } + logged.contactIds.map { .contact($0) } + [
        .user(logged.performedBy), .user(logged.nextStep.ownerID),
        RecordKey(.task, logged.nextStep.taskID),
      ]
    case .commentAdded(let added): added.mentions.map { .user($0) }
    case .activityCorrected, .activityRetracted: []
    }
  }

  static func references(of event: TaskEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .taskCreated(let created):
      created.subjectRefs.map { RecordKey($0) } + [
        .user(created.assigneeID), RecordKey(.activity, created.activityID),
      ]
    case .taskReassigned(let reassigned): [.user(reassigned.from), .user(reassigned.to)]
    case .taskCompleted(let completed): [RecordKey(.activity, completed.activityID)]
    case .taskRescheduled, .taskReminderDue, .taskOverdue, .taskCancelled: []
    }
  }

  static func references(of event: TicketEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .ticketOpened(let opened):
      [
        .account(opened.accountID), .contact(opened.contactID), RecordKey(.order, opened.orderID),
        .team(opened.teamID), .ticket(opened.continuesTicketID),
      ]
    case .ticketFirstResponded(let responded): [.user(responded.by)]
    case .ticketEscalated(let escalated): [.user(escalated.toUserID), .team(escalated.toTeamID)]
    case .ticketStatusChanged(let changed): [.team(changed.handlingTeamID)]
    case .ticketStatusChangedV2(let changed): [.team(changed.handlingTeamID)]
    case .ticketResolved(let resolved): [.team(resolved.handlingTeamID)]
    case .ticketReopened(let reopened): [.team(reopened.handlingTeamID)]
    case .ticketClosed(let closed): [.team(closed.handlingTeamID)]
    case .ticketMerged(let merged): [.ticket(merged.mergedID)]
    case .ticketMergedInto(let merged): [.ticket(merged.survivorID)]
    case .ticketLinkedToLead(let linked): [.lead(linked.leadID)]
    case .lowSatisfactionAlertRaised(let raised): [.user(raised.supervisorID)]
    case .satisfactionFollowUpCompleted(let completed):
      [RecordKey(.activity, completed.activityID)]
    case .ticketTeamChanged(let changed): [.team(changed.from), .team(changed.to)]
    case .ticketCategorized, .ticketPriorityChanged, .ticketSlaApplied, .ticketSlaPaused,
      .ticketSlaResumed, .ticketSlaWarned, .ticketSlaBreached, .ticketCommented,
      .satisfactionSurveySent, .satisfactionRated, .ticketDetailsChanged:
      []
    }
  }
}
