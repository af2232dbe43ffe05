package import EventModel
package import Schema
internal import SwiftProtobuf

/// O-11: records that lie go back to their pool, after a warning.
///
/// A record has one such timer. It sleeps until the record may first be due, and again when it
/// was followed up meanwhile: no contact has to move it.
package enum PoolRecycle: TimerPolicy {
  package static let name = "poolRecycle"
  package static let eventTypes = [
    "OwnershipAssigned", "OwnershipTransferred", "OwnershipClaimed", "OwnershipReleasedToPool",
    "OwnershipRecycleWarned", "PoolRulesPublished", "PoolEnabled", "AccountGraded",
    "AccountTierChanged", "AccountLifecycleStageChanged", "AccountRestored", "LeadRated",
  ]

  /// How long after a change the first look is: no rule takes anything sooner.
  static let firstLookMicroseconds: Int64 = 12 * 3_600_000_000

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    if case .pool = payload { return [.lookAtAll] }
    guard record.type == .account || record.type == .lead else { return [] }
    if case .ownership(.ownershipReleasedToPool) = payload { return [.disarmAll(record)] }
    if case .ownership(.ownershipRecycleWarned(let warned)) = payload {
      return [.arm(record, dueAt: Timestamp(warned.dueAt))]
    }
    return [.arm(record, dueAt: recordedAt.advanced(byMicroseconds: firstLookMicroseconds))]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .ownership(.warnOfRecycle(.with { $0.record = timer.record.reference }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let owned = record as? any OwnedAggregate, owned.ownership.ownerUserID != nil else {
      return .settle
    }
    let check = RecycleCheck(key: timer.key.record, record: owned, context: context)
    switch check.finding() {
    case .nothing:
      return .wait(until: context.now.advanced(byMicroseconds: idleLookMicroseconds))
    case .later(let time): return .wait(until: time)
    case .warn: return .fire
    case .release(let verdict):
      return .carryOut(
        .ownership(
          .releaseToPool(
            .with {
              $0.record = timer.key.record.reference
              ($0.poolID, $0.cause) = (verdict.targetPoolID, .recycled)
            })))
    }
  }

  /// How often a record is looked at that no rule is about: a change of its grade or of the rules
  /// is looked at when it comes, a change of teams isn't.
  static let idleLookMicroseconds: Int64 = 7 * 86_400_000_000
}
