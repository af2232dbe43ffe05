internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Handover {
  /// One record goes where the plan says, or the reason why it can't is noted; H-3, H-5.
  func execute(
    _ record: RecordKey, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if items[record]?.state == .executed { return [] }
    guard status == .approved || status == .executing else {
      throw refusedNow("execution", "approve its plan first")
    }
    try requireRight("ExecuteHandoverItem", over: fromUserID, in: context)
    guard context.now >= Timestamp(started.effectiveAt) else {
      throw Refusal(
        .status,
        "The handover \(id) takes effect at \(Timestamp(started.effectiveAt)); execute it then.")
    }
    guard let item = items[record] else {
      throw Refusal(
        .reference, "recordRef names \(record), which the handover \(id) has not; plan it first.",
        field: "recordRef")
    }
    if item.disposition == .keep { return [executed(record, item, to: .user(fromUserID))] }
    guard let state = context.records.anyState(record) as? any OwnedAggregate else {
      throw .missing(record, field: "recordRef")
    }
    if let code = obstacle(to: item, state, in: context) {
      guard item.state != .failed(code: code.rawValue) else { return [] }
      return [
        event(
          .handoverItemFailed(
            .with { ($0.recordRef, $0.code) = (record.reference, code.rawValue) }))
      ]
    }
    let next = item.disposition == .toPool ? OwnerRef.pool(item.poolID) : .user(item.toUserID)
    return OwnedRecord(key: record, record: state)
      .handedOver(from: fromUserID, to: next, handover: id, in: context)
      + [executed(record, item, to: next)]
  }

  private func executed(_ record: RecordKey, _ item: Item, to owner: OwnerRef) -> DecidedEvent {
    event(
      .handoverItemExecuted(
        .with {
          ($0.recordRef, $0.disposition, $0.to) = (record.reference, item.disposition, owner)
        }))
  }

  /// Why a record can't go to its receiver now; `nil` when it can.
  private func obstacle(
    to item: Item, _ record: any OwnedAggregate, in context: DecisionContext
  ) -> RefusalCode? {
    guard record.ownership.isOwned(by: fromUserID) else { return .ownershipNotOwner }
    guard record.ownership.frozenBy.isEmpty else { return .frozen }
    let next = item.disposition == .toPool ? OwnerRef.pool(item.poolID) : .user(item.toUserID)
    do throws(Refusal) {
      try OwnerRule.check(next, field: "recordRef", in: context)
      return nil
    } catch { return error.code }
  }

  /// H-5: everything went over, was kept by plan, or waits for a dispute's ruling.
  func complete(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard status != .completed else { return [] }
    guard status == .approved || status == .executing else {
      throw refusedNow("completion", "execute it first")
    }
    try requireRight("CompleteHandover", over: fromUserID, in: context)
    let skipped = records.filter { items[$0]?.state == .failed(code: RefusalCode.frozen.rawValue) }
    // Somebody else owns it by now: there is nothing to hand over any more.
    let gone = Set(
      records.filter { items[$0]?.state == .failed(code: RefusalCode.ownershipNotOwner.rawValue) })
    let open = records.filter { record in
      items[record]?.state != .executed && !skipped.contains(record) && !gone.contains(record)
    }
    let left = context.records.holdings(of: fromUserID).filter { record in
      guard let item = items[record], item.state == .executed || skipped.contains(record) else {
        return true
      }
      return item.disposition != .keep && !skipped.contains(record)
    }
    guard let first = (open + left).first else {
      let completed = HandoverCompleted.with {
        $0.executed = count { $0.state == .executed && $0.disposition != .keep }
        $0.kept = count { $0.state == .executed && $0.disposition == .keep }
        $0.skipped = UInt32(skipped.count)
      }
      // Who only moves goes on working; who leaves does not.
      let goesOn = started.cause == .internalMove
      return [event(.handoverCompleted(completed))] + (goesOn ? [restored()] : [])
    }
    throw Refusal(
      .hasOpenRecords,
      "\(Set(open + left).count) records of \(fromUserID), such as \(first), are not handed over in "
        + "the handover \(id); plan and execute them.")
  }

  private func count(_ test: (Item) -> Bool) -> UInt32 { UInt32(items.values.count(where: test)) }

  /// After a long leave: a record goes back, unless somebody else has it by now.
  func giveBack(
    _ record: RecordKey, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard started.cause == .longLeave, status == .executing || status == .completed else {
      throw refusedNow("return", "only what a longLeave handed over goes back")
    }
    try requireRight("ReturnHandoverItem", over: fromUserID, in: context)
    guard let item = items[record], item.disposition == .toUser, item.state == .executed,
      let state = context.records.anyState(record) as? any OwnedAggregate,
      state.ownership.isOwned(by: item.toUserID)
    else { return [] }
    try OwnershipRule.requireNotFrozen(state.ownership, record)
    try OwnerRule.check(.user(fromUserID), field: "recordRef", in: context)
    return OwnedRecord(key: record, record: state)
      .handedOver(from: item.toUserID, to: .user(fromUserID), handover: id, in: context)
      + [event(.handoverItemReturned(.with { $0.recordRef = record.reference }))]
  }

  func revert(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard status != .reverted else { return [] }
    guard started.cause == .longLeave, status == .executing || status == .completed else {
      throw refusedNow("reverting", "only a longLeave that was executed is reverted")
    }
    try requireRight("RevertHandover", over: fromUserID, in: context)
    try context.requireReason(for: "RevertHandover")
    let reverted = HandoverReverted.with {
      $0.returned = count { $0.state == .returned }
      $0.left = count { $0.state == .executed && $0.disposition != .keep }
    }
    return [event(.handoverReverted(reverted)), restored()]
  }
}

extension OwnedRecord {
  /// The record in a pool, for its owner does not work here any more.
  func leftBehind(
    by userID: String, to poolID: String, in context: DecisionContext
  ) -> [DecidedEvent] {
    let released = OwnershipReleasedToPool.with {
      ($0.poolID, $0.from, $0.cause) = (poolID, .user(userID), .deactivation)
    }
    return endings(for: userID) + [event(.ownershipReleasedToPool(released))]
  }

  private func endings(for userID: String) -> [DecidedEvent] {
    ownership.protections.filter { $0.holder == .user(userID) }.map { protection in
      event(
        .protectionEnded(.with { ($0.protectionID, $0.cause) = (protection.id, .revoked) }))
    }
  }

  /// The record, and what the former owner was to do for it, with its next owner.
  func handedOver(
    from userID: String, to next: OwnerRef, handover: String, in context: DecisionContext
  ) -> [DecidedEvent] {
    var events: [DecidedEvent] = []
    if next.kind == .pool {
      let released = OwnershipReleasedToPool.with {
        ($0.poolID, $0.from, $0.cause) = (next.id, .user(userID), .handover)
      }
      events.append(event(.ownershipReleasedToPool(released)))
    } else {
      let transferred = OwnershipTransferred.with {
        ($0.transferID, $0.from, $0.to, $0.cause) = (handover, .user(userID), next, .handover)
      }
      events.append(event(.ownershipTransferred(transferred)))
      for child in context.records.children(of: key) {
        guard let task = context.records.anyState(child) as? TaskRecord, task.status == .open,
          task.assigneeID == userID
        else { continue }
        events.append(task.reassigned(to: next.id))
      }
    }
    return events + endings(for: userID)
  }
}
