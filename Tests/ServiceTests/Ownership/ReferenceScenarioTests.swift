import CRM
import EventLog
import EventModel
import Schema
import Service
import TestSupport
import Testing

/// The reference scenario (3.14) in its order, with its answers.
@Suite struct ReferenceScenarioTests {
  @Test func `one customer, contested by four, has its order and its answers`() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let scenario = try await ReferenceScenario(folder.path)
    try await scenario.register()
    try await scenario.recycleAndClaim()
    try await scenario.registerInVain()
    try await scenario.look()
    #expect(try await scenario.claimInVain() == "OWNERSHIP.NOT_POOLED")
    #expect(try await scenario.createInVain() == "CONFLICT.COLLISION")
    try await scenario.enterLateCall()
    let dispute = try await scenario.dispute()
    try order(scenario)
    try accessOrder(scenario)
    try answers(scenario)
    #expect(try await !scenario.acting("usr_aud").disputePack(dispute).isRefused)
    try rebuilt(scenario)
    try answers(scenario)
    // Made again after the rebuild, the evidence is the same to the byte.
    #expect(try await !scenario.acting("usr_aud").disputePack(dispute).isRefused)
    #expect(!(try scenario.acting("usr_aud").verifyLog(threads: 1) { _ in }.isRefused))
    try scenario.close()
  }

  private func order(_ scenario: ReferenceScenario) throws {
    // The grade is the scenario's premise, and an arbitrator has to be named; all else is its own.
    let types = try scenario.types().filter {
      !["AccountGraded", "DisputeArbitratorAssigned"].contains($0)
    }
    #expect(
      types == [
        "AccountCreated", "OwnershipAssigned", "ActivityLogged", "OwnershipRecycleWarned",
        "OwnershipReleasedToPool", "OwnershipClaimed", "ProtectionGranted",
        "RegistrationCollisionDetected", "RegistrationRejected", "CollisionDetected",
        "ActivityLogged", "DisputeOpened", "OwnershipFrozen", "DisputeEvidencePackSealed",
        "DisputeRuled", "OwnershipUnfrozen", "DisputeRulingApplied",
      ])
    // The declaration itself is about nobody's record yet.
    #expect(
      try scenario.position("RegistrationSubmitted")
        == scenario.position("RegistrationCollisionDetected") - 1)
    try warningAndRelease(scenario)
    let late = try #require(try scenario.events("ActivityLogged").last)
    guard case .activity(.activityLogged(let call))? = try late.payload() else { return }
    #expect(call.crossOwner && Timestamp(call.occurredAt) < late.recordedAt)
    let sealed = try #require(try scenario.events("DisputeEvidencePackSealed").first)
    guard case .dispute(.disputeEvidencePackSealed(let pack))? = try sealed.payload() else {
      return
    }
    #expect(pack.toPosition == (try scenario.position("DisputeOpened")))
    #expect(pack.hasAccessSize && pack.accessSize > 0)
    #expect(
      pack.sections.filter { ["accesses", "refusedAttempts"].contains($0.name) }
        .allSatisfy { $0.itemCount > 0 })
  }

  /// 150, 180, 190 and 191.
  private func warningAndRelease(_ scenario: ReferenceScenario) throws {
    let warned = try #require(try scenario.events("OwnershipRecycleWarned").first)
    #expect(warned.recordedAt == Timestamp("2026-03-29T02:00:00+08:00"))
    guard case .ownership(.ownershipRecycleWarned(let warning))? = try warned.payload() else {
      Issue.record("no warning")
      return
    }
    #expect(Timestamp(warning.dueAt) == Timestamp("2026-04-01T02:00:00+08:00"))
    let released = try #require(try scenario.events("OwnershipReleasedToPool").first)
    #expect(released.recordedAt == Timestamp("2026-04-01T02:00:00+08:00"))
    guard case .ownership(.ownershipReleasedToPool(let release))? = try released.payload() else {
      Issue.record("no release")
      return
    }
    #expect(release.from == .user("usr_u1") && release.poolID == ReferenceScenario.pool)
    #expect(release.cause == .recycled && release.basis.idleDays == 30)
    #expect(
      Timestamp(release.previousOwnerCooldownUntil) == Timestamp("2026-05-01T02:00:00+08:00"))
    let claimed = try #require(try scenario.events("OwnershipClaimed").first)
    guard case .ownership(.ownershipClaimed(let claim))? = try claimed.payload() else { return }
    #expect(claim.by == "usr_u2" && claim.claimNoToday == 1 && claim.localDate == "2026-04-02")
    #expect(Timestamp(claim.protectionUntil) == Timestamp("2026-04-09T10:00:00+08:00"))
  }

  /// 205, 206, 207 and 210 stand in the access log, each with how long the main log was.
  private func accessOrder(_ scenario: ReferenceScenario) throws {
    let seen = try scenario.acting("usr_aud").whoSaw(ReferenceScenario.account)
    let how = try scenario.column("how", of: seen)
    let actors = try scenario.column("actor", of: seen)
    let steps = zip(how, actors).map { "\($0) \($1)" }
    let wanted: [(Value, Value)] = [
      (.text("view"), .text("usr_u3")), (.text("reveal"), .text("usr_u3")),
      (.text("refused"), .text("usr_u1")), (.text("refused"), .text("usr_u3")),
    ]
    var last = -1
    for (how, actor) in wanted {
      let found = steps.indices.first { $0 > last && steps[$0] == "\(how) \(actor)" }
      last = try #require(found, "\(how) \(actor) behind \(last) in \(steps)")
    }
  }

  /// Q1 to Q3, Q5, Q6, Q8, Q11 and Q13, by the one command for each.
  private func answers(_ scenario: ReferenceScenario) throws {
    let auditor = try scenario.acting("usr_aud")
    let first = try auditor.firstRegistrant(
      record: ReferenceScenario.account, CustomerQuestion())
    #expect(
      try scenario.column("claimant", of: first) == [.text("usr_u1"), .text("par_pt1")])
    #expect(try scenario.column("status", of: first) == [.none, .text("rejected")])
    #expect(try scenario.column("claimant", of: first, table: 1) == [.text("usr_u3")])
    let byPhone = try auditor.firstRegistrant(
      record: nil, CustomerQuestion(phone: ReferenceScenario.phone))
    #expect(byPhone.tables[1] == first.tables[1])
    #expect(
      try scenario.column("position", of: byPhone) == scenario.column("position", of: first))
    #expect(try scenario.owner(at: "2026-03-31") == .text("user:usr_u1"))
    #expect(
      try scenario.owner(at: "2026-04-01T12:00:00+08:00")
        == .text("pool:\(ReferenceScenario.pool)"))
    #expect(try scenario.owner(at: "2026-04-03") == .text("user:usr_u2"))
    #expect(try scenario.owner(at: "2026-04-10T16:00:00+08:00") == .text("user:usr_u2"))
    let chain = try auditor.owners(of: ReferenceScenario.account, at: nil, from: .now)
    #expect(
      try scenario.column("method", of: chain)
        == [.text("creation"), .text("release"), .text("claim")])
    #expect(
      try scenario.column("rule", of: chain)
        == [.none, .text("recycle-a@1"), .text("\(ReferenceScenario.pool)@1")])
    try protection(scenario, auditor)
    try attempts(scenario, auditor)
  }

  /// Q5.
  private func protection(_ scenario: ReferenceScenario, _ auditor: Workspace) throws {
    let protected = try auditor.owners(
      of: ReferenceScenario.account, at: try Moment("2026-04-03T11:00:00+08:00"), from: .now,
      withProtections: true)
    let until = try #require(Timestamp("2026-04-09T10:00:00+08:00"))
    #expect(try scenario.column("holder", of: protected, table: 1) == [.text("user:usr_u2")])
    #expect(try scenario.column("basis", of: protected, table: 1) == [.text("claim")])
    #expect(
      try scenario.column("until", of: protected, table: 1)
        == [.time(microseconds: until.microseconds)])
    let before = try auditor.owners(
      of: ReferenceScenario.account, at: try Moment("2026-04-01T12:00:00+08:00"), from: .now,
      withProtections: true)
    #expect(before.tables[1].rows.isEmpty)
  }

  /// Q6, Q8 and Q13.
  private func attempts(_ scenario: ReferenceScenario, _ auditor: Workspace) throws {
    let period = Period(from: try Moment("2026-04-01"), to: try Moment("2026-04-06"))
    let seen = try auditor.whoSaw(ReferenceScenario.account, period: period)
    let looks = zip(
      try scenario.column("actor", of: seen), try scenario.column("how", of: seen))
    #expect(
      looks.filter { [.text("view"), .text("reveal")].contains($0.1) }.map(\.0)
        == [.text("usr_u3"), .text("usr_u3")])
    let refusals = try auditor.refusals(of: ReferenceScenario.account, period: period)
    #expect(
      try scenario.column("actor", of: refusals) == [.text("usr_u1"), .text("usr_u3")])
    #expect(
      try scenario.column("detail", of: refusals) == [
        .text("ClaimFromPool OWNERSHIP.NOT_POOLED"), .text("CreateAccount CONFLICT.COLLISION"),
      ])
    // Nothing of u3's came to pass; all of it was an attempt or a look.
    let deeds = try auditor.actions(of: "usr_u3", period: period, limit: 10)
    #expect(deeds.tables[0].rows.isEmpty)
    #expect(
      try scenario.column("how", of: deeds, table: 1)
        == [.text("view"), .text("reveal"), .text("refused")])
  }

  /// Made anew from the first event, everything says the same.
  private func rebuilt(_ scenario: ReferenceScenario) throws {
    let owner = try scenario.acting(scenario.administrator)
    let before = try owner.models(withTables: false, withDigests: true)
    _ = try owner.rebuild(ModelRebuild()) { _ in }.answer
    let after = try owner.models(withTables: false, withDigests: true)
    #expect(!before.tables[0].rows.isEmpty)
    #expect(
      try scenario.column("digest", of: before) == scenario.column("digest", of: after))
  }
}
