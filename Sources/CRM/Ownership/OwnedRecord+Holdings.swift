internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// O-7, for what somebody is given: a claim has the limit of its pool, an assignment or a transfer the
/// strictest of the pools whose member the receiver is.
extension OwnedRecord {
  /// How many leads or accounts the receiver holds with this one, and how many may be held.
  struct Holdings {
    let count: UInt32
    /// `nil` for any number, or when the actor may go beyond the limit.
    let limit: UInt32?
  }

  /// What the receiver holds with the record; `nil` of what nobody holds a limited number of.
  ///
  /// - Throws: ``Refusal`` when one more would pass the limit, unless the actor may go beyond it.
  func holdings(
    of receiver: OwnerRef, in context: DecisionContext
  ) throws(Refusal) -> Holdings? {
    guard receiver.kind == .user, key.type == .lead || key.type == .account else { return nil }
    let held = context.count(.holdings(userID: receiver.id, key.type)).count
    var strictest: UInt32?
    if !mayExceedHoldings(in: context) {
      for claim in limits(of: receiver.id, in: context) {
        guard let limit = try holdingsLimit(of: receiver.id, claim, in: context) else { continue }
        strictest = min(strictest ?? limit, limit)
      }
    }
    return Holdings(count: UInt32(held) + 1, limit: strictest)
  }

  /// The rules of the pools whose member the receiver is, and of the one that the record comes from.
  private func limits(of userID: String, in context: DecisionContext) -> [ClaimRules] {
    context.poolIDs.compactMap { poolID in
      guard let pool = context.records.state(Pool.self, poolID), !pool.isDisabled,
        pool.recordType == key.type, let claim = pool.rules?.claim,
        ownership.owner == .pool(poolID) || pool.isMember(userID, in: context.records)
      else { return nil }
      // What doesn't count when it is held doesn't count when it is given either.
      return claim.hasHoldingsExempt && claim.holdingsExempt.matches(record) ? nil : claim
    }
  }

  /// Policies choose by what is left, a history is as it was, and administrators may override.
  private func mayExceedHoldings(in context: DecisionContext) -> Bool {
    context.isSystem || context.channel == .import || context.channel == .migration
      || context.records.state(User.self, context.effectiveActorID)?.isAdministrator == true
  }
}
