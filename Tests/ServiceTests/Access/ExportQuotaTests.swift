import CRM
import Commands
import EventModel
import Foundation
import Schema
import Service
import SwiftProtobuf
import TestSupport
import Testing

/// What leaves, and how much of it.
@Suite struct ExportQuotaTests {
  /// A workplace whose clerk may export `limit` rows a day, with nine accounts.
  private func place(
    _ path: String, limit: Int
  ) async throws -> (place: EvidenceWorkplace, clerk: String) {
    let place = try await EvidenceWorkplace(path)
    _ = try await place.workspace.done(
      "DefineRole",
      """
      {"roleId":"clerk","definition":{"name":"Clerk","exportRowLimit":\(limit),"grants":[\
      {"objectType":"account","action":"read","scope":"all"},\
      {"objectType":"account","action":"list","scope":"all"},\
      {"objectType":"account","action":"export","scope":"all"}]}}
      """, reason: "clerks")
    let clerk = try await place.workspace.done(
      "ProvisionUser", #"{"name":{"full":"Clara"},"active":true,"roleIds":["clerk"]}"#)
    for number in 1...8 {
      _ = try await place.workspace.done(
        "CreateAccount",
        """
        {"accountType":"organization","source":{"channel":"website"},\
        "name":"\(Digest.sha256([UInt8(number)]).hex.prefix(20))"}
        """)
    }
    return (place, clerk)
  }

  private func request(_ path: String, approved: String? = nil) -> ExportRequest {
    ExportRequest(
      EventFilter(types: ["AccountCreated"]), to: path, purpose: "test", approved: approved)
  }

  @Test func `what was broken off counts, and stands in the access log`() async throws {
    try await inTemporaryFolder { path in
      let (place, clerk) = try await place(path, limit: 20)
      let clara = try place.workspace.acting(as: Principal(clerk))
      let session = try await clara.beginExport(request(""))
      #expect(try await session.next() != nil)
      try await session.abort("SERVER.CONNECTION")
      // Nine went out; nine more are within the limit, and then nothing is.
      _ = try await clara.export(request("\(path)/one.jsonl"))
      let error = await #expect(throws: ServiceError.self) {
        try await clara.export(request("\(path)/two.jsonl"))
      }
      #expect(error?.code == "EXPORT.APPROVAL")
      let found = try place.workspace.exports(of: place.account)
      #expect(found.tables[0].rows.count == 2)
      try place.workspace.close()
    }
  }

  @Test func `exports beside each other have one limit together`() async throws {
    try await inTemporaryFolder { path in
      let (place, clerk) = try await place(path, limit: 20)
      let clara = try place.workspace.acting(as: Principal(clerk))
      let outcomes = await withTaskGroup(of: String.self) { group in
        for _ in 1...4 {
          group.addTask {
            do {
              let session = try await clara.beginExport(request(""))
              while try await session.next() != nil {}
              _ = try await session.finish()
              return "done"
            } catch { return (error as? ServiceError)?.code ?? "\(error)" }
          }
        }
        return await group.reduce(into: [String]()) { $0.append($1) }
      }
      #expect(outcomes.count { $0 == "done" } == 2, "\(outcomes)")
      #expect(
        outcomes.allSatisfy { ["done", "QUOTA.EXCEEDED", "EXPORT.APPROVAL"].contains($0) },
        "\(outcomes)")
      try place.workspace.close()
    }
  }

  @Test func `a session that nobody has any more is broken off`() async throws {
    try await inTemporaryFolder { path in
      let (place, clerk) = try await place(path, limit: 20)
      let clara = try place.workspace.acting(as: Principal(clerk))
      let before = place.workspace.logSize
      func drop() async throws { _ = try await clara.beginExport(request("")).next() }
      try await drop()
      // Asked for, begun, and broken off.
      while place.workspace.logSize < before + 3 { await Task.yield() }
      let last = try place.workspace.replay(EventFilter(types: ["ExportAborted"]), limit: 10)
      #expect(last.tables[0].rows.count == 1)
      try place.workspace.close()
    }
  }

  @Test func `only what somebody approved goes beyond the limit`() async throws {
    try await inTemporaryFolder { path in
      let (place, clerk) = try await place(path, limit: 10)
      let clara = try place.workspace.acting(as: Principal(clerk))
      // Asked for within the limit, and kept: it needs no approval, and gives none.
      let small = try await place.workspace.perform(
        .export(
          .requestExport(
            .with {
              ($0.content, $0.purpose, $0.format) = ("events", "test", "deed.event/v1")
              $0.filter = ["type=AccountCreated"]
            })), by: try #require(ActorID(clerk)), key: "small"
      ).targetID
      _ = try await clara.export(request("\(path)/one.jsonl"))
      for id in [small, "exp_none"] {
        await #expect(throws: ServiceError.self, "\(id)") {
          try await clara.export(request("\(path)/two.jsonl", approved: id))
        }
      }
      let refused = await #expect(throws: ServiceError.self) {
        try await clara.export(request("\(path)/two.jsonl"))
      }
      let waiting = try #require(
        refused?.sentence.split(separator: "\"").first { $0.hasPrefix("exp_") }.map(String.init))
      let early = await #expect(throws: ServiceError.self) {
        try await clara.export(request("\(path)/two.jsonl", approved: waiting))
      }
      #expect(early?.code == "EXPORT.APPROVAL")
      _ = try await place.workspace.done(
        "DefineRole",
        """
        {"roleId":"approver","definition":{"name":"Approver","grants":[\
        {"objectType":"export","action":"read","scope":"all"},\
        {"objectType":"export","action":"approve","scope":"all"}]}}
        """, reason: "approvals")
      let approver = try await place.workspace.done(
        "ProvisionUser", #"{"name":{"full":"Paula"},"active":true,"roleIds":["approver"]}"#)
      _ = try await place.workspace.acting(as: Principal(approver)).done(
        "ApproveExport", #"{"exportId":"\#(waiting)"}"#)
      let made = try await clara.export(request("\(path)/two.jsonl", approved: waiting))
      #expect(made.number("events") == 9)
      await #expect(throws: ServiceError.self) {
        try await clara.export(request("\(path)/three.jsonl", approved: waiting))
      }
      try place.workspace.close()
    }
  }

  @Test func `where signatures are asked for, a signed export is made and an unsigned one not`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.workspace.makeActorKey(in: "\(path)/me.key", named: "me")
      _ = try place.workspace.requireSignatures(of: ["RequestExport"])
      let error = await #expect(throws: ServiceError.self) {
        try await place.workspace.export(request("\(path)/one.jsonl"))
      }
      #expect(error?.code == "PERMISSION.SIGNATURE")
      var signed = request("\(path)/one.jsonl")
      signed.signingKeyFile = "\(path)/me.key"
      let asked = signed
      let made = try await place.workspace.export(asked)
      #expect(made.number("events") == 1)
      try place.workspace.close()
    }
  }
}
