import CRM
import Schema
import SwiftProtobuf
import Testing

@Suite struct TeamDecisionTests {
  private func change(_ added: [String], _ removed: [String]) -> TeamCommand.OneOf_Command {
    .changeTeamMembers(
      .with { ($0.teamID, $0.added, $0.removed) = ("tea_1", added, removed) })
  }

  @Test(
    arguments: [
      (["usr_3"], [], "TeamMembersChanged"), ([], ["usr_1"], "TeamMembersChanged"),
      (["usr_1"], [], ""), ([], ["usr_3"], ""), ([], [], ""),
      (["usr_3", "usr_3"], [], "VALIDATION.INCONSISTENT"),
      (["usr_3"], ["usr_3"], "VALIDATION.INCONSISTENT"), (["usr_8"], [], "VALIDATION.REFERENCE"),
    ] as [([String], [String], String)])
  func `members change only where something changes`(
    added: [String], removed: [String], outcome: String
  ) throws {
    let company = try SmallCompany.founded()
    #expect(try company.outcome(Team.self, change(added, removed)) == outcome)
  }

  @Test func `a dissolved team takes nobody`() throws {
    var company = try SmallCompany.founded()
    let dissolve = TeamCommand.OneOf_Command.dissolveTeam(.with { $0.teamID = "tea_1" })
    #expect(try company.run(Team.self, dissolve) == ["TeamDissolved"])
    #expect(try company.run(Team.self, dissolve) == [])
    #expect(try company.outcome(Team.self, change(["usr_3"], [])) == "STATE.STATUS")
  }

  @Test(
    arguments: [(0, "TeamCreated"), (3, "TeamCreated"), (4, "VALIDATION.RANGE")]
      as [(UInt32, String)])
  func `a support line is one of three, or none`(line: UInt32, outcome: String) throws {
    let company = try SmallCompany.founded()
    let create = TeamCommand.OneOf_Command.createTeam(
      .with { ($0.teamID, $0.name, $0.supportLine) = ("tea_2", "Second", line) })
    #expect(try company.outcome(Team.self, create) == outcome)
  }

  @Test func `a leader is a member`() throws {
    let company = try SmallCompany.founded()
    func create(_ leader: String) -> TeamCommand.OneOf_Command {
      .createTeam(
        .with {
          ($0.teamID, $0.name, $0.memberIds, $0.leaderID) = ("tea_2", "Two", ["usr_1"], leader)
        })
    }
    #expect(try company.outcome(Team.self, create("usr_1")) == "TeamCreated")
    #expect(try company.outcome(Team.self, create("usr_2")) == "VALIDATION.INCONSISTENT")
  }
}
