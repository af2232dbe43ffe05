import CRM
import EventLog
import EventModel
import Schema
import Service
import TestSupport
import Testing

@Suite struct PooledOwnershipScenarioTests {
  @Test func `one customer, registered, recycled and claimed, answers for each day`() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let scenario = try await ReferenceScenario(folder.path)
    try await scenario.register()
    try await scenario.recycleAndClaim()
    #expect(try await scenario.claimInVain() == "OWNERSHIP.NOT_POOLED")
    try await scenario.enterLateCall()
    try warningAndRelease(scenario)
    try answers(scenario)
    try rebuilt(scenario)
    try scenario.close()
  }

  /// 150, 180, 190 and 191.
  private func warningAndRelease(_ scenario: ReferenceScenario) throws {
    let warned = try #require(try scenario.events("OwnershipRecycleWarned").first)
    #expect(warned.recordedAt == Timestamp("2026-03-29T02:00:00+08:00"))
    guard case .ownership(.ownershipRecycleWarned(let warning)) = try warned.payload() else {
      Issue.record("no warning")
      return
    }
    #expect(Timestamp(warning.dueAt) == Timestamp("2026-04-01T02:00:00+08:00"))
    let released = try #require(try scenario.events("OwnershipReleasedToPool").first)
    #expect(released.recordedAt == Timestamp("2026-04-01T02:00:00+08:00"))
    guard case .ownership(.ownershipReleasedToPool(let release)) = try released.payload() else {
      Issue.record("no release")
      return
    }
    #expect(release.from == .user("usr_u1") && release.poolID == ReferenceScenario.pool)
    #expect(release.cause == .recycled && release.basis.idleDays == 30)
    #expect(
      Timestamp(release.previousOwnerCooldownUntil) == Timestamp("2026-05-01T02:00:00+08:00"))
    let claimed = try #require(try scenario.events("OwnershipClaimed").first)
    guard case .ownership(.ownershipClaimed(let claim)) = try claimed.payload() else { return }
    #expect(claim.by == "usr_u2" && claim.claimNoToday == 1 && claim.localDate == "2026-04-02")
    #expect(Timestamp(claim.protectionUntil) == Timestamp("2026-04-09T10:00:00+08:00"))
    #expect(warned.position < released.position && released.position < claimed.position)
    let late = try #require(try scenario.events("ActivityLogged").last)
    guard case .activity(.activityLogged(let call)) = try late.payload() else { return }
    #expect(call.crossOwner)
  }

  /// Q2, Q3, Q5 and Q11.
  private func answers(_ scenario: ReferenceScenario) throws {
    #expect(try scenario.owner(at: "2026-03-31") == .text("user:usr_u1"))
    #expect(
      try scenario.owner(at: "2026-04-01T12:00:00+08:00")
        == .text("pool:\(ReferenceScenario.pool)"))
    #expect(try scenario.owner(at: "2026-04-03") == .text("user:usr_u2"))
    let chain = try scenario.workspace.owners(
      of: ReferenceScenario.account, at: nil, from: .now)
    let method = try #require(chain.tables[0].columns.firstIndex { $0.name == "method" })
    let rule = try #require(chain.tables[0].columns.firstIndex { $0.name == "rule" })
    let methods = chain.tables[0].rows.map { $0[method] }
    #expect(methods == [Value.text("creation"), .text("release"), .text("claim")])
    let rules = chain.tables[0].rows.map { $0[rule] }
    let poolRule = Value.text("\(ReferenceScenario.pool)@1")
    #expect(rules == [Value.none, .text("recycle-a@1"), poolRule])
    let protected = try scenario.workspace.owners(
      of: ReferenceScenario.account, at: try Moment("2026-04-03T11:00:00+08:00"), from: .now,
      withProtections: true)
    let table = try #require(protected.tables.first { $0.name == "protections" })
    #expect(table.rows.count == 1)
    #expect(table.rows[0][0] == .text("user:usr_u2") && table.rows[0][1] == .text("claim"))
    let until = try #require(Timestamp("2026-04-09T10:00:00+08:00"))
    #expect(table.rows[0][4] == .time(microseconds: until.microseconds))
    let after = try scenario.workspace.owners(
      of: ReferenceScenario.account, at: try Moment("2026-04-01T12:00:00+08:00"), from: .now,
      withProtections: true)
    #expect(after.tables[1].rows.isEmpty)
  }

  /// Made anew from the first event, everything says the same.
  private func rebuilt(_ scenario: ReferenceScenario) throws {
    let before = try scenario.workspace.models(withTables: false, withDigests: true)
    _ = try scenario.workspace.rebuild(ModelRebuild()) { _ in }.answer
    let after = try scenario.workspace.models(withTables: false, withDigests: true)
    let digest = try #require(before.tables[0].columns.firstIndex { $0.name == "digest" })
    #expect(!before.tables[0].rows.isEmpty)
    #expect(before.tables[0].rows.map { $0[digest] } == after.tables[0].rows.map { $0[digest] })
    #expect(try scenario.owner(at: "2026-04-03") == .text("user:usr_u2"))
  }
}
