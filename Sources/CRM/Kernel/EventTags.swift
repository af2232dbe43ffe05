package import EventModel
package import Schema
internal import SwiftProtobuf

/// What events are found by: `<objectType>:<id>` for the record whose stream it is and for every
/// record that it refers to, and `ext:<system>:<id>` for identifiers of other systems.
package enum EventTags {
  /// The tags of an event, the record's own first; each once, at most 200.
  package static func tags(
    of payload: Payload, record: RecordKey, related: [RecordKey] = []
  ) -> [Tag] {
    var tags: [Tag] = []
    var seen: Set<Tag> = []
    let records = [record] + references(of: payload) + related
    let all = records.filter { !$0.id.isEmpty }.map(\.tag) + externalIDs(of: payload).map(tag(of:))
    for tag in all.compactMap(\.self) where tags.count < 200 && seen.insert(tag).inserted {
      tags.append(tag)
    }
    return tags
  }

  /// `ext:<system>:<id>`, where bytes that no tag may have, `%` and a `:` of the system are
  /// written as `%` and two hexadecimal digits; `nil` for more than 200 bytes.
  package static func tag(of external: ExternalId) -> Tag? {
    let system = escaped(external.system, also: [UInt8(ascii: ":")])
    return Tag("ext:\(system):\(escaped(external.id))")
  }

  private static func escaped(_ text: String, also more: [UInt8] = []) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if (0x21...0x7e) ~= byte, byte != UInt8(ascii: "%"), !more.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func externalIDs(of payload: Payload) -> [ExternalId] {
    GuardProjection.needs(of: payload, record: RecordKey(.objectTypeUnspecified, ""))
      .compactMap { need in
        guard case .claimExternalID(let system, let id, _) = need else { return nil }
        return ExternalId.with {
          $0.system = system
          $0.id = id
        }
      }
  }
}

extension EventTags {
  /// The records that `payload` names, in the order of its fields; empty ones are left out.
  package static func references(of payload: Payload) -> [RecordKey] {
    let all: [RecordKey] =
      switch payload {
      case .account(let event): references(of: event)
      case .contact(let event): references(of: event)
      case .lead(let event): references(of: event)
      case .opportunity(let event): references(of: event)
      case .activity(let event): references(of: event)
      case .task(let event): references(of: event)
      case .ticket(let event): references(of: event)
      case .ownership(let event): references(of: event)
      case .user(let event): references(of: event)
      case .team(let event): references(of: event)
      case .import(let event): references(of: event)
      case .duplicateCase(let event): references(of: event)
      case .permission(let event): references(of: event)
      case .pool(let event): references(of: event)
      case .registration(let event): references(of: event)
      case .dispute(let event): references(of: event)
      case .handover(let event): references(of: event)
      case .slaPolicy(let event): references(of: event)
      case .businessCalendar, .disputeRuleBook, .export, .organization, .pipeline, .tag: []
      }
    return all.filter { !$0.id.isEmpty }
  }

  private static func references(of event: DuplicateCaseEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .duplicateSuspected(let suspected): suspected.refs.map { RecordKey($0) }
    case .collisionDetected(let collision):
      collision.refs.map { RecordKey($0) } + collision.parties.compactMap(\.key)
    case .duplicateOverrideConfirmed(let confirmed):
      confirmed.candidates.map { RecordKey($0.ref) }
    case .duplicateMergeRequested(let requested): [RecordKey(requested.survivor)]
    case .collisionEscalated(let escalated): [RecordKey(.dispute, escalated.disputeID)]
    case .collisionOverdue(let overdue): [.user(overdue.managerID)]
    case .duplicateDismissed, .collisionSettled: []
    }
  }

  private static func references(of event: ImportEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .legacyHistoryImported(let imported): [RecordKey(imported.recordRef)]
    case .importReverted(let reverted): reverted.leftAlone.map { RecordKey($0) }
    case .importUploaded, .importValidated, .importApproved, .importRowsApplied,
      .importCompleted:
      []
    }
  }

  private static func references(of event: PoolEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .poolRulesPublished(let published):
      (published.adminIds + published.members.userIds).map { .user($0) }
        + published.members.teamIds.map { .team($0) }
        + published.recycle.map { .pool($0.targetPoolID) }
    case .poolCreated, .poolDisabled, .poolEnabled: []
    }
  }

  private static func references(of event: RegistrationEvent.OneOf_Event) -> [RecordKey] {
    func keys(_ owner: OwnerRef) -> [RecordKey] { [owner.key].compactMap(\.self) }
    switch event {
    case .registrationSubmitted(let submitted):
      return keys(submitted.claimant) + [RecordKey(submitted.record)]
    case .registrationCollisionDetected(let detected):
      return detected.collisions.flatMap { [RecordKey($0.against)] + keys($0.owner) }
    case .registrationApproved(let approved):
      return [RecordKey(approved.record), .user(approved.approverID)]
    case .registrationRejected(let rejected):
      return keys(rejected.claimant) + [RecordKey(rejected.collidesWith)]
    case .registrationExpired(let expired): return keys(expired.claimant)
    case .registrationRevoked(let revoked): return keys(revoked.claimant)
    case .registrationConverted(let converted):
      return keys(converted.claimant) + [RecordKey(converted.into)]
    case .registrationLinked(let linked): return [RecordKey(linked.record)]
    case .registrationExtended, .registrationExpiring: return []
    }
  }

  private static func references(of event: UserEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .userProvisioned(let provisioned): [.user(provisioned.managerID)]
    case .userManagerChanged(let changed): [.user(changed.from), .user(changed.to)]
    case .delegationGranted(let granted): [.user(granted.toUserID)]
    case .delegationRevoked(let revoked): [.user(revoked.toUserID)]
    case .breakGlassActivated(let activated): activated.approvedBy.map { .user($0) }
    case .userRightsRestricted(let restricted): [RecordKey(.handover, restricted.handoverID)]
    case .userRightsRestored(let restored): [RecordKey(.handover, restored.handoverID)]
    case .userDeactivated(let gone):
      [RecordKey(.handover, gone.handoverID), RecordKey(.pool, gone.fallbackPoolID)]
    case .userDetailsChanged, .userMovedDepartment, .userRoleGranted, .userRoleRevoked,
      .userSuspended, .userResumed, .userReactivated, .breakGlassEnded, .userActivated,
      .breakGlassReviewed, .userRoleProposed:
      []
    }
  }

  /// Whom a share or a sharing rule is for.
  private static func references(of event: PermissionEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .recordShared(let shared): [.user(shared.with.userID), .team(shared.with.teamID)]
    case .sharingRulePublished(let rule): [.user(rule.with.userID), .team(rule.with.teamID)]
    case .roleDefined, .rolePermissionsChanged, .roleRetired, .sharingRuleRetired,
      .fieldPolicyPublished, .recordUnshared:
      []
    }
  }

  private static func references(of event: TeamEvent.OneOf_Event) -> [RecordKey] {
    switch event {
    case .teamCreated(let created):
      created.memberIds.map { .user($0) } + [.user(created.leaderID)]
    case .teamMembersChanged(let changed): (changed.added + changed.removed).map { .user($0) }
    case .teamDissolved: []
    }
  }

  private static func references(of event: OwnershipEvent.OneOf_Event) -> [RecordKey] {
    func keys(_ owners: [OwnerRef]) -> [RecordKey] { owners.compactMap(\.key) }
    switch event {
    case .ownershipAssigned(let assigned): return keys([assigned.to, assigned.from])
    case .ownershipTransferRequested(let requested): return keys([requested.to])
    case .ownershipTransferred(let transferred):
      let parent = transferred.hasCascadedFrom ? [RecordKey(transferred.cascadedFrom)] : []
      return keys([transferred.from, transferred.to]) + parent
    case .ownershipReleasedToPool(let released):
      return [RecordKey(.pool, released.poolID)] + keys([released.from])
    case .ownershipClaimed(let claimed):
      return [RecordKey(.pool, claimed.poolID), .user(claimed.by)]
    case .ownershipRecycleWarned(let warned): return [RecordKey(.pool, warned.poolID)]
    case .ownershipFrozen(let frozen): return [RecordKey(.dispute, frozen.disputeID)]
    case .ownershipUnfrozen(let unfrozen): return [RecordKey(.dispute, unfrozen.disputeID)]
    case .protectionGranted(let granted): return keys([granted.holder])
    case .collaboratorAdded(let added): return [.user(added.userID)]
    case .collaboratorRemoved(let removed): return [.user(removed.userID)]
    case .ownershipTransferAccepted, .ownershipTransferDeclined, .ownershipTransferCancelled,
      .ownershipLocked, .ownershipUnlocked, .protectionExtended, .protectionEnded:
      return []
    }
  }
}

extension OwnerRef {
  /// The record that it is: a user, a pool or a partner; `nil` when it is none.
  package var key: RecordKey? {
    switch kind {
    case .user: RecordKey(.user, id)
    case .pool: RecordKey(.pool, id)
    case .partner: RecordKey(.partner, id)
    case .ownerKindUnspecified, .UNRECOGNIZED: nil
    }
  }
}
