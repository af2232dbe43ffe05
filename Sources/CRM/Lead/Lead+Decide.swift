internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Lead {
  package func decide(
    _ command: LeadCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .captureLead(let capture) = command { return try self.capture(capture, in: context) }
    guard exists else { throw .notFound(.lead(Self.target(of: command))) }
    if case .reopenLead = command { return try reopen(in: context) }
    if case .giveLeadQualityFeedback(let feedback) = command { return try give(feedback) }
    try requireOpen()
    switch command {
    case .captureLead, .reopenLead, .giveLeadQualityFeedback: return []
    case .changeLeadDetails(let change): return try changeDetails(change, in: context)
    case .scoreLead(let scoring): return try score(scoring)
    case .rateLead(let rating): return try rate(rating)
    case .recordFirstResponse(let response): return try recordResponse(response, in: context)
    case .startWorkingLead: return try startWorking()
    case .qualifyLead(let qualification): return try qualify(qualification)
    case .convertLead(let conversion): return try convert(conversion, in: context)
    case .disqualifyLead(let disqualification): return try disqualify(disqualification)
    case .normalizeLeadData(let command): return try normalize(command)
    case .takeInLead: return try takeIn(in: context)
    case .setFirstResponseDeadline: return try setDeadline(in: context)
    case .breachFirstResponse: return try breachFirstResponse(in: context)
    case .startNurture(let start): return try self.startNurture(start, in: context)
    case .sendNurtureTouch(let touch): return try send(touch)
    case .noteNurtureReevaluation: return try noteReevaluation(in: context)
    case .reevaluateNurture(let command): return try reevaluate(command, in: context)
    case .mergeLeads(let merge):
      return try MergeDecision.merge(
        self, merge.mergedIds, merge.resolutions, "MergeLeads", in: context)
    case .unmergeLead(let unmerge):
      return try MergeDecision.unmerge(
        self, unmerge.mergedID, assigned: unmerge.assigned.map { RecordKey($0) }, "UnmergeLead",
        in: context)
    }
  }

  /// Whether it may still become something.
  package var isOpen: Bool {
    switch status {
    case .new, .assigned, .working, .nurturing, .qualified: true
    case .converted, .disqualified, .merged, .leadStatusUnspecified, .UNRECOGNIZED: false
    }
  }

  /// S-2: a lead that has ended takes no changes.
  func requireOpen() throws(Refusal) {
    switch status {
    case .new, .assigned, .working, .nurturing, .qualified, .leadStatusUnspecified, .UNRECOGNIZED:
      return
    case .converted:
      throw Refusal(
        .status,
        "The lead \(id) was converted to the account \(conversion?.accountID ?? ""); work "
          + "on that one.")
    case .disqualified:
      throw Refusal(.status, "The lead \(id) is disqualified; reopen it first.")
    case .merged:
      throw Refusal(
        .merged, "The lead \(id) was merged into \(survivorID); change that one instead.")
    }
  }

  func event(_ event: LeadEvent.OneOf_Event, _ personal: LeadPersonal? = nil) -> DecidedEvent {
    DecidedEvent(
      key, .lead(event), personal: personal.map { [DecidedPersonal(key, .lead($0))] } ?? [])
  }

  func statusChanged(to status: LeadStatus.Code) -> DecidedEvent {
    event(.leadStatusChanged(.with { ($0.from, $0.to) = (self.status, status) }))
  }
}

/// The way to the end, and back.
extension Lead {
  private func startWorking() throws(Refusal) -> [DecidedEvent] {
    switch status {
    case .working: return []
    case .assigned: return [statusChanged(to: .working)]
    case .new:
      throw Refusal(.status, "The lead \(id) is nobody's; assign it before it is worked on.")
    case .nurturing, .qualified, .converted, .disqualified, .merged, .leadStatusUnspecified,
      .UNRECOGNIZED:
      throw Refusal(.status, "The lead \(id) is past the step from assigned to working.")
    }
  }

  private func qualify(_ qualification: QualifyLead) throws(Refusal) -> [DecidedEvent] {
    switch status {
    case .qualified: return []
    case .assigned, .working, .nurturing: break
    case .new, .converted, .disqualified, .merged, .leadStatusUnspecified, .UNRECOGNIZED:
      throw Refusal(.status, "The lead \(id) is nobody's; assign it before it is qualified.")
    }
    for criterion in qualification.criteria {
      try FieldRule.required(criterion, "criteria", of: "An entry of criteria")
      try FieldRule.text(criterion, "criteria", limit: 80)
    }
    return [event(.leadQualified(.with { $0.criteria = qualification.criteria }))]
  }

  private func disqualify(_ command: DisqualifyLead) throws(Refusal) -> [DecidedEvent] {
    try OwnershipRule.requireNotFrozen(ownership, key)
    try FieldRule.required(command.reasonCode, "reasonCode", of: "The disqualification")
    try FieldRule.text(command.reasonCode, "reasonCode", limit: 80)
    try FieldRule.text(command.note, "note", limit: FieldRule.longByteLimit)
    return [
      event(
        .leadDisqualified(.with { $0.reasonCode = command.reasonCode }),
        .with { $0.note = command.note })
    ]
  }

  private func reopen(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard status == .disqualified else {
      throw Refusal(.status, "The lead \(id) is not disqualified; there is nothing to reopen.")
    }
    try context.requireReason(for: "ReopenLead")
    return [event(.leadReopened(.with { $0.to = earlierStatus }))]
  }

  private func give(_ feedback: GiveLeadQualityFeedback) throws(Refusal) -> [DecidedEvent] {
    guard (1...5).contains(feedback.rating) else {
      throw Refusal(.range, "rating is \(feedback.rating); give 1 to 5.", field: "rating")
    }
    try FieldRule.text(feedback.comment, "comment", limit: FieldRule.longByteLimit)
    return [
      event(
        .leadQualityFeedbackGiven(.with { $0.rating = feedback.rating }),
        .with { $0.comment = feedback.comment })
    ]
  }
}

/// What is found out about it.
extension Lead {
  private func score(_ scoring: ScoreLead) throws(Refusal) -> [DecidedEvent] {
    guard scoring.score <= 100 else {
      throw Refusal(.range, "score is \(scoring.score); give 0 to 100.", field: "score")
    }
    try FieldRule.required(scoring.modelID, "modelId", of: "The score")
    return [
      event(
        .leadScored(
          .with {
            $0.score = scoring.score
            ($0.modelID, $0.modelVersion) = (scoring.modelID, scoring.modelVersion)
            $0.factors = scoring.factors
          }))
    ]
  }

  private func rate(_ command: RateLead) throws(Refusal) -> [DecidedEvent] {
    guard command.rating != .gradeUnspecified else { throw .required("rating", of: "The command") }
    guard command.rating != rating else { return [] }
    return [
      event(
        .leadRated(
          .with {
            ($0.from, $0.to) = (rating, command.rating)
            $0.basis = command.basis == .gradeBasisUnspecified ? .manual : command.basis
            $0.ruleID = command.ruleID
          }))
    ]
  }

  /// LD-2, for an activity that was logged before.
  private func recordResponse(
    _ command: RecordFirstResponse, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let activity = try context.require(Activity.self, command.activityID, field: "activityId")
    guard activity.subjects.contains(key.reference), activity.kind.isTwoWay, !activity.isRetracted,
      let at = activity.occurredAt
    else {
      throw Refusal(
        .reference,
        "The activity \(activity.id) is no call, message, mail or visit about the lead "
          + "\(id); name one that is.", field: "activityId")
    }
    return responded(activityID: activity.id, at: at)
  }

  /// The first response, and with it the step from assigned to working; nothing for a later one.
  func responded(activityID: String, at time: Timestamp) -> [DecidedEvent] {
    guard firstRespondedAt == nil else { return [] }
    let elapsed = createdAt.map { (time.microseconds - $0.microseconds) / 1_000_000 } ?? 0
    let response = LeadFirstResponded.with {
      $0.activityID = activityID
      $0.respondedAt = time.message
      $0.elapsedSeconds = elapsed
      if let dueAt = firstResponseDueAt { $0.withinTarget = time <= dueAt }
    }
    return [event(.leadFirstResponded(response))]
      + (status == .assigned ? [statusChanged(to: .working)] : [])
  }
}
