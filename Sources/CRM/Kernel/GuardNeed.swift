package import Schema

/// What an event asks of the rules that span records; Commands turns it into changes of the
/// log's guards.
package enum GuardNeed: Hashable, Sendable {
  /// `number` becomes the record's; refused when another record has it (G-CODE).
  case claimNumber(type: ObjectType.Code, number: String, by: RecordKey)
  /// The other system's identifier becomes the record's; refused when another has it (G-EXT).
  case claimExternalID(system: String, id: String, by: RecordKey)
  /// The key, such as a company's code, is the record's from here on; refused when another record
  /// has it (G-IDENT).
  case claimIdentity(kind: String, value: String, by: RecordKey)
  /// The key is the record's no more.
  case releaseIdentity(kind: String, value: String, by: RecordKey)
  /// The user owns the record from here on (G-OWN).
  case own(userID: String, RecordKey)
  /// The user owns it no more.
  case disown(userID: String, RecordKey)
  /// The lead or account is one more that the user holds; refused beyond `limit` (G-HOLD).
  case hold(userID: String, RecordKey, limit: Int?)
  /// The user holds it no more.
  case giveUp(userID: String, RecordKey)
  /// The counter becomes `number`; refused unless it is one less now (G-CLAIM).
  case countTo(Int, GuardCounter)
  /// Refused unless the user owns nothing (U-3).
  case requireOwnsNothing(userID: String)
  /// The registration is one more that the claimant has open; refused beyond `limit`.
  case openRegistration(claimant: String, RecordKey, limit: Int)
  /// The registration is open no more.
  case closeRegistration(claimant: String, RecordKey)
  /// The key is declared by the approved registration alone; refused when another has it (G-REG).
  case claimRegistration(kind: RegistrationKind.Code, key: String, by: RecordKey)
  /// The registration's approval is over.
  case releaseRegistration(kind: RegistrationKind.Code, key: String, by: RecordKey)
  /// The record is disputed from here on; refused when it is already (D-1, G-DISP).
  case claimDispute(subject: RecordKey, by: RecordKey)
  /// The dispute about the record is over.
  case releaseDispute(subject: RecordKey, by: RecordKey)
  /// The user is an administrator from here on (U-2).
  case addAdministrator(userID: String)
  /// The user is none any more; refused when no other would remain.
  case removeAdministrator(userID: String)
}

/// The guards as a pure function of events, so that they can be rebuilt from the log.
package enum GuardProjection {
  /// What the event `payload` of the record `record` asks, in the order to apply it.
  package static func needs(of payload: Payload, record: RecordKey) -> [GuardNeed] {
    switch payload {
    case .account(let event): needs(of: event, record)
    case .contact(let event): needs(of: event, record)
    case .lead(let event): needs(of: event, record)
    case .opportunity(let event): needs(of: event, record)
    case .ticket(let event): needs(of: event, record)
    case .activity(let event): needs(of: event, record)
    case .pipeline(let event): needs(of: event, record)
    case .team(let event): needs(of: event, record)
    case .user(let event): needs(of: event, record)
    case .ownership(let event): needs(of: event, record)
    case .pool(.poolCreated(let created)): claims(created.externalIds, record)
    case .registration(let event): needs(of: event, record)
    case .dispute(let event): needs(of: event, record)
    case .businessCalendar, .disputeRuleBook, .duplicateCase, .export, .handover, .import,
      .organization, .permission, .pool, .slaPolicy, .tag, .task:
      []
    }
  }

  private static func claims(_ ids: [ExternalId], _ record: RecordKey) -> [GuardNeed] {
    ids.map { .claimExternalID(system: $0.system, id: $0.id, by: record) }
  }
}

extension GuardProjection {
  private static func needs(
    of event: AccountEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    switch event {
    case .accountCreated(let created):
      return claims(created.externalIds, record)
        + identity(from: "", to: created.unifiedSocialCreditCode, record)
    case .accountDetailsChanged(let changed): return identities(changed.changes, record)
    case .accountEnriched(let enriched): return identities(enriched.changes, record)
    case .accountFieldVerified, .accountGraded, .accountTierChanged, .accountParentSet,
      .primaryContactSet, .accountMajorChangeRecorded, .needRecorded, .needClosed,
      .commitmentRecorded, .commitmentFulfilled, .commitmentBroken, .accountLifecycleStageChanged,
      .accountArchived, .accountRestored, .accountMerged:
      return []
    case .accountMergedInto(let merged):
      // The survivor answers for the code from here on.
      return disown(merged.hasFormerOwner ? merged.formerOwner : nil, record)
        + identity(from: merged.unifiedSocialCreditCode, to: "", record)
        + identity(
          from: "", to: merged.unifiedSocialCreditCode, .account(merged.survivorID))
    case .accountUnmerged(let unmerged):
      guard unmerged.mergedID == record.id else {
        return identity(from: unmerged.unifiedSocialCreditCode, to: "", record)
      }
      return own(unmerged.hasOwner ? unmerged.owner : nil, record)
        + identity(from: "", to: unmerged.unifiedSocialCreditCode, record)
    }
  }

  /// ACC-2: one account has a unified social credit code, archived or not.
  private static func identities(_ changes: [FieldChange], _ record: RecordKey) -> [GuardNeed] {
    changes.filter { $0.field == "unifiedSocialCreditCode" }
      .flatMap { identity(from: $0.from.text, to: $0.to.text, record) }
  }

  private static func identity(from: String, to: String, _ record: RecordKey) -> [GuardNeed] {
    (from.isEmpty ? [] : [.releaseIdentity(kind: "uscc", value: from, by: record)])
      + (to.isEmpty ? [] : [.claimIdentity(kind: "uscc", value: to, by: record)])
  }

  private static func needs(
    of event: ContactEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    switch event {
    case .contactCreated(let created): claims(created.externalIds, record)
    case .contactMergedInto(let merged):
      disown(merged.hasFormerOwner ? merged.formerOwner : nil, record)
    case .contactUnmerged(let unmerged): own(unmerged.hasOwner ? unmerged.owner : nil, record)
    case .contactDetailsChanged, .contactMovedToAccount, .contactReportsToSet, .contactRoleSet,
      .contactVerified, .contactMerged, .contactArchived, .contactRestored, .consentGranted,
      .consentWithdrawn:
      []
    }
  }

  private static func needs(of event: LeadEvent.OneOf_Event, _ record: RecordKey) -> [GuardNeed] {
    if case .leadMergedInto(let merged) = event, merged.hasFormerOwner {
      return disown(merged.formerOwner, record)
    }
    if case .leadUnmerged(let unmerged) = event, unmerged.hasOwner {
      return own(unmerged.owner, record)
    }
    guard case .leadCaptured(let captured) = event else { return [] }
    return claims(captured.externalIds, record)
  }

  private static func needs(
    of event: OpportunityEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    guard case .opportunityCreated(let created) = event else { return [] }
    return claims(created.externalIds, record)
  }

  private static func needs(
    of event: TicketEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    if case .ticketMergedInto(let merged) = event, merged.hasFormerOwner {
      return disown(merged.formerOwner, record)
    }
    guard case .ticketOpened(let opened) = event else { return [] }
    let number: [GuardNeed] =
      opened.ticketNo.isEmpty
      ? [] : [.claimNumber(type: .ticket, number: opened.ticketNo, by: record)]
    return number + claims(opened.externalIds, record)
  }

  private static func needs(
    of event: ActivityEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    guard case .activityLogged(let logged) = event else { return [] }
    return claims(logged.externalIds, record)
  }

  private static func needs(
    of event: PipelineEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    guard case .pipelineCreated(let created) = event else { return [] }
    return claims(created.externalIds, record)
  }

  private static func needs(of event: TeamEvent.OneOf_Event, _ record: RecordKey) -> [GuardNeed] {
    guard case .teamCreated(let created) = event else { return [] }
    return claims(created.externalIds, record)
  }

  private static func needs(of event: UserEvent.OneOf_Event, _ record: RecordKey) -> [GuardNeed] {
    switch event {
    case .userProvisioned(let provisioned):
      let isAdministrator = provisioned.roleIds.contains(BuiltInRole.administrator)
      return (isAdministrator ? [.addAdministrator(userID: record.id)] : [])
        + claims(provisioned.externalIds, record)
    case .userRoleGranted(let granted) where granted.roleID == BuiltInRole.administrator:
      return [.addAdministrator(userID: record.id)]
    case .userRoleRevoked(let revoked) where revoked.roleID == BuiltInRole.administrator:
      return [.removeAdministrator(userID: record.id)]
    case .userSuspended(let suspended) where suspended.wasAdministrator:
      return [.removeAdministrator(userID: record.id)]
    case .userResumed(let resumed) where resumed.isAdministrator:
      return [.addAdministrator(userID: record.id)]
    case .userDeactivated(let gone) where gone.handoverID.isEmpty && gone.fallbackPoolID.isEmpty:
      return [.requireOwnsNothing(userID: record.id)]
    case .userRoleGranted, .userRoleRevoked, .userDeactivated, .userDetailsChanged,
      .userMovedDepartment, .userManagerChanged, .delegationGranted, .delegationRevoked,
      .userSuspended, .userResumed, .userRightsRestricted, .userRightsRestored, .userReactivated,
      .breakGlassActivated, .breakGlassEnded, .breakGlassReviewed, .userActivated,
      .userRoleProposed:
      return []
    }
  }

  private static func needs(
    of event: OwnershipEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    switch event {
    case .ownershipAssigned(let assigned):
      return change(
        from: assigned.hasFrom ? assigned.from : nil, to: assigned.to, of: record,
        limit: assigned.hasMaxHoldings ? Int(assigned.maxHoldings) : nil)
    case .ownershipTransferred(let transferred):
      return change(
        from: transferred.from, to: transferred.to, of: record,
        limit: transferred.hasMaxHoldings ? Int(transferred.maxHoldings) : nil)
    case .ownershipReleasedToPool(let released):
      return change(from: released.from, to: nil, of: record)
    case .ownershipClaimed(let claimed):
      let counter = GuardCounter.claims(
        userID: claimed.by, poolID: claimed.poolID, day: claimed.localDate)
      let count =
        claimed.claimNoToday > 0 && !claimed.localDate.isEmpty
        ? [GuardNeed.countTo(Int(claimed.claimNoToday), counter)] : []
      let limit = claimed.hasMaxHoldings ? Int(claimed.maxHoldings) : nil
      return count + [.own(userID: claimed.by, record)]
        + hold(userID: claimed.by, record, limit: limit)
    case .ownershipTransferRequested, .ownershipTransferAccepted, .ownershipTransferDeclined,
      .ownershipTransferCancelled, .ownershipRecycleWarned, .ownershipLocked, .ownershipUnlocked,
      .ownershipFrozen, .ownershipUnfrozen, .protectionGranted, .protectionExtended,
      .protectionEnded, .collaboratorAdded, .collaboratorRemoved:
      return []
    }
  }

  private static func needs(
    of event: DisputeEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    switch event {
    case .disputeOpened(let opened):
      return [.claimDispute(subject: RecordKey(opened.subject), by: record)]
    case .disputeWithdrawn(let withdrawn) where !withdrawn.isAppeal:
      return [.releaseDispute(subject: RecordKey(withdrawn.subject), by: record)]
    case .disputeClosed(let closed):
      return [.releaseDispute(subject: RecordKey(closed.subject), by: record)]
    case .disputeWithdrawn, .disputeEvidencePackSealed, .disputeEvidenceAttached,
      .disputeResponseFiled, .disputeArbitratorAssigned, .disputeRuled, .disputeRulingApplied,
      .disputeAppealed, .disputeResponseOverdue:
      return []
    }
  }

  private static func own(_ owner: OwnerRef?, _ record: RecordKey) -> [GuardNeed] {
    change(from: nil, to: owner, of: record)
  }

  private static func disown(_ owner: OwnerRef?, _ record: RecordKey) -> [GuardNeed] {
    change(from: owner, to: nil, of: record)
  }

  private static func change(
    from: OwnerRef?, to: OwnerRef?, of record: RecordKey, limit: Int? = nil
  ) -> [GuardNeed] {
    var needs: [GuardNeed] = []
    if let from, from.kind == .user {
      needs.append(.disown(userID: from.id, record))
      if isHeld(record) { needs.append(.giveUp(userID: from.id, record)) }
    }
    if let to, to.kind == .user {
      needs.append(.own(userID: to.id, record))
      needs += hold(userID: to.id, record, limit: limit)
    }
    return needs
  }

  private static func hold(userID: String, _ record: RecordKey, limit: Int?) -> [GuardNeed] {
    isHeld(record) ? [.hold(userID: userID, record, limit: limit)] : []
  }

  /// Whether the record is of a kind that people hold a limited number of.
  private static func isHeld(_ record: RecordKey) -> Bool {
    record.type == .account || record.type == .lead
  }
}
