internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Handing on, talking, and bringing to an end.
extension Ticket {
  func assign(
    _ command: AssignTicketToTeam, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    guard command.teamID != teamID else { return [] }
    if !command.teamID.isEmpty {
      try context.require(Team.self, command.teamID, field: "teamId").requireUsable()
    }
    return [teamChanged(to: command.teamID)]
  }

  private func teamChanged(to next: String) -> DecidedEvent {
    event(.ticketTeamChanged(.with { ($0.from, $0.to) = (teamID, next) }))
  }

  /// One level up, to a user, who becomes the owner, or to a team, which takes it over.
  func escalate(
    _ command: EscalateTicket, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    try OwnershipRule.requireNotFrozen(ownership, key)
    switch command.cause {
    case .manual, .escalationCauseUnspecified: break
    case .slaWarning, .slaBreach:
      guard context.isSystem else {
        throw Refusal(
          .inconsistent, "cause is \(command.cause), which only a timer gives; use manual.",
          field: "cause")
      }
    case .lowSatisfaction:
      guard hasOpenAlert else {
        throw Refusal(
          .inconsistent,
          "cause is lowSatisfaction, and the ticket \(id) has no open alert; use manual.",
          field: "cause")
      }
    case .import:
      guard context.channel == .import || context.channel == .migration else {
        throw Refusal(
          .inconsistent, "cause is import in a command of another channel; use manual.",
          field: "cause")
      }
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "cause")
    }
    guard command.toUserID.isEmpty != command.toTeamID.isEmpty else {
      throw Refusal(
        .inconsistent,
        "The escalation names \(command.toUserID.isEmpty ? "neither" : "both") "
          + "toUserId and toTeamId; name one.", field: "toUserId")
    }
    let escalated = event(
      .ticketEscalated(
        .with {
          $0.level = escalationLevel + 1
          $0.toUserID = command.toUserID
          $0.toTeamID = command.toTeamID
          $0.cause = command.cause == .escalationCauseUnspecified ? .manual : command.cause
        }))
    return [escalated] + (try handOn(command, in: context))
  }

  private func handOn(
    _ command: EscalateTicket, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.toUserID.isEmpty else {
      let next = OwnerRef.user(command.toUserID)
      try OwnerRule.check(next, field: "toUserId", in: context)
      guard ownership.owner != next else { return [] }
      let assigned = OwnershipAssigned.with {
        if let owner = ownership.owner { $0.from = owner }
        $0.to = next
        $0.method = .escalation
      }
      return [DecidedEvent(key, .ownership(.ownershipAssigned(assigned)))]
    }
    try context.require(Team.self, command.toTeamID, field: "toTeamId").requireUsable()
    return command.toTeamID == teamID ? [] : [teamChanged(to: command.toTeamID)]
  }

  /// TK-2: the first public comment by staff is the first response.
  func comment(
    _ command: CommentOnTicket, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try FieldRule.required(command.commentID, "commentId", of: "The comment")
    guard !commentIDs.contains(command.commentID) else {
      throw Refusal(
        .alreadyExists,
        "The ticket \(id) has the comment \(command.commentID) already; use another identifier.",
        field: "commentId")
    }
    try FieldRule.required(command.text, "text", of: "The comment")
    switch command.visibility {
    case .public, .internal: break
    case .commentVisibilityUnspecified: throw .required("visibility", of: "The comment")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "visibility")
    }
    guard !command.byCustomer || command.visibility == .public else {
      throw Refusal(
        .inconsistent, "The comment is by the customer and internal; make it public.",
        field: "visibility")
    }
    let commented = TicketCommented.with {
      $0.commentID = command.commentID
      $0.visibility = command.visibility
      $0.byCustomer = command.byCustomer
    }
    let isOutward = command.visibility == .public && !command.byCustomer
    return [event(.ticketCommented(commented), .with { $0.text = command.text })]
      + (isOutward
        ? responded(by: context.effectiveActorID, at: context.occurredAt, in: context) : [])
  }

  /// The first response, by a public comment or a call of staff; none when there was one (TK-2).
  func responded(
    by userID: String, at time: Timestamp, in context: DecisionContext
  ) -> [DecidedEvent] {
    guard firstRespondedAt == nil, context.actorKind == .user else { return [] }
    return [
      event(
        .ticketFirstResponded(
          .with {
            $0.by = userID
            $0.elapsedSeconds = elapsedSeconds(at: time)
            if let seconds = businessSeconds(at: time, in: context) {
              $0.elapsedBusinessSeconds = seconds
            }
            if let due = sla.firstResponseDueAt { $0.withinTarget = time <= due }
          }))
    ]
  }

  func resolve(
    _ command: ResolveTicket, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status != .resolved else { return [] }
    try require([.assigned, .inProgress, .pendingCustomer], for: .resolved)
    try FieldRule.required(command.resolutionCode, "resolutionCode", of: "The resolution")
    try FieldRule.text(command.resolutionCode, "resolutionCode", limit: 80)
    try FieldRule.text(command.resolution, "resolution", limit: FieldRule.longByteLimit)
    let resolved = TicketResolved.with {
      $0.resolutionCode = command.resolutionCode
      $0.elapsedSeconds = elapsedSeconds(at: context.occurredAt)
      if let seconds = resolutionSeconds(at: context.now, in: context) {
        $0.elapsedBusinessSeconds = seconds
      }
      if let isInTime = isResolvedInTime(at: context.now) { $0.withinTarget = isInTime }
      $0.from = status
      $0.handlingTeamID = teamID
    }
    return [event(.ticketResolved(resolved), .with { $0.resolution = command.resolution })]
      + paused(.resolved, in: context)
  }

  func close() throws(Refusal) -> [DecidedEvent] {
    guard status != .closed else { return [] }
    try require([.resolved], for: .closed)
    return [
      event(.ticketClosed(.with { ($0.from, $0.handlingTeamID) = (status, teamID) }))
    ]
  }

  /// TK-5: within the days that the organisation allows; later a new ticket goes on.
  func reopen(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard !isOpen else { return [] }
    try context.requireReason(for: "ReopenTicket")
    let days = context.settings.ticketReopenDays
    if let ended = closedAt ?? resolvedAt,
      ended.advanced(byMicroseconds: Int64(days) * 86_400_000_000) < context.now
    {
      throw Refusal(
        .tooLate,
        "The ticket \(id) ended at \(ended), more than \(days) days ago; open a new one with "
          + "continuesTicketId.")
    }
    let next: TicketStatus.Code = ownership.owner == nil ? .new : .inProgress
    let reopened = [
      event(
        .ticketReopened(
          .with {
            $0.from = status
            $0.to = next
            $0.handlingTeamID = teamID
          }))
    ]
    return reopened + resumed(.reopened, in: context)
  }

  func link(
    _ command: LinkTicketToLead, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    _ = try context.require(Lead.self, command.leadID, field: "leadId")
    guard !linkedLeadIDs.contains(command.leadID) else { return [] }
    return [event(.ticketLinkedToLead(.with { $0.leadID = command.leadID }))]
  }
}
