internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Two people claim one customer: the reference dispute, from its claim to its ruling.
struct DemoDispute {
  let stage: DemoStage
  let people: DemoPeople

  struct Outcome {
    var account = ""
    var contact = ""
    var ticket = ""
    var pool = ""
    var dispute = ""
  }

  func play() async throws(ServiceError) -> Outcome {
    var outcome = Outcome()
    try await register(&outcome)
    try await handOn(&outcome)
    try await look(outcome)
    try await serve(&outcome)
    try await claim(&outcome)
    try await settle(&outcome)
    return outcome
  }

  /// Customers of grade A that nobody follows up for thirty days go back to a pool.
  private func openPool() async throws(ServiceError) -> String {
    let pool = try await stage.make(
      .pool(
        .createPool(
          .with {
            $0.name = "华东公海"
            $0.objectType = .account
            $0.scope = "East"
          })), by: people.administrator)
    try await stage.perform(
      .pool(
        .publishPoolRules(
          .with {
            $0.poolID = pool
            $0.members.userIds = [people.lin, people.zhao]
            $0.adminIds = [people.manager]
            $0.recycle = [
              .with {
                ($0.ruleID, $0.basis, $0.days) = ("recycle-a", .noFollowUp, 30)
                $0.appliesTo.grades = [.a]
                $0.exempt = [.openOpportunity]
              }
            ]
          })), by: people.administrator)
    return pool
  }

  /// 2 March: Lin registers the customer and calls it.
  private func register(_ outcome: inout Outcome) async throws(ServiceError) {
    stage.go(to: "2026-03-02T09:00:00+08:00")
    outcome.pool = try await openPool()
    outcome.account = try await stage.make(
      .account(
        .createAccount(
          .with {
            $0.accountType = .organization
            $0.name = "福建码上科技有限公司"
            $0.legalName = "福建码上科技有限公司"
            $0.industryCode = "software"
            $0.source = .with { $0.channel = .exhibition }
            $0.phones = [.with { $0.raw = "+86 591 8765 4321" }]
          })), by: people.lin)
    let account = outcome.account
    try await stage.perform(
      .account(
        .gradeAccount(
          .with {
            $0.accountID = account
            $0.grade = .a
            $0.basis = .manual
          })), by: people.lin, reason: "manualOverride")
    outcome.contact = try await stage.make(
      .contact(
        .createContact(
          .with {
            $0.accountID = account
            $0.name = .with { $0.full = "黄海燕" }
            $0.title = "采购总监"
            $0.phones = [.with { $0.raw = "+86 139 5000 1234" }]
            $0.source = .with { $0.channel = .exhibition }
          })), by: people.lin)
    stage.go(to: "2026-03-02T09:05:00+08:00")
    try await stage.perform(
      .activity(.logActivity(call(account))), by: people.lin,
      occurredAt: "2026-03-02T09:02:00+08:00")
  }

  /// 1 April: thirty days without a follow-up, three after the warning; Zhao claims the customer.
  private func handOn(_ outcome: inout Outcome) async throws(ServiceError) {
    let account = outcome.account
    for time in ["2026-03-29T02:00:00+08:00", "2026-04-01T02:00:00+08:00"] {
      stage.go(to: time)
      try await stage.runTimers()
    }
    stage.go(to: "2026-04-02T10:00:00+08:00")
    try await stage.perform(
      .ownership(.claimFromPool(.with { $0.record = Self.ref(account) })), by: people.zhao)
  }

  /// 3 April: Maria helps out and looks the customer up, as she was let; what she sees is on record.
  private func look(_ outcome: Outcome) async throws(ServiceError) {
    stage.go(to: "2026-04-03T10:00:00+08:00")
    try await stage.perform(
      .permission(
        .shareRecord(
          .with {
            ($0.record, $0.access) = (Self.ref(outcome.account), .read)
            $0.with.userID = people.maria
          })), by: people.zhao, reason: "holiday")
    stage.advance(minutes: 30)
    _ = try acting(people.maria).show("account", id: outcome.account, from: .now)
  }

  /// The customer asks for help meanwhile.
  private func serve(_ outcome: inout Outcome) async throws(ServiceError) {
    let account = outcome.account
    let contact = outcome.contact
    stage.go(to: "2026-04-03T11:00:00+08:00")
    outcome.ticket = try await stage.make(
      .ticket(
        .openTicket(
          .with {
            $0.ticketNo = "T-2026-0001"
            $0.accountID = account
            $0.contactID = contact
            $0.channel = .phone
            $0.categoryCode = "invoice"
            $0.priority = .high
            $0.subject = "发票抬头有误"
            $0.description_p = "Please correct the name on invoice 88."
            $0.owner = Self.user(people.agent)
          })), by: people.agent)
    let ticket = outcome.ticket
    for command: TicketCommand.OneOf_Command in [
      .startTicket(.with { $0.ticketID = ticket }),
      .escalateTicket(
        .with {
          $0.ticketID = ticket
          $0.toTeamID = people.keyAccountsTeam
        }),
      .resolveTicket(
        .with {
          $0.ticketID = ticket
          $0.resolutionCode = "corrected"
        }),
      .closeTicket(.with { $0.ticketID = ticket }),
    ] {
      stage.advance(minutes: 25)
      try await stage.perform(.ticket(command), by: people.agent, reason: "customerAsked")
    }
  }

  /// Lin wants the customer back, and enters a call of March only now.
  private func claim(_ outcome: inout Outcome) async throws(ServiceError) {
    let account = outcome.account
    stage.go(to: "2026-04-05T12:10:00+08:00")
    try await stage.attempt(
      "5 April: Lin claims the customer, which Zhao has by now",
      .ownership(.claimFromPool(.with { $0.record = Self.ref(account) })), by: people.lin)
    stage.go(to: "2026-04-06T08:50:00+08:00")
    try await stage.perform(
      .activity(.logActivity(call(account))), by: people.lin,
      occurredAt: "2026-03-15T10:00:00+08:00")
  }

  /// Lin disputes the transfer; the arbitrator finds that the call was entered after it.
  private func settle(_ outcome: inout Outcome) async throws(ServiceError) {
    stage.go(to: "2026-04-06T09:00:00+08:00")
    let opened = try await acting(people.lin).openDispute(
      DisputeClaim(
        subject: outcome.account, kind: "wrongfulTransfer",
        statement: "3 月 15 日我与客户通过电话。/ I called the customer on 15 March.",
        remedy: "Give the customer back."))
    guard case .text(let dispute)? = opened.facts.first(where: { $0.name == "id" })?.value else {
      throw ServiceError(.failed, code: "DEMO.INCOMPLETE", "Opening the dispute made none.")
    }
    outcome.dispute = dispute
    let account = outcome.account
    try await stage.attempt(
      "6 April: the manager moves the disputed customer to Maria",
      .ownership(
        .transferOwnership(
          .with {
            $0.record = Self.ref(account)
            $0.to = Self.user(people.maria)
          })), by: people.manager, reason: "rebalance")
    stage.go(to: "2026-04-07T10:00:00+08:00")
    _ = try await acting(people.zhao).respond(
      toDispute: dispute, statement: "交接时没有任何跟进记录。/ There was no follow-up on record.")
    _ = try await acting(people.administrator).assignArbitrator(
      people.arbitrator, toDispute: dispute)
    stage.go(to: "2026-04-10T15:00:00+08:00")
    _ = try await acting(people.arbitrator).rule(
      onDispute: dispute,
      DisputeRulingRequest(
        outcome: "dismissed", rules: ["R3", "R6"],
        rationale: "The call of 15 March was first recorded on 6 April, after the transfer."))
  }

  private func acting(_ user: String) throws(ServiceError) -> Workspace {
    try stage.workspace.acting(as: Principal(user))
  }

  private func call(_ account: String) -> LogActivity {
    .with {
      $0.kind = .call
      $0.direction = .out
      $0.subjectRefs = [Self.ref(account)]
      $0.summary = "电话沟通需求"
      $0.outcome = "connected"
    }
  }

  private static func ref(_ account: String) -> RecordRef {
    .with {
      $0.objectType = .account
      $0.id = account
    }
  }

  private static func user(_ id: String) -> OwnerRef {
    .with {
      $0.kind = .user
      $0.id = id
    }
  }
}
