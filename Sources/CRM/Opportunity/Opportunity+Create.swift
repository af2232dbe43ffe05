internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Opportunity {
  /// OP-1, and the owner in the same command (O-1).
  func create(
    _ command: CreateOpportunity, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.opportunity(command.opportunityID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "opp", field: "opportunityId")
    try FieldRule.required(command.name, "name", of: "The opportunity")
    try FieldRule.text(command.name, "name")
    let owner = try Self.owner(of: command, in: context)
    let account = try Self.account(of: command, owner: owner, in: context)
    try Self.checkValues(command)
    try Self.checkReferences(command, in: context)
    let registration =
      try command.registrationID.isEmpty
      ? nil : Registration.required(command.registrationID, for: owner, in: context)
    let (pipeline, version) = try Self.pipeline(of: command, in: context)
    let stage = try Self.stage(of: command, in: version)
    let isPersonal = account.type == .individual
    let created = OpportunityCreated.with {
      $0.opportunityID = command.opportunityID
      $0.accountID = command.accountID
      $0.name = isPersonal ? "" : command.name.trimmed
      $0.pipelineID = pipeline.id
      $0.pipelineVersion = version.number
      $0.stageID = stage.stageID
      if command.hasAmount { $0.amount = command.amount }
      $0.expectedCloseDate = command.expectedCloseDate
      $0.source = command.source
      $0.sourceLeadID = command.sourceLeadID
      $0.externalIds = command.externalIds
      $0.probabilityPct = stage.defaultProbabilityPct
      $0.forecastCategory = stage.forecastCategory
      $0.subject = account.subject.reference
      $0.registrationID = command.registrationID
    }
    let personal = OpportunityPersonal.with { $0.name = isPersonal ? command.name.trimmed : "" }
    return [
      DecidedEvent(
        key, .opportunity(.opportunityCreated(created)),
        personal: [DecidedPersonal(account.subject, .opportunity(personal))],
        policyRefs: [pipeline.policy(version.number)]),
      OwnerRule.assigned(key, to: owner),
    ] + (registration?.converted(into: key, in: context) ?? [])
  }

  /// An opportunity always has a user (O-1).
  private static func owner(
    of command: CreateOpportunity, in context: DecisionContext
  ) throws(Refusal) -> OwnerRef {
    let chosen = OwnerRule.chosen(command.owner, isSet: command.hasOwner, in: context)
    if let chosen, chosen.kind == .pool {
      throw Refusal(
        .ownershipKind, "owner names a pool; an opportunity always belongs to a user.",
        field: "owner")
    }
    return try OwnerRule.ofNew(command.owner, isSet: command.hasOwner, in: context)
  }

  private static func account(
    of command: CreateOpportunity, owner: OwnerRef, in context: DecisionContext
  ) throws(Refusal) -> Account {
    guard !command.accountID.isEmpty else { throw .required("accountId", of: "The opportunity") }
    let account = try context.require(Account.self, command.accountID, field: "accountId")
    try account.requireActive()
    try requireSettled(account, in: context)
    let protection = account.ownership.protections.first {
      context.now < $0.until && $0.holder != owner
        && !($0.basis == .registration && $0.basisRef == command.registrationID)
    }
    guard let protection else { return account }
    throw Refusal(
      .collision,
      "The account \(account.id) is protected for \(protection.holder.id) until "
        + "\(protection.until); agree with its holder.", field: "accountId")
  }

  /// ACC-5: an account under reserve gets no business before its case is settled.
  private static func requireSettled(
    _ account: Account, in context: DecisionContext
  ) throws(Refusal) {
    guard
      let contested = context.records.state(DuplicateCase.self, account.provisionalCaseID),
      contested.isOpen
    else { return }
    throw Refusal(
      .collision,
      "The account \(account.id) stands under reserve until the case \(contested.id) is settled; "
        + "settle it first.", field: "accountId")
  }

  private static func checkValues(_ command: CreateOpportunity) throws(Refusal) {
    if command.hasAmount { try MoneyRule.check(command.amount, "amount") }
    try FieldRule.date(command.expectedCloseDate, "expectedCloseDate")
    try FieldRule.source(command.source)
    try FieldRule.externalIDs(command.externalIds)
  }

  private static func checkReferences(
    _ command: CreateOpportunity, in context: DecisionContext
  ) throws(Refusal) {
    if !command.sourceLeadID.isEmpty {
      _ = try context.require(Lead.self, command.sourceLeadID, field: "sourceLeadId")
    }
    guard command.partnerID.isEmpty else {
      throw .notAvailable("CreateOpportunity with partnerId", needs: "partners")
    }
  }

  private static func pipeline(
    of command: CreateOpportunity, in context: DecisionContext
  ) throws(Refusal) -> (Pipeline, Pipeline.Version) {
    let chosen =
      command.pipelineID.isEmpty ? context.settings.defaultPipelineID : command.pipelineID
    guard let chosen else {
      throw Refusal(
        .required,
        "The opportunity has no pipelineId and the organisation no default; give one, or set "
          + "defaultPipeline.", field: "pipelineId")
    }
    let pipeline = try context.require(Pipeline.self, chosen, field: "pipelineId")
    return (pipeline, try pipeline.requireUsable(at: context.now))
  }

  private static func stage(
    of command: CreateOpportunity, in version: Pipeline.Version
  ) throws(Refusal) -> PipelineStage {
    let open = version.openStages
    guard !command.stageID.isEmpty else {
      guard let first = open.first else { throw .required("stageId", of: "The opportunity") }
      return first
    }
    guard let stage = open.first(where: { $0.stageID == command.stageID }) else {
      throw Refusal(
        .unknownCode,
        "stageId names \(command.stageID), which is no open stage of version \(version.number); "
          + "use one of \(open.map(\.stageID).joined(separator: ", ")).", field: "stageId")
    }
    return stage
  }
}
