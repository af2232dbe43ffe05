internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Disputes, handovers, registrations and contested cases.
extension Worklist {
  static func apply(
    _ change: DisputeEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .disputeOpened(let opened):
      let due = opened.hasResponseDueAt ? Timestamp(opened.responseDueAt) : nil
      try put(event, "response", due: due, user: opened.respondentID, &tables)
    case .disputeResponseFiled: try finish(event, ["response"], &tables)
    case .disputeResponseOverdue:
      try self.change(event, "response", &tables) { $0.isOverdue = true }
    case .disputeArbitratorAssigned(let assigned):
      try put(event, "ruling", due: nil, user: assigned.arbitratorID, &tables)
    case .disputeRuled, .disputeWithdrawn, .disputeClosed:
      try finish(event, ["response", "ruling"], &tables)
    case .disputeEvidencePackSealed, .disputeEvidenceAttached, .disputeRulingApplied,
      .disputeAppealed:
      return
    }
  }

  static func apply(
    _ change: HandoverEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .handoverPlanApproved(let approved):
      let due = approved.hasAcknowledgeUntil ? Timestamp(approved.acknowledgeUntil) : nil
      try anchor(event, &tables) { $0.dueAt = due }
    case .handoverItemExecuted(let executed):
      guard executed.disposition == .toUser, executed.hasTo else { return }
      var receiver = WorkAnchorRow(event, item: executed.recordRef)
      receiver.userID = executed.to.id
      tables.anchors.put(receiver)
      let kind = "acknowledge:\(executed.to.id)"
      if let slot = try tables.items.find(WorkItemRow.id(event, kind)) {
        tables.items[slot].openCount += 1
        tables.items[slot].isDone = false
        return
      }
      let due = try tables.anchors.row(WorkAnchorRow.key(event))?.dueAt
      var row = WorkItemRow(event, kind, user: executed.to.id, due: due)
      row.kind = "acknowledge"
      tables.items.put(row)
    case .handoverAcknowledged(let acknowledged):
      for record in acknowledged.recordRefs {
        try tables.anchors.remove(WorkAnchorRow(event, item: record).key)
      }
      try settle(acknowledged.recordRefs.count, by: acknowledged.byUserID, event, &tables)
    case .handoverItemReturned(let returned):
      // What was acknowledged before waits for nobody.
      let key = WorkAnchorRow(event, item: returned.recordRef).key
      guard let receiver = try tables.anchors.row(key) else { return }
      try tables.anchors.remove(key)
      try settle(1, by: receiver.userID, event, &tables)
    case .handoverAcknowledgementOverdue(let overdue):
      try self.change(event, "acknowledge:\(overdue.userID)", &tables) { $0.isOverdue = true }
    case .handoverStarted, .handoverItemPlanned, .handoverItemFailed, .handoverBriefingWritten,
      .handoverAccessReported, .handoverCompleted, .handoverCancelled,
      .handoverReverted:
      return
    }
  }

  /// So many records less wait for the user's acknowledgement.
  private static func settle(
    _ count: Int, by user: String, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    try change(event, "acknowledge:\(user)", &tables) {
      $0.openCount = max(0, $0.openCount - Int64(count))
      $0.isDone = $0.openCount == 0
    }
  }

  static func apply(
    _ change: RegistrationEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .registrationSubmitted(let submitted):
      guard submitted.claimant.kind == .user else { return }
      try anchor(event, &tables) { $0.userID = submitted.claimant.id }
    case .registrationApproved(let approved):
      try anchor(event, &tables) { $0.dueAt = Timestamp(approved.protectionUntil) }
    case .registrationExtended(let extended):
      try anchor(event, &tables) { $0.dueAt = Timestamp(extended.until) }
      try finish(event, ["expiring"], &tables)
    case .registrationExpiring:
      let due = try tables.anchors.row(WorkAnchorRow.key(event))?.dueAt
      try put(event, "expiring", due: due, &tables)
    case .registrationExpired, .registrationRevoked, .registrationConverted,
      .registrationRejected:
      try finish(event, ["expiring"], &tables)
    case .registrationCollisionDetected, .registrationLinked: return
    }
  }

  static func apply(
    _ change: DuplicateCaseEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .collisionOverdue(let overdue):
      var row = WorkItemRow(
        event, "settle", user: overdue.managerID, due: Timestamp(overdue.dueAt))
      row.isOverdue = true
      tables.items.put(row)
    case .collisionSettled, .collisionEscalated, .duplicateDismissed, .duplicateMergeRequested:
      try finish(event, ["settle"], &tables)
    case .duplicateSuspected, .collisionDetected, .duplicateOverrideConfirmed: return
    }
  }
}
