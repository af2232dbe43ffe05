package import EventModel
package import Schema
internal import SwiftProtobuf

/// Who owns a record, and what binds it.
package struct OwnershipState: Equatable, Sendable {
  package struct Collaborator: Equatable, Sendable {
    package let userID: String
    package let access: CollaboratorAccess.Code
    package let role: String
    package let until: Timestamp?
  }

  package struct Protection: Equatable, Sendable {
    package let id: String
    package let holder: OwnerRef
    package var until: Timestamp
    package let basis: ProtectionBasis.Code
    package let basisRef: String
  }

  /// An earlier owner who may not claim the record before `until` (O-8).
  package struct Cooldown: Equatable, Sendable {
    package let userID: String
    package let until: Timestamp
  }

  /// Nobody when `nil`.
  package private(set) var owner: OwnerRef?
  /// When and where the log says that the owner became it.
  package private(set) var since: Timestamp?
  package private(set) var sincePosition: Position?
  package private(set) var method: AssignmentMethod.Code = .assignmentMethodUnspecified
  /// In the order of their first event.
  package private(set) var collaborators: [Collaborator] = []
  /// `nil` when the record isn't locked.
  package private(set) var lockReasonCode: String?
  /// The open disputes that freeze it (S-3, O-9).
  package private(set) var frozenBy: [String] = []
  package private(set) var protections: [Protection] = []
  package private(set) var cooldowns: [Cooldown] = []
  /// The transfer that waits for its receiver.
  package private(set) var requestedTransfer: OwnershipTransferRequested?
  /// Who asked for it.
  package private(set) var transferRequestedBy: ActorID?

  package init() {}

  package var isFrozen: Bool { !frozenBy.isEmpty }
  package var isLocked: Bool { lockReasonCode != nil }

  /// Whether `userID` owns the record.
  package func isOwned(by userID: String) -> Bool {
    owner.map { $0.kind == .user && $0.id == userID } ?? false
  }

  /// Whether `userID` may work on it at `now` beside the owner.
  package func isCollaborator(_ userID: String, at now: Timestamp) -> Bool {
    collaborators.contains { $0.userID == userID && ($0.until.map { now < $0 } ?? true) }
  }
}

extension OwnershipState {
  package mutating func apply(_ event: OwnershipEvent.OneOf_Event, _ fact: Fact) {
    switch event {
    case .ownershipAssigned(let assigned):
      become(assigned.to, assigned.method, fact)
    case .ownershipTransferred(let transferred):
      become(transferred.to, .manual, fact)
      keep(transferred)
      requestedTransfer = nil
      transferRequestedBy = nil
    case .ownershipReleasedToPool(let released):
      if released.hasPreviousOwnerCooldownUntil, released.from.kind == .user {
        cooldowns.append(
          Cooldown(
            userID: released.from.id, until: released.previousOwnerCooldownUntil.timestamp))
      }
      become(.pool(released.poolID), .manual, fact)
    case .ownershipClaimed(let claimed):
      become(.user(claimed.by), .manual, fact)
    case .ownershipTransferRequested(let requested):
      requestedTransfer = requested
      transferRequestedBy = fact.actor
    case .ownershipTransferAccepted: break
    case .ownershipTransferDeclined, .ownershipTransferCancelled:
      requestedTransfer = nil
      transferRequestedBy = nil
    case .ownershipRecycleWarned: break
    case .ownershipLocked(let locked): lockReasonCode = locked.lockReasonCode
    case .ownershipUnlocked: lockReasonCode = nil
    case .ownershipFrozen(let frozen):
      if !frozenBy.contains(frozen.disputeID) { frozenBy.append(frozen.disputeID) }
    case .ownershipUnfrozen(let unfrozen): frozenBy.removeAll { $0 == unfrozen.disputeID }
    case .protectionGranted, .protectionExtended, .protectionEnded: applyProtection(event)
    case .collaboratorAdded(let added): collaborate(added)
    case .collaboratorRemoved(let removed):
      collaborators.removeAll { $0.userID == removed.userID }
    }
  }

  private mutating func applyProtection(_ event: OwnershipEvent.OneOf_Event) {
    if case .protectionGranted(let granted) = event {
      protections.append(
        Protection(
          id: granted.protectionID, holder: granted.holder, until: granted.until.timestamp,
          basis: granted.basis, basisRef: granted.basisRef))
    } else if case .protectionExtended(let extended) = event {
      guard let index = protections.firstIndex(where: { $0.id == extended.protectionID }) else {
        return
      }
      protections[index].until = extended.until.timestamp
    } else if case .protectionEnded(let ended) = event {
      protections.removeAll { $0.id == ended.protectionID }
    }
  }

  private mutating func become(
    _ owner: OwnerRef, _ method: AssignmentMethod.Code, _ fact: Fact
  ) {
    self.owner = owner
    self.method = method
    since = fact.recordedAt
    sincePosition = fact.position
  }

  private mutating func keep(_ transferred: OwnershipTransferred) {
    let access: CollaboratorAccess.Code
    switch transferred.keepPreviousOwnerAs {
    case .readOnly: access = .read
    case .collaborator: access = .edit
    case .none, .previousOwnerRoleUnspecified, .UNRECOGNIZED: return
    }
    guard transferred.from.kind == .user else { return }
    set(
      Collaborator(
        userID: transferred.from.id, access: access, role: "previousOwner",
        until: transferred.hasKeepUntil ? transferred.keepUntil.timestamp : nil))
  }

  private mutating func collaborate(_ added: CollaboratorAdded) {
    set(
      Collaborator(
        userID: added.userID, access: added.access, role: added.role,
        until: added.hasUntil ? added.until.timestamp : nil))
  }

  private mutating func set(_ collaborator: Collaborator) {
    if let index = collaborators.firstIndex(where: { $0.userID == collaborator.userID }) {
      collaborators[index] = collaborator
    } else {
      collaborators.append(collaborator)
    }
  }
}

extension OwnerRef {
  package static func user(_ id: String) -> OwnerRef {
    OwnerRef.with {
      $0.kind = .user
      $0.id = id
    }
  }

  package static func pool(_ id: String) -> OwnerRef {
    OwnerRef.with {
      $0.kind = .pool
      $0.id = id
    }
  }

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
