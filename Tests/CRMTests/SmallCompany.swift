import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

/// A workspace without a log: the states that decided events add up to.
struct SmallCompany {
  private(set) var states: [RecordKey: any Aggregate] = [:]
  private(set) var facts: [(record: RecordKey, fact: Fact)] = []
  /// Of the one command, in order.
  var now = Timestamp(microseconds: 1_770_000_000_000_000)
  var actor = "usr_1"
  var actorKind = ActorKind.Code.user
  var reason: Reason? = Reason(code: "test")
  private var lastID = 0

  init() {}

  func state<A: Aggregate>(_ type: A.Type, _ id: String) throws -> A {
    try #require(states[RecordKey(A.objectType, id)] as? A)
  }

  mutating func advance(days: Int = 0, seconds: Int = 0) {
    now = now.advanced(byMicroseconds: (Int64(days) * 86_400 + Int64(seconds)) * 1_000_000)
  }

  /// What the decision says, on whatever is loaded for it.
  func decide<A: Aggregate>(
    _ type: A.Type, _ command: A.Command
  ) throws -> [DecidedEvent] {
    let key = RecordKey(A.objectType, A.target(of: command))
    let state = states[key] as? A ?? A()
    var context = DecisionContext(
      now: now, today: try #require(CalendarDate("2026-02-02")),
      actor: try #require(ActorID(actor)), actorKind: actorKind, channel: .api, reason: reason,
      settings: (states[Organization.key] as? Organization)?.settings ?? OrganizationSettings())
    for _ in 0..<40 {
      let missing = state.needs(for: command, in: context)
        .filter { !context.records.isLoaded($0) }
      guard !missing.isEmpty else { return try state.decide(command, in: context) }
      for key in missing { context.records.insert(states[key], for: key) }
    }
    Issue.record("the needs of \(command) never end")
    return []
  }

  /// Decides and applies; gives the types of the events.
  @discardableResult
  mutating func run<A: Aggregate>(_ type: A.Type, _ command: A.Command) throws -> [String] {
    var command = command
    A.identify(&command) { prefix in
      lastID += 1
      return "\(prefix)_\(lastID)"
    }
    let events = try decide(type, command)
    for event in events { try record(event) }
    return events.map(\.payload.typeName)
  }

  /// The code of the refusal, or the types of the events, without applying them.
  func outcome<A: Aggregate>(_ type: A.Type, _ command: A.Command) throws -> String {
    do {
      return try decide(type, command).map(\.payload.typeName).joined(separator: " ")
    } catch let refusal as Refusal {
      return refusal.code.rawValue
    }
  }

  mutating func record(_ event: DecidedEvent) throws {
    let fact = Fact(
      payload: event.payload, personal: event.personal.map { .value($0.payload) },
      position: Position(UInt64(facts.count)), revision: Revision(0), recordedAt: now,
      occurredAt: now, actor: try #require(ActorID(actor)))
    try apply(fact, to: event.record)
    facts.append((event.record, fact))
  }

  mutating func apply(_ fact: Fact, to key: RecordKey) throws {
    var state = try #require(states[key] ?? Aggregates.empty(key.type))
    state.apply(fact)
    states[key] = state
  }
}

/// Whether two states of whatever type are equal.
func isEqual<A: Aggregate>(_ a: A, _ b: any Aggregate) -> Bool { (b as? A) == a }

extension SmallCompany {
  /// Three users, a team, the default pipeline, an organisation's and an individual's account with
  /// a contact each.
  static func founded() throws -> SmallCompany {
    var company = SmallCompany()
    company.actorKind = .system
    for number in 1...3 {
      try company.run(
        User.self,
        .provisionUser(
          .with {
            $0.userID = "usr_\(number)"
            $0.name.full = "User \(number)"
            $0.managerID = number == 1 ? "" : "usr_1"
            $0.active = true
            $0.roleIds = number == 1 ? [BuiltInRole.administrator] : []
          }))
    }
    try company.run(
      Team.self,
      .createTeam(
        .with { ($0.teamID, $0.name, $0.memberIds) = ("tea_1", "Line 1", ["usr_1", "usr_2"]) }))
    try company.run(Pipeline.self, .createPipeline(DefaultPipeline.command))
    try company.run(
      Organization.self,
      .configureOrganization(
        .with {
          $0.name = "福建码上科技有限公司"
          $0.timeZone = "Asia/Shanghai"
          $0.baseCurrency = "CNY"
          $0.policySwitches = [.with { ($0.name, $0.value) = ("defaultPipeline", "pip_default") }]
        }))
    company.actorKind = .user
    try company.addCustomers()
    return company
  }

  private mutating func addCustomers() throws {
    for (id, type) in [("acc_1", AccountType.Code.organization), ("acc_2", .individual)] {
      try run(
        Account.self,
        .createAccount(
          .with {
            $0.accountID = id
            $0.accountType = type
            $0.name = type == .individual ? "Anna Schmidt" : "Acme GmbH"
            $0.source.channel = .website
          }))
      try run(
        Contact.self,
        .createContact(
          .with {
            $0.contactID = id.replacing("acc", with: "con")
            $0.accountID = id
            $0.name.full = "Jan Novak"
            $0.source.channel = .website
          }))
    }
  }
}
