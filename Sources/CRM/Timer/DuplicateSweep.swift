package import EventModel
package import Schema
internal import SwiftProtobuf

/// Every night all accounts, contacts and leads are compared.
///
/// For what came in by ways on which nothing is asked, and for what changed meanwhile. A pair that
/// somebody dismissed is not raised again.
package enum DuplicateSweep: TimerPolicy {
  package static let name = "duplicateSweep"
  package static let eventTypes = ["OrganizationConfigured"]

  /// The hour of the organisation's day.
  static let hour = 3

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    // The organisation's calendar says when the next night is.
    [.arm(record, dueAt: recordedAt.advanced(byMicroseconds: 3_600_000_000))]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    // Nothing is carried out in the organisation's stream: the sweep opens cases of its own.
    .organization(.configureOrganization(.with { $0.organizationID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    let next = context.calendar.moment(context.today.adding(days: 1), hour: hour)
    // Turned on again, the configuration arms it again.
    guard context.settings.duplicateSweep, context.settings.duplicateCheck else { return .settle }
    let night = context.calendar.moment(context.calendar.day(of: timer.dueAt), hour: hour)
    guard timer.dueAt == night else {
      // Armed in the course of a day: the first sweep is the next night's.
      let tonight = context.calendar.moment(context.today, hour: hour)
      return .wait(until: context.now < tonight ? tonight : next)
    }
    return .sweepDuplicates(next: next)
  }
}
