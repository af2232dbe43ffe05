internal import EventModel
internal import Schema

extension FunnelCohort {
  static func apply(
    _ change: OpportunityEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .opportunityCreated(let created):
      let slot = try tables.opportunities.put(FunnelRow(created, event), at: event)
      enter(created.stageID, MoneyColumns(created.amount), event, slot, &tables)
    case .opportunityStageChanged(let changed):
      let slot = try find(event, &tables)
      if changed.hasAmountAtChange {
        tables.opportunities[slot].amount = MoneyColumns(changed.amountAtChange)
      }
      enter(changed.toStageID, tables.opportunities[slot].amount, event, slot, &tables)
    case .opportunityAmountChanged(let changed):
      tables.opportunities[try find(event, &tables)].amount = MoneyColumns(changed.to)
    case .opportunityWon(let won):
      let slot = try revise(event, &tables)
      tables.opportunities[slot].status = "won"
      tables.opportunities[slot].closedAt =
        won.hasWonAt ? Timestamp(won.wonAt) : event.occurredAt
      if won.hasAmount { tables.opportunities[slot].amount = MoneyColumns(won.amount) }
    case .opportunityLost(let lost):
      let slot = try revise(event, &tables)
      tables.opportunities[slot].status = "lost"
      tables.opportunities[slot].closedAt =
        lost.hasLostAt ? Timestamp(lost.lostAt) : event.occurredAt
      tables.opportunities[slot].reasonCode = lost.reasonCode
    case .opportunityReopened(let reopened):
      let slot = try revise(event, &tables)
      tables.opportunities[slot].status = "open"
      tables.opportunities[slot].closedAt = nil
      tables.opportunities[slot].reasonCode = ""
      enter(reopened.toStageID, tables.opportunities[slot].amount, event, slot, &tables)
    case .opportunityMovedToAccount(let moved):
      tables.opportunities[try revise(event, &tables)].accountID = moved.to
    case .opportunityCloseDateChanged, .opportunityProbabilityOverridden,
      .probabilityOverrideCleared, .opportunityForecastCategoryChanged, .opportunityLineAdded,
      .opportunityLineChanged, .opportunityLineRemoved, .opportunityDeliverableSubmitted,
      .deliverableRejected, .opportunityContactRoleSet, .opportunityCompetitorSet,
      .opportunityFitRated, .opportunityHelpRequested, .helpFulfilled, .opportunityStalled,
      .opportunityStallCleared, .opportunityHealthBandChanged, .opportunityDetailsChanged,
      .opportunityAmountModeChanged, .creditSplitSet:
      return
    }
  }

  private static func find(
    _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) -> RowCache<FunnelRow>.Slot {
    guard let slot = try tables.opportunities.find(event.recordID) else {
      throw .misplaced("the opportunity \(event.recordID) was not created before it")
    }
    return slot
  }

  private static func revise(
    _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) -> RowCache<FunnelRow>.Slot {
    guard let slot = try tables.opportunities.revise(event.recordID, at: event) else {
      throw .misplaced("the opportunity \(event.recordID) was not created before it")
    }
    return slot
  }

  /// Notes the first entry of a stage; later ones change nothing.
  private static func enter(
    _ stage: String, _ amount: MoneyColumns, _ event: ProjectedEvent,
    _ slot: RowCache<FunnelRow>.Slot, _ tables: inout Tables
  ) {
    let mark = stage + "\n"
    guard !tables.opportunities[slot].hasEntered(mark) else { return }
    tables.opportunities[slot].enteredStages += mark
    var entry = StageEntry()
    entry.opportunityID = event.recordID
    entry.pipelineID = tables.opportunities[slot].pipelineID
    entry.stageID = stage
    entry.position = event.position
    entry.occurredAt = event.occurredAt
    entry.amount = amount
    tables.entries.append(entry)
  }

  static func apply(
    _ change: LeadEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    if case .leadCaptured(let captured) = change {
      var row = FunnelLead()
      row.leadID = event.recordID
      row.sourceChannel = Codes.sourceChannel[captured.source.channel]
      row.reach(.captured, event)
      tables.leads.put(row)
      return
    }
    guard let stage = LeadStage(reachedBy: change) else { return }
    guard let slot = try tables.leads.find(event.recordID) else {
      throw .misplaced("the lead \(event.recordID) was not captured before it")
    }
    tables.leads[slot].reach(stage, event)
  }
}
