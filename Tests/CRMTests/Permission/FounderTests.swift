import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

/// Workspaces that were made before there was a role for their owner.
@Suite struct FounderTests {
  private static func fact(_ event: UserEvent.OneOf_Event, by actor: String) -> Fact {
    Fact(
      payload: .user(event), personal: [], position: Position(0), revision: Revision(0),
      recordedAt: Timestamp(microseconds: 0), occurredAt: Timestamp(microseconds: 0),
      actor: actor == "init" ? ActorID(system: "init") : ActorID(actor) ?? ActorID(system: "x"))
  }

  private static func provisioned(
    _ id: String, _ roles: [String], by actor: String
  ) -> (Fact, RecordKey) {
    let event = UserProvisioned.with { ($0.userID, $0.roleIds, $0.active) = (id, roles, true) }
    return (fact(.userProvisioned(event), by: actor), .user(id))
  }

  private func mayRead(_ user: String, _ facts: [(Fact, RecordKey)]) -> Bool {
    var directory = PermissionDirectory()
    for (fact, record) in facts { directory.apply(fact, of: record) }
    let evaluator = PermissionEvaluator(directory, at: Timestamp(microseconds: 1))
    return evaluator.may(user, .read, on: RecordFacts(.account("acc_1"), ownerIDs: ["usr_other"]))
  }

  @Test func `the first administrator owns the workspace until somebody is named`() {
    let admin = [BuiltInRole.administrator]
    let founded = [Self.provisioned("usr_1", admin, by: "init")]
    #expect(mayRead("usr_1", founded))
    // A second administrator is none, nor is one that a person made first.
    let second = founded + [Self.provisioned("usr_2", admin, by: "usr_1")]
    #expect(!mayRead("usr_2", second))
    #expect(!mayRead("usr_1", [Self.provisioned("usr_1", admin, by: "usr_0")]))
    let granted = Self.fact(
      .userRoleGranted(.with { $0.roleID = BuiltInRole.workspaceOwner }), by: "usr_1")
    let named = second + [(granted, RecordKey.user("usr_2"))]
    #expect(mayRead("usr_2", named) && !mayRead("usr_1", named))
  }

  @Test func `an owner who gave the role away is owner no more`() {
    let roles = [BuiltInRole.administrator, BuiltInRole.workspaceOwner]
    let revoked = Self.fact(
      .userRoleRevoked(.with { $0.roleID = BuiltInRole.workspaceOwner }), by: "usr_2")
    let facts = [
      Self.provisioned("usr_1", roles, by: "init"), (revoked, RecordKey.user("usr_1")),
    ]
    #expect(!mayRead("usr_1", facts))
  }
}
