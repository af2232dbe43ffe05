import CRM
import Commands
import EventLog
import EventModel
import Schema
import SwiftProtobuf
import TestSupport
import Testing
import Vault

/// What commands keep of the log must follow what others append meanwhile.
@Suite struct KeptUntilNewsTests {
  private func lastActor(in work: Workplace) throws -> ActorSnapshot {
    let event = try #require(
      try work.log.events(EventSelection(direction: .backwards, limit: 1)).first)
    return try #require(try event.metadata()).actor
  }

  @Test func `what two ask for in turns is read once, and anew when an event may change it`()
    async throws
  {
    try await Workplace.run { work in
      let kept = KeptUntilNews<String, Int>(
        work.log, until: EventQuery([.init(categories: ["team"])]))
      var reads = 0
      func read(_ key: String) throws -> Int {
        try kept.value(of: key) { () throws(CommandFailure) in
          reads += 1
          return reads
        }
      }
      for number in 0..<4 {
        #expect(try read("a") == 1)
        try await work.run(Sample.company { $0.name = "Company \(2 * number)" })
        #expect(try read("b") == 2)
        try await work.run(Sample.company { $0.name = "Company \(2 * number + 1)" })
      }
      let create = CreateTeam.with { ($0.teamID, $0.name) = ("tea_1", "Sales") }
      try await work.run(.team(.createTeam(create)), by: "usr_admin")
      #expect(try read("b") == 3)
      #expect(try read("a") == 4)
      #expect(try read("b") == 3)
    }
  }

  @Test func `an event says the teams that its actor was in when it came`() async throws {
    try await Workplace.run { work in
      try await work.run(Sample.company())
      #expect(try lastActor(in: work).teamIds.isEmpty)
      // Others' records change nothing about who the actor is.
      try await work.run(Sample.company { $0.name = "云图数据" }, by: "usr_bob")
      let create = CreateTeam.with {
        ($0.teamID, $0.name, $0.memberIds) = ("tea_1", "Sales", ["usr_ann"])
      }
      try await work.run(.team(.createTeam(create)), by: "usr_admin")
      try await work.run(Sample.company { $0.name = "东湖科技" })
      #expect(try lastActor(in: work).teamIds == ["tea_1"])
      let leave = ChangeTeamMembers.with { ($0.teamID, $0.removed) = ("tea_1", ["usr_ann"]) }
      try await work.run(.team(.changeTeamMembers(leave)), by: "usr_admin")
      try await work.run(Sample.company { $0.name = "南山软件" })
      #expect(try lastActor(in: work).teamIds.isEmpty)
    }
  }

  @Test func `a role that was taken away lets nobody in any more`() async throws {
    try await Workplace.run { work in
      let provision = { (id: String) in
        CommandPayload.user(
          .provisionUser(
            .with { ($0.userID, $0.active, $0.name.full) = (id, true, "Person \(id)") }))
      }
      func asked(_ id: String) async throws -> RefusalCode? {
        try await work.refusal {
          try await work.run(provision(id)) { $0.isChecked = true }
        }
      }
      #expect(try await asked("usr_new1") == .permissionDenied)
      try await work.run(
        .user(
          .grantUserRole(.with { ($0.userID, $0.roleID) = ("usr_ann", BuiltInRole.administrator) })),
        by: "usr_admin", reason: Reason(code: "cover"))
      #expect(try await asked("usr_new1") == nil)
      try await work.run(
        .user(
          .revokeUserRole(
            .with { ($0.userID, $0.roleID) = ("usr_ann", BuiltInRole.administrator) })),
        by: "usr_admin", reason: Reason(code: "back"))
      #expect(try await asked("usr_new2") == .permissionDenied)
    }
  }

  @Test func `a record is what its stream says, whatever else the log gets`() async throws {
    try await Workplace.run { work in
      let id = try await work.run(Sample.company()).targetID
      let first = try #require(try work.executor.record(.account(id))?.revision)
      try await work.run(Sample.company { $0.name = "云图数据" }, by: "usr_bob")
      #expect(try work.executor.record(.account(id))?.revision == first)
      try await work.run(Sample.tag("vip", on: .account(id)))
      #expect(try work.executor.record(.account(id))?.revision == first.next)
      #expect(try work.executor.record(.account(id))?.revision == first.next)
    }
  }
}
