internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Ticket {
  package func decide(
    _ command: TicketCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .openTicket(let command) = command { return try open(command, in: context) }
    guard exists else { throw .notFound(.ticket(Self.target(of: command))) }
    try requireNotMerged()
    switch command {
    case .openTicket: return []
    case .categorizeTicket(let command): return try categorize(command)
    case .changeTicketPriority(let command): return try changePriority(command)
    case .assignTicketToTeam(let command): return try assign(command, in: context)
    case .changeTicketDetails(let command): return try changeDetails(command)
    case .startTicket:
      let isWaiting = status == .pendingCustomer
      return try step(from: [.assigned, .pendingCustomer], to: .inProgress)
        + (isWaiting ? resumed(.pendingCustomer, in: context) : [])
    case .awaitCustomer:
      let steps = try step(from: [.inProgress], to: .pendingCustomer)
      return steps.isEmpty ? [] : steps + paused(.pendingCustomer, in: context)
    case .escalateTicket(let command): return try escalate(command, in: context)
    case .commentOnTicket(let command): return try comment(command, in: context)
    case .resolveTicket(let command): return try resolve(command, in: context)
    case .closeTicket: return try close()
    case .reopenTicket: return try reopen(in: context)
    case .linkTicketToLead(let command): return try link(command, in: context)
    case .sendSatisfactionSurvey(let command): return try send(command, in: context)
    case .rateSatisfaction(let command): return try rate(command, in: context)
    case .completeSatisfactionFollowUp(let command): return try complete(command, in: context)
    case .mergeTickets(let command): return try merge(command, in: context)
    case .applySla(let command): return try apply(command, in: context)
    case .pauseSla(let command): return try pause(command, in: context)
    case .resumeSla(let command): return try resume(command, in: context)
    case .warnOfSla(let command): return try warn(command.metric, in: context)
    case .breachSla(let command): return try breach(command.metric, in: context)
    }
  }

  func event(
    _ event: TicketEvent.OneOf_Event, _ personal: TicketPersonal? = nil
  ) -> DecidedEvent {
    DecidedEvent(
      key, .ticket(event),
      personal: personal.map { [DecidedPersonal(subjectRef, .ticket($0))] } ?? [], related: related)
  }

  /// The customer, so that the event is found with it.
  var related: [RecordKey] {
    [RecordKey.account(accountID), .contact(contactID)].filter { !$0.id.isEmpty }
  }

  /// S-2.
  func requireNotMerged() throws(Refusal) {
    guard status != .merged else {
      throw Refusal(
        .merged, "The ticket \(id) was merged into \(survivorID); change that one instead.")
    }
  }

  func requireOpen() throws(Refusal) {
    guard isOpen else {
      throw Refusal(.status, "The ticket \(id) is \(status); reopen it first.")
    }
  }

  /// A step of the status; none when it is there already (S-6).
  private func step(
    from allowed: [TicketStatus.Code], to next: TicketStatus.Code
  ) throws(Refusal) -> [DecidedEvent] {
    guard status != next else { return [] }
    try require(allowed, for: next)
    let changed = TicketStatusChangedV2.with {
      $0.from = status
      $0.to = next
      $0.handlingTeamID = teamID
    }
    return [event(.ticketStatusChangedV2(changed))]
  }

  func require(_ allowed: [TicketStatus.Code], for next: TicketStatus.Code) throws(Refusal) {
    guard !allowed.contains(status) else { return }
    let remedy =
      status == .new
      ? "assign it first"
      : "only one that is \(allowed.map { "\($0)" }.joined(separator: " or ")) "
        + "becomes \(next)"
    throw Refusal(.status, "The ticket \(id) is \(status); \(remedy).")
  }

  /// Seconds by the clock since the ticket was opened.
  func elapsedSeconds(at time: Timestamp) -> Int64 {
    guard let openedAt, openedAt < time else { return 0 }
    let (elapsed, overflow) = time.microseconds.subtractingReportingOverflow(openedAt.microseconds)
    return overflow ? .max : elapsed / 1_000_000
  }
}
