internal import EventModel
internal import Schema

extension TicketQueue {
  static func apply(
    _ change: TicketEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    if case .ticketOpened(let opened) = change {
      let slot = tables.tickets.put(TicketRow(opened, event))
      let source = SourceStatus(joined: opened.sourceStatus)
      let step = Step(to: "new", source: source, team: opened.teamID)
      take(step, event, slot, &tables)
      return
    }
    guard let slot = try tables.tickets.find(event.recordID) else {
      throw .misplaced("the ticket \(event.recordID) was not opened before it")
    }
    tables.tickets[slot].touch(event)
    switch change {
    // Version 1 of the change of status is read as version 2.
    case .ticketOpened, .ticketStatusChanged: return
    case .ticketStatusChangedV2, .ticketResolved, .ticketReopened, .ticketClosed:
      if let step = tables.tickets[slot].step(by: change, event) {
        take(step, event, slot, &tables)
      }
    case .ticketEscalated(let escalated):
      tables.tickets[slot].escalationLevel = Int64(escalated.level)
      tables.tickets[slot].escalationCount += 1
      tables.escalations.append(TicketEscalationRow(escalated, event))
    case .ticketTeamChanged(let changed):
      tables.tickets[slot].teamID = changed.to
      tables.teamChanges.append(TicketTeamRow(changed, event))
    case .ticketCategorized, .ticketPriorityChanged, .ticketSlaApplied, .ticketFirstResponded,
      .ticketSlaPaused, .ticketSlaResumed, .ticketSlaWarned, .ticketSlaBreached,
      .ticketCommented, .ticketMerged, .ticketMergedInto, .ticketLinkedToLead,
      .satisfactionSurveySent, .satisfactionRated, .lowSatisfactionAlertRaised,
      .satisfactionFollowUpCompleted, .ticketDetailsChanged:
      tables.tickets[slot].apply(change, event)
    }
  }

  /// A step in a ticket's life, in our words and in those of the system it was imported from.
  struct Step {
    var to: String
    var source = SourceStatus(status: "", substatus: "")
    /// The team that handled it then; empty for the one that handles it anyway.
    var team = ""
  }

  /// Notes the step with what stood before it, by whom and by which team.
  private static func take(
    _ step: Step, _ event: ProjectedEvent, _ slot: RowCache<TicketRow>.Slot,
    _ tables: inout Tables
  ) {
    var row = TicketStep()
    row.ticketID = event.recordID
    row.position = event.position
    row.recordedAt = event.recordedAt
    row.occurredAt = event.occurredAt
    row.stepNo = tables.tickets[slot].stepCount
    row.status = step.to
    row.sourceStatus = step.source.status
    row.sourceSubstatus = step.source.substatus
    row.teamID = step.team.isEmpty ? tables.tickets[slot].teamID : step.team
    row.actor = event.actor
    row.onBehalfOf = event.onBehalfOf
    if row.stepNo > 0 {
      row.previousStatus = tables.tickets[slot].status
      row.previousSourceStatus = tables.tickets[slot].sourceStatus
      row.previousSourceSubstatus = tables.tickets[slot].sourceSubstatus
      row.previousTeamID = tables.tickets[slot].stepTeamID
      row.previousActor = tables.tickets[slot].stepActor
      row.previousOccurredAt = tables.tickets[slot].stepOccurredAt
    }
    tables.history.append(row)
    tables.tickets[slot].status = step.to
    tables.tickets[slot].sourceStatus = step.source.status
    tables.tickets[slot].sourceSubstatus = step.source.substatus
    tables.tickets[slot].teamID = row.teamID
    tables.tickets[slot].stepTeamID = row.teamID
    tables.tickets[slot].stepActor = event.actor
    tables.tickets[slot].stepOccurredAt = event.occurredAt
    tables.tickets[slot].stepCount += 1
  }
}

extension TicketRow {
  /// The step that `change` is, with its marks on the row; `nil` when it is none.
  fileprivate mutating func step(
    by change: TicketEvent.OneOf_Event, _ event: ProjectedEvent
  ) -> TicketQueue.Step? {
    switch change {
    case .ticketStatusChangedV2(let changed):
      let to = Codes.ticketStatus[changed.to]
      if changed.to != .closed { reopen() }
      if changed.to == .resolved { resolvedAt = event.occurredAt }
      if changed.to == .closed { closedAt = event.occurredAt }
      return TicketQueue.Step(
        to: to,
        source: SourceStatus(status: changed.sourceStatus, substatus: changed.sourceSubstatus),
        team: changed.handlingTeamID)
    case .ticketResolved(let resolved):
      resolvedAt = event.occurredAt
      resolutionCode = resolved.resolutionCode
      resolvedWithin = resolved.hasWithinTarget ? (resolved.withinTarget ? 1 : 0) : nil
      return TicketQueue.Step(
        to: "resolved", source: SourceStatus(joined: resolved.sourceStatus),
        team: resolved.handlingTeamID)
    case .ticketReopened(let reopened):
      reopenCount += 1
      reopen()
      return TicketQueue.Step(
        to: Codes.ticketStatus[reopened.to], source: SourceStatus(joined: reopened.sourceStatus),
        team: reopened.handlingTeamID)
    case .ticketClosed(let closed):
      closedAt = event.occurredAt
      return TicketQueue.Step(
        to: "closed", source: SourceStatus(joined: closed.sourceStatus),
        team: closed.handlingTeamID)
    case .ticketOpened, .ticketStatusChanged, .ticketCategorized, .ticketPriorityChanged,
      .ticketSlaApplied, .ticketFirstResponded, .ticketSlaPaused, .ticketSlaResumed,
      .ticketSlaWarned,
      .ticketSlaBreached, .ticketEscalated, .ticketCommented, .ticketMerged, .ticketMergedInto,
      .ticketLinkedToLead, .satisfactionSurveySent, .satisfactionRated,
      .lowSatisfactionAlertRaised, .satisfactionFollowUpCompleted, .ticketDetailsChanged,
      .ticketTeamChanged:
      return nil
    }
  }

  /// Nothing of an earlier resolution holds.
  private mutating func reopen() {
    (resolvedAt, closedAt, resolvedWithin) = (nil, nil, nil)
    resolutionCode = ""
  }

  /// Changes that are no step.
  fileprivate mutating func apply(_ change: TicketEvent.OneOf_Event, _ event: ProjectedEvent) {
    switch change {
    case .ticketCategorized(let changed): categoryCode = changed.to
    case .ticketPriorityChanged(let changed): priority = Codes.ticketPriority[changed.to]
    case .ticketSlaApplied(let applied):
      responseDueAt = applied.hasFirstResponseDueAt ? Timestamp(applied.firstResponseDueAt) : nil
      resolutionDueAt = applied.hasResolutionDueAt ? Timestamp(applied.resolutionDueAt) : nil
    case .ticketFirstResponded(let responded):
      respondedAt = event.occurredAt
      respondedWithin = responded.hasWithinTarget ? (responded.withinTarget ? 1 : 0) : nil
    case .ticketSlaPaused: isClockPaused = true
    case .ticketSlaResumed: isClockPaused = false
    case .ticketSlaWarned: isWarned = true
    case .ticketSlaBreached(let breached):
      if breached.metric == .firstResponse { isResponseBreached = true }
      if breached.metric == .resolution { isResolutionBreached = true }
    case .ticketCommented: commentCount += 1
    case .ticketMergedInto(let merged):
      mergedInto = merged.survivorID
      status = "merged"
    case .ticketLinkedToLead(let linked): leadID = linked.leadID
    case .satisfactionRated(let rated): satisfactionScore = Int64(rated.score)
    case .ticketDetailsChanged(let changed):
      for change in changed.changes { set(change.field, change.to.text) }
    case .ticketOpened, .ticketStatusChanged, .ticketStatusChangedV2, .ticketResolved,
      .ticketReopened, .ticketClosed, .ticketEscalated, .ticketTeamChanged, .ticketMerged,
      .satisfactionSurveySent,
      .lowSatisfactionAlertRaised, .satisfactionFollowUpCompleted:
      return
    }
  }

  private mutating func set(_ field: String, _ value: String) {
    if field == "productId" { productID = value }
    if field == "accountId" { accountID = value }
    if field == "contactId" { contactID = value }
  }
}
