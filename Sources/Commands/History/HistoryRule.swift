internal import CRM
internal import EventModel
internal import Schema

/// What an event of a history must obey: the catalogue, and that its record exists.
///
/// The rules of commands bind nobody who tells what has happened.
enum HistoryRule {
  /// Whether the event makes its record, which nothing can precede.
  enum Role: Hashable, Sendable {
    case creating
    case following
    /// Either, such as the whole configuration of an organisation.
    case any
  }

  /// The record in whose stream the event goes, and whether the event makes it.
  ///
  /// Nothing has happened later than `now`, but for the clocks' tolerance.
  static func check(
    _ event: HistoryEvent, at now: Timestamp
  ) throws(Refusal) -> (record: RecordKey, role: Role) {
    guard (1...500).contains(event.key.utf8.count) else {
      throw Refusal(
        .format, "The event's key has not 1 to 500 bytes; give it one that is its own.",
        field: "key")
    }
    try requireTellable(event.payload)
    guard let record = RecordKey(event.stream) else {
      throw Refusal(
        .format,
        "The stream \(event.stream) is of no kind of record; use one such as "
          + "account-acc_1.", field: "stream")
    }
    try checkPlace(of: event.payload, in: record)
    if let personal = event.personal, !personal.isEmpty { try check(personal, of: event.payload) }
    do {
      try event.payload.checkValues()
      try event.personal?.checkValues()
    } catch { throw Refusal(.unknownCode, "\(error)", field: "data") }
    guard event.occurredAt <= now.advanced(byMicroseconds: CommandContext.clockTolerance) else {
      throw Refusal(
        .range, "occurredAt is \(event.occurredAt), which lies in the future; correct it.",
        field: "occurredAt")
    }
    return (record, try role(of: event.payload, record))
  }

  /// Refuses what only this system decides: who may do what, and what a dispute comes to.
  private static func requireTellable(_ payload: Payload) throws(Refusal) {
    let cause: String
    switch payload {
    case .permission, .organization: cause = "says how this workspace is set up"
    case .export: cause = "says what left this workspace"
    case .dispute, .disputeRuleBook: cause = "is a matter of this workspace's arbitrators"
    case .user(.userProvisioned(let user)):
      if user.roleIds.isEmpty { return }
      cause = "gives roles"
    case .user(.userRoleGranted), .user(.userRoleRevoked), .user(.userRoleProposed),
      .user(.delegationGranted), .user(.delegationRevoked), .user(.userRightsRestricted),
      .user(.userRightsRestored), .user(.breakGlassActivated), .user(.breakGlassEnded),
      .user(.breakGlassReviewed):
      cause = "gives or takes rights"
    case .account, .activity, .businessCalendar, .contact, .duplicateCase, .handover, .import,
      .lead, .opportunity, .ownership, .pipeline, .pool, .registration, .slaPolicy, .tag, .task,
      .team, .ticket, .user:
      return
    }
    throw Refusal(
      .permissionDenied,
      "\(payload.typeName) \(cause), and no history brings that; carry out a command instead.",
      field: "type")
  }

  /// Refuses to tell more of a record that was made here: what this system saw itself stands.
  static func requireBrought(
    _ record: RecordKey, _ origin: HistoryLedger.Origin?, by payload: Payload
  ) throws(Refusal) {
    guard origin == .here else { return }
    if case .import(.legacyHistoryImported) = payload { return }
    throw Refusal(
      .inconsistent,
      "The \(record.typeName) \(record.id) was made here by a command, and a history tells of "
        + "records that it brings itself; carry out a command instead.", field: "stream")
  }

  private static func check(_ personal: PersonalPayload, of payload: Payload) throws(Refusal) {
    let expected = EventCatalogue.entry(payload.typeName)?.personalMessageName
    guard expected == personal.messageName else {
      let expected = expected ?? "none"
      throw Refusal(
        .inconsistent,
        "The sealed part is a \(personal.messageName), and \(payload.typeName) takes "
          + "\(expected); correct it.", field: "personal")
    }
  }

  private static func checkPlace(of payload: Payload, in record: RecordKey) throws(Refusal) {
    guard places(of: payload).contains(record.type) else {
      throw Refusal(
        .inconsistent,
        "\(payload.typeName) does not belong in a stream of the kind "
          + "\(record.typeName); correct the type or the stream.", field: "stream")
    }
  }

  private static func places(of payload: Payload) -> [ObjectType.Code] {
    switch payload {
    case .account: [.account]
    case .activity: [.activity]
    case .businessCalendar: [.businessCalendar]
    case .contact: [.contact]
    case .duplicateCase: [.duplicateCase]
    case .dispute: [.dispute]
    case .disputeRuleBook: [.disputeRuleBook]
    case .handover: [.handover]
    case .slaPolicy: [.slaPolicy]
    case .lead: [.lead]
    case .opportunity: [.opportunity]
    case .organization: [.organization]
    case .ownership: [.lead, .account, .contact, .opportunity, .ticket]
    case .pipeline: [.pipeline]
    case .pool: [.pool]
    case .registration: [.registration]
    case .tag: [.account, .contact, .lead, .opportunity]
    case .task: [.task]
    case .team: [.team]
    case .ticket: [.ticket]
    case .user: [.user]
    case .import(.legacyHistoryImported):
      [.lead, .account, .contact, .opportunity, .ticket, .activity]
    case .import: [.import]
    // Rights and exports are this system's own: no history brings them.
    case .export, .permission: []
    }
  }
}

extension HistoryRule {
  private static func role(of payload: Payload, _ record: RecordKey) throws(Refusal) -> Role {
    guard let named = createdID(of: payload) else { return .following }
    guard named == record.id else {
      throw Refusal(
        .inconsistent,
        "\(payload.typeName) names the record “\(named)” and stands in the stream of "
          + "\(record.id); give both the same identifier.", field: "data")
    }
    if case .organization = payload { return .any }
    return .creating
  }

  /// The identifier in an event that makes its record; `nil` for events that make none.
  private static func createdID(of payload: Payload) -> String? {
    switch payload {
    case .account(.accountCreated(let event)): event.accountID
    case .contact(.contactCreated(let event)): event.contactID
    case .lead(.leadCaptured(let event)): event.leadID
    case .opportunity(.opportunityCreated(let event)): event.opportunityID
    case .ticket(.ticketOpened(let event)): event.ticketID
    case .activity(.activityLogged(let event)): event.activityID
    case .task(.taskCreated(let event)): event.taskID
    case .dispute(.disputeOpened(let event)): event.disputeID
    case .handover(.handoverStarted(let event)): event.handoverID
    case .user(.userProvisioned(let event)): event.userID
    case .team(.teamCreated(let event)): event.teamID
    case .pipeline(.pipelineCreated(let event)): event.pipelineID
    case .pool(.poolCreated(let event)): event.poolID
    case .registration(.registrationSubmitted(let event)): event.registrationID
    case .organization(.organizationConfigured(let event)): event.organizationID
    case .import(.importUploaded(let event)): event.importID
    case .duplicateCase(.duplicateSuspected(let event)): event.caseID
    case .duplicateCase(.collisionDetected(let event)): event.caseID
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team,
      .ticket, .user:
      nil
    }
  }

  /// The record whose subject the payload itself names; `nil` when it names none.
  static func namedSubject(of payload: Payload) -> RecordKey? {
    switch payload {
    case .account(.accountCreated(let event)) where event.hasSubject: RecordKey(event.subject)
    case .contact(.contactCreated(let event)) where event.hasSubject: RecordKey(event.subject)
    case .opportunity(.opportunityCreated(let event)) where event.hasSubject:
      RecordKey(event.subject)
    case .ticket(.ticketOpened(let event)) where event.hasSubjectRef: RecordKey(event.subjectRef)
    case .activity(.activityLogged(let event)):
      event.contactIds.first.map { .contact($0) } ?? event.subjectRefs.first.map { RecordKey($0) }
    case .task(.taskCreated(let event)): event.subjectRefs.first.map { RecordKey($0) }
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team,
      .ticket, .user:
      nil
    }
  }
}
