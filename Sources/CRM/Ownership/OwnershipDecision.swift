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
    case .assignOwnership(let command): return rights + users([command.to])
    case .requestOwnershipTransfer(let command): return rights + users([command.to])
    case .transferOwnership(let command): return rights + users([command.to])
    case .acceptOwnershipTransfer:
      return rights + users([record.ownership.requested?.to].compactMap(\.self))
    case .declineOwnershipTransfer, .cancelOwnershipTransfer: return rights
    case .addCollaborator(let command): return rights + [.user(command.userID)]
    case .removeCollaborator, .lockOwnership, .unlockOwnership: return rights
    case .releaseToPool, .claimFromPool, .grantProtection, .extendProtection, .endProtection,
      .warnOfRecycle, .freezeOwnership, .unfreezeOwnership:
      return []
    }
  }

  private static func users(_ owners: [OwnerRef]) -> [RecordKey] {
    owners.filter { $0.kind == .user }.map { .user($0.id) }
  }

  /// The record whose children the decision looks at; `nil` when it looks at none.
  package static func parent(
    of command: Command, on record: any OwnedAggregate
  ) -> RecordKey? {
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
    case .releaseToPool: throw .notAvailable("ReleaseToPool", needs: "pools")
    case .claimFromPool: throw .notAvailable("ClaimFromPool", needs: "pools")
    case .warnOfRecycle: throw .notAvailable("WarnOfRecycle", needs: "pools")
    case .grantProtection: throw .notAvailable("GrantProtection", needs: "registrations")
    case .extendProtection: throw .notAvailable("ExtendProtection", needs: "registrations")
    case .endProtection: throw .notAvailable("EndProtection", needs: "registrations")
    case .freezeOwnership: throw .notAvailable("FreezeOwnership", needs: "disputes")
    case .unfreezeOwnership: throw .notAvailable("UnfreezeOwnership", needs: "disputes")
    }
  }
}
