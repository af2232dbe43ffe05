internal import EventModel
internal import Schema

extension LeadInbox {
  static func apply(
    _ change: LeadEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    if case .leadCaptured(let captured) = change {
      let slot = tables.leads.put(LeadRow(captured, event))
      take("new", "", event, slot, &tables)
      return
    }
    guard let slot = try tables.leads.find(event.recordID) else {
      throw .misplaced("the lead \(event.recordID) was not captured before it")
    }
    tables.leads[slot].apply(change, event)
    if let (status, source) = step(by: change) { take(status, source, event, slot, &tables) }
  }

  /// The status that `change` gives a lead, and the other system's word for it.
  private static func step(by change: LeadEvent.OneOf_Event) -> (String, String)? {
    switch change {
    case .leadStatusChanged(let changed):
      return (Codes.leadStatus[changed.to], changed.sourceStatus)
    case .leadFirstResponded: return ("working", "")
    case .leadNurtureStarted: return ("nurturing", "")
    case .leadNurtureReevaluated(let reevaluated):
      return reevaluated.outcome == .resume ? ("working", "") : nil
    case .leadQualified: return ("qualified", "")
    case .leadConverted: return ("converted", "")
    case .leadDisqualified: return ("disqualified", "")
    case .leadReopened(let reopened): return (Codes.leadStatus[reopened.to], "")
    case .leadMergedInto: return ("merged", "")
    case .leadCaptured, .leadDataNormalized, .leadScored, .leadRated, .firstResponseDeadlineSet,
      .leadFirstResponseBreached, .nurtureTouchSent, .leadNurtureReevaluationDue,
      .leadQualityFeedbackGiven, .leadMerged, .leadUnmerged, .leadDetailsChanged:
      return nil
    }
  }

  /// Notes the step, unless the lead stands there already and no other system says more.
  static func take(
    _ status: String, _ source: String, _ event: ProjectedEvent,
    _ slot: RowCache<LeadRow>.Slot, _ tables: inout Tables
  ) {
    let before = tables.leads[slot].status
    guard before != status || source != tables.leads[slot].sourceStatus else { return }
    var row = LeadStep()
    row.leadID = event.recordID
    row.position = event.position
    row.recordedAt = event.recordedAt
    row.occurredAt = event.occurredAt
    row.fromStatus = before
    row.toStatus = status
    row.sourceStatus = source
    row.actor = event.actor
    tables.history.append(row)
    tables.leads[slot].status = status
    tables.leads[slot].sourceStatus = source
    tables.leads[slot].statusAt = event.occurredAt
  }
}

extension LeadRow {
  fileprivate mutating func apply(_ change: LeadEvent.OneOf_Event, _ event: ProjectedEvent) {
    switch change {
    case .leadScored(let scored): score = Int64(scored.score)
    case .leadRated(let rated): rating = Codes.grade[rated.to]
    case .firstResponseDeadlineSet(let set): responseDueAt = Timestamp(set.dueAt)
    case .leadFirstResponded(let responded):
      respondedAt = responded.hasRespondedAt ? Timestamp(responded.respondedAt) : event.occurredAt
      elapsedSeconds = responded.elapsedSeconds
      respondedWithin = responded.hasWithinTarget ? (responded.withinTarget ? 1 : 0) : nil
    case .leadFirstResponseBreached: isBreached = true
    case .leadNurtureStarted(let started):
      nurtureProgramID = started.programID
      reevaluateAt = started.hasReevaluateAt ? Timestamp(started.reevaluateAt) : nil
    case .leadNurtureReevaluated(let reevaluated):
      reevaluateAt = reevaluated.hasReevaluateAt ? Timestamp(reevaluated.reevaluateAt) : nil
    case .leadQualified: qualifiedAt = event.occurredAt
    case .leadConverted(let converted):
      convertedAt = event.occurredAt
      accountID = converted.accountID
      contactID = converted.contactID
      opportunityID = converted.opportunityID
    case .leadDisqualified(let disqualified): disqualifiedReason = disqualified.reasonCode
    case .leadReopened: disqualifiedReason = ""
    case .leadQualityFeedbackGiven(let given): feedbackRating = Int64(given.rating)
    case .leadMergedInto(let merged): mergedInto = merged.survivorID
    case .leadDataNormalized(let normalized):
      for change in normalized.changes { set(change.field, change.to.text) }
    case .leadDetailsChanged(let changed):
      for change in changed.changes { set(change.field, change.to.text) }
    case .leadUnmerged(let unmerged):
      if unmerged.mergedID == event.recordID { mergedInto = "" }
    case .leadCaptured, .nurtureTouchSent, .leadNurtureReevaluationDue, .leadMerged,
      .leadStatusChanged:
      return
    }
  }

  private mutating func set(_ field: String, _ value: String) {
    if field == "companyName" { companyName = value }
    if field == "region" { region = value }
    if field == "industryCode" { industryCode = value }
    if field == "urgency" { urgency = value }
  }
}
