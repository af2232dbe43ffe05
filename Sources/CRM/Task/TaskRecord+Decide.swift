internal import EventModel
package import Schema
internal import SwiftProtobuf

extension TaskRecord {
  var key: RecordKey { .task(id) }

  package static func target(of command: TaskCommand.OneOf_Command) -> String {
    switch command {
    case .createTask(let command): command.taskID
    case .reassignTask(let command): command.taskID
    case .rescheduleTask(let command): command.taskID
    case .completeTask(let command): command.taskID
    case .cancelTask(let command): command.taskID
    case .remindOfTask(let command): command.taskID
    case .markTaskOverdue(let command): command.taskID
    }
  }

  package static func identify(
    _ command: inout TaskCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .createTask(var create) = command, create.taskID.isEmpty {
      create.taskID = make("tsk")
      command = .createTask(create)
    }
  }

  package func needs(
    for command: TaskCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .createTask(let create):
      return create.subjectRefs.map { RecordKey($0) }
        + [.user(Self.assignee(of: create, in: context))]
    case .reassignTask(let reassign): return rights(in: context) + [.user(reassign.to)]
    case .completeTask(let complete):
      return rights(in: context)
        + (complete.activityID.isEmpty ? [] : [RecordKey(.activity, complete.activityID)])
    case .rescheduleTask, .cancelTask: return rights(in: context)
    case .remindOfTask, .markTaskOverdue: return []
    }
  }

  private func rights(in context: DecisionContext) -> [RecordKey] {
    OwnershipRule.needs(.user(assigneeID), context.effectiveActorID, in: context)
  }

  private static func assignee(of create: CreateTask, in context: DecisionContext) -> String {
    create.assigneeID.isEmpty ? context.effectiveActorID : create.assigneeID
  }

  package func decide(
    _ command: TaskCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .createTask(let create) = command { return try self.create(create, in: context) }
    guard exists else { throw .notFound(.task(Self.target(of: command))) }
    switch command {
    case .createTask: return []
    case .reassignTask(let reassign): return try self.reassign(reassign, in: context)
    case .rescheduleTask(let reschedule): return try self.reschedule(reschedule, in: context)
    case .completeTask(let complete): return try self.complete(complete, in: context)
    case .cancelTask:
      guard status != .cancelled else { return [] }
      try requireOpen()
      try requireRight("CancelTask", in: context)
      try context.requireReason(for: "CancelTask")
      return [event(.taskCancelled(.init()))]
    case .remindOfTask: return try remind(in: context)
    case .markTaskOverdue: return try markOverdue(in: context)
    }
  }

  /// The records that it is about, so that what becomes of it is found with them.
  private func event(_ event: TaskEvent.OneOf_Event) -> DecidedEvent {
    DecidedEvent(key, .task(event), related: subjects.map { RecordKey($0) })
  }

  private func create(
    _ command: CreateTask, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.task(command.taskID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "tsk", field: "taskId")
    switch command.kind {
    case .followUp, .revisit, .dataReview, .care, .renewal, .satisfactionFollowUp, .other: break
    case .taskKindUnspecified: throw .required("kind", of: "The task")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "kind")
    }
    try FieldRule.required(command.action, "action", of: "The task")
    try FieldRule.text(command.ruleID, "ruleId", limit: 100)
    guard command.hasDueAt else { throw .required("dueAt", of: "The task") }
    guard (1...20).contains(command.subjectRefs.count) else {
      throw Refusal(
        .required, "subjectRefs has none or more than 20; name the records that the task is about.",
        field: "subjectRefs")
    }
    for reference in command.subjectRefs
    where context.records.anyState(RecordKey(reference)) == nil {
      throw .missing(RecordKey(reference), field: "subjectRefs")
    }
    let assignee = Self.assignee(of: command, in: context)
    try OwnerRule.check(.user(assignee), field: "assigneeId", in: context)
    let created = TaskCreated.with {
      $0.taskID = command.taskID
      $0.kind = command.kind
      $0.subjectRefs = command.subjectRefs
      $0.assigneeID = assignee
      $0.dueAt = command.dueAt
      $0.priority = command.priority == .taskPriorityUnspecified ? .normal : command.priority
      $0.origin = context.isSystem ? .policy : .manual
      $0.ruleID = command.ruleID
    }
    let first = command.subjectRefs.first.map { RecordKey($0) } ?? key
    let subject = (context.records.anyState(first) as? any OwnedAggregate)?.subject ?? first
    return [
      DecidedEvent(
        key, .task(.taskCreated(created)),
        personal: [DecidedPersonal(subject, .task(.with { $0.action = command.action }))])
    ]
  }

  /// The task given to another one, as commands and handovers do.
  func reassigned(to userID: String) -> DecidedEvent {
    event(.taskReassigned(.with { ($0.from, $0.to) = (assigneeID, userID) }))
  }

  private func reassign(
    _ command: ReassignTask, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    guard command.to != assigneeID else { return [] }
    try requireRight("ReassignTask", in: context)
    try OwnerRule.check(.user(command.to), field: "to", in: context)
    return [reassigned(to: command.to)]
  }

  private func reschedule(
    _ command: RescheduleTask, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    guard command.hasDueAt else { throw .required("dueAt", of: "The command") }
    let due = Timestamp(command.dueAt)
    guard due != dueAt else { return [] }
    try requireRight("RescheduleTask", in: context)
    guard due > context.now else {
      throw Refusal(.range, "dueAt is \(due), which is over; give a later moment.", field: "dueAt")
    }
    let rescheduled = TaskRescheduled.with {
      if let dueAt { $0.from = dueAt.message }
      $0.to = command.dueAt
    }
    return [event(.taskRescheduled(rescheduled))]
  }

  private func complete(
    _ command: CompleteTask, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard status != .done else { return [] }
    try requireOpen()
    try requireRight("CompleteTask", in: context)
    if !command.activityID.isEmpty {
      _ = try context.require(Activity.self, command.activityID, field: "activityId")
    }
    return [event(.taskCompleted(.with { $0.activityID = command.activityID }))]
  }

  private func remind(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try Self.requirePolicy("RemindOfTask", in: context)
    guard status == .open, !isReminded, let dueAt else { return [] }
    return [event(.taskReminderDue(.with { $0.dueAt = dueAt.message }))]
  }

  /// Nothing while there is time, or when it is done: a timer asks, and this decides.
  private func markOverdue(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try Self.requirePolicy("MarkTaskOverdue", in: context)
    guard status == .open, !isOverdue, let dueAt, context.now >= dueAt else { return [] }
    return [event(.taskOverdue(.with { $0.dueAt = dueAt.message }))]
  }

  private func requireOpen() throws(Refusal) {
    guard status == .open else {
      throw Refusal(.status, "The task \(id) is \(status); create another one.")
    }
  }

  /// Whoever has the task, and those above.
  private func requireRight(_ command: String, in context: DecisionContext) throws(Refusal) {
    let actor = context.effectiveActorID
    guard actor != assigneeID, !OwnershipRule.mayManage(.user(assigneeID), actor, in: context)
    else { return }
    throw Refusal(
      .permissionScope,
      "\(command) is for \(assigneeID), who has the task \(id), and those above; \(actor) is not "
        + "one of them.")
  }

  static func requirePolicy(_ command: String, in context: DecisionContext) throws(Refusal) {
    guard context.isSystem else {
      throw Refusal(
        .permissionScope, "\(command) is a policy's and comes of a timer; nobody else sends it.")
    }
  }
}
