internal import EventModel
internal import Schema

extension StageDurations {
  static func apply(
    _ change: OpportunityEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .opportunityCreated(let created):
      var row = StagePresent()
      row.opportunityID = event.recordID
      row.pipelineID = created.pipelineID
      row.firstOccurredAt = event.occurredAt
      row.lastOccurredAt = event.occurredAt
      let slot = tables.present.put(row)
      let move = Move(to: created.stageID, amount: MoneyColumns(created.amount))
      enter(move, event, slot, &tables)
    case .opportunityStageChanged(let changed):
      let move = Move(
        to: changed.toStageID, kind: Codes.stageDirection[changed.direction],
        amount: MoneyColumns(changed.amountAtChange), sourceFrom: changed.sourceFromStage,
        sourceTo: changed.sourceToStage)
      try leave(for: move, event, &tables)
    case .opportunityWon(let won):
      try leave(
        for: Move(to: won.stageID, kind: "won", amount: MoneyColumns(won.amount)), event, &tables)
    case .opportunityLost(let lost):
      try leave(
        for: Move(to: lost.stageID, kind: "lost", amount: MoneyColumns(lost.amount)), event,
        &tables)
    case .opportunityReopened(let reopened):
      try leave(for: Move(to: reopened.toStageID, kind: "reopened"), event, &tables)
    case .opportunityAmountChanged, .opportunityCloseDateChanged,
      .opportunityProbabilityOverridden, .probabilityOverrideCleared,
      .opportunityForecastCategoryChanged, .opportunityLineAdded, .opportunityLineChanged,
      .opportunityLineRemoved, .opportunityDeliverableSubmitted, .deliverableRejected,
      .opportunityContactRoleSet, .opportunityCompetitorSet, .opportunityFitRated,
      .opportunityHelpRequested, .helpFulfilled, .opportunityStalled, .opportunityStallCleared,
      .opportunityHealthBandChanged, .opportunityMovedToAccount, .opportunityDetailsChanged,
      .opportunityAmountModeChanged, .creditSplitSet:
      try touch(event, &tables)
    }
  }

  static func apply(_ change: PipelineEvent.OneOf_Event, _ tables: inout Tables) {
    switch change {
    case .pipelineVersionPublished(let published):
      for stage in published.stages {
        var row = StageLimit()
        row.pipelineID = published.pipelineID
        row.stageID = stage.stageID
        row.name = stage.name
        row.kind = Codes.stageKind[stage.kind]
        row.order = Int64(stage.order)
        row.maxAgeDays = stage.maxAgeDays == 0 ? nil : Int64(stage.maxAgeDays)
        tables.stages.put(row)
      }
    case .pipelineCreated, .pipelineRetired: return
    }
  }

  /// Any event of an opportunity stretches the time that is known of it.
  static func touch(
    _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    guard let slot = try tables.present.find(event.recordID) else { return }
    touch(event, slot, &tables)
  }

  private static func touch(
    _ event: ProjectedEvent, _ slot: RowCache<StagePresent>.Slot, _ tables: inout Tables
  ) {
    tables.present[slot].firstOccurredAt = min(
      tables.present[slot].firstOccurredAt, event.occurredAt)
    tables.present[slot].lastOccurredAt = max(
      tables.present[slot].lastOccurredAt, event.occurredAt)
    tables.present[slot].eventCount += 1
  }

  private struct Move {
    var to: String
    /// How the earlier stage was left: forward, backward, skip, won, lost or reopened.
    var kind = ""
    var amount = MoneyColumns()
    var sourceFrom = ""
    var sourceTo = ""
  }

  /// Ends the present visit and begins the next one.
  private static func leave(
    for move: Move, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    guard let slot = try tables.present.find(event.recordID) else {
      throw .misplaced("the opportunity \(event.recordID) was not created before it")
    }
    tables.visits.append(StageVisit(tables.present[slot], leftAt: event, leftBy: move.kind))
    enter(move, event, slot, &tables)
  }

  private static func enter(
    _ move: Move, _ event: ProjectedEvent, _ slot: RowCache<StagePresent>.Slot,
    _ tables: inout Tables
  ) {
    touch(event, slot, &tables)
    var row = StageMove()
    row.opportunityID = event.recordID
    row.pipelineID = tables.present[slot].pipelineID
    row.position = event.position
    row.recordedAt = event.recordedAt
    row.occurredAt = event.occurredAt
    row.fromStageID = tables.present[slot].stageID
    row.toStageID = move.to
    row.kind = move.kind
    row.sourceFrom = move.sourceFrom
    row.sourceTo = move.sourceTo
    row.actor = event.actor
    row.amount = move.amount
    tables.moves.append(row)
    tables.present[slot].stageID = move.to
    tables.present[slot].visitNo += 1
    tables.present[slot].enteredPosition = event.position
    tables.present[slot].enteredAt = event.occurredAt
  }
}
