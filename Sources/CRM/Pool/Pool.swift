internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Where records wait that nobody works on, and by which rules members take and lose them: the sum
/// of its stream's events.
package struct Pool: Aggregate {
  package private(set) var id = ""
  package private(set) var name = ""
  package private(set) var recordType = ObjectType.Code.objectTypeUnspecified
  package private(set) var scope = ""
  package private(set) var isDisabled = false
  package private(set) var externalIDs: [ExternalId] = []
  /// As published last; `nil` before: nobody can claim then.
  package private(set) var rules: PoolRulesPublished?

  package init() {}

  package static var objectType: ObjectType.Code { .pool }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { .pool(id) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .pool(.poolCreated(let created)):
      id = created.poolID
      name = created.name
      recordType = created.objectType
      scope = created.scope
      externalIDs = created.externalIds
    case .pool(.poolRulesPublished(let published)): rules = published
    case .pool(.poolDisabled): isDisabled = true
    case .pool(.poolEnabled): isDisabled = false
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization, .ownership,
      .permission, .pipeline, .registration, .slaPolicy, .tag, .task, .team, .ticket, .user:
      break
    }
  }

  package static func target(of command: PoolCommand.OneOf_Command) -> String {
    switch command {
    case .createPool(let command): command.poolID
    case .publishPoolRules(let command): command.poolID
    case .disablePool(let command): command.poolID
    case .enablePool(let command): command.poolID
    }
  }

  package static func identify(
    _ command: inout PoolCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .createPool(var create) = command, create.poolID.isEmpty {
      create.poolID = make("pol")
      command = .createPool(create)
    }
  }

  package func needs(
    for command: PoolCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    let actor = [RecordKey.user(context.effectiveActorID)]
    guard case .publishPoolRules(let command) = command else { return actor }
    return actor + (command.adminIds + command.members.userIds).map { .user($0) }
      + command.members.teamIds.map { .team($0) }
      + command.recycle.map(\.targetPoolID).filter { !$0.isEmpty }.map { .pool($0) }
  }

  package func decide(
    _ command: PoolCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .createPool(let command) = command { return try create(command, in: context) }
    guard exists else { throw .notFound(.pool(Self.target(of: command))) }
    try requireAdministrator(in: context)
    switch command {
    case .createPool: return []
    case .publishPoolRules(let command): return try publish(command, in: context)
    case .disablePool:
      return isDisabled ? [] : [DecidedEvent(key, .pool(.poolDisabled(.with { $0.poolID = id })))]
    case .enablePool:
      return isDisabled ? [DecidedEvent(key, .pool(.poolEnabled(.with { $0.poolID = id })))] : []
    }
  }
}

extension Pool {
  private func create(
    _ command: CreatePool, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.pool(command.poolID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "pol", field: "poolId")
    try requireAdministrator(in: context)
    try FieldRule.required(command.name, "name", of: "The pool")
    try FieldRule.text(command.name, "name")
    try FieldRule.text(command.scope, "scope")
    try FieldRule.externalIDs(command.externalIds)
    switch command.objectType {
    case .lead, .account, .ticket: break
    case .objectTypeUnspecified: throw .required("objectType", of: "The pool")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "objectType")
    case .activity, .businessCalendar, .campaign, .contact, .contract, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .opportunity, .order, .organization, .partner,
      .payment, .permissions, .pipeline, .pool, .quote, .registration, .slaPolicy, .subscription,
      .task, .team, .user:
      throw Refusal(
        .ownershipKind,
        "objectType is \(command.objectType.streamCategory), which has no pools; use lead, "
          + "account or ticket.", field: "objectType")
    }
    let created = PoolCreated.with {
      $0.poolID = command.poolID
      $0.name = command.name.trimmed
      $0.objectType = command.objectType
      $0.scope = command.scope
      $0.externalIds = command.externalIds
    }
    return [DecidedEvent(key, .pool(.poolCreated(created)))]
  }

  /// Pools are the administrators' to make; their own admins publish rules as well.
  private func requireAdministrator(in context: DecisionContext) throws(Refusal) {
    if context.isSystem { return }
    let actor = context.effectiveActorID
    if let user = context.records.state(User.self, actor), user.status == .active,
      user.isAdministrator || isAdmin(actor)
    {
      return
    }
    throw Refusal(
      .permissionScope,
      "\(actor) administers neither the organisation nor this pool; ask an administrator.")
  }
}

/// Who a pool is for.
extension Pool {
  package func isAdmin(_ userID: String) -> Bool { rules?.adminIds.contains(userID) ?? false }

  /// Whether `userID` may claim from the pool, as far as users and teams are loaded.
  package func isMember(_ userID: String, in records: RecordStates) -> Bool {
    guard let rules, let user = records.state(User.self, userID), user.status == .active else {
      return false
    }
    let members = rules.members
    return members.everyone || members.userIds.contains(userID) || isAdmin(userID)
      || !user.departmentID.isEmpty && members.departmentIds.contains(user.departmentID)
      || members.teamIds.contains { teamID in
        records.state(Team.self, teamID).map {
          !$0.isDissolved && $0.memberIDs.contains(userID)
        } ?? false
      }
  }

  /// The records that say whether `userID` is a member.
  package func memberNeeds(_ userID: String) -> [RecordKey] {
    [.user(userID)] + (rules?.members.teamIds ?? []).map { .team($0) }
  }

  func requireUsable(for record: RecordKey) throws(Refusal) {
    guard !isDisabled else {
      throw Refusal(.status, "The pool \(id) is disabled; enable it, or use another one.")
    }
    guard rules != nil else {
      throw Refusal(
        .status, "The pool \(id) has no rules yet; publish them with PublishPoolRules.")
    }
    guard recordType == record.type else {
      throw Refusal(
        .ownershipKind,
        "The pool \(id) takes records of the type \(recordType.streamCategory), and \(record) is "
          + "none; use a pool for those.", field: "poolId")
    }
  }
}
