internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// F-15: what a record has to say of itself, in the order in which it is shown.
extension DataQuality {
  static let ofOrganization = ["name", "industryCode", "sizeBand", "source", "primaryContact"]
  static let ofIndividual = ["source"]
  static let ofContact = ["account", "role"]
  static let ofLead = ["source", "region", "industryCode", "urgency"]

  private static func required(of row: QualityRecordRow) -> [String] {
    switch row.recordType {
    case "contact": ofContact
    case "lead": ofLead
    case _: row.requiredCount == Int64(ofIndividual.count) ? ofIndividual : ofOrganization
    }
  }

  private static func set(_ field: String, _ isFilled: Bool, _ row: inout QualityRecordRow) {
    row.set(field, isFilled: isFilled, required: required(of: row))
  }

  private static func take(
    _ changes: [FieldChange], _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    try change(event, &tables) { row in
      row.changedAt = event.recordedAt
      for change in changes {
        set(change.field, change.hasTo && change.to != FieldValue.with { $0.text = "" }, &row)
      }
    }
  }
}

extension DataQuality {
  static func apply(
    _ change: AccountEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .accountCreated(let created):
      let hasSource = created.source.channel != .sourceChannelUnspecified
      let fields: [(String, Bool)] =
        created.accountType == .individual
        ? [("source", hasSource)]
        : [
          ("name", !created.name.isEmpty), ("industryCode", !created.industryCode.isEmpty),
          ("sizeBand", !created.sizeBand.isEmpty), ("source", hasSource),
          ("primaryContact", false),
        ]
      tables.records.put(QualityRecordRow(event, required: fields))
    case .accountDetailsChanged(let changed): try take(changed.changes, event, &tables)
    case .accountEnriched(let enriched): try take(enriched.changes, event, &tables)
    case .accountFieldVerified, .accountMajorChangeRecorded: try take([], event, &tables)
    case .primaryContactSet(let set):
      try self.change(event, &tables) { row in
        row.primaryContactID = set.to
        self.set("primaryContact", !set.to.isEmpty, &row)
      }
    case .accountArchived, .accountMergedInto:
      try self.change(event, &tables) { $0.isActive = false }
    case .accountRestored: try self.change(event, &tables) { $0.isActive = true }
    case .accountUnmerged(let unmerged):
      guard unmerged.mergedID == event.recordID else { return }
      try self.change(event, &tables) { $0.isActive = true }
    case .accountGraded, .accountTierChanged, .accountParentSet, .needRecorded, .needClosed,
      .commitmentRecorded, .commitmentFulfilled, .commitmentBroken,
      .accountLifecycleStageChanged, .accountMerged:
      return
    }
  }

  static func apply(
    _ change: ContactEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .contactCreated(let created):
      var row = QualityRecordRow(
        event, required: [("account", !created.accountID.isEmpty), ("role", false)])
      row.accountID = created.accountID
      tables.records.put(row)
    case .contactDetailsChanged: try take([], event, &tables)
    case .contactVerified:
      try self.change(event, &tables) { row in
        (row.verifiedAt, row.changedAt) = (event.recordedAt, event.recordedAt)
      }
    case .contactMovedToAccount(let moved):
      try self.change(event, &tables) { row in
        row.accountID = moved.to
        set("account", !moved.to.isEmpty, &row)
      }
    case .contactRoleSet: try self.change(event, &tables) { set("role", true, &$0) }
    case .contactArchived, .contactMergedInto:
      try self.change(event, &tables) { $0.isActive = false }
    case .contactRestored: try self.change(event, &tables) { $0.isActive = true }
    case .contactUnmerged(let unmerged):
      guard unmerged.mergedID == event.recordID else { return }
      try self.change(event, &tables) { $0.isActive = true }
    case .contactReportsToSet, .contactMerged, .consentGranted, .consentWithdrawn: return
    }
  }

  static func apply(
    _ change: LeadEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .leadCaptured(let captured):
      tables.records.put(
        QualityRecordRow(
          event,
          required: [
            ("source", captured.source.channel != .sourceChannelUnspecified),
            ("region", !captured.region.isEmpty),
            ("industryCode", !captured.industryCode.isEmpty),
            ("urgency", !captured.urgency.isEmpty),
          ]))
    case .leadDetailsChanged(let changed): try take(changed.changes, event, &tables)
    case .leadDataNormalized(let normalized): try take(normalized.changes, event, &tables)
    case .leadConverted, .leadDisqualified, .leadMergedInto:
      try self.change(event, &tables) { $0.isActive = false }
    case .leadReopened: try self.change(event, &tables) { $0.isActive = true }
    case .leadUnmerged(let unmerged):
      guard unmerged.mergedID == event.recordID else { return }
      try self.change(event, &tables) { $0.isActive = true }
    case .leadScored, .leadRated, .firstResponseDeadlineSet, .leadFirstResponded,
      .leadFirstResponseBreached, .leadNurtureStarted, .nurtureTouchSent,
      .leadNurtureReevaluationDue, .leadNurtureReevaluated, .leadQualified,
      .leadQualityFeedbackGiven, .leadMerged, .leadStatusChanged:
      return
    }
  }
}

extension DataQuality {
  private static let timelyMicroseconds: Int64 = 15 * 60_000_000
  private static let dayMicroseconds: Int64 = 86_400_000_000

  static func apply(
    _ change: ActivityEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    guard case .activityLogged(let logged) = change, !logged.planned else { return }
    for subject in logged.subjectRefs {
      let key = "\(Codes.objectType[subject.objectType]):\(subject.id)"
      guard let slot = try tables.records.find(key) else { continue }
      let last = tables.records[slot].lastActivityAt
      if last.map({ $0 < event.occurredAt }) ?? true {
        tables.records[slot].lastActivityAt = event.occurredAt
      }
    }
    // What another system kept was written down by its clock.
    guard logged.enteredVia != .import, logged.enteredVia != .sync else { return }
    let user = logged.performedBy.isEmpty ? event.actor : logged.performedBy
    let day = event.recordedAt.microseconds / dayMicroseconds
    var row = try tables.logging.row("\(user):\(day)") ?? QualityLoggingRow()
    (row.loggingKey, row.userID, row.day) = ("\(user):\(day)", user, day)
    row.activities += 1
    let delay = event.recordedAt.microseconds - event.occurredAt.microseconds
    if delay <= timelyMicroseconds { row.timely += 1 }
    if logged.hasNextStep { row.withNextStep += 1 }
    tables.logging.put(row)
  }

  static func apply(
    _ change: DuplicateCaseEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    switch change {
    case .duplicateSuspected(let suspected):
      try open(event, suspected.refs, isContested: false, &tables)
    case .collisionDetected(let collision):
      try open(event, collision.refs, isContested: true, &tables)
    case .duplicateDismissed, .duplicateMergeRequested, .collisionSettled:
      try close(event, &tables)
    case .duplicateOverrideConfirmed:
      // Confirmed to be two: only a contested case goes on.
      guard let row = try tables.cases.row(event.recordID), !row.isContested else { return }
      try close(event, &tables)
    case .collisionEscalated, .collisionOverdue: return
    }
  }

  private static func open(
    _ event: ProjectedEvent, _ refs: [RecordRef], isContested: Bool, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    var row = QualityCaseRow()
    (row.caseID, row.isContested) = (event.recordID, isContested)
    row.records = refs.map { "\(Codes.objectType[$0.objectType]):\($0.id)" }
      .joined(separator: ",")
    tables.cases.put(row)
    try count(row, by: 1, &tables)
  }

  private static func close(
    _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    guard let slot = try tables.cases.find(event.recordID), tables.cases[slot].isOpen else {
      return
    }
    tables.cases[slot].isOpen = false
    try count(tables.cases[slot], by: -1, &tables)
  }

  private static func count(
    _ row: QualityCaseRow, by number: Int64, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    for key in row.records.split(separator: ",").map(String.init) {
      guard let slot = try tables.records.find(key) else { continue }
      if row.isContested {
        tables.records[slot].contestedCases += number
      } else {
        tables.records[slot].duplicateCases += number
      }
    }
  }

  static func apply(
    _ change: OwnershipEvent.OneOf_Event, _ event: ProjectedEvent, _ tables: inout Tables
  ) throws(ProjectionFailure) {
    guard let slot = try tables.records.find("\(event.category):\(event.recordID)") else { return }
    let owner: (String, String)
    switch change {
    case .ownershipAssigned(let assigned):
      owner = (Codes.ownerKind[assigned.to.kind], assigned.to.id)
    case .ownershipTransferred(let transferred):
      owner = (Codes.ownerKind[transferred.to.kind], transferred.to.id)
    case .ownershipReleasedToPool(let released): owner = ("pool", released.poolID)
    case .ownershipClaimed(let claimed): owner = ("user", claimed.by)
    case .ownershipTransferRequested, .ownershipTransferAccepted, .ownershipTransferDeclined,
      .ownershipTransferCancelled, .ownershipRecycleWarned, .ownershipLocked, .ownershipUnlocked,
      .ownershipFrozen, .ownershipUnfrozen, .protectionGranted, .protectionExtended,
      .protectionEnded, .collaboratorAdded, .collaboratorRemoved:
      return
    }
    (tables.records[slot].ownerKind, tables.records[slot].ownerID) = owner
  }
}
