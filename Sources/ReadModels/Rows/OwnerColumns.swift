internal import EventModel
internal import Schema

/// Who owns a record, as columns: `user`, `pool` or `partner`, and which; both empty for nobody.
package struct OwnerColumns: Hashable, Sendable {
  package var kind = ""
  package var id = ""

  package init() {}

  init(kind: String, id: String) {
    self.kind = kind
    self.id = id
  }

  init(_ owner: OwnerRef) {
    kind = Codes.ownerKind[owner.kind]
    id = owner.id
  }

  /// The owner that `event` gives the record; `nil` when it gives it none.
  ///
  /// Source: crm-domain.md 3.4.8, the owner-at-time algorithm.
  init?(after event: OwnershipEvent.OneOf_Event) {
    switch event {
    case .ownershipAssigned(let assigned): self.init(assigned.to)
    case .ownershipTransferred(let transferred): self.init(transferred.to)
    case .ownershipClaimed(let claimed): self.init(kind: "user", id: claimed.by)
    case .ownershipReleasedToPool(let released): self.init(kind: "pool", id: released.poolID)
    case .ownershipTransferRequested, .ownershipTransferAccepted, .ownershipTransferDeclined,
      .ownershipTransferCancelled, .ownershipRecycleWarned, .ownershipLocked, .ownershipUnlocked,
      .ownershipFrozen, .ownershipUnfrozen, .protectionGranted, .protectionExtended,
      .protectionEnded, .collaboratorAdded, .collaboratorRemoved:
      return nil
    }
  }
}

/// An amount of money, as columns; the currency is empty where there is no amount.
package struct MoneyColumns: Hashable, Sendable {
  package var minor: Int64 = 0
  package var currency = ""

  package init() {}

  init(_ money: Money) {
    minor = money.amountMinor
    currency = money.currency
  }
}

/// Where personal fields of a row stand sealed in the log, as columns; null where there are none.
package struct SealedReference: Hashable, Sendable {
  package var position: Int64?
  package var section: Int64?

  package init() {}

  init(_ event: ProjectedEvent) {
    guard let sealed = event.sealedSection else { return }
    position = Int64(event.position.rawValue)
    section = Int64(sealed)
  }
}

extension RowCoder {
  package mutating func code(_ owner: inout OwnerColumns) {
    code("owner_kind", &owner.kind)
    code("owner_id", &owner.id)
  }

  package mutating func code(_ money: inout MoneyColumns) {
    code("amount_minor", &money.minor)
    code("currency", &money.currency)
  }

  package mutating func code(_ reference: inout SealedReference) {
    code("personal_position", &reference.position)
    code("personal_section", &reference.section)
  }
}
