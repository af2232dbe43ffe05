internal import CRM
internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// The people of the sample company.
struct DemoPeople {
  var administrator = ""
  var manager = ""
  /// u1 of the dispute: registered the customer first.
  var lin = ""
  /// u2 of the dispute: got the customer later.
  var zhao = ""
  /// u3: of the other team.
  var maria = ""
  var agent = ""
  /// Rules on disputes, and sells nothing.
  var arbitrator = ""
  var eastTeam = ""
  var keyAccountsTeam = ""
  var pipeline = ""
}

/// Sets up a company of Chinese and English names by commands.
struct DemoCompany {
  let stage: DemoStage

  func build() async throws(ServiceError) -> DemoPeople {
    var people = DemoPeople()
    people.administrator = stage.administrator
    people.pipeline = stage.defaultPipeline
    people.manager = try await provision("王建国", "wang.jianguo@example.com", roles: ["salesManager"])
    people.lin = try await provision(
      "林晓", "lin.xiao@example.com", roles: ["salesRep"], manager: people.manager)
    people.zhao = try await provision(
      "赵磊", "zhao.lei@example.com", roles: ["salesRep"], manager: people.manager)
    people.maria = try await provision(
      "Maria Rossi", "maria.rossi@example.com", roles: ["salesRep"], manager: people.manager)
    people.agent = try await provision("周敏", "zhou.min@example.com", roles: ["serviceAgent"])
    people.arbitrator = try await provision(
      "许正", "xu.zheng@example.com", roles: [BuiltInRole.arbitrator])
    people.eastTeam = try await team("华东销售", [people.lin, people.zhao], leader: people.manager)
    people.keyAccountsTeam = try await team("Key accounts", [people.maria], leader: people.manager)
    return people
  }

  private func provision(
    _ name: String, _ email: String, roles: [String], manager: String = ""
  ) async throws(ServiceError) -> String {
    try await stage.make(
      .user(
        .provisionUser(
          .with {
            $0.name = .with { $0.full = name }
            $0.email = email
            $0.managerID = manager
            $0.active = true
            $0.roleIds = roles
          })), by: stage.administrator)
  }

  private func team(
    _ name: String, _ members: [String], leader: String
  ) async throws(ServiceError) -> String {
    try await stage.make(
      .team(
        .createTeam(
          .with {
            $0.name = name
            $0.memberIds = members + [leader]
            $0.leaderID = leader
          })), by: stage.administrator)
  }
}
