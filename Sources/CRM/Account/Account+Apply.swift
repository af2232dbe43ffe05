package import EventModel
package import Schema

extension Account {
  /// Takes one event of the account's own; `personal` is its sealed part, as far as it opens.
  package mutating func apply(
    _ event: AccountEvent.OneOf_Event, personal: Sealed<AccountPersonal>?, at time: Timestamp
  ) {
    switch event {
    case .accountCreated(let created): create(created, personal, at: time)
    case .accountDetailsChanged(let changed):
      for change in changed.changes {
        setField(change.field, to: change.to)
        enrichedFields.removeAll { $0 == change.field }
      }
      profile.change(personal)
    case .accountEnriched(let enriched):
      for change in enriched.changes {
        setField(change.field, to: change.to)
        if !enrichedFields.contains(change.field) { enrichedFields.append(change.field) }
      }
      profile.change(personal)
    case .accountGraded(let graded): grade = graded.to
    case .accountTierChanged(let changed): tier = changed.to
    case .accountParentSet(let set): parentAccountID = set.to
    case .primaryContactSet(let set): primaryContactID = set.to
    case .needRecorded(let recorded): openNeedIDs.append(recorded.needID)
    case .needClosed(let closed): openNeedIDs.removeAll { $0 == closed.needID }
    case .commitmentRecorded(let recorded): openCommitmentIDs.append(recorded.commitmentID)
    case .commitmentFulfilled(let ended): openCommitmentIDs.removeAll { $0 == ended.commitmentID }
    case .commitmentBroken(let ended): openCommitmentIDs.removeAll { $0 == ended.commitmentID }
    case .accountLifecycleStageChanged(let changed): lifecycleStage = changed.to
    case .accountArchived: status = .archived
    case .accountRestored: status = .active
    case .accountMergedInto(let merged):
      status = .merged
      survivorID = merged.survivorID
    case .accountUnmerged(let unmerged) where unmerged.mergedID == id:
      status = .active
      survivorID = ""
    case .accountFieldVerified, .accountMajorChangeRecorded, .accountMerged, .accountUnmerged: break
    }
  }

  private mutating func create(
    _ created: AccountCreated, _ personal: Sealed<AccountPersonal>?, at time: Timestamp
  ) {
    id = created.accountID
    type = created.accountType
    status = .active
    name = created.name
    legalName = created.legalName
    unifiedSocialCreditCode = created.unifiedSocialCreditCode
    industryCode = created.industryCode
    sizeBand = created.sizeBand
    source = created.source
    website = created.website
    domain = created.domain
    partnerID = created.partnerID
    parentAccountID = created.parentAccountID
    sourceLeadID = created.sourceLeadID
    customFields = created.customFields
    externalIDs = created.externalIds
    subject = created.hasSubject ? RecordKey(created.subject) : .account(created.accountID)
    provisionalCaseID = created.provisionalCaseID
    createdAt = time
    profile = Profile(personal)
  }

  /// Sets the plain field that a change names; fields that nobody knows any more are kept out.
  private mutating func setField(_ field: String, to value: FieldValue) {
    switch AccountField(rawValue: field) {
    case .name: name = value.text
    case .legalName: legalName = value.text
    case .unifiedSocialCreditCode: unifiedSocialCreditCode = value.text
    case .industryCode: industryCode = value.text
    case .sizeBand: sizeBand = value.text
    case .website: website = value.text
    case .domain: domain = value.text
    case .partnerID: partnerID = value.text
    case nil: customFields.set(field, to: value)
    }
  }
}

/// The plain fields that ``ChangeAccountDetails`` may change, by the names in their events.
package enum AccountField: String, CaseIterable, Sendable {
  case name, legalName, unifiedSocialCreditCode, industryCode, sizeBand, website, domain
  case partnerID = "partnerId"
}
