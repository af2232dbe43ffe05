internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// O-10: who may protect a record, for whom and how long.
extension OwnedRecord {
  /// The most days that a protection may have ahead of it.
  static let protectionDayLimit: Int64 = 366

  func grant(
    _ command: GrantProtection, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireProtectable()
    try OwnershipRule.requireNotFrozen(ownership, key)
    try requireManager("GrantProtection", in: context)
    if !context.isSystem { try context.requireReason(for: "GrantProtection") }
    switch command.basis {
    case .manual, .deposit, .contract: break
    case .registration, .claim:
      throw Refusal(
        .inconsistent,
        "basis is \(command.basis == .claim ? "claim" : "registration"), which comes with the "
          + "command of that name; use manual, deposit or contract.", field: "basis")
    case .protectionBasisUnspecified: throw .required("basis", of: "The protection")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "basis")
    }
    let holder = command.hasHolder ? command.holder : ownership.owner
    guard let holder, holder == ownership.owner, holder.kind == .user else {
      throw Refusal(
        .ownershipNotOwner,
        "holder is not the user who owns the \(key.typeName) \(key.id); protect it for its "
          + "owner, or transfer it first.", field: "holder")
    }
    let until = try checkedUntil(command.hasUntil ? Timestamp(command.until) : nil, in: context)
    guard !ownership.protections.contains(where: { $0.id == command.protectionID }) else {
      throw Refusal(
        .alreadyExists,
        "The \(key.typeName) \(key.id) has a protection \(command.protectionID) already; use "
          + "ExtendProtection.", field: "protectionId")
    }
    try FieldRule.required(command.protectionID, "protectionId", of: "The protection")
    try FieldRule.text(command.protectionID, "protectionId", limit: 100)
    try FieldRule.text(command.basisRef, "basisRef", limit: 200)
    return [
      event(
        .protectionGranted(
          .with {
            $0.protectionID = command.protectionID
            $0.holder = holder
            $0.until = until.message
            $0.basis = command.basis
            $0.basisRef = command.basisRef
          }))
    ]
  }

  func extend(
    _ command: ExtendProtection, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try OwnershipRule.requireNotFrozen(ownership, key)
    let protection = try requireProtection(command.protectionID)
    try requireManager("ExtendProtection", in: context)
    if !context.isSystem { try context.requireReason(for: "ExtendProtection") }
    let until = try checkedUntil(command.hasUntil ? Timestamp(command.until) : nil, in: context)
    guard context.now < protection.until else {
      throw Refusal(
        .tooLate,
        "The protection \(protection.id) of the \(key.typeName) \(key.id) was over at "
          + "\(protection.until); grant a new one.")
    }
    guard until > protection.until else {
      throw Refusal(
        .range,
        "until is \(until), and the protection lasts until \(protection.until); give a "
          + "later moment.", field: "until")
    }
    return [
      event(
        .protectionExtended(
          .with { ($0.protectionID, $0.until) = (protection.id, until.message) }))
    ]
  }

  func end(
    _ command: EndProtection, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard let protection = ownership.protections.first(where: { $0.id == command.protectionID })
    else {
      if context.isSystem { return [] }
      _ = try requireProtection(command.protectionID)
      return []
    }
    switch command.cause {
    case .expired:
      guard context.now >= protection.until else {
        throw Refusal(
          .status,
          "The protection \(protection.id) of the \(key.typeName) \(key.id) lasts until "
            + "\(protection.until); revoke it, or wait.", field: "cause")
      }
    case .revoked, .protectionEndCauseUnspecified:
      try OwnershipRule.requireNotFrozen(ownership, key)
      try requireManager("EndProtection", in: context)
      if !context.isSystem { try context.requireReason(for: "EndProtection") }
    case .converted:
      throw Refusal(
        .inconsistent,
        "cause is converted, which ConvertRegistration alone says; use revoked.", field: "cause")
    case .ruling:
      throw Refusal(
        .inconsistent, "cause is ruling, which RuleOnDispute alone says; use revoked.",
        field: "cause")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "cause")
    }
    let cause = command.cause == .protectionEndCauseUnspecified ? .revoked : command.cause
    return [event(.protectionEnded(.with { ($0.protectionID, $0.cause) = (protection.id, cause) }))]
  }

  private func requireProtectable() throws(Refusal) {
    switch key.type {
    case .lead, .account, .opportunity: return
    case .UNRECOGNIZED, .activity, .businessCalendar, .campaign, .contact, .contract, .dispute,
      .disputeRuleBook, .duplicateCase, .export, .handover, .import, .objectTypeUnspecified,
      .order, .organization, .partner, .payment, .permissions, .pipeline, .pool, .quote,
      .registration, .slaPolicy, .subscription, .task, .team, .ticket, .user:
      throw Refusal(
        .ownershipKind,
        "A \(key.typeName) takes no protection; protect its account, a lead or an opportunity.",
        field: "record")
    }
  }

  private func requireProtection(_ id: String) throws(Refusal) -> Ownership.Protection {
    guard let protection = ownership.protections.first(where: { $0.id == id }) else {
      throw Refusal(
        .notFound,
        "The \(key.typeName) \(key.id) has no protection \(id); check the identifier.",
        field: "protectionId")
    }
    return protection
  }

  private func checkedUntil(
    _ until: Timestamp?, in context: DecisionContext
  ) throws(Refusal) -> Timestamp {
    guard let until else { throw .required("until", of: "The protection") }
    let limit = context.now.advanced(byMicroseconds: Self.protectionDayLimit * 86_400_000_000)
    guard context.now < until, until <= limit else {
      throw Refusal(
        .range,
        "until is \(until); give a later moment than now, at most \(Self.protectionDayLimit) days "
          + "ahead.", field: "until")
    }
    return until
  }
}
