internal import EventModel
internal import Schema

extension Opportunity {
  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .opportunity(let event):
      let personal = fact.sealedPart { part in
        if case .opportunity(let message) = part { message } else { nil }
      }
      apply(event, personal, fact)
    case .ownership(let event): ownership.apply(event, by: fact)
    case .permission(let event): ownership.apply(event)
    case .tag(let event): tags.apply(event)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .organization, .pipeline, .pool,
      .registration, .slaPolicy, .task, .team, .ticket, .user:
      break
    }
  }

  private mutating func apply(
    _ event: OpportunityEvent.OneOf_Event, _ personal: Sealed<OpportunityPersonal>?, _ fact: Fact
  ) {
    switch event {
    case .opportunityCreated(let created): create(created, personal, fact)
    case .opportunityDetailsChanged(let changed):
      for change in changed.changes { setField(change.field, to: change.to.text) }
      profile.change(personal)
    case .opportunityStageChanged(let changed): enter(changed, fact)
    case .opportunityWon(let won): close(won, fact)
    case .opportunityLost(let lost): close(lost, fact)
    case .opportunityReopened(let reopened): reopen(reopened, fact)
    case .opportunityAmountChanged(let changed): amount = changed.hasTo ? changed.to : nil
    case .opportunityAmountModeChanged(let changed): amountMode = changed.to
    case .creditSplitSet(let set): creditSplits = set.splits
    case .opportunityCloseDateChanged(let changed):
      (expectedCloseDate, pushCount) = (changed.to, changed.pushCount)
    case .opportunityProbabilityOverridden(let overridden):
      overriddenProbability = ExactDecimal(overridden.to)
    case .probabilityOverrideCleared: overriddenProbability = nil
    case .opportunityForecastCategoryChanged(let changed): forecastCategory = changed.to
    case .opportunityMovedToAccount(let moved): accountID = moved.to
    case .opportunityFitRated(let rated): fit = rated.to
    case .opportunityStalled: isStalled = true
    case .opportunityStallCleared: isStalled = false
    case .opportunityHealthBandChanged(let changed): healthBand = changed.to
    case .opportunityLineAdded, .opportunityLineChanged, .opportunityLineRemoved,
      .opportunityDeliverableSubmitted, .deliverableRejected, .opportunityContactRoleSet,
      .opportunityCompetitorSet, .opportunityHelpRequested, .helpFulfilled:
      applyPart(event)
    }
  }

  private mutating func create(
    _ created: OpportunityCreated, _ personal: Sealed<OpportunityPersonal>?, _ fact: Fact
  ) {
    id = created.opportunityID
    status = .open
    accountID = created.accountID
    name = created.name
    pipelineID = created.pipelineID
    pipelineVersion = created.pipelineVersion
    stageID = created.stageID
    stageEnteredAt = fact.occurredAt
    amount = created.hasAmount ? created.amount : nil
    expectedCloseDate = created.expectedCloseDate
    stageProbability = ExactDecimal(created.probabilityPct) ?? .zero
    forecastCategory = created.forecastCategory
    partnerID = created.partnerID
    sourceLeadID = created.sourceLeadID
    externalIDs = created.externalIds
    createdAt = fact.occurredAt
    subject = created.hasSubject ? RecordKey(created.subject) : .opportunity(id)
    profile = Profile(personal)
  }

  private mutating func setField(_ field: String, to text: String) {
    switch field {
    case "name": name = text
    case "partnerId": partnerID = text
    default: break
    }
  }

  private mutating func enter(_ changed: OpportunityStageChanged, _ fact: Fact) {
    stageID = changed.toStageID
    pipelineVersion = changed.pipelineVersion
    stageEnteredAt = fact.occurredAt
    let after = overriddenProbability == nil ? ExactDecimal(changed.probabilityAfterPct) : nil
    stageProbability = ExactDecimal(changed.stageProbabilityPct) ?? after ?? stageProbability
    if changed.forecastCategoryAfter != .forecastCategoryUnspecified {
      forecastCategory = changed.forecastCategoryAfter
    }
  }

  private mutating func close(_ won: OpportunityWon, _ fact: Fact) {
    status = .won
    closedFromStageID = won.fromStageID.isEmpty ? stageID : won.fromStageID
    if !won.stageID.isEmpty { stageID = won.stageID }
    if won.pipelineVersion != 0 { pipelineVersion = won.pipelineVersion }
    if won.hasAmount { amount = won.amount }
    stageProbability = .hundred
    forecastCategory = .closed
    stageEnteredAt = fact.occurredAt
  }

  private mutating func close(_ lost: OpportunityLost, _ fact: Fact) {
    status = .lost
    closedFromStageID = lost.fromStageID.isEmpty ? stageID : lost.fromStageID
    if !lost.stageID.isEmpty { stageID = lost.stageID }
    if lost.pipelineVersion != 0 { pipelineVersion = lost.pipelineVersion }
    stageProbability = .zero
    forecastCategory = .omitted
    stageEnteredAt = fact.occurredAt
  }

  private mutating func reopen(_ reopened: OpportunityReopened, _ fact: Fact) {
    status = .open
    closedFromStageID = ""
    if !reopened.toStageID.isEmpty { stageID = reopened.toStageID }
    if reopened.pipelineVersion != 0 { pipelineVersion = reopened.pipelineVersion }
    stageProbability = ExactDecimal(reopened.probabilityPct) ?? stageProbability
    forecastCategory = reopened.forecastCategory
    stageEnteredAt = fact.occurredAt
  }
}

/// Lines, deliverables, people and competitors.
extension Opportunity {
  private mutating func applyPart(_ event: OpportunityEvent.OneOf_Event) {
    if case .opportunityLineAdded(let added) = event {
      lines.append(added.line)
    } else if case .opportunityLineChanged(let changed) = event {
      for index in lines.indices where lines[index].lineID == changed.to.lineID {
        lines[index] = changed.to
      }
    } else if case .opportunityLineRemoved(let removed) = event {
      lines.removeAll { $0.lineID == removed.line.lineID }
    } else if case .opportunityDeliverableSubmitted(let submitted) = event {
      deliverables.removeAll { $0.deliverableCode == submitted.deliverableCode }
      deliverables.append(submitted)
    } else if case .deliverableRejected(let rejected) = event {
      deliverables.removeAll { $0.deliverableCode == rejected.deliverableCode }
    } else if case .opportunityContactRoleSet(let set) = event {
      contactRoles.removeAll { $0.contactID == set.contactID }
      contactRoles.append(set)
    } else if case .opportunityCompetitorSet(let set) = event {
      competitors.removeAll { $0.competitorID == set.competitorID }
      competitors.append(set)
    } else if case .opportunityHelpRequested(let requested) = event {
      openHelpIDs.append(requested.helpID)
      helpIDs.append(requested.helpID)
    } else if case .helpFulfilled(let fulfilled) = event {
      openHelpIDs.removeAll { $0 == fulfilled.helpID }
    }
  }
}
