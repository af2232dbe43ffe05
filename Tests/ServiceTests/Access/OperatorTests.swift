import EventModel
import Service
import TestSupport
import Testing

/// To audit a workspace is no right to change how it runs.
@Suite struct OperatorTests {
  @Test(arguments: ["auditor", "dataProtectionOfficer", "manager", "crmAdmin"])
  func `only who configures builds, switches and backs up`(role: String) async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let workspace = try place.workspace(role)
      let size = place.founder.logSize
      let reason = ModelReason(code: "test")
      let steps: [(String, () async throws -> Void)] = [
        ("switch", { _ = try await workspace.switchModels(ModelDiff(), reason: reason) { _ in } }),
        ("rollback", { _ = try await workspace.rollBackModels(["lead-inbox"], reason: reason) }),
        ("prune", { _ = try workspace.pruneModels(olderThan: 0) }),
        ("retry", { _ = try workspace.retryModels(["lead-inbox"]) }),
        ("skip", { _ = try await workspace.skipModelEvent("lead-inbox", at: 1, reason: reason) }),
        ("rebuild", { _ = try workspace.rebuild(ModelRebuild()) { _ in } }),
        ("timers", { _ = try await workspace.runTimers() }),
      ]
      for (name, step) in steps {
        var code: String?
        do { try await step() } catch let error as ServiceError { code = error.code }
        #expect((code == "PERMISSION.DENIED") == (role != "crmAdmin"), "\(name) by \(role)")
      }
      if role != "crmAdmin" { #expect(place.founder.logSize == size) }
      try place.founder.close()
    }
  }

  @Test func `a worklist is its user's, and of whoever may list their tasks`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let owner = try #require(place.users["owner"])
      let own = try place.workspace("owner").worklist()
      #expect(own.tables[0].rows.first?.first == .text("close"))
      #expect(try place.workspace("manager").worklist(of: owner).tables == own.tables)
      for other in ["salesRep", "marketing", "partnerUser", "nobody"] {
        #expect(throws: ServiceError.self) {
          try place.workspace(other).worklist(of: owner)
        }
      }
      let none = try place.workspace("owner").worklist(until: try Moment("2020-01-01"))
      #expect(none.tables[0].rows.isEmpty)
      try place.founder.close()
    }
  }

  @Test func `the configuration's history is for those who run or audit, and ends where asked`()
    async throws
  {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let all = try place.workspace("auditor").configurationHistory()
      #expect(all.tables[0].rows.map { $0[3] }.contains(.text("PipelineVersionPublished")))
      let pipelines = try place.workspace("auditor").configurationHistory(of: "pipeline")
      #expect(!pipelines.tables[0].rows.isEmpty)
      let early = try place.workspace("auditor").configurationHistory(asOf: .position(3))
      #expect(early.tables[0].rows.count < all.tables[0].rows.count)
      #expect(throws: ServiceError.self) {
        try place.workspace("auditor").configurationHistory(of: "weather")
      }
      #expect(throws: ServiceError.self) {
        try place.workspace("salesRep").configurationHistory()
      }
      try place.founder.close()
    }
  }
}
