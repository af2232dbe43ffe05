import EventModel
import Schema
import TestSupport

/// A history of many records, as a seed makes it: mostly sensible, with some events out of place.
struct RandomHistory {
  private(set) var script = EventScript()
  private var random: SeededGenerator
  private var accounts = 0
  private var leads = 0
  private var opportunities = 0
  private var tickets = 0
  private let users = (1...9).map { "usr_\($0)" }
  private let teams = ["A", "B 2nd", "C 3rd", "D"]
  private let stages = ["s1", "s2", "s3"]

  init(seed: UInt64, count: Int) throws {
    random = SeededGenerator(seed: seed)
    try script.standardPipeline()
    while script.events.count < count { try addOne() }
  }

  private mutating func pick<Element>(_ list: [Element]) -> Element {
    list[Int.random(in: 0..<list.count, using: &random)]
  }

  private mutating func number(below count: Int) -> Int {
    Int.random(in: 0..<max(1, count), using: &random)
  }

  private mutating func addOne() throws {
    switch number(below: 20) {
    case 0:
      accounts += 1
      try script.account("acc_\(accounts)", name: "Company \(accounts)")
      try script.assign("account-acc_\(accounts)", to: pick(users))
    case 1, 2:
      opportunities += 1
      let account = "acc_\(number(below: accounts) + 1)"
      try script.opportunity(
        "opp_\(opportunities)", amount: Int64(number(below: 100_000)), account: account)
      try script.assign("opportunity-opp_\(opportunities)", to: pick(users))
    case 3...8: try changeOpportunity("opp_\(number(below: opportunities + 1) + 1)")
    case 9, 10:
      tickets += 1
      try script.ticket("tkt_\(tickets)", team: pick(teams), source: "Accepted", by: pick(users))
    case 11...14: try changeTicket("tkt_\(number(below: tickets + 1) + 1)")
    case 15: try addLead()
    case 16: try changeLead("led_\(number(below: leads + 1) + 1)")
    case 17: try addTag("account-acc_\(number(below: accounts) + 1)")
    case 18: try script.transfer("account-acc_\(number(below: accounts) + 1)", to: pick(users))
    default: try addActivity()
    }
  }

  private mutating func changeOpportunity(_ id: String) throws {
    switch number(below: 8) {
    case 0: try script.win(id, amount: Int64(number(below: 100_000)))
    case 1: try script.lose(id)
    case 2: try script.transfer("opportunity-\(id)", to: pick(users))
    case 3:
      var changed = OpportunityAmountChanged()
      changed.to = script.money(Int64(number(below: 100_000)))
      try script.add(.opportunity(.opportunityAmountChanged(changed)), on: "opportunity-\(id)")
    default: try script.move(id, from: pick(stages), to: pick(stages))
    }
  }

  private mutating func changeTicket(_ id: String) throws {
    switch number(below: 6) {
    case 0:
      var escalated = TicketEscalated()
      escalated.level = 2
      escalated.toTeamID = pick(teams)
      escalated.cause = .manual
      try script.add(.ticket(.ticketEscalated(escalated)), on: "ticket-\(id)", by: pick(users))
    case 1: try script.transfer("ticket-\(id)", to: pick(users))
    case 2: try script.add(.ticket(.ticketClosed(TicketClosed())), on: "ticket-\(id)")
    default:
      try script.ticketStatus(
        id, to: pick([.assigned, .inProgress, .pendingCustomer]), team: pick(teams),
        source: pick(["Accepted", "Queued"]), by: pick(users))
    }
  }

  private mutating func addLead() throws {
    leads += 1
    var captured = LeadCaptured()
    captured.companyName = "Lead \(leads)"
    captured.source.channel = pick([.website, .exhibition, .phone])
    try script.add(
      .lead(.leadCaptured(captured)), on: "lead-led_\(leads)", hasPersonal: true)
    if number(below: 2) == 0 { try script.assign("lead-led_\(leads)", to: pick(users)) }
  }

  private mutating func changeLead(_ id: String) throws {
    switch number(below: 3) {
    case 0: try script.add(.lead(.leadQualified(LeadQualified())), on: "lead-\(id)")
    case 1:
      var converted = LeadConverted()
      converted.accountID = "acc_1"
      try script.add(.lead(.leadConverted(converted)), on: "lead-\(id)")
    default:
      var disqualified = LeadDisqualified()
      disqualified.reasonCode = "noBudget"
      try script.add(.lead(.leadDisqualified(disqualified)), on: "lead-\(id)")
    }
  }

  private mutating func addTag(_ stream: String) throws {
    var applied = TagApplied()
    applied.tagID = "tag_\(number(below: 3))"
    var removed = TagRemoved()
    removed.tagID = applied.tagID
    let isRemoval = number(below: 3) == 0
    try script.add(
      .tag(isRemoval ? .tagRemoved(removed) : .tagApplied(applied)), on: stream)
  }

  private mutating func addActivity() throws {
    var logged = ActivityLogged()
    logged.kind = .call
    logged.direction = .out
    var account = RecordRef()
    account.objectType = .account
    account.id = "acc_\(number(below: accounts) + 1)"
    var opportunity = RecordRef()
    opportunity.objectType = .opportunity
    opportunity.id = "opp_\(number(below: opportunities) + 1)"
    logged.subjectRefs = [account, opportunity]
    try script.add(
      .activity(.activityLogged(logged)), on: "activity-act_\(script.events.count)",
      by: pick(users), hasPersonal: true)
  }
}
