internal import CRM
internal import Commands
internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// What the parties of a dispute and its arbitrator do.
extension Workspace {
  /// Opens a dispute, freezes its record, and seals the evidence as of then.
  public func openDispute(_ claim: DisputeClaim) async throws(ServiceError) -> Answer {
    let subject = try Self.record(claim.subject)
    let kind: DisputeKind.Code = try Self.code(claim.kind, "kind")
    // What was seen before the claim is evidence for it.
    try flushAccessLog()
    let result = try await act(
      .openDispute(
        .with {
          $0.subject = subject.reference
          $0.kind = kind
          $0.claimantID = claim.claimant ?? ""
          $0.respondentID = claim.respondent ?? ""
          $0.statement = claim.statement
          $0.requestedRemedy = claim.remedy
          if let position = claim.contestedPosition { $0.contestedPosition = position }
        }), reason: claim.kind)
    try await sealEvidence(of: result.targetID)
    return try dispute(result.targetID)
  }

  /// Files the respondent's answer.
  public func respond(
    toDispute id: String, statement: String
  ) async throws(ServiceError) -> Answer {
    _ = try await act(.respondToDispute(.with { ($0.disputeID, $0.statement) = (id, statement) }))
    return try dispute(id)
  }

  /// Attaches events of the log, or a statement, as evidence.
  public func attachEvidence(
    toDispute id: String, positions: [UInt64], statement: String
  ) async throws(ServiceError) -> Answer {
    _ = try await act(
      .attachDisputeEvidence(
        .with {
          $0.disputeID = id
          $0.kind = positions.isEmpty ? .statement : .eventRange
          $0.eventPositions = positions
          $0.statement = statement
        }))
    return try dispute(id)
  }

  /// Says who rules.
  public func assignArbitrator(
    _ userID: String, toDispute id: String
  ) async throws(ServiceError) -> Answer {
    _ = try await act(
      .assignArbitrator(.with { ($0.disputeID, $0.arbitratorID) = (id, userID) }))
    return try dispute(id)
  }

  /// Rules, and applies the ruling, in one step.
  public func rule(
    onDispute id: String, _ ruling: DisputeRulingRequest
  ) async throws(ServiceError) -> Answer {
    let command = try Self.command(ruling, id)
    _ = try await act(.ruleOnDispute(command), reason: ruling.outcome)
    return try dispute(id)
  }

  /// Appeals against the ruling, which freezes the record again.
  public func appeal(
    againstDispute id: String, statement: String
  ) async throws(ServiceError) -> Answer {
    try flushAccessLog()
    _ = try await act(.appealDispute(.with { ($0.disputeID, $0.statement) = (id, statement) }))
    try await sealEvidence(of: id)
    return try dispute(id)
  }

  /// Takes the claim, or the appeal, back.
  public func withdrawDispute(_ id: String) async throws(ServiceError) -> Answer {
    _ = try await act(.withdrawDispute(.with { $0.disputeID = id }))
    return try dispute(id)
  }

  /// Closes a dispute that can't be appealed any more.
  public func closeDispute(_ id: String) async throws(ServiceError) -> Answer {
    _ = try await act(.closeDispute(.with { $0.disputeID = id }))
    return try dispute(id)
  }

  private func act(
    _ command: DisputeCommand.OneOf_Command, reason: String? = nil
  ) async throws(ServiceError) -> CommandResult {
    try requireWriter()
    let key = CommandID(version7At: clock(), random: random.words()).uuidText
    return try await perform(
      .dispute(command), by: try actingUser(), key: key,
      reason: reason.map { Reason(code: $0) })
  }

  private static func command(
    _ ruling: DisputeRulingRequest, _ id: String
  ) throws(ServiceError) -> RuleOnDispute {
    var command = RuleOnDispute()
    command.disputeID = id
    command.outcome = try code(ruling.outcome, "outcome")
    command.rationale = ruling.rationale
    command.rulesCited = ruling.rules
    command.consideredEvidenceIds = ruling.evidence
    command.creditOpportunityIds = ruling.opportunities
    for child in ruling.cascade { command.cascade.append(try code(child, "cascade")) }
    if let owner = ruling.owner { command.ownerAfter = try Self.owner(owner) }
    if let text = ruling.protectionUntil {
      guard let until = Timestamp(text) else {
        throw ServiceError(
          .usage, code: "VALIDATION.TIME",
          "“\(text)” is no time: give RFC 3339, such as 2026-05-10T09:00:00+08:00.")
      }
      command.protectionUntil = until.message
    }
    for award in ruling.awards {
      let parts = award.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ServiceError(
          .usage, code: "VALIDATION.AWARD",
          "“\(award)” is no share: give user=percent, such as usr_01KAH8NPC0244KE13EW15XFQAC=60.")
      }
      command.awards.append(.with { ($0.userID, $0.pct) = (parts[0], parts[1]) })
    }
    return command
  }

  /// A user or a pool by its identifier.
  static func owner(_ text: String) throws(ServiceError) -> OwnerRef {
    if text.hasPrefix("usr_") { return .user(text) }
    if text.hasPrefix("pol_") { return .pool(text) }
    throw ServiceError(
      .usage, code: "VALIDATION.OWNER",
      "“\(text)” is no owner: give a user such as usr_… or a pool such as pol_….")
  }

  /// A code of the catalogue by its name.
  static func code<Code: SwiftProtobuf.Enum & CaseIterable>(
    _ text: String, _ what: String
  ) throws(ServiceError) -> Code {
    let known = Code.allCases.filter { $0.rawValue != 0 }
    guard let found = known.first(where: { "\($0)" == text }) else {
      throw ServiceError(
        .usage, code: "VALIDATION.UNKNOWN_CODE",
        "“\(text)” is no \(what): give one of \(known.map { "\($0)" }.joined(separator: ", ")).")
    }
    return found
  }
}
