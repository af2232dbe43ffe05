import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct UserDecisionTests {
  typealias Command = UserCommand.OneOf_Command

  private static func status(_ status: UserStatus.Code) throws -> SmallCompany {
    var company = try SmallCompany.founded()
    try company.run(
      User.self,
      .provisionUser(
        .with {
          $0.userID = "usr_9"
          $0.name.full = "Nine"
          $0.active = status != .invited
        }))
    switch status {
    case .suspended:
      try company.run(User.self, .suspendUser(.with { $0.userID = "usr_9" }))
    case .deactivated:
      try company.run(User.self, .deactivateUser(.with { $0.userID = "usr_9" }))
    case .invited, .active, .userStatusUnspecified, .UNRECOGNIZED: break
    }
    return company
  }

  private static let steps: [(String, Command)] = [
    ("activate", .activateUser(.with { $0.userID = "usr_9" })),
    ("suspend", .suspendUser(.with { $0.userID = "usr_9" })),
    ("resume", .resumeUser(.with { $0.userID = "usr_9" })),
    ("deactivate", .deactivateUser(.with { $0.userID = "usr_9" })),
    ("reactivate", .reactivateUser(.with { $0.userID = "usr_9" })),
  ]

  @Test(arguments: [
    // invited → active ⇄ suspended → deactivated
    (
      UserStatus.Code.invited,
      ["UserActivated", "STATE.STATUS", "STATE.STATUS", "UserDeactivated", "STATE.STATUS"]
    ),
    (.active, ["", "UserSuspended", "", "UserDeactivated", ""]),
    (.suspended, ["STATE.STATUS", "", "UserResumed", "UserDeactivated", "STATE.STATUS"]),
    (.deactivated, ["STATE.STATUS", "STATE.STATUS", "STATE.STATUS", "", "UserReactivated"]),
  ])
  func `a user steps only from where the step begins`(
    status: UserStatus.Code, outcomes: [String]
  ) throws {
    let company = try Self.status(status)
    for (step, outcome) in zip(Self.steps, outcomes) {
      #expect(try company.outcome(User.self, step.1) == outcome, "\(step.0)")
    }
  }

  @Test func `a name and an address are sealed and nowhere else`() throws {
    let company = try SmallCompany.founded()
    let events = try company.decide(
      User.self,
      .provisionUser(
        .with {
          $0.userID = "usr_9"
          $0.name.full = "Ada Lovelace"
          $0.email = "ada@example.org"
        }))
    let event = try #require(events.first)
    #expect(events.count == 1)
    #expect(event.personal.map(\.subject) == [.user("usr_9")])
    let json = try event.payload.json()
    #expect(!json.contains("Ada") && !json.contains("ada"))
  }

  @Test(arguments: [
    ("usr_1", "UserRoleGranted"), ("usr_2", "PERMISSION.GRANT"), ("usr_77", "PERMISSION.GRANT"),
  ])
  func `a role is granted by administrators alone`(actor: String, outcome: String) throws {
    var company = try SmallCompany.founded()
    company.actor = actor
    let grant = Command.grantUserRole(.with { ($0.userID, $0.roleID) = ("usr_3", "sales") })
    #expect(try company.outcome(User.self, grant) == outcome)
    company.reason = nil
    company.actor = "usr_1"
    #expect(try company.outcome(User.self, grant) == "VALIDATION.REASON_REQUIRED")
  }

  @Test func `an administrator who leaves gives the role back first`() throws {
    var company = try SmallCompany.founded()
    company.actor = "usr_2"
    let leave = Command.deactivateUser(.with { $0.userID = "usr_1" })
    #expect(try company.outcome(User.self, leave) == "UserRoleRevoked UserDeactivated")
    company.actor = "usr_1"
    #expect(try company.outcome(User.self, leave) == "PERMISSION.SELF")
    let suspend = Command.suspendUser(.with { $0.userID = "usr_1" })
    #expect(try company.outcome(User.self, suspend) == "PERMISSION.SELF")
  }

  @Test func `managers never stand above themselves`() throws {
    var company = try SmallCompany.founded()
    func change(_ id: String, _ manager: String) -> Command {
      .changeUserManager(.with { ($0.userID, $0.managerID) = (id, manager) })
    }
    #expect(try company.outcome(User.self, change("usr_1", "usr_1")) == "STATE.CYCLE")
    #expect(try company.outcome(User.self, change("usr_1", "usr_2")) == "STATE.CYCLE")
    #expect(try company.outcome(User.self, change("usr_2", "usr_8")) == "VALIDATION.REFERENCE")
    #expect(try company.outcome(User.self, change("usr_2", "usr_1")) == "")
    #expect(try company.run(User.self, change("usr_3", "usr_2")) == ["UserManagerChanged"])
    #expect(try company.outcome(User.self, change("usr_1", "usr_3")) == "STATE.CYCLE")
    #expect(try company.outcome(User.self, change("usr_2", "")) == "UserManagerChanged")
  }

  @Test(arguments: [
    (0, 1, "DelegationGranted"), (0, 0, "VALIDATION.RANGE"), (1, 1, "VALIDATION.RANGE"),
    (-2, -1, "VALIDATION.RANGE"), (-1, 1, "DelegationGranted"),
  ])
  func `a delegation ends after it begins and after now`(
    from: Int64, until: Int64, outcome: String
  ) throws {
    let company = try SmallCompany.founded()
    let command = Command.grantDelegation(
      .with {
        ($0.userID, $0.delegationID, $0.toUserID) = ("usr_2", "dlg_1", "usr_3")
        $0.scopes = ["sales"]
        $0.from = company.now.advanced(byMicroseconds: from).message
        $0.until = company.now.advanced(byMicroseconds: until).message
      })
    #expect(try company.outcome(User.self, command) == outcome)
  }

  @Test(arguments: [
    Command.deactivateUser(.with { ($0.userID, $0.fallbackPoolID) = ("usr_2", "pol_9") })
  ])
  func `a pool that isn't there takes nothing over`(command: Command) throws {
    let company = try SmallCompany.founded()
    #expect(try company.outcome(User.self, command) == "VALIDATION.REFERENCE")
  }
}
