package import EventModel
package import Schema
internal import SwiftProtobuf

/// A task is reminded of an hour before it is due.
package enum TaskReminder: TimerPolicy {
  package static let name = "taskReminder"
  package static let eventTypes = [
    "TaskCreated", "TaskRescheduled", "TaskCompleted", "TaskCancelled", "TaskReminderDue",
  ]

  /// How long before; a task that is given later than that is reminded of by being given.
  package static let leadMicroseconds: Int64 = 3_600_000_000

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    guard let dueAt = TaskDue.dueAt(payload) else { return [.disarm(record)] }
    let at = dueAt.advanced(byMicroseconds: -leadMicroseconds)
    return at > recordedAt ? [.arm(record, dueAt: at)] : [.disarm(record)]
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .task(.remindOfTask(.with { $0.taskID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let task = record as? TaskRecord, task.status == .open, !task.isReminded,
      let dueAt = task.dueAt, context.now < dueAt
    else { return .settle }
    let at = dueAt.advanced(byMicroseconds: -leadMicroseconds)
    return at <= context.now ? .fire : .wait(until: at)
  }
}

/// A task that nobody has done is overdue at its instant.
package enum TaskDue: TimerPolicy {
  package static let name = "taskDue"
  package static let eventTypes = [
    "TaskCreated", "TaskRescheduled", "TaskCompleted", "TaskCancelled", "TaskOverdue",
  ]

  package static func changes(
    after payload: Payload, of record: RecordKey, at recordedAt: Timestamp
  ) -> [TimerChange] {
    [dueAt(payload).map { .arm(record, dueAt: $0) } ?? .disarm(record)]
  }

  /// When the event says that the task is due; `nil` when it ends the waiting.
  static func dueAt(_ payload: Payload) -> Timestamp? {
    if case .task(.taskCreated(let created)) = payload {
      return created.hasDueAt ? Timestamp(created.dueAt) : nil
    }
    if case .task(.taskRescheduled(let rescheduled)) = payload { return Timestamp(rescheduled.to) }
    return nil
  }

  package static func command(of timer: TimerKey) -> CommandPayload {
    .task(.markTaskOverdue(.with { $0.taskID = timer.record.id }))
  }

  package static func outcome(
    of timer: ArmedTimer, on record: any Aggregate, in context: DecisionContext
  ) -> TimerOutcome {
    guard let task = record as? TaskRecord, task.status == .open, !task.isOverdue,
      let dueAt = task.dueAt
    else { return .settle }
    return dueAt <= context.now ? .fire : .wait(until: dueAt)
  }
}
