import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct TicketSlaTests {
  typealias Command = TicketCommand.OneOf_Command
  private static let hour: Int64 = 3_600_000_000

  /// Monday 2 March 2026, 17:00 UTC; work is from 9 to 18 on weekdays.
  private static let opened = Timestamp(microseconds: 1_772_470_800_000_000)

  /// A desk whose policy gives high tickets two hours for the answer and nine for the resolution,
  /// with ann's ticket under it.
  private static func desk(priority: TicketPriority.Code = .high) throws -> Desk {
    var desk = Desk.staffed()
    desk.now = opened
    let calendar = PublishBusinessCalendar.with {
      ($0.calendarID, $0.name, $0.timeZone) = ("cal_1", "Office", "UTC")
      $0.weekly = (1...5).map { weekday in
        .with { ($0.weekday, $0.fromMinute, $0.toMinute) = (UInt32(weekday), 540, 1080) }
      }
    }
    let context = try desk.context(by: "usr_admin")
    try desk.run(BusinessCalendar.self, .publishBusinessCalendar(calendar), context)
    let policy = PublishSlaPolicy.with {
      ($0.slaPolicyID, $0.name, $0.calendarID) = ("sla_1", "High", "cal_1")
      $0.match.priorities = [.high]
      ($0.firstResponseMinutes, $0.resolutionMinutes) = (120, 540)
      $0.escalations = [
        .with { ($0.metric, $0.afterPct, $0.toUserID) = (.resolution, 100, "usr_boss") }
      ]
    }
    try desk.run(SlaPolicy.self, .publishSlaPolicy(policy), context)
    desk.settings.slaPolicyIDs = ["sla_1"]
    desk.now = opened
    let open = OpenTicket.with {
      ($0.ticketID, $0.ticketNo, $0.subject) = ("tkt_1", "T-1", "Printer")
      ($0.channel, $0.priority, $0.owner) = (.phone, priority, .user("usr_ann"))
    }
    try desk.run(Ticket.self, .openTicket(open), desk.context(by: "usr_ann"))
    return desk
  }

  private static func ticket(_ desk: Desk) -> Ticket { desk.state(Ticket.self, "tkt_1") }

  private static func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  @discardableResult
  private static func step(
    _ desk: inout Desk, at time: Timestamp, _ command: Command, kind: ActorKind.Code = .user
  ) throws -> [String] {
    desk.now = time
    let actor = kind == .system ? "system:timers" : "usr_ann"
    let context = try desk.context(by: actor, reason: "R", kind: kind)
    return try desk.run(Ticket.self, command, context).map(\.payload.typeName)
  }

  private static let comment = Command.commentOnTicket(
    .with {
      ($0.ticketID, $0.commentID, $0.text) = ("tkt_1", "cmm_1", "We look at it.")
      $0.visibility = .public
    })

  @Test func `a new ticket gets the first policy that fits, and its due times in working time`()
    throws
  {
    let sla = Self.ticket(try Self.desk()).sla
    #expect(sla.policyID == "sla_1" && sla.version == 1)
    #expect(try sla.firstResponseDueAt == Self.time("2026-03-03T10:00:00Z"))
    #expect(try sla.firstResponseWarnAt == Self.time("2026-03-03T09:30:00Z"))
    #expect(try sla.resolutionDueAt == Self.time("2026-03-03T17:00:00Z"))
    #expect(try Self.ticket(Self.desk(priority: .low)).sla == TicketSla())
  }

  @Test(
    arguments: [
      ("2026-03-03T09:59:59Z", true, 7199), ("2026-03-03T10:00:00Z", true, 7200),
      ("2026-03-03T10:00:01Z", false, 7201),
    ] as [(String, Bool, Int64)])
  func `an answer is in time up to its due time`(
    at: String, isInTime: Bool, seconds: Int64
  ) throws {
    var desk = try Self.desk()
    try Self.step(&desk, at: Self.time(at), Self.comment)
    let answered = desk.facts.compactMap { _, fact -> TicketFirstResponded? in
      guard case .ticket(.ticketFirstResponded(let event)) = fact.payload else { return nil }
      return event
    }
    #expect(answered.first?.withinTarget == isInTime)
    #expect(answered.first?.elapsedBusinessSeconds == seconds)
  }

  @Test func `the clock stands still while the customer is waited for`() throws {
    var desk = try Self.desk()
    try Self.step(&desk, at: Self.opened, .startTicket(.with { $0.ticketID = "tkt_1" }))
    // Half an hour is used up, eight and a half are left.
    let events = try Self.step(
      &desk, at: Self.opened.advanced(byMicroseconds: Self.hour / 2),
      .awaitCustomer(.with { $0.ticketID = "tkt_1" }))
    #expect(events == ["TicketStatusChanged.v2", "TicketSlaPaused"])
    #expect(Self.ticket(desk).sla.remainingSeconds == 30_600)
    // Nothing is late meanwhile.
    let breach = Command.breachSla(.with { ($0.ticketID, $0.metric) = ("tkt_1", .resolution) })
    let early = try Self.step(&desk, at: Self.time("2026-03-05T09:00:00Z"), breach, kind: .system)
    #expect(early == [])
    let resumed = try Self.step(
      &desk, at: Self.time("2026-03-05T17:00:00Z"), .startTicket(.with { $0.ticketID = "tkt_1" }))
    #expect(resumed == ["TicketStatusChanged.v2", "TicketSlaResumed"])
    // An hour on Thursday, seven and a half on Friday.
    #expect(try Self.ticket(desk).sla.resolutionDueAt == Self.time("2026-03-06T16:30:00Z"))
    let resolve = Command.resolveTicket(
      .with { ($0.ticketID, $0.resolutionCode) = ("tkt_1", "fixed") })
    try Self.step(&desk, at: Self.time("2026-03-06T16:30:00Z"), resolve)
    let resolved = desk.facts.compactMap { _, fact -> TicketResolved? in
      guard case .ticket(.ticketResolved(let event)) = fact.payload else { return nil }
      return event
    }
    #expect(resolved.first?.withinTarget == true)
    #expect(resolved.first?.elapsedBusinessSeconds == 32_400)
  }

  @Test(
    arguments: [
      (SlaMetric.Code.resolution, "2026-03-03T16:59:59Z", []),
      (
        .resolution, "2026-03-03T17:00:00Z",
        ["TicketSlaBreached", "TicketEscalated", "OwnershipAssigned"]
      ),
      (.firstResponse, "2026-03-03T09:59:59Z", []),
      (.firstResponse, "2026-03-03T10:00:00Z", ["TicketSlaBreached"]),
    ] as [(SlaMetric.Code, String, [String])])
  func `a breach is told from the due time on, once, and escalates`(
    metric: SlaMetric.Code, at: String, events: [String]
  ) throws {
    var desk = try Self.desk()
    let breach = Command.breachSla(.with { ($0.ticketID, $0.metric) = ("tkt_1", metric) })
    let first = try Self.step(&desk, at: Self.time(at), breach, kind: .system)
    #expect(first == events)
    guard !events.isEmpty else { return }
    let again = try Self.step(&desk, at: Self.time(at), breach, kind: .system)
    #expect(again == [])
    let context = try desk.context(by: "usr_ann")
    #expect(try refusal { try desk.run(Ticket.self, breach, context) } == .permissionScope)
  }

  @Test(arguments: [("2026-03-03T09:29:59Z", 0), ("2026-03-03T09:30:00Z", 1)])
  func `a warning is given at its share of the time, and not after an answer`(
    at: String, count: Int
  ) throws {
    let warn = Command.warnOfSla(.with { ($0.ticketID, $0.metric) = ("tkt_1", .firstResponse) })
    var desk = try Self.desk()
    let warnings = try Self.step(&desk, at: Self.time(at), warn, kind: .system)
    #expect(warnings.count == count)
    desk = try Self.desk()
    try Self.step(&desk, at: Self.opened, Self.comment)
    let afterAnswer = try Self.step(&desk, at: Self.time(at), warn, kind: .system)
    #expect(afterAnswer == [])
  }

  @Test(
    arguments: [
      (1, 1, 1, nil), (525_600, 525_600, 99, nil), (0, 60, 75, RefusalCode.range),
      (60, 0, 75, .range), (525_601, 60, 75, .range), (60, 60, 0, .range), (60, 60, 100, .range),
    ] as [(UInt32, UInt32, UInt32, RefusalCode?)])
  func `a policy's times lie within a year`(
    response: UInt32, resolution: UInt32, warn: UInt32, code: RefusalCode?
  ) throws {
    var desk = Desk.staffed()
    let publish = PublishSlaPolicy.with {
      ($0.slaPolicyID, $0.name) = ("sla_1", "P")
      ($0.firstResponseMinutes, $0.resolutionMinutes, $0.warnPct) = (response, resolution, warn)
    }
    let context = try desk.context(by: "usr_admin")
    #expect(
      try refusal { try desk.run(SlaPolicy.self, .publishSlaPolicy(publish), context) } == code)
  }
}
