package import EventModel
package import Schema
internal import SwiftProtobuf

/// Who owns a record and what limits a change of that: the sum of its ownership events.
///
/// A lead may be nobody's until it is assigned, and so may a ticket; every other record that
/// carries ownership has exactly one owner from its first command on (O-1).
package struct Ownership: Hashable, Sendable {
  /// Nobody may take a protected record from its holder before `until` (O-10).
  package struct Protection: Hashable, Sendable {
    package let id: String
    package let holder: OwnerRef
    package var until: Timestamp
    package let basis: ProtectionBasis.Code
    package let basisRef: String
  }

  package struct Collaborator: Hashable, Sendable {
    package let userID: String
    package let access: CollaboratorAccess.Code
    package let role: String
    /// `nil` for without end.
    package let until: Timestamp?
  }

  /// The last warning that the record will be recycled.
  package struct RecycleWarning: Hashable, Sendable {
    package let poolID: String
    package let ruleID: String
    package let dueAt: Timestamp
    package let warnedAt: Timestamp
  }

  /// Somebody became the owner.
  package struct Change: Hashable, Sendable {
    package let owner: OwnerRef
    package let position: Position
    /// When it was recorded.
    package let at: Timestamp
    /// Who made it so.
    package let actorID: String
  }

  package private(set) var owner: OwnerRef?
  /// Since when, by what was recorded; `nil` before the first assignment.
  package private(set) var since: Timestamp?
  /// How the owner came to it; `nil` before the first assignment, and after a transfer, a
  /// release or a claim.
  package private(set) var method: AssignmentMethod.Code?
  package private(set) var protections: [Protection] = []
  package private(set) var collaborators: [Collaborator] = []
  /// The transfer that waits for its receiver.
  package private(set) var requested: OwnershipTransferRequested?
  /// Identifiers of the disputes that freeze the record.
  package private(set) var frozenBy: [String] = []
  /// Why the owner locked the record; `nil` when it is not locked.
  package private(set) var lockReasonCode: String?
  /// Everyone whose ownership ended, in their order, each once.
  package private(set) var formerOwners: [OwnerRef] = []
  /// Until when users whose ownership ended in a pool may not claim the record (O-8).
  package private(set) var cooldowns: [String: Timestamp] = [:]
  /// `nil` when the owner wasn't warned, or has changed since.
  package private(set) var warning: RecycleWarning?

  /// Every change of the owner, in the order of the log.
  package private(set) var changes: [Change] = []
  /// To whom else the record is open.
  var shares: [RecordShare] = []

  package init() {}

  /// Whether no rule may take the record from its owner: it is locked, disputed or protected.
  func isKept(at now: Timestamp) -> Bool {
    lockReasonCode != nil || !frozenBy.isEmpty || protections.contains { now < $0.until }
  }

  /// Applies `event`, which `fact` recorded.
  package mutating func apply(_ event: OwnershipEvent.OneOf_Event, by fact: Fact) {
    apply(event, at: fact.recordedAt)
    if owner != changes.last?.owner, let owner {
      changes.append(
        Change(
          owner: owner, position: fact.position, at: fact.recordedAt, actorID: fact.actor.text))
    }
  }

  private mutating func apply(_ event: OwnershipEvent.OneOf_Event, at time: Timestamp) {
    switch event {
    case .ownershipAssigned(let assigned):
      change(to: assigned.to, at: time)
      method = assigned.method
    case .ownershipTransferRequested(let request): requested = request
    case .ownershipTransferAccepted: break
    case .ownershipTransferDeclined, .ownershipTransferCancelled: requested = nil
    case .ownershipTransferred(let transferred):
      change(to: transferred.to, at: time)
      keep(transferred)
    case .ownershipReleasedToPool(let released): release(released, at: time)
    case .ownershipClaimed(let claimed): change(to: .user(claimed.by), at: time)
    case .ownershipRecycleWarned(let warned):
      warning = RecycleWarning(
        poolID: warned.poolID, ruleID: warned.ruleID, dueAt: Timestamp(warned.dueAt),
        warnedAt: time)
    case .ownershipLocked(let locked): lockReasonCode = locked.lockReasonCode
    case .ownershipUnlocked: lockReasonCode = nil
    case .ownershipFrozen(let frozen): frozenBy.append(frozen.disputeID)
    case .ownershipUnfrozen(let unfrozen): frozenBy.removeAll { $0 == unfrozen.disputeID }
    case .protectionGranted, .protectionExtended, .protectionEnded: applyProtection(event)
    case .collaboratorAdded(let added): add(added)
    case .collaboratorRemoved(let removed): collaborators.removeAll { $0.userID == removed.userID }
    }
  }

  private mutating func release(_ released: OwnershipReleasedToPool, at time: Timestamp) {
    if released.from.kind == .user, released.hasPreviousOwnerCooldownUntil {
      cooldowns[released.from.id] = Timestamp(released.previousOwnerCooldownUntil)
    }
    change(to: .pool(released.poolID), at: time)
  }

  private mutating func change(to owner: OwnerRef, at time: Timestamp) {
    since = time
    warning = nil
    if let former = self.owner, former != owner, !formerOwners.contains(former) {
      formerOwners.append(former)
    }
    self.owner = owner
    method = nil
    requested = nil
  }

  /// A transfer may leave the former owner a right; the new owner needs none beside ownership.
  private mutating func keep(_ transferred: OwnershipTransferred) {
    if transferred.to.kind == .user {
      collaborators.removeAll { $0.userID == transferred.to.id }
    }
    let access: CollaboratorAccess.Code
    switch transferred.keepPreviousOwnerAs {
    case .readOnly: access = .read
    case .collaborator: access = .edit
    case .none, .previousOwnerRoleUnspecified, .UNRECOGNIZED: return
    }
    guard transferred.from.kind == .user else { return }
    let added = CollaboratorAdded.with {
      ($0.userID, $0.access, $0.role) = (transferred.from.id, access, "previousOwner")
      if transferred.hasKeepUntil { $0.until = transferred.keepUntil }
    }
    add(added)
  }

  private mutating func add(_ added: CollaboratorAdded) {
    collaborators.removeAll { $0.userID == added.userID }
    collaborators.append(
      Collaborator(
        userID: added.userID, access: added.access, role: added.role,
        until: added.hasUntil ? Timestamp(added.until) : nil))
  }

  private mutating func applyProtection(_ event: OwnershipEvent.OneOf_Event) {
    if case .protectionGranted(let granted) = event {
      protections.append(
        Protection(
          id: granted.protectionID, holder: granted.holder, until: Timestamp(granted.until),
          basis: granted.basis, basisRef: granted.basisRef))
    } else if case .protectionExtended(let extended) = event {
      for index in protections.indices where protections[index].id == extended.protectionID {
        protections[index].until = Timestamp(extended.until)
      }
    } else if case .protectionEnded(let ended) = event {
      protections.removeAll { $0.id == ended.protectionID }
    }
  }
}

extension Ownership {
  /// The user who owns the record; `nil` when a pool does, or nobody.
  package var ownerUserID: String? {
    guard let owner, owner.kind == .user else { return nil }
    return owner.id
  }

  package func isOwned(by userID: String) -> Bool { ownerUserID == userID }

  /// Whether `userID` works on the record beside its owner at `time`.
  package func isCollaborator(_ userID: String, at time: Timestamp) -> Bool {
    collaborators.contains { collaborator in
      collaborator.userID == userID && (collaborator.until.map { time < $0 } ?? true)
    }
  }
}

extension OwnerRef {
  package static func user(_ id: String) -> OwnerRef { .with { ($0.kind, $0.id) = (.user, id) } }
  package static func pool(_ id: String) -> OwnerRef { .with { ($0.kind, $0.id) = (.pool, id) } }
}
