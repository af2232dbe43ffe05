package import EventModel
package import Schema

/// Something that is to be done for a customer: the sum of its stream's events.
package struct TaskRecord: Equatable, Sendable {
  package private(set) var id = ""
  package private(set) var status = TaskStatus.Code.taskStatusUnspecified
  package private(set) var kind = TaskKind.Code.taskKindUnspecified
  package private(set) var subjects: [RecordRef] = []
  package private(set) var assigneeID = ""
  package private(set) var dueAt: Timestamp?
  package private(set) var priority = TaskPriority.Code.taskPriorityUnspecified
  package private(set) var activityID = ""
  package private(set) var action: Sealed<String> = .value("")
  /// Whether the assignee was reminded, and told that it is overdue, since it was given this time.
  package private(set) var isReminded = false
  package private(set) var isOverdue = false

  package init() {}
}

extension TaskRecord: Aggregate {
  package static var objectType: ObjectType.Code { .task }
  package var exists: Bool { !id.isEmpty }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .task(let event):
      let personal = fact.sealedPart { part in
        if case .task(let message) = part { message } else { nil }
      }
      apply(event, personal: personal)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .team, .ticket,
      .user:
      break
    }
  }

  private mutating func apply(_ event: TaskEvent.OneOf_Event, personal: Sealed<TaskPersonal>?) {
    switch event {
    case .taskCreated(let created):
      id = created.taskID
      status = .open
      kind = created.kind
      subjects = created.subjectRefs
      assigneeID = created.assigneeID
      dueAt = created.hasDueAt ? Timestamp(created.dueAt) : nil
      priority = created.priority
      activityID = created.activityID
      action = personal.map { $0.map(\.action) } ?? .value("")
    case .taskReassigned(let reassigned): assigneeID = reassigned.to
    case .taskRescheduled(let rescheduled):
      dueAt = Timestamp(rescheduled.to)
      (isReminded, isOverdue) = (false, false)
    case .taskCompleted: status = .done
    case .taskCancelled: status = .cancelled
    case .taskReminderDue: isReminded = true
    case .taskOverdue: isOverdue = true
    }
  }
}
