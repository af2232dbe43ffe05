package import EventModel
package import Schema
internal import SwiftProtobuf

/// The service level that a ticket is handled under.
package struct TicketSla: Hashable, Sendable {
  package internal(set) var policyID = ""
  package internal(set) var version: UInt32 = 0
  /// Empty for every hour of every day.
  package internal(set) var calendarID = ""
  package internal(set) var firstResponseDueAt: Timestamp?
  package internal(set) var firstResponseWarnAt: Timestamp?
  package internal(set) var resolutionDueAt: Timestamp?
  package internal(set) var resolutionWarnAt: Timestamp?
  /// Since when the clock of the resolution stands still; `nil` while it runs.
  package internal(set) var pausedAt: Timestamp?
  /// Working time that was left when it was stopped.
  package internal(set) var remainingSeconds: Int64 = 0
  /// Working time that it stood still before.
  package internal(set) var pausedSeconds: Int64 = 0
  package internal(set) var warned: [SlaMetric.Code] = []
  package internal(set) var breached: [SlaMetric.Code] = []

  package init() {}

  /// When the metric is due, and when a warning is.
  package func due(_ metric: SlaMetric.Code) -> (due: Timestamp, warn: Timestamp)? {
    switch metric {
    case .firstResponse:
      guard let firstResponseDueAt else { return nil }
      return (firstResponseDueAt, firstResponseWarnAt ?? firstResponseDueAt)
    case .resolution:
      guard let resolutionDueAt else { return nil }
      return (resolutionDueAt, resolutionWarnAt ?? resolutionDueAt)
    case .slaMetricUnspecified, .UNRECOGNIZED: return nil
    }
  }

  mutating func apply(_ applied: TicketSlaApplied) {
    self = TicketSla()
    (policyID, version, calendarID) = (applied.slaPolicyID, applied.version, applied.calendarID)
    firstResponseDueAt =
      applied.hasFirstResponseDueAt ? Timestamp(applied.firstResponseDueAt) : nil
    firstResponseWarnAt =
      applied.hasFirstResponseWarnAt ? Timestamp(applied.firstResponseWarnAt) : nil
    resolutionDueAt = applied.hasResolutionDueAt ? Timestamp(applied.resolutionDueAt) : nil
    resolutionWarnAt = applied.hasResolutionWarnAt ? Timestamp(applied.resolutionWarnAt) : nil
  }

  mutating func pause(_ paused: TicketSlaPaused, at time: Timestamp) {
    pausedAt = time
    remainingSeconds = Self.bounded(paused.remainingBusinessSeconds)
  }

  /// What an imported history says may be any number; no clock counts more than 34 thousand years.
  private static func bounded(_ seconds: Int64) -> Int64 { min(max(0, seconds), 1 << 40) }

  mutating func resume(_ resumed: TicketSlaResumed) {
    pausedAt = nil
    pausedSeconds = Self.bounded(pausedSeconds + Self.bounded(resumed.pausedBusinessSeconds))
    if resumed.hasResolutionDueAt { resolutionDueAt = Timestamp(resumed.resolutionDueAt) }
    resolutionWarnAt = resumed.hasResolutionWarnAt ? Timestamp(resumed.resolutionWarnAt) : nil
  }
}

extension Ticket {
  /// What the clocks need loaded.
  var slaNeeds: [RecordKey] {
    guard !sla.policyID.isEmpty else { return [] }
    return [.slaPolicy(sla.policyID)]
      + (sla.calendarID.isEmpty ? [] : [.businessCalendar(sla.calendarID)])
  }

  /// The time that the ticket's clocks count.
  private func workingTime(_ calendarID: String, in context: DecisionContext) -> WorkingTime {
    context.records.state(BusinessCalendar.self, calendarID)?.workingTime(context.zones)
      ?? .always(in: context.settings.timeZone, context.zones)
  }

  /// Working seconds since the ticket was opened; `nil` while no service level is applied.
  func businessSeconds(at time: Timestamp, in context: DecisionContext) -> Int64? {
    guard !sla.policyID.isEmpty, let openedAt else { return nil }
    return workingTime(sla.calendarID, in: context).seconds(from: openedAt, to: time)
  }

  /// Working seconds that the resolution took, without pauses.
  func resolutionSeconds(at time: Timestamp, in context: DecisionContext) -> Int64? {
    guard let all = businessSeconds(at: time, in: context) else { return nil }
    let working = workingTime(sla.calendarID, in: context)
    let current = sla.pausedAt.map { working.seconds(from: $0, to: time) } ?? 0
    return max(0, all - sla.pausedSeconds - current)
  }

  /// Whether the resolution comes in time; `nil` while no service level is applied.
  func isResolvedInTime(at time: Timestamp) -> Bool? {
    guard let due = sla.resolutionDueAt else { return nil }
    if sla.breached.contains(.resolution) { return false }
    return sla.pausedAt == nil ? time <= due : sla.remainingSeconds > 0
  }

  /// The first of the organisation's policies that fits the ticket.
  static func policy(
    category: String, priority: TicketPriority.Code, grade: Grade.Code,
    in context: DecisionContext
  ) -> SlaPolicy? {
    context.settings.slaPolicyIDs.lazy
      .compactMap { context.records.state(SlaPolicy.self, $0) }
      .first { policy in
        let match = policy.published.match
        return !policy.isRetired
          && (match.categoryCodes.isEmpty || match.categoryCodes.contains(category))
          && (match.priorities.isEmpty || match.priorities.contains(priority))
          && (match.grades.isEmpty || match.grades.contains(grade))
      }
  }

  /// The event that puts the ticket under a policy, from the moment it was opened.
  func applied(_ policy: SlaPolicy, in context: DecisionContext) -> DecidedEvent? {
    let published = policy.published
    guard let start = openedAt else { return nil }
    let working = workingTime(published.calendarID, in: context)
    func due(_ minutes: UInt32, _ percent: UInt32) -> (Timestamp, Timestamp)? {
      let seconds = Int64(minutes) * 60
      guard let due = working.moment(after: seconds, from: start),
        let warn = working.moment(after: seconds * Int64(percent) / 100, from: start)
      else { return nil }
      return (due, warn)
    }
    let applied = TicketSlaApplied.with {
      $0.slaPolicyID = policy.id
      $0.version = policy.version
      $0.calendarID = published.calendarID
      $0.calendarVersion =
        context.records.state(BusinessCalendar.self, published.calendarID)?.version ?? 0
      if let (due, warn) = due(published.firstResponseMinutes, published.warnPct) {
        ($0.firstResponseDueAt, $0.firstResponseWarnAt) = (due.message, warn.message)
      }
      if let (due, warn) = due(published.resolutionMinutes, published.warnPct) {
        ($0.resolutionDueAt, $0.resolutionWarnAt) = (due.message, warn.message)
      }
    }
    let reference = PolicyRef.with {
      ($0.kind, $0.id, $0.version) = ("sla", policy.id, policy.version)
    }
    return DecidedEvent(
      key, .ticket(.ticketSlaApplied(applied)), related: related, policyRefs: [reference])
  }
}

/// Applying, stopping and starting the clocks.
extension Ticket {
  func apply(_ command: ApplySla, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    let policy = try context.require(
      SlaPolicy.self, command.slaPolicyID, field: "slaPolicyId")
    guard !policy.isRetired else {
      throw Refusal(
        .status, "The service-level policy \(policy.id) is retired; apply another one.",
        field: "slaPolicyId")
    }
    guard sla.policyID != policy.id || sla.version != policy.version else { return [] }
    guard sla.pausedAt == nil else {
      throw Refusal(
        .status, "The clock of the ticket \(id) stands still; resume it, then apply a policy.")
    }
    return applied(policy, in: context).map { [$0] } ?? []
  }

  /// TK-1: the clock of the resolution stands still; nothing when it does, or there is none.
  func paused(_ cause: SlaPauseCause.Code, in context: DecisionContext) -> [DecidedEvent] {
    guard sla.pausedAt == nil, let due = sla.resolutionDueAt else { return [] }
    let remaining = workingTime(sla.calendarID, in: context).seconds(from: context.now, to: due)
    return [
      event(
        .ticketSlaPaused(
          .with { ($0.cause, $0.remainingBusinessSeconds) = (cause, remaining) }))
    ]
  }

  /// It goes on, with the working time that was left.
  func resumed(_ cause: SlaPauseCause.Code, in context: DecisionContext) -> [DecidedEvent] {
    guard let since = sla.pausedAt else { return [] }
    let working = workingTime(sla.calendarID, in: context)
    let policy = context.records.state(SlaPolicy.self, sla.policyID)
    let minutes = policy?.published.resolutionMinutes ?? 0
    let rest = Int64(minutes) * 60 * Int64(100 - (policy?.published.warnPct ?? 75)) / 100
    let resumed = TicketSlaResumed.with {
      $0.cause = cause
      $0.pausedBusinessSeconds = working.seconds(from: since, to: context.now)
      if let due = working.moment(after: sla.remainingSeconds, from: context.now) {
        $0.resolutionDueAt = due.message
      }
      // The warning keeps its distance to the due time, in working time.
      if let warn = working.moment(
        after: max(0, sla.remainingSeconds - rest), from: context.now)
      {
        $0.resolutionWarnAt = warn.message
      }
    }
    return [event(.ticketSlaResumed(resumed))]
  }

  func pause(_ command: PauseSla, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    try requireManual(command.cause, "PauseSla", in: context)
    return paused(.manual, in: context)
  }

  func resume(_ command: ResumeSla, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    try requireManual(command.cause, "ResumeSla", in: context)
    guard status != .pendingCustomer else {
      throw Refusal(
        .status, "The ticket \(id) waits for its customer; start it to resume its clock.")
    }
    return resumed(.manual, in: context)
  }

  private func requireManual(
    _ cause: SlaPauseCause.Code, _ command: String, in context: DecisionContext
  ) throws(Refusal) {
    guard cause == .manual || cause == .slaPauseCauseUnspecified else {
      throw Refusal(
        .inconsistent, "cause is \(cause), which only a step of the ticket gives; leave it out.",
        field: "cause")
    }
    try context.requireReason(for: command)
  }
}

/// What timers bring: they ask, and this decides by what holds then.
extension Ticket {
  func warn(_ metric: SlaMetric.Code, in context: DecisionContext) throws(Refusal) -> [DecidedEvent]
  {
    try TaskRecord.requirePolicy("WarnOfSla", in: context)
    guard let due = sla.due(metric), isRunning(metric), !sla.warned.contains(metric),
      !sla.breached.contains(metric), context.now >= due.warn
    else { return [] }
    let warned = TicketSlaWarned.with { ($0.metric, $0.dueAt) = (metric, due.due.message) }
    return [event(.ticketSlaWarned(warned))]
      + (try escalations(metric, through: policyWarnPercent(in: context), .slaWarning, in: context))
  }

  func breach(
    _ metric: SlaMetric.Code, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("BreachSla", in: context)
    guard let due = sla.due(metric), isRunning(metric), !sla.breached.contains(metric),
      context.now >= due.due
    else { return [] }
    let breached = TicketSlaBreached.with { ($0.metric, $0.dueAt) = (metric, due.due.message) }
    return [event(.ticketSlaBreached(breached))]
      + (try escalations(metric, through: 100, .slaBreach, in: context))
  }

  private func isRunning(_ metric: SlaMetric.Code) -> Bool {
    guard isOpen else { return false }
    return metric == .firstResponse ? firstRespondedAt == nil : sla.pausedAt == nil
  }

  private func policyWarnPercent(in context: DecisionContext) -> UInt32 {
    context.records.state(SlaPolicy.self, sla.policyID)?.published.warnPct ?? 75
  }

  /// The policy's escalations that are due by `percent`, and were not at the warning.
  private func escalations(
    _ metric: SlaMetric.Code, through percent: UInt32, _ cause: EscalationCause.Code,
    in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let policy = context.records.state(SlaPolicy.self, sla.policyID) else { return [] }
    let warn = policy.published.warnPct
    let wasWarned = sla.warned.contains(metric)
    let due = policy.published.escalations.filter { escalation in
      escalation.metric == metric && escalation.afterPct <= percent
        && !(cause == .slaBreach && wasWarned && escalation.afterPct <= warn)
    }
    // A frozen ticket keeps its owner; the breach stands all the same.
    guard let last = due.last, ownership.frozenBy.isEmpty else { return [] }
    let command = EscalateTicket.with {
      $0.ticketID = id
      $0.toUserID = last.toUserID
      $0.toTeamID = last.toTeamID
      $0.cause = cause
    }
    return try escalate(command, in: context)
  }

  /// Whoever a timer's event may escalate to.
  func escalationNeeds(in context: DecisionContext) -> [RecordKey] {
    let policy = context.records.state(SlaPolicy.self, sla.policyID)
    return slaNeeds
      + (policy?.published.escalations.flatMap { [.user($0.toUserID), .team($0.toTeamID)] } ?? [])
      .filter { !$0.id.isEmpty }
  }
}
