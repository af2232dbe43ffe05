internal import EventModel
internal import Schema

extension PipelineBoard {
  static func apply(
    _ change: OpportunityEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .opportunityCreated(let created):
      try tables.opportunities.put(BoardRow(created, event), at: event)
    case .opportunityLineAdded, .opportunityLineChanged, .opportunityLineRemoved,
      .opportunityDeliverableSubmitted, .deliverableRejected, .opportunityContactRoleSet,
      .opportunityCompetitorSet, .opportunityHelpRequested, .helpFulfilled,
      .opportunityAmountModeChanged, .creditSplitSet:
      return
    case .opportunityStageChanged, .opportunityAmountChanged, .opportunityCloseDateChanged,
      .opportunityProbabilityOverridden, .probabilityOverrideCleared,
      .opportunityForecastCategoryChanged, .opportunityFitRated, .opportunityStalled,
      .opportunityStallCleared, .opportunityHealthBandChanged, .opportunityWon, .opportunityLost,
      .opportunityReopened, .opportunityMovedToAccount, .opportunityDetailsChanged:
      guard let slot = try tables.opportunities.revise(event.recordID, at: event) else {
        throw .misplaced("the opportunity \(event.recordID) was not created before it")
      }
      tables.opportunities[slot].apply(change, event)
    }
  }
}

extension BoardRow {
  init(_ created: OpportunityCreated, _ event: ProjectedEvent) {
    self.init()
    opportunityID = event.recordID
    accountID = created.accountID
    name = created.name
    pipelineID = created.pipelineID
    status = "open"
    amount = MoneyColumns(created.amount)
    expectedCloseDate = created.expectedCloseDate
    sourceChannel = Codes.sourceChannel[created.source.channel]
    createdPosition = event.position
    createdAt = event.occurredAt
    enter(
      created.stageID, created.pipelineVersion, created.probabilityPct, created.forecastCategory,
      event)
  }

  private mutating func enter(
    _ stage: String, _ version: UInt32, _ probability: String,
    _ category: ForecastCategory.Code, _ event: ProjectedEvent
  ) {
    stageID = stage
    pipelineVersion = Int64(version)
    if !isProbabilityOverridden { probabilityPct = probability }
    if Codes.forecastCategory[category] != "" {
      forecastCategory = Codes.forecastCategory[category]
    }
    enteredPosition = event.position
    enteredAt = event.occurredAt
    isStalled = false
  }

  /// Changes the row as `change` says; events that the board doesn't show change nothing.
  mutating func apply(_ change: OpportunityEvent.OneOf_Event, _ event: ProjectedEvent) {
    switch change {
    case .opportunityStageChanged(let changed):
      enter(
        changed.toStageID, changed.pipelineVersion, changed.probabilityAfterPct,
        changed.forecastCategoryAfter, event)
    case .opportunityAmountChanged(let changed): amount = MoneyColumns(changed.to)
    case .opportunityCloseDateChanged(let changed):
      expectedCloseDate = changed.to
      pushCount = Int64(changed.pushCount)
    case .opportunityProbabilityOverridden(let overridden):
      probabilityPct = overridden.to
      isProbabilityOverridden = true
    case .probabilityOverrideCleared(let cleared):
      probabilityPct = cleared.to
      isProbabilityOverridden = false
    case .opportunityForecastCategoryChanged(let changed):
      forecastCategory = Codes.forecastCategory[changed.to]
    case .opportunityFitRated(let rated): fit = Int64(rated.to)
    case .opportunityStalled: isStalled = true
    case .opportunityStallCleared: isStalled = false
    case .opportunityHealthBandChanged(let changed): healthBand = changed.to
    case .opportunityWon(let won):
      close("won", won.hasWonAt ? Timestamp(won.wonAt) : event.occurredAt, won.reasonCodes.first)
      if won.hasAmount { amount = MoneyColumns(won.amount) }
      if !won.stageID.isEmpty { stageID = won.stageID }
    case .opportunityLost(let lost):
      close("lost", lost.hasLostAt ? Timestamp(lost.lostAt) : event.occurredAt, lost.reasonCode)
      if !lost.stageID.isEmpty { stageID = lost.stageID }
    case .opportunityReopened(let reopened):
      status = "open"
      closedAt = nil
      reasonCode = ""
      enter(
        reopened.toStageID, reopened.pipelineVersion, reopened.probabilityPct,
        reopened.forecastCategory, event)
    case .opportunityMovedToAccount(let moved): accountID = moved.to
    case .opportunityDetailsChanged(let changed):
      for change in changed.changes where change.field == "name" { name = change.to.text }
    case .opportunityCreated, .opportunityLineAdded, .opportunityLineChanged,
      .opportunityLineRemoved, .opportunityDeliverableSubmitted, .deliverableRejected,
      .opportunityContactRoleSet, .opportunityCompetitorSet, .opportunityHelpRequested,
      .helpFulfilled, .opportunityAmountModeChanged, .creditSplitSet:
      return
    }
  }

  private mutating func close(_ outcome: String, _ at: Timestamp, _ reason: String?) {
    status = outcome
    closedAt = at
    reasonCode = reason ?? ""
    isStalled = false
  }
}
