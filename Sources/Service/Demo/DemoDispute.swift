internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Two people claim one customer: the reference dispute, as far as its parts are there.
struct DemoDispute {
  let stage: DemoStage
  let people: DemoPeople

  struct Outcome {
    var account = ""
    var contact = ""
    var ticket = ""
  }

  func play() async throws(ServiceError) -> Outcome {
    var outcome = Outcome()
    try await register(&outcome)
    try await handOn(&outcome)
    try await serve(&outcome)
    try await claim(&outcome)
    return outcome
  }

  /// 2 March: Lin registers the customer and calls it.
  private func register(_ outcome: inout Outcome) async throws(ServiceError) {
    stage.go(to: "2026-03-02T09:00:00+08:00")
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

  /// 1 April: thirty days without a follow-up; the manager hands the customer to Zhao.
  private func handOn(_ outcome: inout Outcome) async throws(ServiceError) {
    let account = outcome.account
    stage.go(to: "2026-04-01T02:00:00+08:00")
    try await stage.attempt(
      "1 April: the customer goes back to the pool after 30 idle days",
      .ownership(.releaseToPool(.with { $0.record = Self.ref(account) })), by: people.manager,
      reason: "idle30Days")
    stage.go(to: "2026-04-02T10:00:00+08:00")
    try await stage.perform(
      .ownership(
        .transferOwnership(
          .with {
            $0.record = Self.ref(account)
            $0.to = Self.user(people.zhao)
            $0.cascade = [.contacts, .opportunitiesOpen]
          })), by: people.manager, reason: "idle30Days",
      reasonText: "30 天未跟进，转给赵磊")
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
      "5 April: Lin claims the customer from the pool",
      .ownership(.claimFromPool(.with { $0.record = Self.ref(account) })), by: people.lin)
    stage.go(to: "2026-04-06T08:50:00+08:00")
    try await stage.perform(
      .activity(.logActivity(call(account))), by: people.lin,
      occurredAt: "2026-03-15T10:00:00+08:00")
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
