package import EventModel
package import Schema
internal import SwiftProtobuf

/// The end of an approved registration is announced a week before.
package enum RegistrationWarning: TimerPolicy {
  package static let name = "registrationWarning"
  package static let eventTypes = RegistrationExpiry.eventTypes + ["RegistrationExpiring"]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard case .registration(let event) = payload else { return [] }
    guard let until = RegistrationExpiry.until(event) else { return [.disarm(record)] }
    let days = Registration.warningDays
    let warnAt = until.advanced(byMicroseconds: -days * 86_400_000_000)
    // What lasts no longer than that is announced by its approval.
    return warnAt > recordedAt ? [.arm(record, dueAt: warnAt)] : [.disarm(record)]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .registration(.warnOfRegistrationExpiry(.with { $0.registrationID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let registration = record as? Registration, registration.status == .approved,
      !registration.isExpiring
    else { return .settle }
    return .fire
  }
}

/// An approved registration ends at its instant.
package enum RegistrationExpiry: TimerPolicy {
  package static let name = "registrationExpiry"
  package static let eventTypes = [
    "RegistrationApproved", "RegistrationExtended", "RegistrationExpired", "RegistrationRevoked",
    "RegistrationConverted",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard case .registration(let event) = payload else { return [] }
    return [until(event).map { .arm(record, dueAt: $0) } ?? .disarm(record)]
  }

  /// Until when the event makes the registration last; `nil` when it ends it.
  static func until(_ event: RegistrationEvent.OneOf_Event) -> Timestamp? {
    if case .registrationApproved(let approved) = event {
      return Timestamp(approved.protectionUntil)
    }
    if case .registrationExtended(let extended) = event { return Timestamp(extended.until) }
    return nil
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .registration(.expireRegistration(.with { $0.registrationID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let registration = record as? Registration, registration.status == .approved,
      let until = registration.until
    else { return .settle }
    return until <= context.now ? .fire : .wait(until: until)
  }
}
