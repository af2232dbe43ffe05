package import EventModel
internal import Schema
internal import SwiftProtobuf

/// What becomes of a declaration: REG-2 to REG-5.
extension Registration {
  static let directContactWindowDays: Int64 = 180
  static let resubmitCooldownDays: Int64 = 30
  static let extensionLimit = 2
  static let warningDays: Int64 = 7

  private static let dayMicroseconds: Int64 = 86_400_000_000

  func approve(
    _ command: ApproveRegistration, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status == .submitted else { throw wrongStatus("approved") }
    try requireApprover("ApproveRegistration", in: context)
    let record = Self.key(of: command.hasRecord ? command.record : submitted.record)
    let until = try checkedUntil(
      command.hasProtectionUntil ? Timestamp(command.protectionUntil) : nil,
      from: context.now, in: context)
    try requireAloneApproved(in: context)
    try requireFree(record, ownerAgrees: command.ownerAgrees, in: context)
    let protectionID = "registration-\(id)"
    let approved = RegistrationApproved.with {
      ($0.registrationID, $0.kind) = (id, kind)
      ($0.protectionFrom, $0.protectionUntil) = (context.now.message, until.message)
      if let record { ($0.record, $0.protectionID) = (record.reference, protectionID) }
      $0.approverID = context.effectiveActorID
      $0.identityKeys = submitted.identityKeys
    }
    let protection = record.map { [granted($0, protectionID, until)] } ?? []
    return [event(.registrationApproved(approved))] + protection
  }

  /// REG-2: one approved registration of a kind has what is certainly or probably one customer.
  private func requireAloneApproved(in context: DecisionContext) throws(Refusal) {
    for finding in context.matches where finding.isStrong {
      guard let other = context.records.anyState(finding.record) as? Registration,
        other.kind == kind, let end = other.inForce(at: context.now)
      else { continue }
      throw Refusal(
        .duplicate,
        "\(other.claimant.id) has this customer by the registration \(other.id) until \(end); "
          + "reject this one, or wait.")
    }
  }

  /// REG-3: nobody's record but the claimant's, unless its owner agrees; neither the one that is
  /// named nor one that has the same keys.
  private func requireFree(
    _ named: RecordKey?, ownerAgrees: Bool, in context: DecisionContext
  ) throws(Refusal) {
    if let named {
      guard let record = context.records.anyState(named) as? any OwnedAggregate else {
        throw .missing(named, field: "record")
      }
      guard named.type == .account || named.type == .opportunity else {
        throw Refusal(
          .ownershipKind, "record names \(named); name an account or an opportunity.",
          field: "record")
      }
      try OwnershipRule.requireNotFrozen(record.ownership, named)
    }
    let alike = context.matches.filter { $0.isStrong && $0.record.type == .account }.map(\.record)
    for key in (named.map { [$0] } ?? []) + alike.filter({ $0 != named }) {
      guard let record = context.records.anyState(key) as? any OwnedAggregate else { continue }
      try requireFree(key, record.ownership, ownerAgrees: ownerAgrees, in: context)
    }
    let window = Self.directContactWindowDays * Self.dayMicroseconds
    guard claimant.kind == .partner, !ownerAgrees, let named, let contact = context.lastFollowUp,
      context.now.microseconds - contact.recordedAt.microseconds < window
    else { return }
    throw Refusal(
      .collision,
      "The \(named.typeName) \(named.id) was contacted by our own sales at \(contact.recordedAt) "
        + "(\(contact.activityID)); reject the registration, or set ownerAgrees with the owner's "
        + "word.", field: "record")
  }

  private func requireFree(
    _ key: RecordKey, _ ownership: Ownership, ownerAgrees: Bool, in context: DecisionContext
  ) throws(Refusal) {
    let other = ownership.protections.first {
      context.now < $0.until && $0.holder != claimant
    }
    if let other {
      throw Refusal(
        .ownershipProtected,
        "The \(key.typeName) \(key.id) is protected for \(other.holder.id) until \(other.until); "
          + "reject the registration, or wait.", field: "record")
    }
    guard let owner = ownership.owner, owner.kind != .pool, owner != claimant, !ownerAgrees else {
      return
    }
    throw Refusal(
      .collision,
      "The \(key.typeName) \(key.id) is \(owner.id)'s and not \(claimant.id)'s; reject the "
        + "registration, or set ownerAgrees with the owner's word.", field: "record")
  }

  func granted(_ key: RecordKey, _ protectionID: String, _ until: Timestamp) -> DecidedEvent {
    DecidedEvent(
      key,
      .ownership(
        .protectionGranted(
          .with {
            ($0.protectionID, $0.holder, $0.until) = (protectionID, claimant, until.message)
            ($0.basis, $0.basisRef) = (.registration, id)
          })))
  }

  /// When its approval ends; `nil` when it isn't in force at `time`.
  package func inForce(at time: Timestamp) -> Timestamp? {
    guard status == .approved, let until, time < until else { return nil }
    return until
  }

  /// 7 days for an intention, 90 after a deposit or for a deal, 180 for a partner's.
  private var defaultDays: Int64 {
    if claimant.kind == .partner { return 180 }
    return submitted.hasDeposit_p || kind == .opportunity ? 90 : 7
  }

  private func checkedUntil(
    _ given: Timestamp?, from start: Timestamp, in context: DecisionContext
  ) throws(Refusal) -> Timestamp {
    let until = given ?? start.advanced(byMicroseconds: defaultDays * Self.dayMicroseconds)
    let limit = context.now.advanced(
      byMicroseconds: OwnedRecord.protectionDayLimit * Self.dayMicroseconds)
    guard context.now < until, until <= limit else {
      throw Refusal(
        .range,
        "until is \(until); give a later moment than now, at most "
          + "\(OwnedRecord.protectionDayLimit) days ahead.", field: "until")
    }
    return until
  }

  func reject(
    _ command: RejectRegistration, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status == .submitted else { throw wrongStatus("rejected") }
    try requireApprover("RejectRegistration", in: context)
    try FieldRule.required(command.reasonCode, "reasonCode", of: "The rejection")
    try FieldRule.text(command.reasonCode, "reasonCode", limit: 80)
    return [
      event(
        .registrationRejected(
          .with {
            ($0.registrationID, $0.reasonCode, $0.claimant) = (id, command.reasonCode, claimant)
            if command.hasCollidesWith { $0.collidesWith = command.collidesWith }
          }))
    ]
  }

  /// REG-4.
  func extend(
    _ command: ExtendRegistration, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status == .approved, let current = until else { throw wrongStatus("extended") }
    guard context.now < current else {
      throw Refusal(
        .tooLate, "The registration \(id) was over at \(current); submit a new one.")
    }
    guard extensionCount < Self.extensionLimit else {
      throw Refusal(
        .quota,
        "The registration \(id) was extended \(extensionCount) times, the most there may be; "
          + "convert it, or let it expire.")
    }
    try requireApprover("ExtendRegistration", in: context)
    try FieldRule.required(command.progress, "progress", of: "The extension")
    let next = try checkedUntil(
      command.hasUntil ? Timestamp(command.until) : nil, from: current, in: context)
    guard next > current else {
      throw Refusal(
        .range,
        "until is \(next), and the registration lasts until \(current); give a later "
          + "moment.", field: "until")
    }
    let extended = RegistrationExtended.with {
      ($0.registrationID, $0.until) = (id, next.message)
      $0.extensionNo = UInt32(extensionCount) + 1
    }
    var events = [
      event(.registrationExtended(extended), .with { $0.progress = command.progress })
    ]
    if let (key, protection) = protection(in: context) {
      events.append(
        DecidedEvent(
          key,
          .ownership(
            .protectionExtended(
              .with { ($0.protectionID, $0.until) = (protection.id, next.message) }))))
    }
    return events
  }

  func revoke(
    _ command: RevokeRegistration, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard isOpen else { throw wrongStatus("revoked") }
    if claimant != .user(context.effectiveActorID) {
      try requireApprover("RevokeRegistration", in: context)
    }
    try FieldRule.required(command.reasonCode, "reasonCode", of: "The revocation")
    try FieldRule.text(command.reasonCode, "reasonCode", limit: 80)
    let revoked = RegistrationRevoked.with {
      ($0.registrationID, $0.reasonCode, $0.claimant) = (id, command.reasonCode, claimant)
      ($0.identityKeys, $0.kind) = (approved?.identityKeys ?? [], kind)
    }
    return [event(.registrationRevoked(revoked))] + end(.revoked, in: context)
  }

  func convert(
    _ command: ConvertRegistration, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard inForce(at: context.now) != nil else { throw wrongStatus("converted") }
    if claimant != .user(context.effectiveActorID) {
      try requireApprover("ConvertRegistration", in: context)
    }
    let key = RecordKey(command.into)
    guard key.type == .opportunity else {
      throw Refusal(
        .ownershipKind, "into names \(key), which is no opportunity; name the one that came of it.",
        field: "into")
    }
    _ = try context.require(Opportunity.self, key.id, field: "into")
    return converted(into: key, in: context)
  }

  func converted(into key: RecordKey, in context: DecisionContext) -> [DecidedEvent] {
    let converted = RegistrationConverted.with {
      ($0.registrationID, $0.into, $0.claimant) = (id, key.reference, claimant)
      ($0.identityKeys, $0.kind) = (approved?.identityKeys ?? [], kind)
    }
    return [event(.registrationConverted(converted))] + end(.converted, in: context)
  }

  /// Announced once before it ends; nothing happens when it is too early or too late for that.
  func warn(in context: DecisionContext) -> [DecidedEvent] {
    guard status == .approved, !isExpiring, let until, context.now < until else { return [] }
    let left = until.microseconds - context.now.microseconds
    guard left <= Self.warningDays * Self.dayMicroseconds else { return [] }
    let days = (left + Self.dayMicroseconds - 1) / Self.dayMicroseconds
    return [
      event(
        .registrationExpiring(.with { ($0.registrationID, $0.daysLeft) = (id, UInt32(days)) }))
    ]
  }

  func expire(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    guard status == .approved, let until else { return [] }
    guard until <= context.now else {
      throw Refusal(.status, "The registration \(id) lasts until \(until); revoke it, or wait.")
    }
    let expired = RegistrationExpired.with {
      ($0.registrationID, $0.claimant) = (id, claimant)
      ($0.identityKeys, $0.kind) = (approved?.identityKeys ?? [], kind)
    }
    return [event(.registrationExpired(expired))] + end(.expired, in: context)
  }
}

extension Registration {
  private func protection(
    in context: DecisionContext
  ) -> (RecordKey, Ownership.Protection)? {
    guard let key = Self.key(of: protectedRecord),
      let record = context.records.anyState(key) as? any OwnedAggregate,
      let protection = record.ownership.protections.first(where: {
        $0.id == approved?.protectionID
      })
    else { return nil }
    return (key, protection)
  }

  /// The protection ends with what it rested on.
  private func end(
    _ cause: ProtectionEndCause.Code, in context: DecisionContext
  ) -> [DecidedEvent] {
    guard let (key, protection) = protection(in: context) else { return [] }
    return [
      DecidedEvent(
        key,
        .ownership(
          .protectionEnded(.with { ($0.protectionID, $0.cause) = (protection.id, cause) })))
    ]
  }

  /// Managers and administrators answer, and nobody for themselves.
  private func requireApprover(_ command: String, in context: DecisionContext) throws(Refusal) {
    if context.isSystem { return }
    let actor = context.effectiveActorID
    guard claimant != .user(actor) else {
      throw Refusal(
        .permissionSelf,
        "\(actor) declared the registration \(id) and can't answer it; ask "
          + "someone else.")
    }
    guard let user = context.records.state(User.self, actor), user.status == .active,
      OwnershipRule.mayManage(claimant, actor, in: context)
    else {
      throw Refusal(
        .permissionScope,
        "\(command) is for administrators and those above \(claimant.id), and \(actor) is none; "
          + "ask one.")
    }
  }

  private func wrongStatus(_ what: String) -> Refusal {
    Refusal(
      .status,
      "The registration \(id) is \(word) and can't be \(what) any more; submit a new one where the "
        + "claim goes on.")
  }
}
