internal import Schema

/// What registrations ask of the rules that span records: how many a claimant may have open
/// (REG-1), and that one certain key is approved for one of them at a time (REG-2).
extension GuardProjection {
  static func needs(
    of event: RegistrationEvent.OneOf_Event, _ record: RecordKey
  ) -> [GuardNeed] {
    switch event {
    case .registrationSubmitted(let submitted):
      let claims = submitted.externalIds.map {
        GuardNeed.claimExternalID(system: $0.system, id: $0.id, by: record)
      }
      // An imported declaration knows no limit.
      guard submitted.openLimit > 0 else { return claims }
      let open = GuardNeed.openRegistration(
        claimant: submitted.claimant.id, record, limit: Int(submitted.openLimit))
      return claims + [open]
    case .registrationApproved(let approved):
      return certain(approved.identityKeys).map {
        .claimRegistration(kind: approved.kind, key: $0, by: record)
      }
    case .registrationRejected(let rejected): return [close(rejected.claimant, record)]
    case .registrationExpired(let expired):
      return [close(expired.claimant, record)]
        + release(expired.identityKeys, expired.kind, record)
    case .registrationRevoked(let revoked):
      return [close(revoked.claimant, record)]
        + release(revoked.identityKeys, revoked.kind, record)
    case .registrationConverted(let converted):
      return [close(converted.claimant, record)]
        + release(converted.identityKeys, converted.kind, record)
    case .registrationCollisionDetected, .registrationExtended, .registrationExpiring,
      .registrationLinked:
      return []
    }
  }

  private static func close(_ claimant: OwnerRef, _ record: RecordKey) -> GuardNeed {
    .closeRegistration(claimant: claimant.id, record)
  }

  private static func release(
    _ keys: [IdentityKey], _ kind: RegistrationKind.Code, _ record: RecordKey
  ) -> [GuardNeed] {
    certain(keys).map { .releaseRegistration(kind: kind, key: $0, by: record) }
  }

  /// Keys of persons are compared in memory, for nothing of them may outlive an erasure; two
  /// approvals that agree in one wait for each other there.
  private static func certain(_ keys: [IdentityKey]) -> [String] {
    keys.filter { $0.kind == .uscc || $0.kind == .extID }.map { "\($0.kind):\($0.value)" }
  }
}
