internal import EventModel
package import Schema
internal import SwiftProtobuf

/// People who work on the same things.
package struct Team: Aggregate {
  package private(set) var id = ""
  package private(set) var name = ""
  /// In the order of their joining.
  package private(set) var memberIDs: [String] = []
  package private(set) var leaderID = ""
  package private(set) var supportLine: UInt32 = 0
  package private(set) var isDissolved = false
  package private(set) var externalIDs: [ExternalId] = []

  package init() {}

  package static var objectType: ObjectType.Code { .team }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { .team(id) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .team(.teamCreated(let created)):
      id = created.teamID
      name = created.name
      memberIDs = created.memberIds
      leaderID = created.leaderID
      supportLine = created.supportLine
      externalIDs = created.externalIds
    case .team(.teamMembersChanged(let changed)):
      memberIDs.removeAll { changed.removed.contains($0) }
      memberIDs += changed.added.filter { !memberIDs.contains($0) }
      if changed.removed.contains(leaderID) { leaderID = "" }
    case .team(.teamDissolved): isDissolved = true
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .ticket,
      .user:
      break
    }
  }
}

extension Team {
  package static func target(of command: TeamCommand.OneOf_Command) -> String {
    switch command {
    case .createTeam(let command): command.teamID
    case .changeTeamMembers(let command): command.teamID
    case .dissolveTeam(let command): command.teamID
    }
  }

  package static func identify(
    _ command: inout TeamCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .createTeam(var create) = command, create.teamID.isEmpty {
      create.teamID = make("tea")
      command = .createTeam(create)
    }
  }

  package func needs(
    for command: TeamCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .createTeam(let command):
      command.memberIds.map { .user($0) }
        + (command.leaderID.isEmpty ? [] : [.user(command.leaderID)])
    case .changeTeamMembers(let command): command.added.map { .user($0) }
    case .dissolveTeam: []
    }
  }

  package func decide(
    _ command: TeamCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .createTeam(let command) = command { return try create(command, in: context) }
    guard exists else { throw .notFound(.team(Self.target(of: command))) }
    switch command {
    case .createTeam: return []
    case .changeTeamMembers(let command): return try changeMembers(command, in: context)
    case .dissolveTeam:
      guard !isDissolved else { return [] }
      return [DecidedEvent(key, .team(.teamDissolved(.with { $0.teamID = id })))]
    }
  }

  private func create(
    _ command: CreateTeam, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.team(command.teamID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "tea", field: "teamId")
    try FieldRule.required(command.name, "name", of: "The team")
    try FieldRule.text(command.name, "name")
    try FieldRule.externalIDs(command.externalIds)
    guard command.supportLine <= 3 else {
      throw Refusal(
        .range, "supportLine is \(command.supportLine); give 1 to 3, or 0 for none.",
        field: "supportLine")
    }
    try Self.checkOnce(command.memberIds, field: "memberIds")
    for id in command.memberIds {
      _ = try context.require(User.self, id, field: "memberIds").requireNotDeactivated()
    }
    guard command.leaderID.isEmpty || command.memberIds.contains(command.leaderID) else {
      throw Refusal(
        .inconsistent,
        "leaderId names \(command.leaderID), who is no member; add them to "
          + "memberIds.", field: "leaderId")
    }
    let created = TeamCreated.with {
      $0.teamID = command.teamID
      $0.name = command.name.trimmed
      $0.memberIds = command.memberIds
      $0.leaderID = command.leaderID
      $0.supportLine = command.supportLine
      $0.externalIds = command.externalIds
    }
    return [DecidedEvent(key, .team(.teamCreated(created)))]
  }

  /// Who is in already isn't added, who isn't in isn't removed (S-6).
  private func changeMembers(
    _ command: ChangeTeamMembers, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireUsable()
    try Self.checkOnce(command.added + command.removed, field: "added and removed")
    let added = command.added.filter { !memberIDs.contains($0) }
    let removed = command.removed.filter { memberIDs.contains($0) }
    for id in added {
      _ = try context.require(User.self, id, field: "added").requireNotDeactivated()
    }
    guard !added.isEmpty || !removed.isEmpty else { return [] }
    let changed = TeamMembersChanged.with {
      $0.teamID = id
      $0.added = added
      $0.removed = removed
    }
    return [DecidedEvent(key, .team(.teamMembersChanged(changed)))]
  }

  func requireUsable() throws(Refusal) {
    guard !isDissolved else {
      throw Refusal(.status, "The team \(id) is dissolved; use another one.")
    }
  }

  private static func checkOnce(_ ids: [String], field: String) throws(Refusal) {
    guard Set(ids).count == ids.count else {
      throw Refusal(.inconsistent, "\(field) has a user twice; keep one.", field: field)
    }
  }
}
