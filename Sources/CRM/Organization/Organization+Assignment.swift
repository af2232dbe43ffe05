internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// The rules by which new leads are scored, rated and given to people.
extension Organization {
  private static let ruleLimit = 200

  static func needs(_ command: PublishAssignmentRules) -> [RecordKey] {
    var keys: [RecordKey] = []
    for rule in command.rules {
      keys += rule.userIds.map { RecordKey.user($0) }
      keys += rule.teamIds.map { RecordKey.team($0) }
    }
    return keys + (command.fallbackPoolID.isEmpty ? [] : [.pool(command.fallbackPoolID)])
  }

  func publish(
    _ command: PublishAssignmentRules, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.organizationID.isEmpty || command.organizationID == Self.id else {
      throw Refusal(
        .reference,
        "organizationId is \(command.organizationID), but a workspace has the one organisation "
          + "\(Self.id); leave it out.", field: "organizationId")
    }
    guard command.rules.count <= Self.ruleLimit else {
      throw Refusal(
        .range, "rules has \(command.rules.count) entries; keep \(Self.ruleLimit) at the most.",
        field: "rules")
    }
    var ids: Set<String> = []
    for rule in command.rules {
      try Self.check(rule, in: context)
      guard ids.insert(rule.ruleID).inserted else {
        throw Refusal(
          .inconsistent, "Two rules are called \(rule.ruleID); give each its own ruleId.",
          field: "rules.ruleId")
      }
    }
    if !command.fallbackPoolID.isEmpty {
      let pool = try context.require(Pool.self, command.fallbackPoolID, field: "fallbackPoolId")
      try pool.requireUsable(for: .lead("led_new"))
    }
    let published = AssignmentRulesPublished.with {
      $0.organizationID = Self.id
      $0.version = (assignmentRules?.version ?? 0) + 1
      $0.rules = command.rules
      $0.fallbackPoolID = command.fallbackPoolID
      if command.hasScoring { $0.scoring = command.scoring }
    }
    if command.hasScoring { try Self.check(command.scoring) }
    var same = published
    same.version -= 1
    guard same != assignmentRules else { return [] }
    return [DecidedEvent(Self.key, .organization(.assignmentRulesPublished(published)))]
  }

  private static func check(
    _ rule: AssignmentRule, in context: DecisionContext
  ) throws(Refusal) {
    try FieldRule.required(rule.ruleID, "ruleId", of: "A rule")
    try FieldRule.text(rule.ruleID, "rules.ruleId", limit: 80)
    guard !rule.userIds.isEmpty || !rule.teamIds.isEmpty else {
      throw Refusal(
        .required, "The rule \(rule.ruleID) gives leads to nobody; name users or teams.",
        field: "rules.userIds")
    }
    guard rule.userIds.count + rule.teamIds.count <= ruleLimit else {
      throw Refusal(
        .range, "The rule \(rule.ruleID) names more than \(ruleLimit) users and teams; use teams.",
        field: "rules.userIds")
    }
    for id in rule.userIds { _ = try context.require(User.self, id, field: "rules.userIds") }
    for id in rule.teamIds { _ = try context.require(Team.self, id, field: "rules.teamIds") }
  }

  private static func check(_ scoring: LeadScoring) throws(Refusal) {
    let weights = [scoring.sourceWeight, scoring.urgencyWeight, scoring.sizeWeight]
    guard weights.allSatisfy({ $0 <= 100 }), weights.reduce(0, +) == 100 else {
      throw Refusal(
        .range,
        "The weights of the scoring are \(weights.map(String.init).joined(separator: ", ")); make "
          + "them 100 together.", field: "scoring")
    }
    for scored in scoring.sources + scoring.urgencies + scoring.sizes where scored.score > 100 {
      throw Refusal(
        .range, "“\(scored.value)” is worth \(scored.score); give 0 to 100.", field: "scoring")
    }
    guard scoring.gradeBFrom <= scoring.gradeAFrom, scoring.gradeAFrom <= 100 else {
      throw Refusal(
        .range,
        "The rating A begins at \(scoring.gradeAFrom) and B at \(scoring.gradeBFrom); give A the "
          + "higher one, up to 100.", field: "scoring.gradeAFrom")
    }
  }
}
