import CRM
import Commands
import EventLog
import EventModel
import Policies
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// What the passing of time brings about beside protections, recycling and registrations.
@Suite struct DeadlineTests {
  /// Carries out what is due at the clock, and says which events that made, in their order.
  private func fired(_ shop: Shop) async throws -> [String] {
    let size = shop.log.size
    _ = try await shop.reactor.run(until: shop.clock.read())
    return try shop.log.events(EventSelection(from: Position(size))).map(\.type)
  }

  /// Nothing more comes of reading the log anew, or of looking again.
  private func settled(_ shop: Shop) async throws {
    let size = shop.log.size
    try shop.store.reset()
    try TimerFold(log: shop.log, store: shop.store).catchUp()
    #expect(shop.log.size == size)
    _ = try await shop.reactor.run(until: shop.clock.read())
    #expect(shop.log.size == size)
  }

  private func lead(_ shop: Shop, owner: String = "usr_ann") async throws {
    try await shop.run(
      .lead(
        .captureLead(
          .with {
            ($0.leadID, $0.companyName) = ("led_1", "Aurora Metals")
            $0.source.channel = .website
            $0.phones = [.with { $0.raw = "+49 30 901820" }]
            $0.owner = .user(owner)
          })))
  }

  @Test func `a ticket's clocks warn, breach and stand still as they should`() async throws {
    try await Shop.run { shop in
      try await shop.system(
        .slaPolicy(
          .publishSlaPolicy(
            .with {
              ($0.slaPolicyID, $0.name) = ("sla_1", "All")
              ($0.firstResponseMinutes, $0.resolutionMinutes, $0.warnPct) = (60, 240, 75)
            })))
      try await shop.system(
        .organization(
          .configureOrganization(
            .with {
              ($0.name, $0.timeZone, $0.baseCurrency) = ("Star", "Asia/Shanghai", "CNY")
              $0.policySwitches = [.with { ($0.name, $0.value) = ("slaPolicies", "sla_1") }]
            })))
      try await shop.run(
        .ticket(
          .openTicket(
            .with {
              ($0.ticketID, $0.subject, $0.channel) = ("tkt_1", "It leaks", .email)
              ($0.priority, $0.categoryCode) = (.normal, "leak")
              $0.owner = .user("usr_ann")
            })))
      shop.clock.advance(seconds: 45 * 60 - 1)
      #expect(try await fired(shop) == [])
      shop.clock.advance(seconds: 1)
      #expect(try await fired(shop) == ["TicketSlaWarned"])
      shop.clock.advance(seconds: 15 * 60)
      #expect(try await fired(shop) == ["TicketSlaBreached"])
      for step: TicketCommand.OneOf_Command in [
        .startTicket(.with { $0.ticketID = "tkt_1" }),
        .awaitCustomer(.with { $0.ticketID = "tkt_1" }),
      ] { try await shop.run(.ticket(step)) }
      // The customer has it: nothing is due for days.
      shop.clock.advance(days: 3)
      #expect(try await fired(shop) == [])
      try await shop.run(.ticket(.startTicket(.with { $0.ticketID = "tkt_1" })))
      shop.clock.advance(seconds: 2 * 3600)
      #expect(try await fired(shop) == ["TicketSlaWarned"])
      shop.clock.advance(seconds: 3600)
      #expect(try await fired(shop) == ["TicketSlaBreached"])
      try await settled(shop)
    }
  }

  @Test func `a task is reminded of and becomes overdue, unless it is done`() async throws {
    try await Shop.run { shop in
      try await shop.account("acc_1")
      for id in ["tsk_1", "tsk_2"] {
        try await shop.run(
          .task(
            .createTask(
              .with {
                ($0.taskID, $0.kind, $0.action) = (id, .followUp, "Call")
                $0.subjectRefs = [RecordKey.account("acc_1").reference]
                $0.dueAt = shop.clock.read().advanced(byMicroseconds: 86_400_000_000).message
              })))
      }
      shop.clock.advance(seconds: 82_800)
      #expect(try await fired(shop) == ["TaskReminderDue", "TaskReminderDue"])
      try await shop.run(.task(.completeTask(.with { $0.taskID = "tsk_2" })))
      shop.clock.advance(seconds: 3600)
      #expect(try await fired(shop) == ["TaskOverdue"])
      let later = shop.clock.read().advanced(byMicroseconds: 86_400_000_000).message
      try await shop.run(
        .task(.rescheduleTask(.with { ($0.taskID, $0.dueAt) = ("tsk_1", later) })))
      shop.clock.advance(days: 2)
      // The hour before has passed with the deadline: only that is told.
      #expect(try await fired(shop) == ["TaskOverdue"])
      try await settled(shop)
    }
  }

  @Test func `a lead gets its deadline with its owner, and breaches it once`() async throws {
    try await Shop.run { shop in
      try await lead(shop)
      let owned = shop.clock.read()
      #expect(try await fired(shop) == ["FirstResponseDeadlineSet"])
      let due = owned.advanced(byMicroseconds: 30 * 60_000_000)
      #expect(try shop.state(Lead.self, "led_1").firstResponseDueAt == due)
      shop.clock.set(due)
      #expect(try await fired(shop) == ["LeadFirstResponseBreached"])
      try await settled(shop)
      // The next owner has time of their own, and answers in it.
      try await shop.run(
        .ownership(
          .transferOwnership(
            .with {
              $0.record = RecordKey.lead("led_1").reference
              $0.to = .user("usr_bob")
            })), by: "usr_boss", reason: "slow")
      #expect(try await fired(shop) == ["FirstResponseDeadlineSet"])
      try await shop.run(
        .activity(
          .logActivity(
            .with {
              ($0.activityID, $0.kind, $0.direction) = ("act_1", .call, .in)
              $0.subjectRefs = [RecordKey.lead("led_1").reference]
            })), by: "usr_bob")
      try await shop.run(
        .lead(
          .recordFirstResponse(
            .with { ($0.leadID, $0.activityID) = ("led_1", "act_1") })), by: "usr_bob")
      shop.clock.advance(days: 1)
      #expect(try await fired(shop) == [])
    }
  }

  @Test func `nurturing is due again after its time`() async throws {
    try await Shop.run { shop in
      try await lead(shop)
      let start = StartNurture.with {
        ($0.leadID, $0.programID, $0.reasonCode) = ("led_1", "spring", "notReady")
        $0.reevaluateAt = shop.clock.read().advanced(byMicroseconds: 10 * 86_400_000_000).message
      }
      try await shop.run(.lead(.startNurture(start)))
      _ = try await fired(shop)
      #expect(try await shop.refusal { try await shop.run(.lead(.startNurture(start))) } == .status)
      let touch = SendNurtureTouch.with {
        ($0.leadID, $0.contentID, $0.channel) = ("led_1", "letter-1", "email")
      }
      try await shop.run(.lead(.sendNurtureTouch(touch)))
      shop.clock.advance(days: 10)
      #expect(
        try await fired(shop).sorted()
          == ["LeadFirstResponseBreached", "LeadNurtureReevaluationDue"])
      let again = shop.clock.read().advanced(byMicroseconds: 5 * 86_400_000_000).message
      try await shop.run(
        .lead(
          .reevaluateNurture(
            .with { ($0.leadID, $0.outcome, $0.reevaluateAt) = ("led_1", .extend, again) })))
      shop.clock.advance(days: 5)
      #expect(try await fired(shop) == ["LeadNurtureReevaluationDue"])
      try await shop.run(
        .lead(.reevaluateNurture(.with { ($0.leadID, $0.outcome) = ("led_1", .resume) })))
      #expect(try shop.state(Lead.self, "led_1").status == .working)
      #expect(
        try await shop.refusal { try await shop.run(.lead(.sendNurtureTouch(touch))) } == .status)
      try await settled(shop)
    }
  }

  @Test func `a contested case that nobody settles is told to whoever stands above`() async throws {
    try await Shop.run { shop in
      let phones = [Phone.with { $0.raw = "+86 591 8765 4321" }]
      try await shop.account("acc_1") { $0.phones = phones }
      let refused = try await shop.refusal {
        try await shop.account("acc_2", owner: "usr_bob") { $0.phones = phones }
        return try await shop.protect(.account("acc_1"), id: "prt_1", days: 1)
      }
      #expect(refused == .collision)
      shop.clock.advance(days: 1, seconds: -1)
      #expect(try await fired(shop) == [])
      shop.clock.advance(seconds: 1)
      #expect(try await fired(shop) == ["CollisionOverdue"])
      let overdue = try #require(try shop.events("CollisionOverdue").first)
      guard case .duplicateCase(.collisionOverdue(let told))? = try overdue.payload() else {
        Issue.record("no notice")
        return
      }
      #expect(told.managerID == "usr_boss")
      try await settled(shop)
    }
  }

  @Test func `an opportunity that stays too long is stalled, once a stage`() async throws {
    try await Shop.run { shop in
      try await shop.system(.pipeline(.createPipeline(DefaultPipeline.command)))
      try await shop.account("acc_1")
      let version = try #require(
        try shop.state(Pipeline.self, DefaultPipeline.id).current(at: shop.clock.read()))
      var stages = version.stages
      for index in stages.indices where stages[index].kind == .open {
        stages[index].maxAgeDays = 14
      }
      let limited = stages
      try await shop.system(
        .pipeline(
          .publishPipelineVersion(
            .with { ($0.pipelineID, $0.stages) = (DefaultPipeline.id, limited) })))
      try await shop.run(
        .opportunity(
          .createOpportunity(
            .with {
              ($0.opportunityID, $0.accountID, $0.name) = ("opp_1", "acc_1", "Pumps")
              $0.pipelineID = DefaultPipeline.id
              $0.source.channel = .website
            })))
      shop.clock.advance(days: 13)
      #expect(try await fired(shop) == [])
      shop.clock.advance(days: 1)
      #expect(try await fired(shop) == ["OpportunityStalled"])
      #expect(try shop.state(Opportunity.self, "opp_1").isStalled)
      let end = OpportunityCommand.OneOf_Command.endOpportunityStall(
        .with { $0.opportunityID = "opp_1" })
      #expect(
        try await shop.refusal { try await shop.run(.opportunity(end)) } == .reasonRequired)
      try await shop.run(.opportunity(end), reason: "customer back")
      shop.clock.advance(days: 20)
      #expect(try await fired(shop) == [])
      try await settled(shop)
    }
  }

  @Test func `a policy's commands are nobody else's`() async throws {
    try await Shop.run { shop in
      try await lead(shop)
      for command: CommandPayload in [
        .lead(.setFirstResponseDeadline(.with { $0.leadID = "led_1" })),
        .lead(.breachFirstResponse(.with { $0.leadID = "led_1" })),
        .lead(.noteNurtureReevaluation(.with { $0.leadID = "led_1" })),
      ] {
        let size = shop.log.size
        #expect(try await shop.refusal { try await shop.run(command) } == .permissionScope)
        #expect(shop.log.size == size)
      }
    }
  }
}
