internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension OwnedRecord {
  /// What a ruling does to the record: its next owner, and whom it is protected for.
  ///
  /// A ruling goes before protection and quota (O-9, O-10), never before O-2. Without `next` the
  /// owner stays.
  func ruled(
    to next: OwnerRef?, _ command: RuleOnDispute, dispute: String, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    var events: [DecidedEvent] = []
    if let next, let owner = ownership.owner, next != owner {
      try OwnerRule.check(next, field: "ownerAfter", in: context)
      events += try ownerChange(from: owner, to: next, command, in: context)
      for protection in ownership.protections where protection.holder != next {
        let ended = ProtectionEnded.with { ($0.protectionID, $0.cause) = (protection.id, .ruling) }
        events.append(event(.protectionEnded(ended)))
      }
    }
    if command.hasProtectionUntil {
      let until = Timestamp(command.protectionUntil)
      guard until > context.now else {
        throw Refusal(
          .range, "protectionUntil is \(until), which is over; give a later moment or none.",
          field: "protectionUntil")
      }
      guard let holder = next ?? ownership.owner, holder.kind == .user else {
        throw Refusal(
          .ownershipKind, "protectionUntil is given for a pool; only a user's record is protected.",
          field: "protectionUntil")
      }
      let granted = ProtectionGranted.with {
        $0.protectionID = command.protectionID
        $0.holder = holder
        $0.until = until.message
        $0.basis = .manual
        $0.basisRef = dispute
      }
      events.append(event(.protectionGranted(granted)))
    }
    return events
  }

  private func ownerChange(
    from owner: OwnerRef, to next: OwnerRef, _ command: RuleOnDispute, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if next.kind == .pool {
      let released = OwnershipReleasedToPool.with {
        ($0.poolID, $0.from, $0.cause) = (next.id, owner, .ruling)
      }
      return [event(.ownershipReleasedToPool(released))]
    }
    guard owner.kind == .user else {
      let assigned = OwnershipAssigned.with {
        ($0.from, $0.to, $0.method) = (owner, next, .ruling)
      }
      return [event(.ownershipAssigned(assigned))]
    }
    var transferred = OwnershipTransferred.with {
      $0.transferID = command.transferID
      $0.to = next
      $0.cascade = command.cascade
      $0.cause = .ruling
    }
    return try handOver(&transferred, in: context)
  }
}
