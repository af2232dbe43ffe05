package import EventModel
internal import Schema
internal import SwiftProtobuf

/// Keeping in touch with somebody who is not ready yet.
extension Lead {
  /// Half a year.
  static let nurtureMicroseconds: Int64 = 183 * 86_400_000_000

  func startNurture(
    _ command: StartNurture, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch status {
    case .assigned, .working, .qualified: break
    case .nurturing:
      throw Refusal(.status, "The lead \(id) is nurtured already; reevaluate it instead.")
    case .new, .converted, .disqualified, .merged, .leadStatusUnspecified, .UNRECOGNIZED:
      throw Refusal(.status, "The lead \(id) is nobody's; assign it before it is nurtured.")
    }
    try FieldRule.required(command.programID, "programId", of: "The nurturing")
    try FieldRule.text(command.programID, "programId", limit: 100)
    try FieldRule.required(command.reasonCode, "reasonCode", of: "The nurturing")
    try FieldRule.text(command.reasonCode, "reasonCode", limit: 80)
    try FieldRule.text(command.note, "note", limit: FieldRule.longByteLimit)
    let at = try checkedReevaluation(
      command.hasReevaluateAt ? Timestamp(command.reevaluateAt) : nil, in: context)
    let started = LeadNurtureStarted.with {
      ($0.programID, $0.reasonCode) = (command.programID, command.reasonCode)
      $0.reevaluateAt = at.message
    }
    return [event(.leadNurtureStarted(started), .with { $0.note = command.note })]
  }

  func send(_ command: SendNurtureTouch) throws(Refusal) -> [DecidedEvent] {
    try requireNurtured("a touch")
    try FieldRule.required(command.contentID, "contentId", of: "The touch")
    try FieldRule.text(command.contentID, "contentId", limit: 100)
    try FieldRule.required(command.channel, "channel", of: "The touch")
    try FieldRule.text(command.channel, "channel", limit: 80)
    return [
      event(
        .nurtureTouchSent(
          .with { ($0.contentID, $0.channel) = (command.contentID, command.channel) }))
    ]
  }

  func noteReevaluation(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("NoteNurtureReevaluation", in: context)
    guard status == .nurturing, let nurture, !nurture.isReevaluationDue,
      let at = nurture.reevaluateAt, at <= context.now
    else { return [] }
    return [event(.leadNurtureReevaluationDue(.with { $0.dueAt = at.message }))]
  }

  func reevaluate(
    _ command: ReevaluateNurture, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireNurtured("a reevaluation")
    switch command.outcome {
    case .resume:
      return [event(.leadNurtureReevaluated(.with { $0.outcome = .resume }))]
    case .extend:
      let at = try checkedReevaluation(
        command.hasReevaluateAt ? Timestamp(command.reevaluateAt) : nil, in: context)
      return [
        event(
          .leadNurtureReevaluated(
            .with { ($0.outcome, $0.reevaluateAt) = (.extend, at.message) }))
      ]
    case .disqualify:
      try OwnershipRule.requireNotFrozen(ownership, key)
      try FieldRule.required(command.reasonCode, "reasonCode", of: "The disqualification")
      try FieldRule.text(command.reasonCode, "reasonCode", limit: 80)
      return [
        event(.leadNurtureReevaluated(.with { $0.outcome = .disqualify })),
        event(.leadDisqualified(.with { $0.reasonCode = command.reasonCode })),
      ]
    case .nurtureOutcomeUnspecified: throw .required("outcome", of: "The reevaluation")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "outcome")
    }
  }

  private func requireNurtured(_ what: String) throws(Refusal) {
    guard status == .nurturing else {
      throw Refusal(
        .status, "The lead \(id) is \(status) and takes no \(what); start nurturing it first.")
    }
  }

  private func checkedReevaluation(
    _ given: Timestamp?, in context: DecisionContext
  ) throws(Refusal) -> Timestamp {
    let at = given ?? context.now.advanced(byMicroseconds: Self.nurtureMicroseconds)
    guard context.now < at else {
      throw Refusal(
        .range, "reevaluateAt is \(at), which is over; give a later moment.", field: "reevaluateAt")
    }
    return at
  }
}

/// The time for the first answer.
extension Lead {
  /// The version of the rule that deadlines are set by.
  static let firstResponsePolicyVersion: UInt32 = 1

  /// In working time, from the moment at which its owner got it.
  func setDeadline(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("SetFirstResponseDeadline", in: context)
    guard firstRespondedAt == nil, ownership.ownerUserID != nil, let since = ownership.since,
      let dueAt = context.workingTime().moment(
        after: Int64(context.settings.firstResponseMinutes) * 60, from: since),
      dueAt != firstResponseDueAt
    else { return [] }
    return [
      event(
        .firstResponseDeadlineSet(
          .with {
            ($0.dueAt, $0.policyVersion) = (dueAt.message, Self.firstResponsePolicyVersion)
          }))
    ]
  }

  /// When the owner has had twice the time for a first answer; `nil` while it isn't missing, or the
  /// owner has begun to work on the lead, nurtures it or has qualified it.
  package func abandonedAt(in context: DecisionContext) -> Timestamp? {
    guard status == .assigned, firstRespondedAt == nil, isFirstResponseBreached,
      ownership.ownerUserID != nil, let since = ownership.since
    else { return nil }
    return context.workingTime().moment(
      after: Int64(context.settings.firstResponseMinutes) * 120, from: since)
  }

  func isAbandoned(in context: DecisionContext) -> Bool {
    abandonedAt(in: context).map { $0 <= context.now } ?? false
  }

  /// The first pool of leads that the owner is a member of; `nil` where managers take over.
  package func poolWhenAbandoned(in context: DecisionContext) -> Pool? {
    guard context.settings.unansweredLeads == .pool, let userID = ownership.ownerUserID else {
      return nil
    }
    return context.poolIDs.lazy.compactMap { context.records.state(Pool.self, $0) }.first {
      !$0.isDisabled && $0.recordType == .lead && $0.isMember(userID, in: context.records)
    }
  }

  /// The first active one of those above the owner.
  package func managerWhenAbandoned(in context: DecisionContext) -> String? {
    guard let userID = ownership.ownerUserID else { return nil }
    return User.managers(from: userID, in: context).first {
      $0 != userID && context.records.state(User.self, $0)?.status == .active
    }
  }

  func breachFirstResponse(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("BreachFirstResponse", in: context)
    guard firstRespondedAt == nil, !isFirstResponseBreached, let dueAt = firstResponseDueAt,
      dueAt <= context.now
    else { return [] }
    return [event(.leadFirstResponseBreached(.with { $0.dueAt = dueAt.message }))]
  }
}
