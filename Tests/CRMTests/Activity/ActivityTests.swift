import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct ActivityTests {
  private static func log(
    _ subjects: [RecordKey], _ change: (inout LogActivity) -> Void = { _ in }
  ) -> ActivityCommand.OneOf_Command {
    var command = LogActivity.with {
      $0.activityID = "act_1"
      ($0.kind, $0.direction) = (.call, .out)
      $0.subjectRefs = subjects.map(\.reference)
      $0.summary = "talked"
    }
    change(&command)
    return .logActivity(command)
  }

  /// An account and a lead, both of Ann.
  private static func desk() throws -> Desk {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    try desk.run(Account.self, Sample.company(), context)
    try desk.run(Contact.self, Sample.contact(account: "acc_1"), context)
    try desk.run(Lead.self, Sample.lead("led_1", owner: "usr_ann"), context)
    desk.now = desk.now.advanced(byMicroseconds: 3_600_000_000)
    return desk
  }

  @Test func `an activity is about something that exists`() throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_ann")
    #expect(try refusal { try desk.run(Activity.self, Self.log([]), context) } == .required)
    let unknown = Self.log([.account("acc_9")])
    #expect(try refusal { try desk.run(Activity.self, unknown, context) } == .reference)
    let stranger = Self.log([.account("acc_1")]) { $0.contactIds = ["con_9"] }
    #expect(try refusal { try desk.run(Activity.self, stranger, context) } == .reference)
  }

  @Test func `an activity lies between its record's making and now`() throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_ann")
    let early = Self.log([.account("acc_1")]) {
      $0.occurredAt = desk.now.advanced(byMicroseconds: -7_200_000_000).message
    }
    let late = Self.log([.account("acc_1")]) {
      $0.occurredAt = desk.now.advanced(byMicroseconds: 1).message
    }
    #expect(try refusal { try desk.run(Activity.self, early, context) } == .range)
    #expect(try refusal { try desk.run(Activity.self, late, context) } == .range)
    let migration = try desk.context(by: "usr_ann", channel: .migration)
    #expect(try desk.run(Activity.self, early, migration).count == 1)
  }

  @Test func `an outward activity on what is open says what comes next`() throws {
    var desk = try Self.desk()
    let context = try desk.context(by: "usr_ann")
    let plain = Self.log([.lead("led_1")])
    #expect(try refusal { try desk.run(Activity.self, plain, context) } == .required)
    let inward = Self.log([.lead("led_1")]) {
      ($0.activityID, $0.direction) = ("act_2", .in)
    }
    #expect(try !desk.run(Activity.self, inward, context).isEmpty)
    let next = Self.log([.lead("led_1")]) {
      $0.nextStep.action = "send the offer"
      $0.nextStep.dueAt = desk.now.advanced(byMicroseconds: 86_400_000_000).message
      $0.nextStep.taskID = "tsk_1"
    }
    let events = try desk.run(Activity.self, next, context)
    #expect(events.map(\.payload.typeName).prefix(2) == ["ActivityLogged", "TaskCreated"])
    let task = desk.state(TaskRecord.self, "tsk_1")
    #expect(task.assigneeID == "usr_ann" && task.status == .open && task.activityID == "act_1")
    #expect(task.action == .value("send the offer"))
    desk.settings.nextStepRequired = false
    let off = try desk.context(by: "usr_ann")
    let third = Self.log([.lead("led_1")]) { $0.activityID = "act_3" }
    #expect(try desk.run(Activity.self, third, off).count == 1)
  }

  @Test(arguments: [("usr_ann", false), ("usr_bob", true)])
  func `who works on another's account is allowed and marked`(actor: String, marked: Bool) throws {
    var desk = try Self.desk()
    let context = try desk.context(by: actor)
    try desk.run(Activity.self, Self.log([.contact("con_1")]), context)
    #expect(desk.state(Activity.self, "act_1").isCrossOwner == marked)
    if marked {
      let collaborate = AddCollaborator.with {
        ($0.record, $0.userID, $0.access) = (RecordKey.account("acc_1").reference, actor, .edit)
      }
      try desk.run(.addCollaborator(collaborate), desk.context(by: "usr_ann"))
      let again = Self.log([.account("acc_1")]) { $0.activityID = "act_2" }
      try desk.run(Activity.self, again, desk.context(by: actor))
      #expect(!desk.state(Activity.self, "act_2").isCrossOwner)
    }
  }

  @Test func `the text is sealed under the person it is about and found with the account`() throws {
    var desk = try Self.desk()
    let command = Self.log([.account("acc_1")]) { $0.contactIds = ["con_1"] }
    let events = try desk.run(Activity.self, command, desk.context(by: "usr_ann"))
    #expect(events[0].personal.map(\.subject) == [.contact("con_1")])
    #expect(events[0].tags.map(\.text).contains("account:acc_1"))
    let viaContact = Self.log([.contact("con_1")]) { $0.activityID = "act_2" }
    let more = try desk.run(Activity.self, viaContact, desk.context(by: "usr_ann"))
    #expect(more[0].tags.map(\.text).contains("account:acc_1"))
  }

  @Test func `a correction needs a reason and keeps what was written`() throws {
    var desk = try Self.desk()
    try desk.run(Activity.self, Self.log([.account("acc_1")]), desk.context(by: "usr_ann"))
    let correct = CorrectActivity.with {
      $0.activityID = "act_1"
      $0.changes = [
        .with { ($0.field, $0.to.text) = ("summary", "met") },
        .with { ($0.field, $0.to.text) = ("outcome", "won") },
      ]
    }
    let bare = try desk.context(by: "usr_ann")
    #expect(
      try refusal { try desk.run(Activity.self, .correctActivity(correct), bare) }
        == .reasonRequired)
    let context = try desk.context(by: "usr_ann", reason: "typo")
    let events = try desk.run(Activity.self, .correctActivity(correct), context)
    guard case .activity(let personal)? = events.first?.personal.first?.payload else {
      Issue.record("nothing was sealed")
      return
    }
    #expect(personal.changes.first?.from.text == "talked")
    #expect(desk.state(Activity.self, "act_1").profile.content.opened?.summary == "met")
    #expect(desk.state(Activity.self, "act_1").outcome == "won")
    #expect(try desk.run(Activity.self, .correctActivity(correct), context).isEmpty)
    let retract = ActivityCommand.OneOf_Command.retractActivity(.with { $0.activityID = "act_1" })
    try desk.run(Activity.self, retract, context)
    #expect(try refusal { try desk.run(Activity.self, retract, context) } == .status)
    let comment = AddComment.with { ($0.activityID, $0.text) = ("act_1", "why?") }
    #expect(try refusal { try desk.run(Activity.self, .addComment(comment), context) } == .status)
  }
}
