package import EventModel
package import Schema

/// A customer's request for service: the sum of its stream's events.
package struct Ticket: OwnedAggregate {
  package struct Survey: Hashable, Sendable {
    package let id: String
    package let expiresAt: Timestamp
    package var isRated: Bool
  }

  package private(set) var id = ""
  package private(set) var number = ""
  package private(set) var status = TicketStatus.Code.ticketStatusUnspecified
  package private(set) var accountID = ""
  package private(set) var contactID = ""
  package private(set) var channel = TicketChannel.Code.ticketChannelUnspecified
  package private(set) var categoryCode = ""
  package private(set) var priority = TicketPriority.Code.ticketPriorityUnspecified
  package private(set) var productID = ""
  package private(set) var orderID = ""
  /// The team that handles it.
  package private(set) var teamID = ""
  package private(set) var escalationLevel: UInt32 = 0
  package private(set) var commentIDs: [String] = []
  package private(set) var linkedLeadIDs: [String] = []
  package private(set) var surveys: [Survey] = []
  /// Whether a low satisfaction waits for its follow-up.
  package private(set) var hasOpenAlert = false
  package private(set) var openedAt: Timestamp?
  package private(set) var firstRespondedAt: Timestamp?
  package private(set) var resolvedAt: Timestamp?
  package private(set) var closedAt: Timestamp?
  /// The service level that it is handled under.
  package private(set) var sla = TicketSla()
  package private(set) var survivorID = ""
  package private(set) var externalIDs: [ExternalId] = []
  package private(set) var ownership = Ownership()
  /// The record whose subject seals the personal sections: the contact's, else the account's.
  package private(set) var subjectRef = RecordKey.ticket("")
  package var subject: RecordKey { subjectRef }
  /// Subject and description.
  package internal(set) var profile = Profile<TicketPersonal>()

  package init() {}

  package static var objectType: ObjectType.Code { .ticket }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { .ticket(id) }

  /// Whether there is still something to do.
  package var isOpen: Bool {
    switch status {
    case .new, .assigned, .inProgress, .pendingCustomer: true
    case .resolved, .closed, .merged, .ticketStatusUnspecified, .UNRECOGNIZED: false
    }
  }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .ticket(let event):
      let personal = fact.sealedPart { part in
        if case .ticket(let message) = part { message } else { nil }
      }
      apply(event, personal, at: fact.occurredAt)
      applyClock(event, at: fact.recordedAt)
    case .permission(let event): ownership.apply(event)
    case .ownership(let event):
      ownership.apply(event, by: fact)
      if status == .new, ownership.owner != nil { status = .assigned }
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization, .pipeline,
      .pool, .registration, .slaPolicy, .tag, .task, .team, .user:
      break
    }
  }

  private mutating func apply(
    _ event: TicketEvent.OneOf_Event, _ personal: Sealed<TicketPersonal>?, at time: Timestamp
  ) {
    switch event {
    case .ticketOpened(let opened): open(opened, personal, at: time)
    case .ticketDetailsChanged(let changed):
      for change in changed.changes { setField(change.field, to: change.to.text) }
      profile.change(personal)
    case .ticketCategorized(let categorized): categoryCode = categorized.to
    case .ticketPriorityChanged(let changed): priority = changed.to
    case .ticketTeamChanged(let changed): teamID = changed.to
    case .ticketFirstResponded: firstRespondedAt = firstRespondedAt ?? time
    case .ticketEscalated(let escalated): escalationLevel = escalated.level
    case .ticketCommented(let commented): commentIDs.append(commented.commentID)
    case .ticketStatusChangedV2, .ticketResolved, .ticketReopened, .ticketClosed:
      applyStep(event, at: time)
    case .ticketMergedInto(let merged): (status, survivorID) = (.merged, merged.survivorID)
    case .ticketLinkedToLead(let linked): linkedLeadIDs.append(linked.leadID)
    case .satisfactionSurveySent(let sent):
      surveys.append(
        Survey(id: sent.surveyID, expiresAt: Timestamp(sent.expiresAt), isRated: false))
    case .satisfactionRated(let rated):
      for index in surveys.indices where surveys[index].id == rated.surveyID {
        surveys[index].isRated = true
      }
    case .lowSatisfactionAlertRaised: hasOpenAlert = true
    case .satisfactionFollowUpCompleted: hasOpenAlert = false
    // Read as TicketStatusChanged.v2.
    case .ticketStatusChanged: break
    case .ticketMerged, .ticketSlaApplied, .ticketSlaPaused, .ticketSlaResumed, .ticketSlaWarned,
      .ticketSlaBreached:
      break
    }
  }

  private mutating func applyClock(_ event: TicketEvent.OneOf_Event, at time: Timestamp) {
    if case .ticketSlaApplied(let applied) = event {
      sla.apply(applied)
    } else if case .ticketSlaPaused(let paused) = event {
      sla.pause(paused, at: time)
    } else if case .ticketSlaResumed(let resumed) = event {
      sla.resume(resumed)
    } else if case .ticketSlaWarned(let warned) = event {
      sla.warned.append(warned.metric)
    } else if case .ticketSlaBreached(let breached) = event {
      sla.breached.append(breached.metric)
    }
  }

  private mutating func applyStep(_ event: TicketEvent.OneOf_Event, at time: Timestamp) {
    if case .ticketStatusChangedV2(let changed) = event {
      set(changed.to, at: time)
      take(team: changed.handlingTeamID)
    } else if case .ticketResolved(let resolved) = event {
      set(.resolved, at: time)
      take(team: resolved.handlingTeamID)
    } else if case .ticketReopened(let reopened) = event {
      set(reopened.to == .ticketStatusUnspecified ? .inProgress : reopened.to, at: time)
      take(team: reopened.handlingTeamID)
    } else if case .ticketClosed(let closed) = event {
      set(.closed, at: time)
      take(team: closed.handlingTeamID)
    }
  }

  private mutating func set(_ next: TicketStatus.Code, at time: Timestamp) {
    status = next
    switch next {
    case .resolved: resolvedAt = time
    case .closed: closedAt = time
    case .new, .assigned, .inProgress, .pendingCustomer: (resolvedAt, closedAt) = (nil, nil)
    case .merged, .ticketStatusUnspecified, .UNRECOGNIZED: break
    }
  }

  private mutating func take(team: String) {
    if !team.isEmpty { teamID = team }
  }

  private mutating func open(
    _ opened: TicketOpened, _ personal: Sealed<TicketPersonal>?, at time: Timestamp
  ) {
    id = opened.ticketID
    number = opened.ticketNo
    status = .new
    accountID = opened.accountID
    contactID = opened.contactID
    channel = opened.channel
    categoryCode = opened.categoryCode
    priority = opened.priority
    productID = opened.productID
    orderID = opened.orderID
    teamID = opened.teamID
    externalIDs = opened.externalIds
    openedAt = time
    subjectRef = opened.hasSubjectRef ? RecordKey(opened.subjectRef) : .ticket(opened.ticketID)
    profile = Profile(personal)
  }

  private mutating func setField(_ field: String, to text: String) {
    switch field {
    case "productId": productID = text
    case "orderId": orderID = text
    default: break
    }
  }
}

extension TicketPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: TicketPersonal) {
    switch name {
    case "subject": subject = other.subject
    case "description": description_p = other.description_p
    default: break
    }
  }
}
