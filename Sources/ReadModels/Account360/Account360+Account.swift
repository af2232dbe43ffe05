internal import EventModel
internal import Schema

extension Account360 {
  static func apply(
    _ change: AccountEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .accountCreated(let created):
      try tables.accounts.put(AccountRow(created, event), at: event)
    case .needRecorded(let recorded):
      try promise("need", recorded.needID, event, &tables) { _ in }
    case .needClosed(let closed): try settle("need", closed.needID, "closed", event, &tables)
    case .commitmentRecorded(let recorded):
      try promise("commitment", recorded.commitmentID, event, &tables) { row in
        row.dueAt = recorded.hasDueAt ? Timestamp(recorded.dueAt) : nil
        row.promisedBy = recorded.promisedBy
      }
    case .commitmentFulfilled(let fulfilled):
      try settle("commitment", fulfilled.commitmentID, "fulfilled", event, &tables)
    case .commitmentBroken(let broken):
      try settle("commitment", broken.commitmentID, "broken", event, &tables)
    case .accountFieldVerified, .accountMajorChangeRecorded: return
    case .accountMerged(let merged): try follow(merged.relinked, event.recordID, event, &tables)
    case .accountUnmerged(let unmerged) where unmerged.mergedID != event.recordID:
      try follow(unmerged.relinkedBack, unmerged.mergedID, event, &tables)
    case .accountDetailsChanged, .accountEnriched, .accountGraded, .accountTierChanged,
      .accountParentSet, .primaryContactSet, .accountLifecycleStageChanged, .accountArchived,
      .accountRestored, .accountMergedInto, .accountUnmerged:
      guard let slot = try tables.accounts.revise(event.recordID, at: event) else {
        throw .misplaced("the account \(event.recordID) was not created before it")
      }
      tables.accounts[slot].apply(change, event)
    }
  }

  /// Tickets have no event of their own for it: they go with their account.
  private static func follow(
    _ records: [RecordRef], _ accountID: String, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    for record in records where record.objectType == .ticket {
      guard let slot = try tables.tickets.revise(record.id, at: event) else { continue }
      tables.tickets[slot].accountID = accountID
    }
  }

  private static func promise(
    _ kind: String, _ id: String, _ event: ProjectedEvent, _ tables: inout Tables,
    _ fill: (inout AccountPromiseRow) -> Void
  ) throws(ProjectionFailure) {
    var row = AccountPromiseRow()
    row.accountID = event.recordID
    row.promiseID = id
    row.kind = kind
    row.status = "open"
    row.sealed = SealedReference(event)
    fill(&row)
    try tables.promises.put(row, at: event)
  }

  private static func settle(
    _ kind: String, _ id: String, _ status: String, _ event: ProjectedEvent,
    _ tables: inout Tables
  ) throws(ProjectionFailure) {
    guard let slot = try tables.promises.revise(TextPair(event.recordID, id), at: event) else {
      throw .misplaced("the \(kind) \(id) was not recorded before it")
    }
    tables.promises[slot].status = status
  }

  static func apply(
    _ change: OwnershipEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    let owner = OwnerColumns(after: change)
    if let owner, event.category == "opportunity",
      let slot = try tables.opportunities.revise(event.recordID, at: event)
    {
      tables.opportunities[slot].owner = owner
    } else if let owner, event.category == "ticket",
      let slot = try tables.tickets.revise(event.recordID, at: event)
    {
      tables.tickets[slot].owner = owner
    } else if event.category == "account" {
      try applyToAccount(change, owner, event, &tables)
    }
  }

  private static func applyToAccount(
    _ change: OwnershipEvent.OneOf_Event, _ owner: OwnerColumns?, _ event: ProjectedEvent,
    _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .ownershipAssigned, .ownershipTransferred, .ownershipReleasedToPool, .ownershipClaimed,
      .protectionGranted, .protectionExtended, .protectionEnded, .ownershipFrozen,
      .ownershipUnfrozen:
      guard let slot = try tables.accounts.revise(event.recordID, at: event) else { return }
      if let owner {
        tables.accounts[slot].owner = owner
        tables.accounts[slot].ownedSince = event.position
      }
      tables.accounts[slot].protect(change)
    case .ownershipTransferRequested, .ownershipTransferAccepted, .ownershipTransferDeclined,
      .ownershipTransferCancelled, .ownershipRecycleWarned, .ownershipLocked, .ownershipUnlocked,
      .collaboratorAdded, .collaboratorRemoved:
      return
    }
  }
}

extension AccountRow {
  fileprivate mutating func protect(_ change: OwnershipEvent.OneOf_Event) {
    if case .protectionGranted(let granted) = change {
      protectedUntil = Timestamp(granted.until)
      protectionBasis = Codes.protectionBasis[granted.basis]
    } else if case .protectionExtended(let extended) = change {
      protectedUntil = Timestamp(extended.until)
    } else if case .protectionEnded = change {
      protectedUntil = nil
      protectionBasis = ""
    } else if case .ownershipFrozen(let frozen) = change {
      frozenBy = frozen.disputeID
    } else if case .ownershipUnfrozen = change {
      frozenBy = ""
    }
  }

  fileprivate mutating func apply(_ change: AccountEvent.OneOf_Event, _ event: ProjectedEvent) {
    switch change {
    case .accountDetailsChanged(let changed):
      set(changed.changes)
      if event.sealedSection != nil { sealed = SealedReference(event) }
    case .accountEnriched(let enriched): set(enriched.changes)
    case .accountGraded(let graded): grade = Codes.grade[graded.to]
    case .accountTierChanged(let changed): tier = changed.to
    case .accountParentSet(let set): parentAccountID = set.to
    case .primaryContactSet(let set): primaryContactID = set.to
    case .accountLifecycleStageChanged(let changed):
      lifecycleStage = Codes.lifecycleStage[changed.to]
    case .accountArchived: status = "archived"
    case .accountRestored: status = "active"
    case .accountMergedInto(let merged):
      status = "merged"
      mergedInto = merged.survivorID
    case .accountUnmerged:
      status = "active"
      mergedInto = ""
    case .accountCreated, .accountFieldVerified, .accountMajorChangeRecorded, .needRecorded,
      .needClosed, .commitmentRecorded, .commitmentFulfilled, .commitmentBroken, .accountMerged:
      return
    }
  }

  private mutating func set(_ changes: [FieldChange]) {
    for change in changes {
      let value = change.to.text
      if change.field == "name" { name = value }
      if change.field == "legalName" { legalName = value }
      if change.field == "unifiedSocialCreditCode" { creditCode = value }
      if change.field == "industryCode" { industryCode = value }
      if change.field == "sizeBand" { sizeBand = value }
      if change.field == "website" { website = value }
      if change.field == "domain" { domain = value }
      if change.field == "partnerId" { partnerID = value }
    }
  }
}
