import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct TicketDecisionTests {
  typealias Command = TicketCommand.OneOf_Command

  private static func open(_ change: (inout OpenTicket) -> Void = { _ in }) -> Command {
    var command = OpenTicket.with {
      ($0.ticketID, $0.ticketNo, $0.contactID) = ("tkt_1", "T-1", "con_1")
      ($0.channel, $0.subject) = (.email, "Printer on fire")
    }
    change(&command)
    return .openTicket(command)
  }

  /// A ticket that has come as far as `status`.
  private static func company(_ status: TicketStatus.Code) throws -> SmallCompany {
    var company = try SmallCompany.founded()
    try company.run(
      Ticket.self, open { if status != .new { $0.owner = .user("usr_1") } })
    let way: [(TicketStatus.Code, Command)] = [
      (.inProgress, .startTicket(.with { $0.ticketID = "tkt_1" })),
      (.pendingCustomer, .awaitCustomer(.with { $0.ticketID = "tkt_1" })),
      (.resolved, resolve), (.closed, .closeTicket(.with { $0.ticketID = "tkt_1" })),
    ]
    guard let end = way.firstIndex(where: { $0.0 == status }) else { return company }
    for (_, command) in way[...end] { try company.run(Ticket.self, command) }
    return company
  }

  private static let resolve = Command.resolveTicket(
    .with { ($0.ticketID, $0.resolutionCode) = ("tkt_1", "fixed") })

  @Test(arguments: [
    // start, await, resolve, close, reopen
    (TicketStatus.Code.new, ["STATE.STATUS", "STATE.STATUS", "STATE.STATUS", "STATE.STATUS", ""]),
    (.assigned, ["TicketStatusChanged.v2", "STATE.STATUS", "TicketResolved", "STATE.STATUS", ""]),
    (.inProgress, ["", "TicketStatusChanged.v2", "TicketResolved", "STATE.STATUS", ""]),
    (.pendingCustomer, ["TicketStatusChanged.v2", "", "TicketResolved", "STATE.STATUS", ""]),
    (.resolved, ["STATE.STATUS", "STATE.STATUS", "", "TicketClosed", "TicketReopened"]),
    (.closed, ["STATE.STATUS", "STATE.STATUS", "STATE.STATUS", "", "TicketReopened"]),
  ])
  func `a ticket steps only from where the step begins`(
    status: TicketStatus.Code, outcomes: [String]
  ) throws {
    let company = try Self.company(status)
    #expect(try company.state(Ticket.self, "tkt_1").status == status)
    let steps: [Command] = [
      .startTicket(.with { $0.ticketID = "tkt_1" }),
      .awaitCustomer(.with { $0.ticketID = "tkt_1" }),
      Self.resolve, .closeTicket(.with { $0.ticketID = "tkt_1" }),
      .reopenTicket(.with { $0.ticketID = "tkt_1" }),
    ]
    for (step, outcome) in zip(steps, outcomes) {
      #expect(try company.outcome(Ticket.self, step) == outcome, "\(step.name)")
    }
  }

  @Test(arguments: [
    ("number", "", "VALIDATION.REQUIRED"), ("subject", " ", "VALIDATION.REQUIRED"),
    ("channel", "", "VALIDATION.REQUIRED"), ("order", "ord_1", "STATE.NOT_AVAILABLE"),
    ("contact", "con_8", "VALIDATION.REFERENCE"), ("account", "acc_2", "VALIDATION.INCONSISTENT"),
    ("account", "acc_1", "TicketOpened"), ("team", "tea_8", "VALIDATION.REFERENCE"),
    ("team", "tea_1", "TicketOpened"), ("owner", "usr_2", "TicketOpened OwnershipAssigned"),
    ("pool", "pol_1", "VALIDATION.REFERENCE"), ("before", "tkt_8", "VALIDATION.REFERENCE"),
    ("id", "T1", "VALIDATION.FORMAT"),
  ])
  func `what a ticket is made of is checked`(
    field: String, value: String, outcome: String
  ) throws {
    let command = Self.open { command in
      switch field {
      case "number": command.ticketNo = value
      case "subject": command.subject = value
      case "channel": command.channel = .ticketChannelUnspecified
      case "order": command.orderID = value
      case "contact": command.contactID = value
      case "account": command.accountID = value
      case "team": command.teamID = value
      case "owner": command.owner = .user(value)
      case "pool": command.owner = .pool(value)
      case "before": command.continuesTicketID = value
      case _: command.ticketID = value
      }
    }
    #expect(try SmallCompany.founded().outcome(Ticket.self, command) == outcome)
  }

  @Test func `texts are sealed under the contact, and the account comes with it`() throws {
    let event = try #require(
      try SmallCompany.founded().decide(Ticket.self, Self.open()).first)
    #expect(event.personal.map(\.subject) == [.contact("con_1")])
    #expect(!(try event.payload.json().contains("Printer")))
    #expect(event.tags.map(\.text) == ["ticket:tkt_1", "account:acc_1", "contact:con_1"])
  }

  @Test func `a ticket without a number gets one`() {
    var command = Self.open { ($0.ticketID, $0.ticketNo) = ("", "") }
    Ticket.identify(&command) { "\($0)_01KAKV2DC0" }
    guard case .openTicket(let open) = command else { return }
    #expect(open.ticketID == "tkt_01KAKV2DC0")
    #expect(open.ticketNo == "T-01KAKV2DC0")
  }

  @Test(arguments: [
    (13, 0, "TicketReopened"), (14, 0, "TicketReopened"), (14, 1, "STATE.TOO_LATE"),
    (15, 0, "STATE.TOO_LATE"),
  ])
  func `a ticket is reopened within its days`(days: Int, seconds: Int, outcome: String) throws {
    var company = try Self.company(.closed)
    company.advance(days: days, seconds: seconds)
    let reopen = Command.reopenTicket(.with { $0.ticketID = "tkt_1" })
    #expect(try company.outcome(Ticket.self, reopen) == outcome)
    company.reason = nil
    #expect(try company.outcome(Ticket.self, reopen) == "VALIDATION.REASON_REQUIRED")
    let goingOn = Self.open { command in
      (command.ticketID, command.ticketNo, command.continuesTicketID) = ("tkt_2", "T-2", "tkt_1")
    }
    #expect(try company.outcome(Ticket.self, goingOn) == "TicketOpened")
  }

  private static func comment(
    _ id: String, _ visibility: CommentVisibility.Code, byCustomer: Bool = false
  ) -> Command {
    .commentOnTicket(
      .with {
        ($0.ticketID, $0.commentID, $0.text) = ("tkt_1", id, "We look into it.")
        ($0.visibility, $0.byCustomer) = (visibility, byCustomer)
      })
  }

  @Test func `the first public comment by staff is the first response, and no other`() throws {
    var company = try Self.company(.new)
    company.advance(seconds: 90)
    #expect(try company.run(Ticket.self, Self.comment("1", .internal)) == ["TicketCommented"])
    #expect(
      try company.run(Ticket.self, Self.comment("2", .public, byCustomer: true))
        == ["TicketCommented"])
    company.actorKind = .system
    #expect(try company.run(Ticket.self, Self.comment("3", .public)) == ["TicketCommented"])
    company.actorKind = .user
    let events = try company.decide(Ticket.self, Self.comment("4", .public))
    guard case .ticket(.ticketFirstResponded(let responded))? = events.last?.payload else {
      Issue.record("no first response was decided")
      return
    }
    #expect(responded.by == "usr_1")
    #expect(responded.elapsedSeconds == 90)
    #expect(!responded.hasElapsedBusinessSeconds)
    try company.run(Ticket.self, Self.comment("4", .public))
    #expect(try company.run(Ticket.self, Self.comment("5", .public)) == ["TicketCommented"])
    #expect(try company.outcome(Ticket.self, Self.comment("5", .public)) == "STATE.ALREADY_EXISTS")
    #expect(
      try company.outcome(Ticket.self, Self.comment("6", .internal, byCustomer: true))
        == "VALIDATION.INCONSISTENT")
  }

  @Test(arguments: [
    (ActivityKind.Code.call, ActivityDirection.Code.out, "ActivityLogged TicketFirstResponded"),
    (.call, .in, "ActivityLogged"), (.note, .out, "ActivityLogged"),
  ])
  func `a call of staff is a first response too`(
    kind: ActivityKind.Code, direction: ActivityDirection.Code, outcome: String
  ) throws {
    let company = try Self.company(.assigned)
    let log = ActivityCommand.OneOf_Command.logActivity(
      .with {
        ($0.activityID, $0.kind, $0.direction) = ("act_1", kind, direction)
        $0.subjectRefs = [RecordKey.ticket("tkt_1").reference]
      })
    #expect(try company.outcome(Activity.self, log) == outcome)
  }

  @Test(arguments: [
    ("usr_2", "", "TicketEscalated OwnershipAssigned"),
    ("", "tea_1", "TicketEscalated TicketTeamChanged"),
    ("usr_1", "", "TicketEscalated"), ("", "", "VALIDATION.INCONSISTENT"),
    ("usr_2", "tea_1", "VALIDATION.INCONSISTENT"), ("usr_8", "", "VALIDATION.REFERENCE"),
    ("", "tea_8", "VALIDATION.REFERENCE"),
  ])
  func `an escalation goes to one user or one team`(
    user: String, team: String, outcome: String
  ) throws {
    let company = try Self.company(.inProgress)
    let escalate = Command.escalateTicket(
      .with { ($0.ticketID, $0.toUserID, $0.toTeamID) = ("tkt_1", user, team) })
    #expect(try company.outcome(Ticket.self, escalate) == outcome)
  }

  @Test func `an escalation goes one level up and not from a closed ticket`() throws {
    var company = try Self.company(.new)
    let escalate = Command.escalateTicket(
      .with { ($0.ticketID, $0.toUserID) = ("tkt_1", "usr_2") })
    try company.run(Ticket.self, escalate)
    try company.run(Ticket.self, escalate)
    let ticket = try company.state(Ticket.self, "tkt_1")
    #expect(ticket.escalationLevel == 2)
    #expect(ticket.status == .assigned)
    #expect(ticket.ownership.isOwned(by: "usr_2"))
    #expect(try Self.company(.closed).outcome(Ticket.self, escalate) == "STATE.STATUS")
  }

  private static func surveyed() throws -> SmallCompany {
    var company = try company(.closed)
    try company.run(
      Ticket.self,
      .sendSatisfactionSurvey(
        .with {
          ($0.ticketID, $0.surveyID, $0.channel) = ("tkt_1", "srv_1", "email")
          $0.expiresAt = company.now.advanced(byMicroseconds: 60_000_000).message
        }))
    return company
  }

  private static func rate(_ score: UInt32, _ survey: String = "srv_1") -> Command {
    .rateSatisfaction(
      .with { ($0.ticketID, $0.surveyID, $0.score) = ("tkt_1", survey, score) })
  }

  @Test(
    arguments: [
      (0, "SatisfactionRated LowSatisfactionAlertRaised"),
      (5, "SatisfactionRated LowSatisfactionAlertRaised"), (6, "SatisfactionRated"),
      (10, "SatisfactionRated"), (11, "VALIDATION.RANGE"),
    ] as [(UInt32, String)])
  func `a score below six raises its alert at once`(score: UInt32, outcome: String) throws {
    #expect(try Self.surveyed().outcome(Ticket.self, Self.rate(score)) == outcome)
  }

  @Test func `a survey is answered once, in its time`() throws {
    var company = try Self.surveyed()
    #expect(try company.outcome(Ticket.self, Self.rate(9, "srv_8")) == "STATE.NOT_FOUND")
    var late = company
    late.advance(seconds: 60)
    #expect(try late.outcome(Ticket.self, Self.rate(9)) == "SatisfactionRated")
    late.advance(seconds: 1)
    #expect(try late.outcome(Ticket.self, Self.rate(9)) == "STATE.TOO_LATE")
    try company.run(Ticket.self, Self.rate(2))
    #expect(try company.outcome(Ticket.self, Self.rate(9)) == "STATE.ALREADY_EXISTS")
    let followUp = Command.completeSatisfactionFollowUp(
      .with { ($0.ticketID, $0.outcome) = ("tkt_1", "called") })
    #expect(try company.run(Ticket.self, followUp) == ["SatisfactionFollowUpCompleted"])
    #expect(try company.outcome(Ticket.self, followUp) == "STATE.STATUS")
  }

  @Test func `the alert goes to the owner's manager`() throws {
    var company = try SmallCompany.founded()
    try company.run(Ticket.self, Self.open { $0.owner = .user("usr_2") })
    try company.run(Ticket.self, Self.resolve)
    try company.run(
      Ticket.self,
      .sendSatisfactionSurvey(
        .with {
          ($0.ticketID, $0.surveyID, $0.channel) = ("tkt_1", "srv_1", "email")
          $0.expiresAt = company.now.advanced(byMicroseconds: 1).message
        }))
    let events = try company.decide(Ticket.self, Self.rate(0))
    guard case .ticket(.lowSatisfactionAlertRaised(let raised))? = events.last?.payload else {
      Issue.record("no alert was decided")
      return
    }
    #expect(raised.supervisorID == "usr_1")
  }

  @Test func `details change only where something changes`() throws {
    let company = try Self.company(.inProgress)
    func change(_ change: (inout ChangeTicketDetails) -> Void) throws -> String {
      var command = ChangeTicketDetails.with { $0.ticketID = "tkt_1" }
      change(&command)
      return try company.outcome(Ticket.self, .changeTicketDetails(command))
    }
    #expect(try change { _ in } == "")
    #expect(try change { $0.subject = "Printer on fire" } == "")
    #expect(try change { $0.subject = "Printer out" } == "TicketDetailsChanged")
    #expect(try change { $0.subject = "" } == "VALIDATION.REQUIRED")
    #expect(try change { $0.productID = "prd_1" } == "TicketDetailsChanged")
    #expect(try change { $0.orderID = "ord_1" } == "STATE.NOT_AVAILABLE")
  }
}
