internal import EventModel
internal import Schema

/// What stands around an account: contacts, opportunities, tickets.
extension Account360 {
  static func apply(
    _ change: ContactEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .contactCreated(let created):
      var row = AccountContactRow()
      row.contactID = event.recordID
      row.accountID = created.accountID
      row.status = "active"
      row.sealed = SealedReference(event)
      try tables.contacts.put(row, at: event)
    case .consentGranted(let granted):
      var row = ContactConsentRow()
      row.contactID = event.recordID
      row.purpose = granted.purpose
      row.channel = granted.channel
      row.basis = granted.basis
      row.validUntil = granted.hasValidUntil ? Timestamp(granted.validUntil) : nil
      try tables.consents.put(row, at: event)
    case .consentWithdrawn(let withdrawn):
      let key = ContactConsentRow.Key(
        contactID: event.recordID, purpose: withdrawn.purpose, channel: withdrawn.channel)
      try tables.consents.end(key, at: event)
    case .contactVerified, .contactMerged: return
    case .contactUnmerged(let unmerged) where unmerged.mergedID != event.recordID: return
    case .contactDetailsChanged, .contactMovedToAccount, .contactReportsToSet, .contactRoleSet,
      .contactMergedInto, .contactUnmerged, .contactArchived, .contactRestored:
      guard let slot = try tables.contacts.revise(event.recordID, at: event) else {
        throw .misplaced("the contact \(event.recordID) was not created before it")
      }
      tables.contacts[slot].apply(change, event)
    }
  }

  static func apply(
    _ change: OpportunityEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .opportunityCreated(let created):
      var row = AccountOpportunityRow()
      row.opportunityID = event.recordID
      row.accountID = created.accountID
      row.name = created.name
      row.stageID = created.stageID
      row.status = "open"
      row.amount = MoneyColumns(created.amount)
      row.expectedCloseDate = created.expectedCloseDate
      try tables.opportunities.put(row, at: event)
    case .opportunityStageChanged, .opportunityAmountChanged, .opportunityCloseDateChanged,
      .opportunityWon, .opportunityLost, .opportunityReopened, .opportunityMovedToAccount,
      .opportunityDetailsChanged:
      guard let slot = try tables.opportunities.revise(event.recordID, at: event) else {
        throw .misplaced("the opportunity \(event.recordID) was not created before it")
      }
      tables.opportunities[slot].apply(change)
    case .opportunityProbabilityOverridden, .probabilityOverrideCleared,
      .opportunityForecastCategoryChanged, .opportunityLineAdded, .opportunityLineChanged,
      .opportunityLineRemoved, .opportunityDeliverableSubmitted, .deliverableRejected,
      .opportunityContactRoleSet, .opportunityCompetitorSet, .opportunityFitRated,
      .opportunityHelpRequested, .helpFulfilled, .opportunityStalled, .opportunityStallCleared,
      .opportunityHealthBandChanged, .opportunityAmountModeChanged, .creditSplitSet:
      return
    }
  }

  static func apply(
    _ change: TicketEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .ticketOpened(let opened):
      var row = AccountTicketRow()
      row.ticketID = event.recordID
      row.accountID = opened.accountID
      row.ticketNo = opened.ticketNo
      row.status = "new"
      row.priority = Codes.ticketPriority[opened.priority]
      row.categoryCode = opened.categoryCode
      try tables.tickets.put(row, at: event)
    case .ticketCategorized, .ticketPriorityChanged, .ticketStatusChangedV2, .ticketResolved,
      .ticketReopened, .ticketClosed, .ticketMergedInto:
      guard let slot = try tables.tickets.revise(event.recordID, at: event) else {
        throw .misplaced("the ticket \(event.recordID) was not opened before it")
      }
      tables.tickets[slot].apply(change)
    case .ticketStatusChanged, .ticketSlaApplied, .ticketFirstResponded, .ticketSlaPaused,
      .ticketSlaResumed,
      .ticketSlaWarned, .ticketSlaBreached, .ticketEscalated, .ticketCommented, .ticketMerged,
      .ticketLinkedToLead, .satisfactionSurveySent, .satisfactionRated,
      .lowSatisfactionAlertRaised, .satisfactionFollowUpCompleted, .ticketDetailsChanged,
      .ticketTeamChanged:
      return
    }
  }
}

extension AccountContactRow {
  fileprivate mutating func apply(_ change: ContactEvent.OneOf_Event, _ event: ProjectedEvent) {
    switch change {
    case .contactDetailsChanged:
      if event.sealedSection != nil { sealed = SealedReference(event) }
    case .contactMovedToAccount(let moved): accountID = moved.to
    case .contactReportsToSet(let set): reportsTo = set.to
    case .contactRoleSet(let set):
      role = Codes.contactRole[set.role]
      influence = Int64(set.influence)
    case .contactMergedInto: status = "merged"
    case .contactArchived: status = "archived"
    case .contactRestored, .contactUnmerged: status = "active"
    case .contactCreated, .contactVerified, .contactMerged, .consentGranted, .consentWithdrawn:
      return
    }
  }
}

extension AccountOpportunityRow {
  fileprivate mutating func apply(_ change: OpportunityEvent.OneOf_Event) {
    switch change {
    case .opportunityStageChanged(let changed): stageID = changed.toStageID
    case .opportunityAmountChanged(let changed): amount = MoneyColumns(changed.to)
    case .opportunityCloseDateChanged(let changed): expectedCloseDate = changed.to
    case .opportunityWon(let won):
      status = "won"
      if won.hasAmount { amount = MoneyColumns(won.amount) }
      if !won.stageID.isEmpty { stageID = won.stageID }
    case .opportunityLost(let lost):
      status = "lost"
      if !lost.stageID.isEmpty { stageID = lost.stageID }
    case .opportunityReopened(let reopened):
      status = "open"
      stageID = reopened.toStageID
    case .opportunityMovedToAccount(let moved): accountID = moved.to
    case .opportunityDetailsChanged(let changed):
      for change in changed.changes where change.field == "name" { name = change.to.text }
    case .opportunityCreated, .opportunityProbabilityOverridden, .probabilityOverrideCleared,
      .opportunityForecastCategoryChanged, .opportunityLineAdded, .opportunityLineChanged,
      .opportunityLineRemoved, .opportunityDeliverableSubmitted, .deliverableRejected,
      .opportunityContactRoleSet, .opportunityCompetitorSet, .opportunityFitRated,
      .opportunityHelpRequested, .helpFulfilled, .opportunityStalled, .opportunityStallCleared,
      .opportunityHealthBandChanged, .opportunityAmountModeChanged, .creditSplitSet:
      return
    }
  }
}

extension AccountTicketRow {
  fileprivate mutating func apply(_ change: TicketEvent.OneOf_Event) {
    switch change {
    case .ticketCategorized(let changed): categoryCode = changed.to
    case .ticketPriorityChanged(let changed): priority = Codes.ticketPriority[changed.to]
    case .ticketStatusChangedV2(let changed): status = Codes.ticketStatus[changed.to]
    case .ticketResolved: status = "resolved"
    case .ticketReopened(let reopened): status = Codes.ticketStatus[reopened.to]
    case .ticketClosed: status = "closed"
    case .ticketMergedInto: status = "merged"
    case .ticketOpened, .ticketStatusChanged, .ticketSlaApplied, .ticketFirstResponded,
      .ticketSlaPaused, .ticketSlaResumed, .ticketSlaWarned, .ticketSlaBreached, .ticketEscalated,
      .ticketCommented, .ticketMerged, .ticketLinkedToLead, .satisfactionSurveySent,
      .satisfactionRated, .lowSatisfactionAlertRaised, .satisfactionFollowUpCompleted,
      .ticketDetailsChanged, .ticketTeamChanged:
      return
    }
  }
}
