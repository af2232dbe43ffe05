internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Activity {
  /// AC-1 to AC-4, the task that the next step is, and a lead's first response (LD-2).
  func log(_ command: LogActivity, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey(.activity, command.activityID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "act", field: "activityId")
    guard command.kind != .activityKindUnspecified else {
      throw .required("kind", of: "The activity")
    }
    let at = command.hasOccurredAt ? Timestamp(command.occurredAt) : context.occurredAt
    try checkSubjects(command, at: at, in: context)
    try checkTexts(command)
    try checkNextStep(command, in: context)
    let logged = logged(command, at: at, in: context)
    var activity = Activity()
    activity.apply(.activityLogged(logged), personal: nil)
    let subject = activity.sealingRecord(in: context)
    var events = [
      DecidedEvent(
        key, .activity(.activityLogged(logged)),
        personal: [DecidedPersonal(subject, .activity(personal(of: command)))],
        related: Self.accounts(of: command, in: context))
    ]
    if command.hasNextStep { events.append(task(of: command, subject: subject, in: context)) }
    return events + responses(to: command, at: at, in: context)
  }

  /// AC-1, AC-2, S-7.
  private func checkSubjects(
    _ command: LogActivity, at time: Timestamp, in context: DecisionContext
  ) throws(Refusal) {
    guard !command.subjectRefs.isEmpty else { throw .required("subjectRefs", of: "The activity") }
    guard time <= context.now else {
      throw Refusal(
        .range,
        "occurredAt is \(time) and lies in the future; log the activity when it has taken "
          + "place.", field: "occurredAt")
    }
    for reference in command.subjectRefs {
      let key = RecordKey(reference)
      guard let record = context.records.anyState(key) else {
        throw .missing(key, field: "subjectRefs")
      }
      try checkTime(time, of: record, key, in: context)
    }
    for id in command.contactIds {
      let contact = try context.require(Contact.self, id, field: "contactIds")
      try checkTime(time, of: contact, .contact(id), in: context)
    }
  }

  private func checkTime(
    _ time: Timestamp, of record: any Aggregate, _ key: RecordKey, in context: DecisionContext
  ) throws(Refusal) {
    guard context.channel != .migration, let created = Self.createdAt(record), time < created else {
      return
    }
    throw Refusal(
      .range,
      "occurredAt is \(time), before the \(key.typeName) \(key.id) was made at \(created); "
        + "correct it, or bring it in as history.", field: "occurredAt")
  }

  private static func createdAt(_ record: any Aggregate) -> Timestamp? {
    if let account = record as? Account { return account.createdAt }
    if let contact = record as? Contact { return contact.createdAt }
    if let lead = record as? Lead { return lead.createdAt }
    if let opportunity = record as? Opportunity { return opportunity.createdAt }
    if let ticket = record as? Ticket { return ticket.openedAt }
    return nil
  }

  private func checkTexts(_ command: LogActivity) throws(Refusal) {
    for (text, field) in [
      (command.summary, "summary"), (command.needsChange, "needsChange"),
      (command.concerns, "concerns"), (command.title, "title"),
    ] {
      try FieldRule.text(text, field, limit: FieldRule.longByteLimit)
    }
    try FieldRule.text(command.outcome, "outcome", limit: 80)
    try FieldRule.externalIDs(command.externalIds)
    guard command.durationSeconds >= 0 else {
      throw Refusal(
        .range, "durationSeconds is negative; give 0 or more.", field: "durationSeconds")
    }
    guard !command.planned else {
      throw Refusal(
        .inconsistent,
        "planned is set, which only an imported history has; give a nextStep for what "
          + "is to be done.", field: "planned")
    }
  }

  /// AC-3.
  private func checkNextStep(_ command: LogActivity, in context: DecisionContext) throws(Refusal) {
    if command.hasNextStep {
      try FieldRule.required(command.nextStep.action, "nextStep.action", of: "The next step")
      guard command.nextStep.hasDueAt else {
        throw .required("nextStep.dueAt", of: "The next step")
      }
      try FieldRule.newID(
        RecordKey(.task, command.nextStep.taskID), prefix: "tsk", field: "nextStep.taskId")
      _ = try context.require(
        User.self, Self.stepOwner(command.nextStep, in: context), field: "nextStep.ownerId")
      return
    }
    guard context.settings.nextStepRequired, command.direction == .out, !context.isSystem,
      context.channel != .migration, context.channel != .import
    else { return }
    for reference in command.subjectRefs {
      let isOpen =
        switch context.records.anyState(RecordKey(reference)) {
        case let lead as Lead: lead.isOpen
        case let opportunity as Opportunity: opportunity.status == .open
        case _: false
        }
      guard !isOpen else {
        throw Refusal(
          .required,
          "The outward activity is about the open \(RecordKey(reference)) and has no "
            + "nextStep; say what comes next, who does it and until when.", field: "nextStep")
      }
    }
  }
}

extension Activity {
  private func logged(
    _ command: LogActivity, at time: Timestamp, in context: DecisionContext
  ) -> ActivityLogged {
    .with {
      $0.activityID = command.activityID
      $0.kind = command.kind
      $0.direction = command.direction
      $0.subjectRefs = command.subjectRefs
      $0.contactIds = command.contactIds
      $0.occurredAt = time.message
      if command.hasDurationSeconds { $0.durationSeconds = command.durationSeconds }
      $0.outcome = command.outcome
      if command.hasNextStep {
        $0.nextStep.ownerID = Self.stepOwner(command.nextStep, in: context)
        $0.nextStep.dueAt = command.nextStep.dueAt
        $0.nextStep.taskID = command.nextStep.taskID
      }
      $0.enteredVia = command.enteredVia == .entryMethodUnspecified ? .typed : command.enteredVia
      $0.externalIds = command.externalIds
      $0.crossOwner = Self.isCrossOwner(command, in: context)
      $0.hasCheckIn_p = command.hasCheckIn
      $0.attachmentCount = UInt32(command.attachments.count)
      $0.performedBy = command.performedBy
    }
  }

  private func personal(of command: LogActivity) -> ActivityPersonal {
    .with {
      $0.summary = command.summary
      $0.needsChange = command.needsChange
      $0.concerns = command.concerns
      if command.hasStar { $0.star = command.star }
      $0.nextStepAction = command.nextStep.action
      $0.signals = command.signals
      if command.hasCheckIn { $0.checkIn = command.checkIn }
      $0.attachments = command.attachments
      $0.title = command.title
    }
  }

  private func task(
    of command: LogActivity, subject: RecordKey, in context: DecisionContext
  ) -> DecidedEvent {
    let created = TaskCreated.with {
      $0.taskID = command.nextStep.taskID
      $0.kind = .followUp
      $0.subjectRefs = command.subjectRefs
      $0.assigneeID = Self.stepOwner(command.nextStep, in: context)
      $0.dueAt = command.nextStep.dueAt
      $0.priority = .normal
      $0.origin = .manual
      $0.activityID = command.activityID
    }
    return DecidedEvent(
      RecordKey(.task, command.nextStep.taskID), .task(.taskCreated(created)),
      personal: [DecidedPersonal(subject, .task(.with { $0.action = command.nextStep.action }))])
  }

  private func responses(
    to command: LogActivity, at time: Timestamp, in context: DecisionContext
  ) -> [DecidedEvent] {
    guard command.kind.isTwoWay, command.direction != .in else { return [] }
    let performer = Self.performer(of: command, in: context)
    return command.subjectRefs.flatMap { reference -> [DecidedEvent] in
      if reference.objectType == .ticket {
        guard command.kind == .call, let ticket = context.records.state(Ticket.self, reference.id),
          ticket.isOpen
        else { return [] }
        return ticket.responded(by: performer, at: time, in: context)
      }
      guard let lead = context.records.state(Lead.self, reference.id),
        reference.objectType == .lead, lead.isOpen, lead.ownership.isOwned(by: performer)
      else { return [] }
      return lead.responded(activityID: command.activityID, at: time)
    }
  }

  static func performer(of command: LogActivity, in context: DecisionContext) -> String {
    command.performedBy.isEmpty ? context.effectiveActorID : command.performedBy
  }

  /// The accounts behind the subjects, so that the activity is found with them.
  private static func accounts(
    of command: LogActivity, in context: DecisionContext
  ) -> [RecordKey] {
    let keys =
      command.subjectRefs.map { RecordKey($0) } + command.contactIds.map { .contact($0) }
    return keys.compactMap { accountID(of: $0, in: context).map { .account($0) } }
  }

  /// AC-4: somebody works on an owned account without owning it or collaborating on it.
  private static func isCrossOwner(_ command: LogActivity, in context: DecisionContext) -> Bool {
    let performer = performer(of: command, in: context)
    var accountIDs = command.subjectRefs.filter { $0.objectType == .account }.map(\.id)
    accountIDs += accounts(of: command, in: context).map(\.id)
    return accountIDs.contains { id in
      guard let account = context.records.state(Account.self, id),
        account.ownership.owner?.kind == .user
      else { return false }
      return !account.ownership.isOwned(by: performer)
        && !account.ownership.isCollaborator(performer, at: context.now)
    }
  }
}
