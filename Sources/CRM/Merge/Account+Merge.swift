internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Account: MergeableAggregate {
  var mergedContent: Profile<AccountPersonal> { profile }

  var plainFields: [PlainField] {
    AccountField.allCases.filter { $0 != .partnerID && (type != .individual || $0 != .name) }
      .map { PlainField(name: $0.rawValue, value: FieldValue.text(value(of: $0))) }
      + customFields.map { PlainField(name: $0.key, value: $0.value) }
  }

  /// Remembers what a merge found, so that it can be taken back.
  mutating func note(_ event: AccountEvent.OneOf_Event, at position: Position) {
    if case .accountMerged(let merged) = event {
      merges.append(
        MergeNote(
          mergedID: merged.mergedID, position: position, resolutions: merged.resolutions,
          relinked: merged.relinked.map { RecordKey($0) }, caseID: merged.duplicateCaseID,
          before: readableSide))
    } else if case .accountUnmerged(let unmerged) = event {
      merges.removeAll { $0.mergedID == unmerged.mergedID }
    }
  }

  func requireMergeable() throws(Refusal) { try requireActive() }

  /// Contacts and opportunities move, tickets follow by reference.
  func relinks(to survivor: String, in context: DecisionContext) -> [Relink] {
    context.records.children(of: key).compactMap { child in
      switch child.type {
      case .contact:
        guard let contact = context.records.state(Contact.self, child.id), contact.accountID == id
        else { return nil }
        let moved = ContactMovedToAccount.with { ($0.from, $0.to) = (id, survivor) }
        return Relink(
          record: child,
          event: DecidedEvent(child, .contact(.contactMovedToAccount(moved))))
      case .opportunity:
        guard let deal = context.records.state(Opportunity.self, child.id), deal.accountID == id
        else { return nil }
        let moved = OpportunityMovedToAccount.with { ($0.from, $0.to) = (id, survivor) }
        return Relink(
          record: child,
          event: DecidedEvent(child, .opportunity(.opportunityMovedToAccount(moved))))
      case .ticket:
        guard let ticket = context.records.state(Ticket.self, child.id), ticket.accountID == id
        else { return nil }
        return Relink(record: child, event: nil)
      case .UNRECOGNIZED, .account, .activity, .businessCalendar, .campaign, .contract, .dispute,
        .disputeRuleBook, .duplicateCase, .export, .handover, .import, .lead,
        .objectTypeUnspecified, .order, .organization, .partner, .payment, .permissions,
        .pipeline, .pool, .quote, .registration, .slaPolicy, .subscription, .task, .team, .user:
        return nil
      }
    }
  }

  /// Two accounts never answer for one code (ACC-2): who has it in its fields keeps it.
  func codeGivenBack(to merged: Account, after plain: [FieldChange]) -> String {
    let field = AccountField.unifiedSocialCreditCode.rawValue
    let change = plain.first { $0.field == field }
    let own = change.map(\.to.text) ?? unifiedSocialCreditCode
    return own == merged.unifiedSocialCreditCode ? "" : merged.unifiedSocialCreditCode
  }

  func changed(_ plain: [FieldChange], _ personal: AccountPersonal?) -> DecidedEvent {
    var sealed = personal
    if let content = personal {
      sealed?.identityKeys = ContactPoints.keys(
        phones: content.phones, emails: content.emails, ims: content.ims)
    }
    return event(.accountDetailsChanged(.with { $0.changes = plain }), sealed)
  }

  func merged(
    _ id: String, _ resolutions: [FieldResolution], _ relinked: [RecordKey], caseID: String
  ) -> DecidedEvent {
    event(
      .accountMerged(
        .with {
          ($0.mergedID, $0.resolutions) = (id, resolutions)
          ($0.relinked, $0.duplicateCaseID) = (relinked.map(\.reference), caseID)
        }))
  }

  func mergedInto(_ survivor: String) -> DecidedEvent {
    event(
      .accountMergedInto(
        .with {
          $0.survivorID = survivor
          if let owner = ownership.owner { $0.formerOwner = owner }
          $0.unifiedSocialCreditCode = unifiedSocialCreditCode
        }))
  }

  func unmerged(_ id: String, _ undone: UndoneMerge, isOwn: Bool) -> DecidedEvent {
    event(
      .accountUnmerged(
        .with {
          ($0.mergedID, $0.mergeEventID) = (id, undone.mergeEvent)
          $0.relinkedBack = undone.relinkedBack.map(\.reference)
          $0.leftAlone = undone.leftAlone.map(\.reference)
          $0.leftFields = undone.leftFields
          $0.unifiedSocialCreditCode = undone.code
          if isOwn, let owner = undone.owner { $0.owner = owner }
        }))
  }
}
