internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension OwnedRecord {
  /// O-3, O-4: the record and the children chosen go over together, for one reason.
  func transfer(
    _ command: TransferOwnership, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try check(to: command.hasTo ? command.to : nil, in: context)
    try requireManager("TransferOwnership", in: context)
    switch command.cause {
    case .manual, .territory, .transferCauseUnspecified: break
    case .import:
      guard context.channel == .import || context.channel == .migration else {
        throw Refusal(
          .inconsistent, "cause is import in a command of another channel; use manual.",
          field: "cause")
      }
    case .handover, .ruling:
      throw Refusal(
        .inconsistent,
        "cause is \(command.cause), which only \(command.cause == .ruling ? "a ruling" : "a handover") "
          + "gives; use manual.", field: "cause")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "cause")
    }
    var transferred = OwnershipTransferred.with {
      $0.transferID = command.transferID
      $0.to = command.to
      $0.cascade = command.cascade
      $0.keepPreviousOwnerAs = command.keepPreviousOwnerAs
      if command.hasKeepUntil { $0.keepUntil = command.keepUntil }
      $0.cause = command.cause == .transferCauseUnspecified ? .manual : command.cause
    }
    try limit(&transferred, in: context)
    return try handOver(&transferred, in: context)
  }

  /// The owner offers; the receiver decides.
  func requestTransfer(
    _ command: RequestOwnershipTransfer, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard context.settings.peerTransferByAcceptance else {
      throw Refusal(
        .ownershipTransfer,
        "The organisation's switch peerTransfer is off; ask a manager to "
          + "transfer the \(key.typeName) \(key.id).")
    }
    try requireOwnerOrManager("RequestOwnershipTransfer", in: context)
    try check(to: command.hasTo ? command.to : nil, in: context)
    try checkCascade(command.cascade)
    if let requested = ownership.requested {
      throw Refusal(
        .ownershipTransfer,
        "The transfer \(requested.transferID) of the \(key.typeName) \(key.id) "
          + "waits for \(requested.to.id); cancel it first.")
    }
    try FieldRule.text(command.note, "note", limit: FieldRule.longByteLimit)
    return [
      event(
        .ownershipTransferRequested(
          .with {
            $0.transferID = command.transferID
            $0.to = command.to
            $0.cascade = command.cascade
            $0.keepPreviousOwnerAs = command.keepPreviousOwnerAs
            if command.hasKeepUntil { $0.keepUntil = command.keepUntil }
          }), .with { $0.note = command.note })
    ]
  }

  func acceptTransfer(
    _ transferID: String, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let requested = try requireRequest(transferID)
    try requireReceiver(of: requested, in: context)
    try OwnershipRule.requireNotFrozen(ownership, key)
    try OwnerRule.check(requested.to, field: "to", in: context)
    var transferred = OwnershipTransferred.with {
      $0.transferID = requested.transferID
      $0.to = requested.to
      $0.cascade = requested.cascade
      $0.keepPreviousOwnerAs = requested.keepPreviousOwnerAs
      if requested.hasKeepUntil { $0.keepUntil = requested.keepUntil }
      $0.cause = .manual
    }
    try limit(&transferred, in: context)
    return [event(.ownershipTransferAccepted(.with { $0.transferID = transferID }))]
      + (try handOver(&transferred, in: context))
  }

  func declineTransfer(
    _ command: DeclineOwnershipTransfer, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let requested = try requireRequest(command.transferID)
    try requireReceiver(of: requested, in: context)
    try FieldRule.text(command.note, "note", limit: FieldRule.longByteLimit)
    return [
      event(
        .ownershipTransferDeclined(.with { $0.transferID = command.transferID }),
        .with { $0.note = command.note })
    ]
  }

  func cancelTransfer(
    _ transferID: String, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    _ = try requireRequest(transferID)
    try requireOwnerOrManager("CancelOwnershipTransfer", in: context)
    return [event(.ownershipTransferCancelled(.with { $0.transferID = transferID }))]
  }
}

extension OwnedRecord {
  /// O-7.
  private func limit(
    _ transferred: inout OwnershipTransferred, in context: DecisionContext
  ) throws(Refusal) {
    guard let holdings = try self.holdings(of: transferred.to, in: context) else { return }
    transferred.holdings = holdings.count
    if let limit = holdings.limit { transferred.maxHoldings = limit }
  }

  private func requireRequest(
    _ transferID: String
  ) throws(Refusal) -> OwnershipTransferRequested {
    guard let requested = ownership.requested, requested.transferID == transferID else {
      throw Refusal(
        .ownershipTransfer,
        "No transfer \(transferID) of the \(key.typeName) \(key.id) waits for an "
          + "answer; check the identifier.", field: "transferId")
    }
    return requested
  }

  private func requireReceiver(
    of requested: OwnershipTransferRequested, in context: DecisionContext
  ) throws(Refusal) {
    guard requested.to == .user(context.effectiveActorID) else {
      throw Refusal(
        .ownershipTransfer,
        "The transfer \(requested.transferID) waits for \(requested.to.id), and "
          + "\(context.effectiveActorID) can't answer it.")
    }
  }

  private func check(to receiver: OwnerRef?, in context: DecisionContext) throws(Refusal) {
    guard let receiver else { throw .required("to", of: "The command") }
    guard let owner = ownership.owner else {
      throw Refusal(
        .ownershipNotOwner, "The \(key.typeName) \(key.id) has no owner; use AssignOwnership.")
    }
    guard receiver != owner else {
      throw Refusal(
        .ownershipSame,
        "\(receiver.id) owns the \(key.typeName) \(key.id) already; name someone "
          + "else.", field: "to")
    }
    try OwnershipRule.requireNotFrozen(ownership, key)
    try OwnerRule.check(receiver, field: "to", in: context)
    if !context.isSystem { try context.requireReason(for: "A transfer") }
    try OwnershipRule.requireNotProtected(
      ownership, key, from: context.effectiveActorID, in: context)
  }

  private func checkCascade(_ cascade: [Cascade.Code]) throws(Refusal) {
    guard cascade.isEmpty || key.type == .account else {
      throw Refusal(
        .inconsistent,
        "cascade is given for a \(key.typeName), which has no children; leave it "
          + "out.", field: "cascade")
    }
    for code in cascade {
      switch code {
      case .opportunitiesOpen, .opportunitiesAll, .contacts, .tickets, .tasks: continue
      case .subscriptions: throw .notAvailable("The cascade subscriptions", needs: "subscriptions")
      case .cascadeUnspecified: throw .required("cascade", of: "An entry of cascade")
      case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "cascade")
      }
    }
  }

  func handOver(
    _ transferred: inout OwnershipTransferred, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try checkCascade(transferred.cascade)
    guard let owner = ownership.owner else { return [] }
    transferred.from = owner
    var events = [event(.ownershipTransferred(transferred))]
    for child in context.records.children(of: key) {
      if let task = context.records.anyState(child) as? TaskRecord {
        // What the former owner was to do for the record, the next one does.
        let goes = task.status == .open && owner == .user(task.assigneeID)
        if goes, transferred.to.kind == .user, transferred.cascade.contains(.tasks) {
          events.append(task.reassigned(to: transferred.to.id))
        }
        continue
      }
      guard
        let record = context.records.anyState(child) as? any OwnedAggregate,
        record.ownership.owner == owner, goesAlong(record, transferred.cascade)
      else { continue }
      try OwnershipRule.requireNotFrozen(record.ownership, child)
      var own = transferred
      own.cascade = []
      own.holdings = 0
      own.clearMaxHoldings()
      own.cascadedFrom = key.reference
      events.append(OwnedRecord(key: child, record: record).event(.ownershipTransferred(own)))
    }
    return events
  }

  /// Whether a child that the former owner has goes to the new one.
  ///
  /// What is closed keeps its owner, for credit goes to whoever closed it.
  private func goesAlong(_ child: any OwnedAggregate, _ cascade: [Cascade.Code]) -> Bool {
    if let opportunity = child as? Opportunity {
      return opportunity.accountID == key.id
        && (cascade.contains(.opportunitiesAll)
          || opportunity.status == .open && cascade.contains(.opportunitiesOpen))
    }
    if let contact = child as? Contact {
      return contact.accountID == key.id && contact.status == .active
        && cascade.contains(.contacts)
    }
    if let ticket = child as? Ticket {
      return ticket.accountID == key.id && ticket.isOpen && cascade.contains(.tickets)
    }
    return false
  }
}
