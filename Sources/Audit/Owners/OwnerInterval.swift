internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Who owned a record for a time, and by what right.
package struct OwnerInterval: Hashable, Sendable {
  /// A user, a pool or a partner.
  package let owner: OwnerRef
  /// The event that made them the owner.
  package let began: EventSummary
  /// The event that ended it; `nil` while it lasts.
  package var ended: EventSummary?
  /// Such as `manual` or `creation`, of an assignment; `transfer`, `claim`, `release` otherwise.
  package let method: String
  /// Of a transfer or a release; empty for others.
  package let cause: String
  package let ruleID: String
  package let ruleVersion: UInt32
  /// On a child: the record whose transfer took it along, such as `account:acc_1`.
  package let cascadedFrom: String

  /// Such as `user:usr_1`.
  package var ownerText: String { FieldText.text(owner) ?? "" }

  init?(_ event: OwnershipEvent.OneOf_Event, _ summary: EventSummary) {
    var ruleID = ""
    var ruleVersion: UInt32 = 0
    var cascadedFrom = ""
    switch event {
    case .ownershipAssigned(let assigned):
      owner = assigned.to
      method = FieldText.code(assigned.method) ?? "assignment"
      cause = ""
      ruleID = assigned.ruleID
      ruleVersion = assigned.ruleVersion
    case .ownershipTransferred(let transferred):
      owner = transferred.to
      method = "transfer"
      cause = FieldText.code(transferred.cause) ?? ""
      cascadedFrom =
        transferred.hasCascadedFrom ? FieldText.text(transferred.cascadedFrom) ?? "" : ""
    case .ownershipClaimed(let claimed):
      owner = .with { ($0.kind, $0.id) = (.user, claimed.by) }
      method = "claim"
      cause = ""
      // A claim's rules are its pool's.
      ruleID = claimed.ruleVersion > 0 ? claimed.poolID : ""
      ruleVersion = claimed.ruleVersion
    case .ownershipReleasedToPool(let released):
      owner = .with { ($0.kind, $0.id) = (.pool, released.poolID) }
      method = "release"
      cause = FieldText.code(released.cause) ?? ""
      ruleID = released.ruleID
      ruleVersion = released.ruleVersion
    case .ownershipTransferRequested, .ownershipTransferAccepted, .ownershipTransferDeclined,
      .ownershipTransferCancelled, .ownershipRecycleWarned, .ownershipLocked, .ownershipUnlocked,
      .ownershipFrozen, .ownershipUnfrozen, .protectionGranted, .protectionExtended,
      .protectionEnded, .collaboratorAdded, .collaboratorRemoved:
      return nil
    }
    began = summary
    self.ruleID = ruleID
    self.ruleVersion = ruleVersion
    self.cascadedFrom = cascadedFrom
  }
}

extension OwnerInterval {
  init(
    owner: OwnerRef, began: EventSummary, ended: EventSummary?, method: String, cause: String,
    ruleID: String, ruleVersion: UInt32, cascadedFrom: String
  ) {
    self.owner = owner
    self.began = began
    self.ended = ended
    self.method = method
    self.cause = cause
    self.ruleID = ruleID
    self.ruleVersion = ruleVersion
    self.cascadedFrom = cascadedFrom
  }
}
