import CRM
import Commands
import EventModel
import Schema
import Service
import SwiftProtobuf
import Testing

/// A company whose records have values that nobody may see who has no right to: as the founder,
/// and as each of its people.
struct AccessWorkplace {
  let founder: Workspace
  let administrator: String
  let clock: ScriptedClock
  private(set) var users: [String: String] = [:]
  private(set) var account = ""
  private(set) var contact = ""
  private(set) var opportunity = ""
  private(set) var activity = ""

  static let phone = "13800138000"
  static let amount: Int64 = 987_654_321
  static let note = "they-said-something-secret"

  init(_ path: String) async throws {
    let clock = ScriptedClock(Timestamp(microseconds: 1_772_000_000_000_000))
    self.clock = clock
    let made = try await Workspace.create(
      try DataFolder(path: "\(path)/data"),
      NewWorkspace(organization: "Access", administrator: "Ada"), clock: { clock.now() },
      isSimulated: true, random: .system)
    founder = made.workspace
    administrator = made.administrator
    let manager = try await hire("salesManager")
    users["manager"] = manager
    for role in [
      "salesRep", "marketing", "serviceAgent", "finance", "partnerUser", "crmAdmin", "auditor",
      "arbitrator", "dataProtectionOfficer", "integration",
    ] { users[role] = try await hire(role) }
    users["owner"] = try await hire("salesRep", manager: manager)
    users["nobody"] = try await hire("")
    try await fill()
  }

  private func hire(_ role: String, manager: String = "") async throws -> String {
    try await founder.perform(
      .user(
        .provisionUser(
          .with {
            $0.name = .with { $0.full = "A \(role)" }
            $0.active = true
            $0.managerID = manager
            $0.roleIds = role.isEmpty ? [] : [role]
          })), by: try #require(ActorID(administrator)), key: "hire-\(role)-\(manager)"
    ).targetID
  }

  private mutating func fill() async throws {
    let owner = try #require(ActorID(users["owner"] ?? ""))
    account = try await founder.perform(
      .account(
        .createAccount(
          .with {
            $0.accountType = .organization
            $0.name = "Acme Works"
            $0.source = .with { $0.channel = .website }
            $0.phones = [.with { $0.raw = "+86\(Self.phone)" }]
          })), by: owner, key: "account"
    ).targetID
    let account = account
    contact = try await founder.perform(
      .contact(
        .createContact(
          .with {
            $0.accountID = account
            $0.name = .with { $0.full = "Zoe Quill" }
            $0.phones = [.with { $0.raw = "+86\(Self.phone)" }]
            $0.source = .with { $0.channel = .website }
          })), by: owner, key: "contact"
    ).targetID
    opportunity = try await founder.perform(
      .opportunity(
        .createOpportunity(
          .with {
            $0.accountID = account
            $0.name = "A deal"
            $0.pipelineID = "pip_default"
            $0.amount = .with { ($0.amountMinor, $0.currency) = (Self.amount, "EUR") }
            $0.source = .with { $0.channel = .website }
          })), by: owner, key: "opportunity"
    ).targetID
    activity = try await founder.perform(
      .activity(
        .logActivity(
          .with {
            $0.kind = .note
            $0.subjectRefs = [
              .with { ($0.objectType, $0.id) = (.account, account) }
            ]
            $0.summary = Self.note
          })), by: owner, key: "activity"
    ).targetID
  }

  /// The workspace as one of its people uses it.
  func workspace(_ name: String) throws -> Workspace {
    try founder.acting(as: Principal(users[name] ?? administrator, sessionID: "session-\(name)"))
  }
}
