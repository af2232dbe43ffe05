internal import EventModel
internal import Schema

/// Who may change who owns a record (O-3, O-9, O-10).
package enum OwnershipRule {
  /// S-3, O-9.
  package static func requireNotFrozen(
    _ ownership: Ownership, _ record: RecordKey
  ) throws(Refusal) {
    guard let dispute = ownership.frozenBy.first else { return }
    throw Refusal(
      .frozen,
      "The \(record.typeName) \(record.id) is frozen by the dispute \(dispute); wait for "
        + "its ruling.")
  }

  /// O-10: only its holder takes a protected record out, or a manager with a reason.
  static func requireNotProtected(
    _ ownership: Ownership, _ record: RecordKey, from actorID: String, in context: DecisionContext
  ) throws(Refusal) {
    for protection in ownership.protections where context.now < protection.until {
      if protection.holder == .user(actorID) { continue }
      if mayManage(protection.holder, actorID, in: context), context.reason != nil { continue }
      throw Refusal(
        .ownershipProtected,
        "The \(record.typeName) \(record.id) is protected for "
          + "\(protection.holder.id) until \(protection.until); ask its holder.")
    }
  }

  /// The users whose states say whether `actorID` may take a record from `owner`: the actor, and
  /// the line of managers above the owner, as far as they are loaded, and the next one.
  static func needs(
    _ owner: OwnerRef?, _ actorID: String, in context: DecisionContext
  )
    -> [RecordKey]
  {
    guard !context.isSystem else { return [] }
    var line: [String] = [actorID]
    if let owner, owner.kind == .user {
      line += managerLine(of: owner.id, in: context)
    }
    let pool = owner.flatMap { $0.kind == .pool ? [RecordKey.pool($0.id)] : nil } ?? []
    return line.map { .user($0) } + pool
  }

  /// O-3: an administrator, whoever stands above the owner, or an admin of the pool, may.
  static func mayManage(
    _ owner: OwnerRef, _ actorID: String, in context: DecisionContext
  ) -> Bool {
    if context.isSystem { return true }
    guard let actor = context.records.state(User.self, actorID), actor.status == .active else {
      return false
    }
    if actor.roleIDs.contains(BuiltInRole.administrator) { return true }
    if owner.kind == .pool, let pool = context.records.state(Pool.self, owner.id) {
      return pool.isAdmin(actorID)
    }
    guard owner.kind == .user, owner.id != actorID else { return false }
    return managerLine(of: owner.id, in: context).dropFirst().contains(actorID)
  }

  /// The owner and whoever stands above, lowest first.
  private static func managerLine(of userID: String, in context: DecisionContext) -> [String] {
    var line: [String] = []
    var next = userID
    while !next.isEmpty, !line.contains(next), line.count < lineLimit {
      line.append(next)
      next = context.records.state(User.self, next)?.managerID ?? ""
    }
    return line
  }

  /// How many managers may stand above one another.
  static let lineLimit = 16
}
