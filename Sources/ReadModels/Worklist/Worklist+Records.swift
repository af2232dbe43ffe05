internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Tasks, leads, opportunities, tickets and their owners.
extension Worklist {
  static func apply(
    _ change: TaskEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .taskCreated(let created):
      var row = WorkItemRow(
        event, "task", user: created.assigneeID,
        due: created.hasDueAt ? Timestamp(created.dueAt) : nil)
      row.priority = Codes.taskPriority[created.priority]
      tables.items.put(row)
    case .taskReassigned(let reassigned):
      try self.change(event, "task", &tables) { $0.userID = reassigned.to }
    case .taskRescheduled(let rescheduled):
      try self.change(event, "task", &tables) {
        $0.dueAt = Timestamp(rescheduled.to)
        ($0.isReminded, $0.isOverdue) = (false, false)
      }
    case .taskReminderDue: try self.change(event, "task", &tables) { $0.isReminded = true }
    case .taskOverdue: try self.change(event, "task", &tables) { $0.isOverdue = true }
    case .taskCompleted, .taskCancelled: try finish(event, ["task"], &tables)
    }
  }

  static func apply(
    _ change: LeadEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .firstResponseDeadlineSet(let set):
      try put(event, "firstResponse", due: Timestamp(set.dueAt), &tables)
    case .leadFirstResponseBreached:
      try self.change(event, "firstResponse", &tables) { $0.isOverdue = true }
    case .leadFirstResponded: try finish(event, ["firstResponse"], &tables)
    case .leadNurtureStarted(let started):
      let due = started.hasReevaluateAt ? Timestamp(started.reevaluateAt) : nil
      try put(event, "nurture", due: due, &tables)
    case .leadNurtureReevaluationDue:
      try self.change(event, "nurture", &tables) { $0.isOverdue = true }
    case .leadNurtureReevaluated(let reevaluated):
      guard reevaluated.outcome == .extend else { return try finish(event, ["nurture"], &tables) }
      try self.change(event, "nurture", &tables) {
        $0.dueAt = Timestamp(reevaluated.reevaluateAt)
        $0.isOverdue = false
      }
    case .leadConverted, .leadDisqualified, .leadMergedInto:
      try finish(event, ["firstResponse", "nurture"], &tables)
    case .leadCaptured, .leadDataNormalized, .leadScored, .leadRated, .nurtureTouchSent,
      .leadQualified, .leadReopened, .leadQualityFeedbackGiven, .leadMerged, .leadUnmerged,
      .leadDetailsChanged, .leadStatusChanged:
      return
    }
  }

  static func apply(
    _ change: OpportunityEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .opportunityCreated(let created):
      try put(event, "close", due: day(created.expectedCloseDate), &tables)
    case .opportunityCloseDateChanged(let changed):
      try self.change(event, "close", &tables) { $0.dueAt = day(changed.to) }
    case .opportunityStalled: try put(event, "stalled", due: event.recordedAt, &tables)
    case .opportunityStallCleared: try finish(event, ["stalled"], &tables)
    case .opportunityWon, .opportunityLost: try finish(event, ["close", "stalled"], &tables)
    case .opportunityReopened: try self.change(event, "close", &tables) { $0.isDone = false }
    case .opportunityStageChanged, .opportunityAmountChanged, .opportunityProbabilityOverridden,
      .probabilityOverrideCleared, .opportunityForecastCategoryChanged, .opportunityLineAdded,
      .opportunityLineChanged, .opportunityLineRemoved, .opportunityDeliverableSubmitted,
      .deliverableRejected, .opportunityContactRoleSet, .opportunityCompetitorSet,
      .opportunityFitRated, .opportunityHelpRequested, .helpFulfilled,
      .opportunityHealthBandChanged, .opportunityMovedToAccount, .opportunityDetailsChanged,
      .opportunityAmountModeChanged, .creditSplitSet:
      return
    }
  }

  /// The first moment of a day at Greenwich; `nil` for none.
  private static func day(_ text: String) -> Timestamp? {
    CalendarDate(text).map {
      Timestamp(microseconds: Int64($0.daysSince1970) * 86_400_000_000)
    }
  }

  static func apply(
    _ change: TicketEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .ticketSlaApplied(let applied):
      if applied.hasFirstResponseDueAt {
        try put(event, "firstResponse", due: Timestamp(applied.firstResponseDueAt), &tables)
      }
      if applied.hasResolutionDueAt {
        try put(event, "resolution", due: Timestamp(applied.resolutionDueAt), &tables)
      }
    case .ticketFirstResponded: try finish(event, ["firstResponse"], &tables)
    case .ticketSlaPaused: try finish(event, ["resolution"], &tables)
    case .ticketSlaResumed(let resumed):
      try self.change(event, "resolution", &tables) {
        $0.dueAt = resumed.hasResolutionDueAt ? Timestamp(resumed.resolutionDueAt) : $0.dueAt
        $0.isDone = false
      }
    case .ticketSlaWarned(let warned):
      try self.change(event, Codes.slaMetric[warned.metric], &tables) { $0.isReminded = true }
    case .ticketSlaBreached(let breached):
      try self.change(event, Codes.slaMetric[breached.metric], &tables) { $0.isOverdue = true }
    case .ticketResolved, .ticketClosed, .ticketMergedInto:
      try finish(event, ["firstResponse", "resolution"], &tables)
    case .ticketOpened, .ticketCategorized, .ticketPriorityChanged, .ticketEscalated,
      .ticketCommented, .ticketStatusChanged, .ticketStatusChangedV2, .ticketReopened,
      .ticketMerged, .ticketLinkedToLead, .satisfactionSurveySent, .satisfactionRated,
      .lowSatisfactionAlertRaised, .satisfactionFollowUpCompleted, .ticketDetailsChanged,
      .ticketTeamChanged:
      return
    }
  }

  /// A record's items go to its next owner; a warning is over with it.
  static func apply(
    _ change: OwnershipEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    if case .ownershipRecycleWarned(let warned) = change {
      return try put(event, "recycle", due: Timestamp(warned.dueAt), &tables)
    }
    guard let owner = OwnerColumns(after: change) else { return }
    let user = owner.kind == "user" ? owner.id : ""
    try anchor(event, &tables) { $0.userID = user }
    for kind in ownedKinds { try self.change(event, kind, &tables) { $0.userID = user } }
    try finish(event, ["recycle"], &tables)
  }
}
