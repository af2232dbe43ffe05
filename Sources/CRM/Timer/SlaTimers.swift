package import EventModel
package import Schema
internal import SwiftProtobuf

/// A ticket's clock nears its end: a warning, once for each of its two times.
package enum SlaWarning: TimerPolicy {
  package static let name = "slaWarning"
  package static let eventTypes = SlaBreach.eventTypes + ["TicketSlaWarned"]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    if case .ticket(.ticketSlaWarned(let warned)) = payload {
      return [.disarm(record, reference: "\(warned.metric)")]
    }
    return SlaBreach.changes(after: payload, of: record) { $0.warn }
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .ticket(
      .warnOfSla(
        .with { ($0.ticketID, $0.metric) = (timer.record.id, SlaBreach.metric(of: timer)) }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    SlaBreach.outcome(of: timer, on: record, in: context) { $0.warn }
  }
}

/// A ticket's time is over: the breach is recorded and escalated as its policy says.
package enum SlaBreach: TimerPolicy {
  package static let name = "slaBreach"
  package static let eventTypes = [
    "TicketSlaApplied", "TicketFirstResponded", "TicketSlaPaused", "TicketSlaResumed",
    "TicketSlaBreached", "TicketClosed", "TicketMergedInto",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    changes(after: payload, of: record) { $0.due }
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .ticket(
      .breachSla(.with { ($0.ticketID, $0.metric) = (timer.record.id, metric(of: timer)) }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    outcome(of: timer, on: record, in: context) { $0.due }
  }
}

/// What the two have in common: the clocks' events, and which of a clock's times is theirs.
extension SlaBreach {
  fileprivate typealias Times = (due: Timestamp, warn: Timestamp)

  fileprivate static func metric(of timer: TimerKey) -> SlaMetric.Code {
    timer.reference == "\(SlaMetric.Code.firstResponse)" ? .firstResponse : .resolution
  }

  fileprivate static func changes(
    after payload: Payload, of record: RecordKey, _ choose: (Times) -> Timestamp
  ) -> [TimerChange] {
    guard case .ticket(let event) = payload else { return [] }
    func arm(_ metric: SlaMetric.Code, of sla: TicketSla) -> TimerChange {
      guard let times = sla.due(metric) else { return .disarm(record, reference: "\(metric)") }
      return .arm(record, reference: "\(metric)", dueAt: choose(times))
    }
    if case .ticketSlaApplied(let applied) = event {
      var sla = TicketSla()
      sla.apply(applied)
      return [arm(.firstResponse, of: sla), arm(.resolution, of: sla)]
    }
    if case .ticketSlaResumed(let resumed) = event {
      var sla = TicketSla()
      sla.resume(resumed)
      return [arm(.resolution, of: sla)]
    }
    if case .ticketFirstResponded = event {
      return [.disarm(record, reference: "\(SlaMetric.Code.firstResponse)")]
    }
    if case .ticketSlaPaused = event {
      return [.disarm(record, reference: "\(SlaMetric.Code.resolution)")]
    }
    if case .ticketSlaBreached(let breached) = event {
      return [.disarm(record, reference: "\(breached.metric)")]
    }
    return [.disarmAll(record)]
  }

  fileprivate static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext,
    _ choose: (Times) -> Timestamp
  ) -> TimerOutcome {
    let metric = metric(of: timer.key)
    guard let ticket = record as? Ticket, ticket.isOpen, let times = ticket.sla.due(metric),
      metric == .firstResponse ? ticket.firstRespondedAt == nil : ticket.sla.pausedAt == nil
    else { return .settle }
    return choose(times) <= context.now ? .fire : .wait(until: choose(times))
  }
}
