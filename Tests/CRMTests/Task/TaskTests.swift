import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct TaskTests {
  typealias Command = TaskCommand.OneOf_Command

  private static func create(
    _ change: (inout CreateTask) -> Void = { _ in }
  ) -> Command {
    var command = CreateTask.with {
      ($0.taskID, $0.kind, $0.action) = ("tsk_1", .followUp, "Send an offer")
      $0.subjectRefs = [RecordKey.account("acc_1").reference]
      $0.dueAt = Timestamp(microseconds: 1_760_100_000_000_000).message
    }
    change(&command)
    return .createTask(command)
  }

  /// A desk with ann's account and ann's task for it.
  private static func desk() throws -> Desk {
    var desk = Desk.staffed()
    try desk.run(Account.self, Sample.company("acc_1"), desk.context(by: "usr_ann"))
    try desk.run(TaskRecord.self, create(), desk.context(by: "usr_ann"))
    return desk
  }

  private static func refused(
    _ desk: Desk, _ command: Command, by actor: String, kind: ActorKind.Code = .user
  ) throws -> RefusalCode? {
    var desk = desk
    let context = try desk.context(by: actor, reason: "R1", kind: kind)
    return try refusal { try desk.run(TaskRecord.self, command, context) }
  }

  @Test(
    arguments: [
      (create { $0.taskID = "tsk_2" }, nil), (create(), RefusalCode.alreadyExists),
      (create { ($0.taskID, $0.action) = ("tsk_2", "") }, .required),
      (create { ($0.taskID, $0.kind) = ("tsk_2", .taskKindUnspecified) }, .required),
      (create { ($0.taskID, $0.subjectRefs) = ("tsk_2", []) }, .required),
      (create { ($0.taskID, $0.assigneeID) = ("tsk_2", "usr_carl") }, .ownershipInactive),
      (create { ($0.taskID, $0.assigneeID) = ("tsk_2", "usr_nobody") }, .reference),
      (
        create {
          $0.taskID = "tsk_2"
          $0.clearDueAt()
        }, .required
      ),
      (
        create {
          $0.taskID = "tsk_2"
          $0.subjectRefs = [RecordKey.account("acc_9").reference]
        }, .reference
      ),
    ] as [(Command, RefusalCode?)])
  func `a task says what, about what, by whom and until when`(
    command: Command, code: RefusalCode?
  ) throws {
    #expect(try Self.refused(Self.desk(), command, by: "usr_ann") == code)
  }

  @Test(arguments: [
    Command.reassignTask(.with { ($0.taskID, $0.to) = ("tsk_1", "usr_bob") }),
    .completeTask(.with { $0.taskID = "tsk_1" }), .cancelTask(.with { $0.taskID = "tsk_1" }),
    .rescheduleTask(
      .with {
        $0.taskID = "tsk_1"
        $0.dueAt = Timestamp(microseconds: 1_760_200_000_000_000).message
      }),
  ])
  func `who has the task and those above change it, nobody else, and not when it is over`(
    command: Command
  ) throws {
    let desk = try Self.desk()
    for actor in ["usr_ann", "usr_boss", "usr_admin"] {
      #expect(try Self.refused(desk, command, by: actor) == nil)
    }
    #expect(try Self.refused(desk, command, by: "usr_bob") == .permissionScope)
    var over = desk
    if case .completeTask = command {
      try over.run(
        TaskRecord.self, .cancelTask(.with { $0.taskID = "tsk_1" }),
        over.context(by: "usr_ann", reason: "R"))
    } else {
      try over.run(
        TaskRecord.self, .completeTask(.with { $0.taskID = "tsk_1" }), over.context(by: "usr_ann"))
    }
    #expect(try Self.refused(over, command, by: "usr_ann") == .status)
  }

  @Test(arguments: [(-1, 0), (0, 1), (1, 1)] as [(Int64, Int)])
  func `a task is overdue from its due time on, once for each`(
    microseconds: Int64, count: Int
  ) throws {
    var desk = try Self.desk()
    let mark = Command.markTaskOverdue(.with { $0.taskID = "tsk_1" })
    #expect(try Self.refused(desk, mark, by: "usr_ann") == .permissionScope)
    let due = try #require(desk.state(TaskRecord.self, "tsk_1").dueAt)
    desk.now = due.advanced(byMicroseconds: microseconds)
    let context = try desk.context(by: "system:timers", kind: .system)
    #expect(try desk.run(TaskRecord.self, mark, context).count == count)
    #expect(desk.state(TaskRecord.self, "tsk_1").isOverdue == (count == 1))
    var again = try desk.context(by: "system:timers", kind: .system)
    again.now = due
    #expect(try desk.run(TaskRecord.self, mark, again).count == 1 - count)
    let later = RescheduleTask.with {
      $0.taskID = "tsk_1"
      $0.dueAt = desk.now.advanced(byMicroseconds: 1_000_000_000).message
    }
    try desk.run(TaskRecord.self, .rescheduleTask(later), desk.context(by: "usr_ann"))
    #expect(!desk.state(TaskRecord.self, "tsk_1").isOverdue)
  }

  @Test func `tasks of the former owner go along with a transfer that says so`() throws {
    var desk = try Self.desk()
    try desk.run(
      TaskRecord.self, Self.create { ($0.taskID, $0.assigneeID) = ("tsk_2", "usr_boss") },
      desk.context(by: "usr_ann"))
    try desk.run(
      Sample.transfer(.account("acc_1"), to: "usr_bob", cascade: [.tasks]),
      desk.context(by: "usr_boss", reason: "R"))
    #expect(desk.state(TaskRecord.self, "tsk_1").assigneeID == "usr_bob")
    #expect(desk.state(TaskRecord.self, "tsk_2").assigneeID == "usr_boss")
  }
}
