import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct BreakGlassTests {
  private typealias Command = UserCommand.OneOf_Command

  private func activate(_ minutes: UInt32, _ grant: String = "bgl_1") -> Command {
    .activateBreakGlass(
      .with { ($0.userID, $0.minutes, $0.grantID) = ("usr_2", minutes, grant) })
  }

  /// A company in which one person alone may break the glass.
  private func trusting() throws -> SmallCompany {
    var company = try SmallCompany.founded()
    try company.run(
      Organization.self,
      .configureOrganization(
        .with {
          ($0.organizationID, $0.name) = (Organization.id, "Star")
          ($0.timeZone, $0.baseCurrency) = ("UTC", "EUR")
          $0.policySwitches = [.with { ($0.name, $0.value) = ("breakGlassAlone", "on") }]
        }))
    return company
  }

  @Test func `it takes two, unless the organisation says otherwise`() throws {
    var company = try SmallCompany.founded()
    company.actor = "usr_2"
    #expect(try company.outcome(User.self, activate(10)) == "PERMISSION.SELF")
    company.actor = "usr_1"
    #expect(try company.outcome(User.self, activate(10)) == "BreakGlassActivated")
    var trusting = try trusting()
    trusting.actor = "usr_2"
    #expect(try trusting.outcome(User.self, activate(10)) == "BreakGlassActivated")
  }

  @Test(arguments: [(0, false), (1, true), (240, true), (241, false)])
  func `it lasts one minute to four hours`(minutes: UInt32, isAllowed: Bool) throws {
    var company = try trusting()
    company.actor = "usr_2"
    let outcome = try company.outcome(User.self, activate(minutes))
    #expect(outcome == (isAllowed ? "BreakGlassActivated" : "VALIDATION.RANGE"))
  }

  @Test func `it ends by itself, and is in force until then`() throws {
    var company = try trusting()
    company.actor = "usr_2"
    try company.run(User.self, activate(10))
    let user = try company.state(User.self, "usr_2")
    let end = company.now.advanced(byMicroseconds: 600_000_000)
    #expect(user.breakGlass(at: end.advanced(byMicroseconds: -1)) != nil)
    #expect(user.breakGlass(at: end) == nil)
    #expect(try company.outcome(User.self, activate(10, "bgl_2")) == "STATE.STATUS")
  }

  @Test func `alone it is reviewed within a day, or not broken again`() throws {
    var company = try trusting()
    company.actor = "usr_2"
    try company.run(User.self, activate(10))
    let grant = try #require(try company.state(User.self, "usr_2").breakGlassGrants.first)
    #expect(grant.approvedBy == ["usr_2"] && grant.reviewDue != nil)
    let review = Command.reviewBreakGlass(
      .with { ($0.userID, $0.grantID, $0.outcome) = ("usr_2", "bgl_1", "justified") })
    #expect(try company.outcome(User.self, review) == "PERMISSION.SELF")
    company.advance(days: 1)
    #expect(try company.outcome(User.self, activate(10, "bgl_2")) == "STATE.STATUS")
    company.actor = "usr_3"
    #expect(try company.outcome(User.self, review) == "PERMISSION.DENIED")
    company.actor = "usr_1"
    #expect(try company.run(User.self, review) == ["BreakGlassReviewed"])
    company.actor = "usr_2"
    #expect(try company.outcome(User.self, activate(10, "bgl_2")) == "BreakGlassActivated")
  }

  @Test func `an administrator lets others in and answers for it, and a third person reviews it`()
    throws
  {
    var company = try SmallCompany.founded()
    company.actor = "usr_3"
    #expect(try company.outcome(User.self, activate(10)) == "PERMISSION.DENIED")
    company.actor = "usr_1"
    try company.run(User.self, activate(10))
    let grant = try #require(try company.state(User.self, "usr_2").breakGlassGrants.first)
    #expect(grant.approvedBy == ["usr_1"])
    #expect(grant.reviewDue == company.now.advanced(byMicroseconds: 86_400_000_000))
    let review = Command.reviewBreakGlass(
      .with { ($0.userID, $0.grantID, $0.outcome) = ("usr_2", "bgl_1", "justified") })
    #expect(try company.outcome(User.self, review) == "PERMISSION.SELF")
    company.actor = "usr_2"
    #expect(try company.outcome(User.self, review) == "PERMISSION.SELF")
    company.advance(days: 1)
    company.actor = "usr_1"
    #expect(try company.outcome(User.self, activate(10, "bgl_2")) == "STATE.STATUS")
  }
}
