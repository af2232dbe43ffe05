import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct LeadTests {
  private static func command(_ name: String) -> LeadCommand.OneOf_Command {
    switch name {
    case "work": .startWorkingLead(.with { $0.leadID = "led_1" })
    case "qualify": .qualifyLead(.with { $0.leadID = "led_1" })
    case "disqualify":
      .disqualifyLead(.with { ($0.leadID, $0.reasonCode) = ("led_1", "noBudget") })
    case "reopen": .reopenLead(.with { $0.leadID = "led_1" })
    default: .rateLead(.with { ($0.leadID, $0.rating) = ("led_1", .a) })
    }
  }

  /// A lead in each status, by the commands that lead there.
  private static func desk(_ steps: [String]) throws -> Desk {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann", reason: "R1")
    try desk.run(Lead.self, Sample.lead(), context)
    for step in steps {
      if step == "assign" {
        try desk.run(Sample.assign(.lead("led_1"), to: "usr_ann"), context)
      } else {
        try desk.run(Lead.self, command(step), context)
      }
    }
    return desk
  }

  @Test(arguments: [
    ([], LeadStatus.Code.new), (["assign"], .assigned), (["assign", "work"], .working),
    (["assign", "qualify"], .qualified), (["assign", "work", "qualify"], .qualified),
    (["disqualify"], .disqualified), (["assign", "work", "disqualify", "reopen"], .working),
    (["disqualify", "reopen"], .new), (["disqualify", "reopen", "assign"], .assigned),
  ])
  func `a lead goes its way step by step`(steps: [String], status: LeadStatus.Code) throws {
    #expect(try Self.desk(steps).state(Lead.self, "led_1").status == status)
  }

  @Test(arguments: [
    ([], "work"), ([], "qualify"), ([], "reopen"), (["assign", "qualify"], "work"),
    (["disqualify"], "qualify"), (["disqualify"], "work"), (["disqualify"], "disqualify"),
    (["disqualify"], "rate"), (["assign"], "reopen"),
  ])
  func `a step out of turn is refused`(steps: [String], step: String) throws {
    var desk = try Self.desk(steps)
    let context = try desk.context(by: "usr_ann", reason: "R1")
    #expect(try refusal { try desk.run(Lead.self, Self.command(step), context) } == .status)
  }

  @Test func `a lead that is reopened needs a reason`() throws {
    var desk = try Self.desk(["disqualify"])
    let context = try desk.context(by: "usr_ann")
    #expect(
      try refusal { try desk.run(Lead.self, Self.command("reopen"), context) } == .reasonRequired)
  }

  private static let faults: [(@Sendable (inout CaptureLead) -> Void, RefusalCode)] = [
    ({ $0.phones = [] }, .required),
    ({ $0.source = Source() }, .required), ({ $0.personName.full = "李经理" }, .format),
    ({ $0.companyName = "老板" }, .format), ({ $0.owner = .user("usr_carl") }, .ownershipInactive),
    ({ $0.owner = .pool("pol_1") }, .reference), ({ $0.leadID = "x" }, .format),
    ({ $0.consent.purpose = "news" }, .required),
  ]

  @Test(arguments: faults)
  func `what is no lead is refused`(
    change: @Sendable (inout CaptureLead) -> Void, code: RefusalCode
  ) throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann")
    let command = Sample.lead("led_1", owner: nil, change)
    #expect(try refusal { try desk.run(Lead.self, command, context) } == code)
  }

  @Test func `what comes through a public form comes from nobody known`() throws {
    var desk = Desk.staffed()
    let user = try desk.context(by: "usr_ann", channel: .publicForm)
    #expect(try refusal { try desk.run(Lead.self, Sample.lead(), user) } == .inconsistent)
    let form = try desk.context(by: "system:form", channel: .publicForm, kind: .anonymous)
    try desk.run(Lead.self, Sample.lead(), form)
    #expect(desk.state(Lead.self, "led_1").ownership.owner == nil)
  }

  @Test func `a lead keeps a way to be reached`() throws {
    var desk = try Self.desk([])
    let clear = ChangeLeadDetails.with { ($0.leadID, $0.phones) = ("led_1", PhoneList()) }
    let context = try desk.context(by: "usr_ann")
    #expect(
      try refusal { try desk.run(Lead.self, .changeLeadDetails(clear), context) } == .required)
    let swap = ChangeLeadDetails.with {
      ($0.leadID, $0.phones) = ("led_1", PhoneList())
      $0.emails.values = [.with { $0.address = "lin@example.com" }]
      $0.region = "福建"
    }
    try desk.run(Lead.self, .changeLeadDetails(swap), context)
    let lead = desk.state(Lead.self, "led_1")
    #expect(lead.region == "福建")
    #expect(lead.profile.content.opened?.phones == [])
    #expect(lead.profile.content.opened?.emails.first?.normalized == "lin@example.com")
  }

  @Test(arguments: [
    (ActivityKind.Code.call, ActivityDirection.Code.out, "usr_ann", true),
    (.visit, .out, "usr_ann", true), (.wechat, .none, "usr_ann", true),
    (.note, .none, "usr_ann", false), (.call, .in, "usr_ann", false),
    (.call, .out, "usr_bob", false),
  ])
  func `the owner's first two-way activity is the first response`(
    kind: ActivityKind.Code, direction: ActivityDirection.Code, actor: String, responds: Bool
  ) throws {
    var desk = try Self.desk(["assign"])
    desk.settings.nextStepRequired = false
    let log = LogActivity.with {
      $0.activityID = "act_1"
      ($0.kind, $0.direction) = (kind, direction)
      $0.subjectRefs = [RecordKey.lead("led_1").reference]
    }
    desk.now = desk.now.advanced(byMicroseconds: 600_000_000)
    try desk.run(Activity.self, .logActivity(log), desk.context(by: actor))
    let lead = desk.state(Lead.self, "led_1")
    #expect((lead.firstRespondedAt != nil) == responds)
    #expect(lead.status == (responds ? .working : .assigned))
  }

  @Test func `only the first response counts`() throws {
    var desk = try Self.desk(["assign"])
    desk.settings.nextStepRequired = false
    var elapsed: [Int64] = []
    for number in 1...3 {
      desk.now = desk.now.advanced(byMicroseconds: 60_000_000)
      let log = LogActivity.with {
        $0.activityID = "act_\(number)"
        ($0.kind, $0.direction) = (.call, .out)
        $0.subjectRefs = [RecordKey.lead("led_1").reference]
      }
      let events = try desk.run(Activity.self, .logActivity(log), desk.context(by: "usr_ann"))
      for case .lead(.leadFirstResponded(let responded)) in events.map(\.payload) {
        elapsed.append(responded.elapsedSeconds)
      }
    }
    #expect(elapsed.count == 1)
    #expect(elapsed.first.map { (60...70).contains($0) } == true)
  }
}
