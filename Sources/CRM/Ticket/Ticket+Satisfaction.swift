internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// How satisfied the customer was.
extension Ticket {
  func send(
    _ command: SendSatisfactionSurvey, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status == .resolved || status == .closed else {
      throw Refusal(.status, "The ticket \(id) is \(status); resolve it before you ask.")
    }
    try FieldRule.required(command.surveyID, "surveyId", of: "The survey")
    guard !surveys.contains(where: { $0.id == command.surveyID }) else {
      throw Refusal(
        .alreadyExists,
        "The ticket \(id) has the survey \(command.surveyID) already; use another identifier.",
        field: "surveyId")
    }
    try FieldRule.required(command.channel, "channel", of: "The survey")
    try FieldRule.text(command.channel, "channel", limit: 80)
    guard command.hasExpiresAt else { throw .required("expiresAt", of: "The survey") }
    let expiresAt = Timestamp(command.expiresAt)
    guard context.now < expiresAt else {
      throw Refusal(
        .range, "expiresAt is \(expiresAt), which is not behind now; give a later time.",
        field: "expiresAt")
    }
    return [
      event(
        .satisfactionSurveySent(
          .with {
            $0.surveyID = command.surveyID
            $0.channel = command.channel
            $0.expiresAt = command.expiresAt
          }))
    ]
  }

  /// TK-3, once a survey; TK-4, a low score raises its alert in the same append.
  func rate(
    _ command: RateSatisfaction, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let survey = surveys.first(where: { $0.id == command.surveyID }) else {
      throw Refusal(
        .notFound, "The ticket \(id) has no survey \(command.surveyID); check the identifier.",
        field: "surveyId")
    }
    guard !survey.isRated else {
      throw Refusal(
        .alreadyExists, "The survey \(survey.id) was answered already; send another one.",
        field: "surveyId")
    }
    guard context.now <= survey.expiresAt else {
      throw Refusal(
        .tooLate, "The survey \(survey.id) ended at \(survey.expiresAt); send another one.",
        field: "surveyId")
    }
    guard command.score <= 10 else {
      throw Refusal(.range, "score is \(command.score); give 0 to 10.", field: "score")
    }
    try FieldRule.text(command.comment, "comment", limit: FieldRule.longByteLimit)
    let rated = event(
      .satisfactionRated(.with { ($0.surveyID, $0.score) = (survey.id, command.score) }),
      .with { $0.comment = command.comment })
    guard command.score < context.settings.lowSatisfactionBelow else { return [rated] }
    let owner = ownership.ownerUserID.flatMap { context.records.state(User.self, $0) }
    let alert = LowSatisfactionAlertRaised.with {
      $0.surveyID = survey.id
      $0.score = command.score
      $0.supervisorID = owner?.managerID ?? ""
    }
    return [rated, event(.lowSatisfactionAlertRaised(alert))]
  }

  func complete(
    _ command: CompleteSatisfactionFollowUp, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard hasOpenAlert else {
      throw Refusal(.status, "The ticket \(id) has no open alert; there is nothing to follow up.")
    }
    try FieldRule.required(command.outcome, "outcome", of: "The follow-up")
    try FieldRule.text(command.outcome, "outcome", limit: 80)
    if !command.activityID.isEmpty {
      _ = try context.require(Activity.self, command.activityID, field: "activityId")
    }
    return [
      event(
        .satisfactionFollowUpCompleted(
          .with { ($0.outcome, $0.activityID) = (command.outcome, command.activityID) }))
    ]
  }
}
