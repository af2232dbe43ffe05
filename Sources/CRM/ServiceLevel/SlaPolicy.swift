internal import EventModel
package import Schema
internal import SwiftProtobuf

/// How fast tickets of some kind are to be answered and resolved, in versions.
package struct SlaPolicy: Aggregate {
  package private(set) var id = ""
  package private(set) var published = SlaPolicyPublished()
  package private(set) var isRetired = false

  package init() {}

  package static var objectType: ObjectType.Code { .slaPolicy }
  package var exists: Bool { !id.isEmpty }
  package var version: UInt32 { published.version }
  var key: RecordKey { .slaPolicy(id) }

  package mutating func apply(_ fact: Fact) {
    guard case .slaPolicy(let event) = fact.payload else { return }
    switch event {
    case .slaPolicyPublished(let published):
      (id, self.published, isRetired) = (published.slaPolicyID, published, false)
    case .slaPolicyRetired: isRetired = true
    }
  }

  package static func target(of command: SlaPolicyCommand.OneOf_Command) -> String {
    switch command {
    case .publishSlaPolicy(let command): command.slaPolicyID
    case .retireSlaPolicy(let command): command.slaPolicyID
    }
  }

  package static func identify(
    _ command: inout SlaPolicyCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .publishSlaPolicy(var publish) = command, publish.slaPolicyID.isEmpty {
      publish.slaPolicyID = make("sla")
      command = .publishSlaPolicy(publish)
    }
  }

  package func needs(
    for command: SlaPolicyCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    guard case .publishSlaPolicy(let publish) = command else { return [] }
    return [.businessCalendar(publish.calendarID)].filter { !$0.id.isEmpty }
      + publish.escalations.flatMap { [.user($0.toUserID), .team($0.toTeamID)] }
      .filter { !$0.id.isEmpty }
  }

  package func decide(
    _ command: SlaPolicyCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command {
    case .publishSlaPolicy(let publish): return try self.publish(publish, in: context)
    case .retireSlaPolicy(let retire):
      guard exists else { throw .notFound(.slaPolicy(retire.slaPolicyID)) }
      return isRetired ? [] : [DecidedEvent(key, .slaPolicy(.slaPolicyRetired(.init())))]
    }
  }

  private func publish(
    _ command: PublishSlaPolicy, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.slaPolicy(command.slaPolicyID)
    if !exists { try FieldRule.newID(key, prefix: "sla", field: "slaPolicyId") }
    try FieldRule.required(command.name, "name", of: "The policy")
    try FieldRule.text(command.name, "name")
    if !command.calendarID.isEmpty {
      _ = try context.require(
        BusinessCalendar.self, command.calendarID, field: "calendarId")
    }
    let published = SlaPolicyPublished.with {
      $0.slaPolicyID = command.slaPolicyID
      $0.version = version + 1
      $0.name = command.name.trimmed
      $0.match = command.match
      // 2 hours for the first answer: the product's default.
      $0.firstResponseMinutes =
        command.hasFirstResponseMinutes ? command.firstResponseMinutes : 120
      $0.resolutionMinutes = command.hasResolutionMinutes ? command.resolutionMinutes : 2880
      $0.calendarID = command.calendarID
      $0.warnPct = command.hasWarnPct ? command.warnPct : 75
      $0.escalations = command.escalations
    }
    try Self.check(published, in: context)
    var same = self.published
    same.version = version + 1
    guard published != same || isRetired else { return [] }
    return [DecidedEvent(key, .slaPolicy(.slaPolicyPublished(published)))]
  }

  private static func check(
    _ policy: SlaPolicyPublished, in context: DecisionContext
  ) throws(Refusal) {
    for (minutes, field) in [
      (policy.firstResponseMinutes, "firstResponseMinutes"),
      (policy.resolutionMinutes, "resolutionMinutes"),
    ] where !(1...525_600).contains(minutes) {
      throw Refusal(
        .range, "\(field) is \(minutes); give 1 to 525600 working minutes.", field: field)
    }
    guard (1...99).contains(policy.warnPct) else {
      throw Refusal(.range, "warnPct is \(policy.warnPct); give 1 to 99.", field: "warnPct")
    }
    guard policy.escalations.count <= 20 else {
      throw Refusal(
        .range, "escalations has more than 20; give fewer.", field: "escalations")
    }
    for escalation in policy.escalations {
      guard (1...100).contains(escalation.afterPct), escalation.metric != .slaMetricUnspecified
      else {
        throw Refusal(
          .range, "escalations has one without metric, or afterPct outside 1 to 100; correct it.",
          field: "escalations.afterPct")
      }
      guard escalation.toUserID.isEmpty != escalation.toTeamID.isEmpty else {
        throw Refusal(
          .inconsistent, "An escalation names one of toUserId and toTeamId; correct it.",
          field: "escalations")
      }
      if escalation.toUserID.isEmpty {
        _ = try context.require(Team.self, escalation.toTeamID, field: "escalations.toTeamId")
      } else {
        _ = try context.require(User.self, escalation.toUserID, field: "escalations.toUserId")
      }
    }
  }
}
