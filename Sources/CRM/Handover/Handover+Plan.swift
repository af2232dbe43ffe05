internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Handover {
  /// How many items one command plans at the most; the rest takes several.
  package static let itemLimit = 1000

  func plan(
    _ command: PlanHandoverItems, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard [.draft, .planned, .approved, .executing].contains(status) else {
      throw refusedNow("plan", "start another handover")
    }
    try requireRight("PlanHandoverItems", over: fromUserID, in: context)
    guard command.items.count <= Self.itemLimit else {
      throw Refusal(
        .range,
        "items has \(command.items.count); plan \(Self.itemLimit) at the most in one command.",
        field: "items")
    }
    let holdings = context.records.holdings(of: fromUserID)
    let owned = Set(holdings)
    var planned: [RecordKey: HandoverItemPlanned] = [:]
    var events: [DecidedEvent] = []
    for item in command.items {
      let record = RecordKey(item.recordRef)
      guard owned.contains(record) else {
        throw Refusal(
          .ownershipNotOwner,
          "items names \(record), which \(fromUserID) doesn't own; leave it out.",
          field: "items.recordRef")
      }
      guard planned[record] == nil else {
        throw Refusal(
          .inconsistent, "items names \(record) twice; plan it once.", field: "items.recordRef")
      }
      try check(item, in: context)
      try FieldRule.text(item.note, "items.note", limit: FieldRule.longByteLimit)
      planned[record] = Self.planned(record, item)
      if let event = event(planning: item, of: record, in: context) { events.append(event) }
    }
    guard command.hasRest else { return events }
    guard !command.rest.hasRecordRef, command.rest.note.isEmpty else {
      throw Refusal(
        .inconsistent, "rest has a record or a note; it is for all that has no plan yet.",
        field: "rest")
    }
    try check(command.rest, in: context)
    for record in holdings where items[record] == nil && planned[record] == nil {
      guard events.count < Self.itemLimit else { break }
      var item = command.rest
      if Self.isClosed(context.records.anyState(record)) {
        // What is closed stays with whoever closed it (O-4).
        item = HandoverItemInput.with { $0.disposition = .keep }
      }
      if let event = event(planning: item, of: record, in: context) { events.append(event) }
    }
    return events
  }

  static func isClosed(_ record: (any Aggregate)?) -> Bool {
    if let opportunity = record as? Opportunity { return opportunity.status != .open }
    if let ticket = record as? Ticket { return !ticket.isOpen }
    if let lead = record as? Lead { return !lead.isOpen }
    return false
  }

  private static func planned(_ record: RecordKey, _ item: HandoverItemInput) -> HandoverItemPlanned
  {
    .with {
      $0.recordRef = record.reference
      $0.disposition = item.disposition
      $0.toUserID = item.toUserID
      $0.poolID = item.poolID
    }
  }

  /// Nothing when it is planned so already, or done.
  private func event(
    planning item: HandoverItemInput, of record: RecordKey, in context: DecisionContext
  ) -> DecidedEvent? {
    if let known = items[record] {
      let isSame =
        known.disposition == item.disposition && known.toUserID == item.toUserID
        && known.poolID == item.poolID && item.note.isEmpty && known.state == .planned
      guard !isSame, known.state != .executed else { return nil }
    }
    let subject = (context.records.anyState(record) as? any OwnedAggregate)?.subject ?? record
    return event(
      .handoverItemPlanned(Self.planned(record, item)),
      item.note.isEmpty ? nil : .with { $0.note = item.note }, sealedUnder: subject)
  }

  /// H-2, as far as it can be told now.
  private func check(_ item: HandoverItemInput, in context: DecisionContext) throws(Refusal) {
    switch item.disposition {
    case .toUser:
      guard item.toUserID != fromUserID else {
        throw Refusal(
          .ownershipSame, "toUserId names \(fromUserID), who leaves; name a receiver.",
          field: "items.toUserId")
      }
      try OwnerRule.check(.user(item.toUserID), field: "items.toUserId", in: context)
      guard item.poolID.isEmpty else { throw Self.tooMuch }
    case .toPool:
      try OwnerRule.check(.pool(item.poolID), field: "items.poolId", in: context)
      guard item.toUserID.isEmpty else { throw Self.tooMuch }
    case .keep:
      guard item.toUserID.isEmpty, item.poolID.isEmpty else { throw Self.tooMuch }
    case .handoverDispositionUnspecified:
      throw .required("disposition", of: "An item of the handover")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "items.disposition")
    }
  }

  private static let tooMuch = Refusal(
    .inconsistent,
    "An item has a receiver that its disposition doesn't take; give toUserId for toUser and poolId "
      + "for toPool alone.", field: "items.disposition")

  /// H-1: nothing of the leaver's is without a plan.
  func approve(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard status != .approved else { return [] }
    guard status == .draft || status == .planned else {
      throw refusedNow("approval", "it was approved before")
    }
    try requireRight("ApproveHandoverPlan", over: fromUserID, in: context)
    let holdings = context.records.holdings(of: fromUserID)
    let unplanned = holdings.filter { items[$0] == nil }
    guard unplanned.isEmpty else {
      throw Refusal(
        .hasOpenRecords,
        "\(unplanned.count) records of \(fromUserID), such as \(unplanned[0]), have no plan in the "
          + "handover \(id); plan them, or give `rest`.")
    }
    let effective = max(context.now, Timestamp(started.effectiveAt))
    let until = context.workingDays()
      .moment(afterDays: context.settings.handoverAcknowledgeDays, from: effective)
    let approved = HandoverPlanApproved.with {
      $0.itemCount = UInt32(records.count)
      if let until { $0.acknowledgeUntil = until.message }
    }
    return [event(.handoverPlanApproved(approved))]
  }
}
