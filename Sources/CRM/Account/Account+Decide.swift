internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Account {
  package func decide(
    _ command: AccountCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .createAccount(let create) = command { return try self.create(create, in: context) }
    guard exists else { throw .notFound(.account(Self.target(of: command))) }
    if case .restoreAccount = command { return try restore() }
    try requireActive()
    switch command {
    case .createAccount, .restoreAccount: return []
    case .changeAccountDetails(let change): return try changeDetails(change, in: context)
    case .applyEnrichment(let enrichment): return try enrich(enrichment)
    case .verifyAccountField(let verification): return try verify(verification)
    case .gradeAccount(let grading): return try grade(grading, in: context)
    case .setParentAccount(let set): return try setParent(set, in: context)
    case .setPrimaryContact(let set): return try setPrimaryContact(set, in: context)
    case .recordMajorChange(let change): return try record(change)
    case .recordNeed(let need): return try record(need, in: context)
    case .closeNeed(let close): return try self.close(close)
    case .recordCommitment(let commitment): return try record(commitment, in: context)
    case .fulfilCommitment(let end):
      try requireCommitment(end.commitmentID)
      return [event(.commitmentFulfilled(.with { $0.commitmentID = end.commitmentID }))]
    case .breakCommitment(let end):
      try requireCommitment(end.commitmentID)
      return [event(.commitmentBroken(.with { $0.commitmentID = end.commitmentID }))]
    case .archiveAccount: return try archive(in: context)
    case .mergeAccounts(let merge):
      try requireSameType(merge.mergedIds, in: context)
      return try MergeDecision.merge(
        self, merge.mergedIds, merge.resolutions, "MergeAccounts", in: context)
    case .unmergeAccount(let unmerge):
      return try MergeDecision.unmerge(
        self, unmerge.mergedID, assigned: unmerge.assigned.map { RecordKey($0) }, "UnmergeAccount",
        in: context)
    case .changeAccountTier: throw .notAvailable("ChangeAccountTier", needs: "the tier policy")
    case .changeAccountLifecycleStage:
      throw .notAvailable("ChangeAccountLifecycleStage", needs: "the life-cycle policy")
    }
  }

  /// S-2.
  func requireActive() throws(Refusal) {
    switch status {
    case .active, .accountStatusUnspecified, .UNRECOGNIZED: return
    case .archived:
      throw Refusal(.archived, "The account \(id) is archived; restore it first.")
    case .merged:
      throw Refusal(
        .merged, "The account \(id) was merged into \(survivorID); change that one instead.")
    }
  }

  /// A company is no person.
  private func requireSameType(
    _ ids: [String], in context: DecisionContext
  ) throws(Refusal) {
    for id in ids {
      guard let other = context.records.state(Account.self, id), other.type != type else {
        continue
      }
      throw Refusal(
        .inconsistent,
        "The account \(id) is of the type \(other.type) and \(self.id) of \(type); merge accounts "
          + "of one type.", field: "mergedIds")
    }
  }

  func event(
    _ event: AccountEvent.OneOf_Event, _ personal: AccountPersonal? = nil
  ) -> DecidedEvent {
    DecidedEvent(
      key, .account(event),
      personal: personal.map { [DecidedPersonal(subject, .account($0))] } ?? [])
  }
}

/// Grading, places among other accounts and contacts, the end and the return.
extension Account {
  private func grade(
    _ grading: GradeAccount, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard grading.grade != .gradeUnspecified else { throw .required("grade", of: "The command") }
    let basis = grading.basis == .gradeBasisUnspecified ? .manual : grading.basis
    guard grading.grade != grade else { return [] }
    // A person who overrules an earlier grade says why.
    if basis == .manual, grade != .gradeUnspecified {
      try context.requireReason(for: "GradeAccount")
    }
    return [
      event(
        .accountGraded(
          .with {
            ($0.from, $0.to) = (grade, grading.grade)
            ($0.basis, $0.ruleID) = (basis, grading.ruleID)
          }))
    ]
  }

  private func setParent(
    _ set: SetParentAccount, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard set.parentAccountID != parentAccountID else { return [] }
    if !set.parentAccountID.isEmpty {
      let parent = try context.require(Account.self, set.parentAccountID, field: "parentAccountId")
      try parent.requireActive()
      let line = Account.line(from: parent.id, in: context)
      guard !line.contains(id), line.count < Account.lineLimit else {
        throw Refusal(
          .cycle,
          "The account \(id) stands above \(parent.id) already, or the line is longer than "
            + "\(Account.lineLimit); choose another parent.", field: "parentAccountId")
      }
    }
    return [
      event(.accountParentSet(.with { ($0.from, $0.to) = (parentAccountID, set.parentAccountID) }))
    ]
  }

  private func setPrimaryContact(
    _ set: SetPrimaryContact, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard set.contactID != primaryContactID else { return [] }
    if !set.contactID.isEmpty {
      let contact = try context.require(Contact.self, set.contactID, field: "contactId")
      guard contact.accountID == id, contact.status == .active else {
        throw Refusal(
          .reference,
          "The contact \(contact.id) is no active contact of the account \(id); move "
            + "it there first.", field: "contactId")
      }
    }
    return [
      event(.primaryContactSet(.with { ($0.from, $0.to) = (primaryContactID, set.contactID) }))
    ]
  }

  private func archive(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try OwnershipRule.requireNotFrozen(ownership, key)
    for child in context.records.children(of: key) {
      guard let opportunity = context.records.state(Opportunity.self, child.id),
        child.type == .opportunity, opportunity.accountID == id, opportunity.status == .open
      else { continue }
      throw Refusal(
        .hasOpenRecords,
        "The account \(id) has the open opportunity \(child.id); close or move it first.")
    }
    return [event(.accountArchived(AccountArchived()))]
  }

  private func restore() throws(Refusal) -> [DecidedEvent] {
    switch status {
    case .archived: return [event(.accountRestored(AccountRestored()))]
    case .active, .accountStatusUnspecified, .UNRECOGNIZED: return []
    case .merged:
      throw Refusal(
        .merged, "The account \(id) was merged into \(survivorID); it is no archived one.")
    }
  }
}
