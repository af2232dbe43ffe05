internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Commands on who owns a record, of whatever type it is.
package enum OwnershipDecision {
  package typealias Command = OwnershipCommand.OneOf_Command

  package static func target(of command: Command) -> RecordKey {
    RecordKey(reference(of: command))
  }

  private static func reference(of command: Command) -> RecordRef {
    switch command {
    case .assignOwnership(let command): command.record
    case .requestOwnershipTransfer(let command): command.record
    case .acceptOwnershipTransfer(let command): command.record
    case .declineOwnershipTransfer(let command): command.record
    case .cancelOwnershipTransfer(let command): command.record
    case .transferOwnership(let command): command.record
    case .releaseToPool(let command): command.record
    case .claimFromPool(let command): command.record
    case .lockOwnership(let command): command.record
    case .unlockOwnership(let command): command.record
    case .grantProtection(let command): command.record
    case .extendProtection(let command): command.record
    case .endProtection(let command): command.record
    case .addCollaborator(let command): command.record
    case .removeCollaborator(let command): command.record
    case .warnOfRecycle(let command): command.record
    case .freezeOwnership(let command): command.record
    case .unfreezeOwnership(let command): command.record
    }
  }

  package static func identify(
    _ command: inout Command, _ make: (_ prefix: String) -> String
  ) {
    if case .transferOwnership(var transfer) = command, transfer.transferID.isEmpty {
      transfer.transferID = make("trf")
      command = .transferOwnership(transfer)
    } else if case .requestOwnershipTransfer(var request) = command, request.transferID.isEmpty {
      request.transferID = make("trf")
      command = .requestOwnershipTransfer(request)
    } else if case .grantProtection(var grant) = command, grant.protectionID.isEmpty {
      grant.protectionID = make("prt")
      command = .grantProtection(grant)
    }
  }

  /// Owners to be, and whoever's rights count; asked again until all are loaded.
  package static func needs(
    for command: Command, on record: any OwnedAggregate, in context: DecisionContext
  ) -> [RecordKey] {
    // A protection's holder need not be the owner, and has managers too (O-10).
    let above = [record.ownership.owner] + record.ownership.protections.map(\.holder)
    let rights = above.flatMap {
      OwnershipRule.needs($0, context.effectiveActorID, in: context)
    }
    switch command {
    case .assignOwnership, .transferOwnership, .acceptOwnershipTransfer:
      let escalation = escalates(command) ? abandonNeeds(record, in: context) : []
      guard let receiver = receiver(of: command, on: record) else { return rights + escalation }
      return rights + users([receiver]) + escalation
        + holdingNeeds(receiver, on: record, in: context)
    case .requestOwnershipTransfer(let command): return rights + users([command.to])
    case .declineOwnershipTransfer, .cancelOwnershipTransfer: return rights
    case .addCollaborator(let command): return rights + [.user(command.userID)]
    case .removeCollaborator, .lockOwnership, .unlockOwnership, .grantProtection,
      .extendProtection, .endProtection:
      return rights
    case .releaseToPool(let command):
      let recycling =
        command.cause == .recycled || command.cause == .unanswered
        ? recycleNeeds(record, in: context) : []
      let abandoned = command.cause == .unanswered ? abandonNeeds(record, in: context) : []
      return rights + [.pool(command.poolID)] + recycling + abandoned
    case .claimFromPool: return rights + claimNeeds(record, in: context)
    case .warnOfRecycle: return recycleNeeds(record, in: context)
    case .freezeOwnership, .unfreezeOwnership: return []
    }
  }

  /// Pools whose rules may be about the record, and who their members are.
  private static func recycleNeeds(
    _ record: any OwnedAggregate, in context: DecisionContext
  ) -> [RecordKey] {
    guard let userID = record.ownership.ownerUserID else { return [] }
    return context.poolIDs.flatMap { poolID in
      [.pool(poolID)]
        + (context.records.state(Pool.self, poolID)?.memberNeeds(userID) ?? [])
    }
  }

  /// Whose a record is to be after an assignment or a transfer.
  private static func receiver(
    of command: Command, on record: any OwnedAggregate
  ) -> OwnerRef? {
    if case .assignOwnership(let assign) = command { return assign.hasTo ? assign.to : nil }
    if case .transferOwnership(let transfer) = command {
      return transfer.hasTo ? transfer.to : nil
    }
    if case .acceptOwnershipTransfer = command { return record.ownership.requested?.to }
    return nil
  }

  /// The pools whose limits may hold for the receiver, and what the receiver has when one is reached.
  private static func holdingNeeds(
    _ receiver: OwnerRef, on record: any OwnedAggregate, in context: DecisionContext
  ) -> [RecordKey] {
    guard receiver.kind == .user, record is Lead || record is Account else { return [] }
    let pools = context.poolIDs.compactMap { context.records.state(Pool.self, $0) }
    let held = context.counters.first { counter, _ in
      if case .holdings(receiver.id, _) = counter { true } else { false }
    }?.value
    let isReached = pools.contains { pool in
      guard let held, let claim = pool.rules?.claim else { return false }
      return claim.hasMaxHoldings && claim.hasHoldingsExempt && held.count >= claim.maxHoldings
    }
    var keys = context.poolIDs.map { RecordKey.pool($0) }
    keys += pools.flatMap { $0.memberNeeds(receiver.id) }
    return isReached ? keys + (held?.members ?? []) : keys
  }

  private static func escalates(_ command: Command) -> Bool {
    if case .assignOwnership(let assign) = command { return assign.method == .escalation }
    return false
  }

  /// The calendar, and who stands above the owner of a lead that nobody answered.
  private static func abandonNeeds(
    _ record: any OwnedAggregate, in context: DecisionContext
  ) -> [RecordKey] {
    guard record is Lead, let userID = record.ownership.ownerUserID else { return [] }
    return context.calendarNeeds
      + User.managers(from: userID, in: context).map { .user($0) }
  }

  private static func claimNeeds(
    _ record: any OwnedAggregate, in context: DecisionContext
  ) -> [RecordKey] {
    guard let owner = record.ownership.owner, owner.kind == .pool else { return [] }
    let userID = context.effectiveActorID
    guard let pool = context.records.state(Pool.self, owner.id), let claim = pool.rules?.claim
    else {
      return [.user(userID), .pool(owner.id)]
    }
    let held = context.counters.first { counter, _ in
      if case .holdings(userID, _) = counter { true } else { false }
    }?.value
    guard let held, claim.hasMaxHoldings, claim.hasHoldingsExempt,
      held.count >= claim.maxHoldings
    else { return pool.memberNeeds(userID) }
    return pool.memberNeeds(userID) + held.members
  }

  /// The numbers that the decision looks at.
  package static func counters(
    for command: Command, on record: any OwnedAggregate, in context: DecisionContext
  ) -> [GuardCounter] {
    let type = target(of: command).type
    let userID = context.effectiveActorID
    guard type == .lead || type == .account else { return [] }
    if case .claimFromPool = command, let owner = record.ownership.owner, owner.kind == .pool {
      let day = context.today.description
      return [
        .claims(userID: userID, poolID: owner.id, day: day), .holdings(userID: userID, type),
      ]
    }
    guard let receiver = receiver(of: command, on: record), receiver.kind == .user else {
      return []
    }
    return [.holdings(userID: receiver.id, type)]
  }

  /// Whether the decision looks at the pools of the record's type, the last contact and children.
  package static func looksAtRecycling(_ command: Command) -> Bool {
    if case .warnOfRecycle = command { return true }
    if case .releaseToPool(let release) = command {
      return release.cause == .recycled || release.cause == .unanswered
    }
    return false
  }

  /// Whether the decision looks at the pools of the record's type.
  package static func looksAtPools(_ command: Command) -> Bool {
    switch command {
    case .assignOwnership, .transferOwnership, .acceptOwnershipTransfer:
      let type = target(of: command).type
      return type == .lead || type == .account
    case .requestOwnershipTransfer, .declineOwnershipTransfer, .cancelOwnershipTransfer,
      .releaseToPool, .claimFromPool, .lockOwnership, .unlockOwnership, .grantProtection,
      .extendProtection, .endProtection, .addCollaborator, .removeCollaborator, .warnOfRecycle,
      .freezeOwnership, .unfreezeOwnership:
      return false
    }
  }

  private static func users(_ owners: [OwnerRef]) -> [RecordKey] {
    owners.filter { $0.kind == .user }.map { .user($0.id) }
  }

  /// The record whose children the decision looks at; `nil` when it looks at none.
  package static func parent(
    of command: Command, on record: any OwnedAggregate
  ) -> RecordKey? {
    if looksAtRecycling(command), record is Account { return target(of: command) }
    if case .transferOwnership(let transfer) = command, !transfer.cascade.isEmpty {
      return RecordKey(transfer.record)
    }
    if case .acceptOwnershipTransfer(let accept) = command,
      let requested = record.ownership.requested, !requested.cascade.isEmpty
    {
      return RecordKey(accept.record)
    }
    return nil
  }

  package static func decide(
    _ command: Command, on record: any OwnedAggregate, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let owned = OwnedRecord(key: target(of: command), record: record)
    guard record.exists else { throw .notFound(owned.key) }
    try owned.requireChangeable()
    switch command {
    case .assignOwnership(let command): return try owned.assign(command, in: context)
    case .transferOwnership(let command): return try owned.transfer(command, in: context)
    case .requestOwnershipTransfer(let command):
      return try owned.requestTransfer(command, in: context)
    case .acceptOwnershipTransfer(let command):
      return try owned.acceptTransfer(command.transferID, in: context)
    case .declineOwnershipTransfer(let command):
      return try owned.declineTransfer(command, in: context)
    case .cancelOwnershipTransfer(let command):
      return try owned.cancelTransfer(command.transferID, in: context)
    case .addCollaborator(let command): return try owned.add(command, in: context)
    case .removeCollaborator(let command): return try owned.remove(command, in: context)
    case .lockOwnership(let command): return try owned.lock(command, in: context)
    case .unlockOwnership: return try owned.unlock(in: context)
    case .releaseToPool(let command): return try owned.release(command, in: context)
    case .claimFromPool(let command): return try owned.claim(command, in: context)
    case .warnOfRecycle(let command): return try owned.warn(command, in: context)
    case .grantProtection(let command): return try owned.grant(command, in: context)
    case .extendProtection(let command): return try owned.extend(command, in: context)
    case .endProtection(let command): return try owned.end(command, in: context)
    case .freezeOwnership:
      throw Refusal(
        .inconsistent, "Only a dispute freezes a record; use OpenDispute.", field: "disputeId")
    case .unfreezeOwnership:
      throw Refusal(
        .inconsistent,
        "Only the end of a dispute unfreezes its record; use RuleOnDispute or WithdrawDispute.",
        field: "disputeId")
    }
  }
}
