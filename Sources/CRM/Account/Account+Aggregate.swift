internal import EventModel
package import Schema

extension Account: OwnedAggregate {
  package static var objectType: ObjectType.Code { .account }
  package var exists: Bool { !id.isEmpty }
  var key: RecordKey { .account(id) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .account(let event):
      let personal = fact.sealedPart { part in
        if case .account(let message) = part { message } else { nil }
      }
      note(event, at: fact.position)
      apply(event, personal: personal, at: fact.occurredAt)
    case .ownership(let event): ownership.apply(event, by: fact)
    case .permission(let event): ownership.apply(event)
    case .tag(let event): tags.apply(event)
    case .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook, .duplicateCase,
      .export, .handover, .import, .lead, .opportunity, .organization, .pipeline, .pool,
      .registration, .slaPolicy, .task, .team, .ticket, .user:
      break
    }
  }

  package static func target(of command: AccountCommand.OneOf_Command) -> String {
    switch command {
    case .createAccount(let command): command.accountID
    case .changeAccountDetails(let command): command.accountID
    case .applyEnrichment(let command): command.accountID
    case .verifyAccountField(let command): command.accountID
    case .gradeAccount(let command): command.accountID
    case .setParentAccount(let command): command.accountID
    case .setPrimaryContact(let command): command.accountID
    case .recordMajorChange(let command): command.accountID
    case .recordNeed(let command): command.accountID
    case .closeNeed(let command): command.accountID
    case .recordCommitment(let command): command.accountID
    case .fulfilCommitment(let command): command.accountID
    case .breakCommitment(let command): command.accountID
    case .archiveAccount(let command): command.accountID
    case .restoreAccount(let command): command.accountID
    case .mergeAccounts(let command): command.survivorID
    case .unmergeAccount(let command): command.accountID
    case .changeAccountTier(let command): command.accountID
    case .changeAccountLifecycleStage(let command): command.accountID
    }
  }

  package static func identify(
    _ command: inout AccountCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .createAccount(var create) = command, create.accountID.isEmpty {
      create.accountID = make("acc")
      command = .createAccount(create)
    } else if case .recordNeed(var record) = command, record.needID.isEmpty {
      record.needID = make("need")
      command = .recordNeed(record)
    } else if case .recordCommitment(var record) = command, record.commitmentID.isEmpty {
      record.commitmentID = make("cmt")
      command = .recordCommitment(record)
    }
  }

  package func needs(
    for command: AccountCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .mergeAccounts(let command): return command.mergedIds.map { .account($0) }
    case .unmergeAccount(let command):
      return MergeDecision.needs(toUnmerge: Account.self, command.mergedID, in: context)
    case .createAccount(let command):
      var keys = OwnerRule.needs(command.owner, isSet: command.hasOwner, in: context)
      if !command.parentAccountID.isEmpty { keys.append(.account(command.parentAccountID)) }
      if !command.sourceLeadID.isEmpty { keys.append(.lead(command.sourceLeadID)) }
      if !command.registrationID.isEmpty { keys.append(.registration(command.registrationID)) }
      return keys
    case .setParentAccount(let command):
      return Account.line(from: command.parentAccountID, in: context).map { .account($0) }
    case .setPrimaryContact(let command):
      return command.contactID.isEmpty ? [] : [.contact(command.contactID)]
    case .recordCommitment(let command):
      return [.user(command.promisedBy.isEmpty ? context.actor.text : command.promisedBy)]
    case .changeAccountDetails, .applyEnrichment, .verifyAccountField, .gradeAccount,
      .recordMajorChange, .recordNeed, .closeNeed, .fulfilCommitment, .breakCommitment,
      .archiveAccount, .restoreAccount, .changeAccountTier,
      .changeAccountLifecycleStage:
      return []
    }
  }

  /// The accounts above and with `id`, as far as they are loaded, and the next one.
  static func line(from id: String, in context: DecisionContext) -> [String] {
    var line: [String] = []
    var next = id
    while !next.isEmpty, !line.contains(next), line.count < lineLimit {
      line.append(next)
      next = context.records.state(Account.self, next)?.parentAccountID ?? ""
    }
    return line
  }

  /// How many accounts may stand above one another.
  static let lineLimit = 32
}
