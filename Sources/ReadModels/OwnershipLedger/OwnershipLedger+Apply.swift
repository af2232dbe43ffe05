internal import EventModel
internal import Schema

extension OwnershipLedger {
  static func apply(
    _ change: OwnershipEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .ownershipAssigned(let assigned):
      try own(event, &tables) { row in
        row.owner = OwnerColumns(assigned.to)
        row.act = "assigned"
        row.method = Codes.assignmentMethod[assigned.method]
        row.ruleID = assigned.ruleID
        row.ruleVersion = Int64(assigned.ruleVersion)
      }
    case .ownershipTransferred(let transferred):
      try own(event, &tables) { row in
        row.owner = OwnerColumns(transferred.to)
        row.act = "transferred"
        row.method = Codes.transferCause[transferred.cause]
        row.transferID = transferred.transferID
        if transferred.hasCascadedFrom {
          let parent = transferred.cascadedFrom
          row.cascadedFrom = "\(Codes.objectType[parent.objectType])-\(parent.id)"
        }
      }
    case .ownershipReleasedToPool(let released):
      try own(event, &tables) { row in
        row.owner = OwnerColumns(kind: "pool", id: released.poolID)
        row.act = "released"
        row.method = Codes.releaseCause[released.cause]
        row.ruleID = released.ruleID
        row.ruleVersion = Int64(released.ruleVersion)
      }
    case .ownershipClaimed(let claimed):
      try own(event, &tables) { row in
        row.owner = OwnerColumns(kind: "user", id: claimed.by)
        row.act = "claimed"
        row.method = "claim"
      }
    case .protectionGranted(let granted):
      try tables.protections.put(ProtectionRow(granted, event), at: event)
    case .protectionExtended(let extended):
      guard let slot = try tables.protections.revise(extended.protectionID, at: event) else {
        return
      }
      tables.protections[slot].until = Timestamp(extended.until)
    case .protectionEnded(let ended): try tables.protections.end(ended.protectionID, at: event)
    case .collaboratorAdded(let added):
      try tables.collaborators.put(CollaboratorRow(added, event), at: event)
    case .collaboratorRemoved(let removed):
      try tables.collaborators.end(CollaboratorRow.key(event, removed.userID), at: event)
    case .ownershipLocked(let locked):
      try flag("locked", locked.lockReasonCode, event, &tables)
    case .ownershipUnlocked: try tables.flags.end(OwnershipFlagRow.key(event, "locked"), at: event)
    case .ownershipFrozen(let frozen): try flag("frozen", frozen.disputeID, event, &tables)
    case .ownershipUnfrozen: try tables.flags.end(OwnershipFlagRow.key(event, "frozen"), at: event)
    case .ownershipRecycleWarned(let warned):
      try flag("recycleWarned", warned.poolID, event, &tables)
    case .ownershipTransferRequested(let requested):
      try flag("transferRequested", requested.transferID, event, &tables)
    case .ownershipTransferAccepted, .ownershipTransferDeclined, .ownershipTransferCancelled:
      try tables.flags.end(OwnershipFlagRow.key(event, "transferRequested"), at: event)
    }
  }

  /// Ends the present owner's interval, if there is one, and begins the next.
  private static func own(
    _ event: ProjectedEvent, _ tables: inout Tables, _ fill: (inout OwnershipRow) -> Void
  ) throws(ProjectionFailure) {
    var row = OwnershipRow()
    row.recordType = event.category
    row.recordID = event.recordID
    row.onBehalfOf = event.onBehalfOf
    let metadata = try event.metadata()
    row.reasonCode = metadata.reasonCode
    row.transactionID = metadata.transactionID
    fill(&row)
    if let slot = try tables.owners.revise(row.key, at: event) {
      row.start = tables.owners[slot].start
      tables.owners[slot] = row
    } else {
      try tables.owners.put(row, at: event)
    }
    // A change of hands settles what was announced.
    try tables.flags.end(OwnershipFlagRow.key(event, "recycleWarned"), at: event)
    try tables.flags.end(OwnershipFlagRow.key(event, "transferRequested"), at: event)
  }

  private static func flag(
    _ flag: String, _ reference: String, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    var row = OwnershipFlagRow()
    row.record = "\(event.category)-\(event.recordID)"
    row.flag = flag
    row.reference = reference
    try tables.flags.put(row, at: event)
  }
}
