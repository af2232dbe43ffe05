package import EventModel
package import Schema
internal import SwiftProtobuf

/// O-10: a protection ends at its instant.
package enum ProtectionExpiry: TimerPolicy {
  package static let name = "protectionExpiry"
  package static let eventTypes = ["ProtectionGranted", "ProtectionExtended", "ProtectionEnded"]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard case .ownership(let event) = payload else { return [] }
    if case .protectionGranted(let granted) = event {
      return [
        .arm(record, reference: granted.protectionID, dueAt: Timestamp(granted.until))
      ]
    }
    if case .protectionExtended(let extended) = event {
      return [
        .arm(record, reference: extended.protectionID, dueAt: Timestamp(extended.until))
      ]
    }
    if case .protectionEnded(let ended) = event {
      return [.disarm(record, reference: ended.protectionID)]
    }
    return []
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .ownership(
      .endProtection(
        .with {
          $0.record = timer.record.reference
          $0.protectionID = timer.reference
          $0.cause = .expired
        }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let owned = record as? any OwnedAggregate,
      let protection = owned.ownership.protections.first(where: { $0.id == timer.key.reference })
    else { return .settle }
    return protection.until <= context.now ? .fire : .wait(until: protection.until)
  }
}
