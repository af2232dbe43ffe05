internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Dispute {
  /// D-5, D-6: the ruling and all that comes of it are one: owner, protection, credit, and the end
  /// of the freeze.
  func rule(_ command: RuleOnDispute, in context: DecisionContext) throws(Refusal) -> [DecidedEvent]
  {
    try requireRulable(in: context)
    let owned = try ownedSubject(in: context)
    try requireArbitrator(context.effectiveActorID, owner: nil, in: context)
    try checkOutcome(command, owned, in: context)
    let book = context.records.state(DisputeRuleBook.self, DisputeRuleBook.id) ?? DisputeRuleBook()
    try Self.check(command.rulesCited, in: book)
    for id in command.consideredEvidenceIds
    where !evidence.contains(where: { $0.id == id }) && !packs.contains(where: { $0.id == id }) {
      throw Refusal(
        .reference,
        "consideredEvidenceIds names \(id), which the dispute \(self.id) has not; correct it.",
        field: "consideredEvidenceIds")
    }
    let opportunities = try creditOpportunities(command, in: context)
    let ruled = try ruled(command, book, opportunities, in: context)
    let policy = PolicyRef.with {
      ($0.kind, $0.id, $0.version) = ("disputeRuleBook", DisputeRuleBook.id, book.version)
    }
    var effects = try owned.ruled(
      to: command.hasOwnerAfter ? command.ownerAfter : nil, command, dispute: id, in: context)
    effects += opportunities.map { id in credit(id, command.awards) }
    effects.append(unfrozen())
    var changed: [RecordKey] = [subject]
    for event in effects where !changed.contains(event.record) { changed.append(event.record) }
    let applied = DisputeRulingApplied.with {
      $0.rulingNo = ruled.rulingNo
      $0.changed = changed.map(\.reference)
      $0.eventCount = UInt32(effects.count)
    }
    return [
      event(
        .disputeRuled(ruled), .with { $0.rationale = command.rationale }, policyRefs: [policy])
    ] + effects + [event(.disputeRulingApplied(applied))]
      + (isAppealed ? [closed(.appealRuled)] : [])
  }

  private func ruled(
    _ command: RuleOnDispute, _ book: DisputeRuleBook, _ opportunities: [String],
    in context: DecisionContext
  ) throws(Refusal) -> DisputeRuled {
    let effective = command.hasEffectiveFrom ? Timestamp(command.effectiveFrom) : context.now
    guard effective <= context.now else {
      throw Refusal(
        .range, "effectiveFrom is \(effective) and lies in the future; leave it out.",
        field: "effectiveFrom")
    }
    let appealDays = Int64(context.settings.disputeAppealDays)
    return .with {
      $0.rulingNo = UInt32(rulings.count + 1)
      $0.outcome = command.outcome
      $0.awards = command.awards
      if command.hasOwnerAfter { $0.ownerAfter = command.ownerAfter }
      if command.hasProtectionUntil { $0.protectionUntil = command.protectionUntil }
      $0.rulesCited = command.rulesCited
      $0.ruleBookID = DisputeRuleBook.id
      $0.ruleBookVersion = book.version
      $0.consideredEvidenceIds = command.consideredEvidenceIds
      $0.effectiveFrom = effective.message
      $0.cascade = command.cascade
      $0.creditOpportunityIds = opportunities
      if !isAppealed {
        $0.appealUntil =
          context.now.advanced(byMicroseconds: appealDays * 86_400_000_000).message
      }
    }
  }

  private func requireRulable(in context: DecisionContext) throws(Refusal) {
    let actor = context.effectiveActorID
    guard actor == arbitratorID else {
      throw Refusal(
        .permissionScope,
        "\(actor) is not the arbitrator of the dispute \(id), who is "
          + "\(arbitratorID.isEmpty ? "nobody yet; assign one" : arbitratorID).")
    }
    guard freezes else { throw refusedNow("a ruling", "a ruled dispute needs an appeal first") }
    guard !needsPack else {
      throw Refusal(
        .status, "The evidence of the dispute \(id) is not sealed yet; run `deed dispute pack`.")
    }
    guard status == .underReview || context.now >= responseDueAt else {
      throw Refusal(
        .status,
        "\(opened.respondentID) may answer in the dispute \(id) until \(responseDueAt); rule after "
          + "the response or that time.")
    }
  }

  private func checkOutcome(
    _ command: RuleOnDispute, _ owned: OwnedRecord, in context: DecisionContext
  ) throws(Refusal) {
    try FieldRule.required(command.rationale, "rationale", of: "The ruling")
    let changesOwner = command.hasOwnerAfter && command.ownerAfter != owned.ownership.owner
    switch command.outcome {
    case .upheld, .settled: break
    case .dismissed:
      guard !changesOwner, command.awards.isEmpty, !command.hasProtectionUntil else {
        throw Refusal(
          .inconsistent,
          "outcome is dismissed, and the ruling gives somebody something; leave out ownerAfter, "
            + "awards and protectionUntil.", field: "outcome")
      }
    case .split:
      guard !command.awards.isEmpty else { throw .required("awards", of: "A split") }
    case .disputeOutcomeUnspecified: throw .required("outcome", of: "The ruling")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "outcome")
    }
    guard changesOwner || command.cascade.isEmpty else {
      throw Refusal(
        .inconsistent, "cascade is given, and the owner stays; leave it out.", field: "cascade")
    }
    let gains = [command.hasOwnerAfter ? command.ownerAfter.id : ""] + command.awards.map(\.userID)
    guard !gains.contains(context.effectiveActorID) else {
      throw Refusal(
        .permissionSelf,
        "The ruling gives something to \(context.effectiveActorID), who rules; another arbitrator "
          + "must.", field: "ownerAfter")
    }
    try Self.check(command.awards, in: context)
  }

  /// Their shares are above 0 and add up to 100.
  private static func check(
    _ awards: [CreditShare], in context: DecisionContext
  ) throws(Refusal) {
    guard !awards.isEmpty else { return }
    var sum: Int64 = 0
    for award in awards {
      _ = try context.require(User.self, award.userID, field: "awards.userId")
      guard let share = ExactDecimal(percentage: award.pct), share > .zero else {
        throw Refusal(
          .range, "awards has the share “\(award.pct)”; give a decimal above 0 and up to 100.",
          field: "awards.pct")
      }
      sum += share.millionths
    }
    guard Set(awards.map(\.userID)).count == awards.count else {
      throw Refusal(.inconsistent, "awards names a user twice; add up the shares.", field: "awards")
    }
    guard sum == ExactDecimal.hundred.millionths else {
      throw Refusal(
        .inconsistent,
        "The shares of awards add up to \(ExactDecimal(millionths: sum)); make them 100.",
        field: "awards.pct")
    }
  }

  private static func check(
    _ rules: [String], in book: DisputeRuleBook
  ) throws(Refusal) {
    guard !rules.isEmpty else { throw .required("rulesCited", of: "The ruling") }
    for rule in rules where !book.rules.contains(where: { $0.code == rule }) {
      throw .unknownCode(rule, field: "rulesCited")
    }
  }

  /// The opportunities whose credit the awards split: those named, or else the contested one.
  private func creditOpportunities(
    _ command: RuleOnDispute, in context: DecisionContext
  ) throws(Refusal) -> [String] {
    guard !command.awards.isEmpty else {
      guard command.creditOpportunityIds.isEmpty else { throw .required("awards", of: "A split") }
      return []
    }
    guard !command.creditOpportunityIds.isEmpty else {
      return subject.type == .opportunity ? [subject.id] : []
    }
    for id in command.creditOpportunityIds {
      let opportunity = try context.require(
        Opportunity.self, id, field: "creditOpportunityIds")
      guard subject == .opportunity(id) || subject == .account(opportunity.accountID) else {
        throw Refusal(
          .inconsistent,
          "creditOpportunityIds names \(id), which is not of the contested \(subject); leave it out.",
          field: "creditOpportunityIds")
      }
    }
    guard Set(command.creditOpportunityIds).count == command.creditOpportunityIds.count else {
      throw Refusal(
        .inconsistent, "creditOpportunityIds names one twice; name each once.",
        field: "creditOpportunityIds")
    }
    return command.creditOpportunityIds
  }

  private func credit(_ opportunityID: String, _ awards: [CreditShare]) -> DecidedEvent {
    let set = CreditSplitSet.with {
      $0.opportunityID = opportunityID
      $0.splits = awards
      $0.disputeID = id
    }
    return DecidedEvent(.opportunity(opportunityID), .opportunity(.creditSplitSet(set)))
  }
}
