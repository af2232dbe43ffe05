package import EventModel
package import Schema

extension Lead {
  /// Takes an ownership event: a new lead that gets an owner is an assigned one.
  package mutating func apply(_ event: OwnershipEvent.OneOf_Event, by fact: Fact) {
    ownership.apply(event, by: fact)
    if status == .new, ownership.owner != nil { status = .assigned }
  }

  /// Takes one event of the lead's own; `personal` is its sealed part, as far as it opens.
  package mutating func apply(
    _ event: LeadEvent.OneOf_Event, personal: Sealed<LeadPersonal>?, at time: Timestamp
  ) {
    switch event {
    case .leadCaptured(let captured): capture(captured, personal, at: time)
    case .leadDataNormalized(let normalized): change(normalized.changes, personal)
    case .leadDetailsChanged(let changed): change(changed.changes, personal)
    case .leadStatusChanged(let changed): status = changed.to
    case .leadScored(let scored): score = scored.score
    case .leadRated(let rated): rating = rated.to
    case .firstResponseDeadlineSet(let set):
      firstResponseDueAt = Timestamp(set.dueAt)
      isFirstResponseBreached = false
    case .leadFirstResponseBreached: isFirstResponseBreached = true
    case .leadNurtureReevaluationDue: nurture?.isReevaluationDue = true
    case .leadFirstResponded(let responded): firstRespondedAt = Timestamp(responded.respondedAt)
    case .leadNurtureStarted(let started):
      status = .nurturing
      nurture = Nurture(
        programID: started.programID, reasonCode: started.reasonCode,
        reevaluateAt: started.hasReevaluateAt ? Timestamp(started.reevaluateAt) : nil)
    case .leadNurtureReevaluated(let reevaluated): reevaluate(reevaluated)
    case .leadQualified: status = .qualified
    case .leadConverted(let converted):
      status = .converted
      conversion = Conversion(
        accountID: converted.accountID, contactID: converted.contactID,
        opportunityID: converted.opportunityID)
    case .leadDisqualified: (earlierStatus, status) = (status, .disqualified)
    case .leadReopened(let reopened): status = reopened.to
    case .leadMergedInto(let merged):
      (earlierStatus, status, survivorID) = (status, .merged, merged.survivorID)
    case .leadUnmerged(let unmerged) where unmerged.mergedID == id:
      (status, survivorID) = (earlierStatus, "")
    case .nurtureTouchSent, .leadQualityFeedbackGiven, .leadMerged, .leadUnmerged:
      break
    }
  }
}

extension Lead {
  private mutating func capture(
    _ captured: LeadCaptured, _ personal: Sealed<LeadPersonal>?, at time: Timestamp
  ) {
    id = captured.leadID
    status = .new
    source = captured.source
    companyName = captured.companyName
    region = captured.region
    industryCode = captured.industryCode
    sizeBand = captured.sizeBand
    urgency = captured.urgency
    website = captured.website
    interestProductIDs = captured.interestProductIds
    externalIDs = captured.externalIds
    createdAt = time
    profile = Profile(personal)
  }

  private mutating func change(_ changes: [FieldChange], _ personal: Sealed<LeadPersonal>?) {
    for change in changes {
      switch LeadField(rawValue: change.field) {
      case .companyName: companyName = change.to.text
      case .region: region = change.to.text
      case .industryCode: industryCode = change.to.text
      case .sizeBand: sizeBand = change.to.text
      case .urgency: urgency = change.to.text
      case .website: website = change.to.text
      case nil: break
      }
    }
    profile.change(personal)
  }

  private mutating func reevaluate(_ reevaluated: LeadNurtureReevaluated) {
    switch reevaluated.outcome {
    case .resume: (status, nurture) = (.working, nil)
    case .extend:
      nurture?.isReevaluationDue = false
      nurture?.reevaluateAt =
        reevaluated.hasReevaluateAt ? Timestamp(reevaluated.reevaluateAt) : nil
    case .disqualify: nurture = nil
    case .nurtureOutcomeUnspecified, .UNRECOGNIZED: break
    }
  }
}
