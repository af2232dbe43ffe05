internal import EventLog
internal import EventModel
internal import Foundation

/// The main job, end to end, in a fresh folder: a company, a quarter of sales, a dispute over a
/// customer, and the answers to it.
public final class Demonstration: Sendable {
  private let folder: DataFolder

  /// Refuses a folder that has the workspace already.
  public init(in folder: DataFolder) throws(ServiceError) {
    guard !folder.exists else {
      throw ServiceError(
        .refused, code: "WORKSPACE.EXISTS",
        "The demo needs a fresh folder, and “\(folder.path)” has a workspace: give another --data.")
    }
    self.folder = folder
  }

  /// Runs it, showing each answer; gives the identifiers made and the figures shown.
  public func run(show: (Answer) throws -> Void) async throws -> Answer {
    let clock = ScriptedClock(Self.start)
    // The same run makes the same company; its secrets are the system's all the same.
    let founded = try await Workspace.create(
      folder,
      NewWorkspace(
        organization: "星河示例公司 / Star River", administrator: "陈洁", timeZone: "Asia/Shanghai",
        currency: "CNY"),
      clock: clock.now, isSimulated: true, random: .system)
    let workspace = founded.workspace
    do {
      let stage = DemoStage(workspace, clock, administrator: founded.administrator)
      let people = try await DemoCompany(stage: stage).build()
      let sales = try await DemoSales(stage: stage, people: people).run()
      let dispute = try await DemoDispute(stage: stage, people: people).play()
      let told = DemoStory(workspace: workspace, people: people, dispute: dispute, stage: stage)
      let summary = try await told.tell(sales, show)
      try workspace.close()
      return summary
    } catch {
      workspace.abandon()
      throw error
    }
  }

  /// 5 January 2026, 08:00 in Shanghai.
  private static let start = Timestamp(microseconds: 1_767_571_200_000_000)
}

/// Asks what an auditor would ask, and shows the answers.
struct DemoStory {
  let workspace: Workspace
  let people: DemoPeople
  let dispute: DemoDispute.Outcome
  let stage: DemoStage

  func tell(
    _ sales: DemoSales.Outcome, _ present: (Answer) throws -> Void
  ) async throws -> Answer {
    func show(_ answer: Answer) throws { try present(try workspace.naming(peopleIn: answer)) }
    let account = dispute.account
    let funnel = try workspace.funnel(pipeline: nil, cohort: Period(), from: .now)
    try show(titled(funnel, "1. The quarter's funnel"))
    try show(titled(try workspace.show("account", id: account, from: .now), "2. The customer"))
    let owners = try workspace.owners(of: account, at: nil, from: .now)
    try show(titled(owners, "3. Who owned it, from when to when, and why"))
    let before = try Moment("2026-03-31")
    let then = try workspace.owners(of: account, at: before, from: .now)
    try show(titled(then, "4. Who owned it at the end of 31 March"))
    let earlier = try workspace.show("account", id: account, from: .recorded(before))
    try show(titled(earlier, "5. The same customer as it was known on 31 March"))
    let deeds = try workspace.actions(
      of: people.lin, period: Period(from: try Moment("2026-03-02"), to: nil), limit: 100)
    try show(titled(deeds, "6. What Lin did since: the call of 15 March was entered on 6 April"))
    try show(refusals())
    try show(titled(try workspace.dispute(dispute.dispute), "8. The dispute and its ruling"))
    let pack = try await workspace.disputePack(dispute.dispute)
    try show(titled(pack.answer, "9. Its sealed evidence, built again from the log"))
    let rebuilt = try rebuild()
    try show(rebuilt.answer)
    let verified = try workspace.verifyLog(threads: 2) { _ in }
    try show(titled(verified.answer, "11. The log, recomputed from its first byte"))
    guard rebuilt.isEqual, !verified.isRefused, !pack.isRefused else {
      throw ServiceError(
        .notVerified, code: "DEMO.NOT_VERIFIED",
        "The rebuilt models or the evidence differ, or the log did not verify: report this as a "
          + "fault.")
    }
    return summary(sales, funnel, owners, then, rebuilt)
  }

  private func titled(_ answer: Answer, _ title: String) -> Answer {
    var answer = answer
    answer.title = title
    return answer
  }

  private func refusals() -> Answer {
    Answer(
      "7. Steps of the dispute that were refused",
      tables: [
        .init(
          "refused", "",
          columns: [.init("step", "Step"), .init("code", "Code"), .init("sentence", "Answer")],
          rows: stage.refused.map {
            [.text($0.step), .text($0.error.code), .text($0.error.sentence)]
          })
      ])
  }

  private struct Rebuilt {
    let answer: Answer
    let isEqual: Bool
    let digests: [Answer.Fact]
  }

  /// The models' digests before and after making them anew.
  private func rebuild() throws -> Rebuilt {
    let before = Self.digests(try workspace.models(withTables: false, withDigests: true))
    let after = Self.digests(try workspace.rebuild(ModelRebuild()) { _ in }.answer)
    let isEqual = before == after && !after.isEmpty
    let answer = Answer(
      "10. The read models, made anew from the first event",
      tables: [
        .init(
          "models", "",
          columns: [
            .init("model", "Model"), .init("before", "Digest before"), .init("after", "After"),
          ],
          rows: zip(before, after).map { old, new in
            [.text(old.name), .text(String(old.hex.prefix(16))), .text(String(new.hex.prefix(16)))]
          })
      ], notes: [isEqual ? "Every digest is equal." : "The digests differ."])
    return Rebuilt(
      answer: answer, isEqual: isEqual,
      digests: after.map { .init($0.name, $0.name, .text($0.hex)) })
  }

  private struct NamedDigest: Equatable {
    let name: String
    let hex: String
  }

  private static func digests(_ answer: Answer) -> [NamedDigest] {
    guard let table = answer.tables.first,
      let name = table.columns.firstIndex(where: { $0.name == "model" }),
      let digest = table.columns.firstIndex(where: { $0.name == "digest" })
    else { return [] }
    return table.rows.compactMap { row in
      guard case .text(let model) = row[name], case .text(let hex) = row[digest] else { return nil }
      return NamedDigest(name: model, hex: hex)
    }
  }

  private func summary(
    _ sales: DemoSales.Outcome, _ funnel: Answer, _ owners: Answer, _ then: Answer,
    _ rebuilt: Rebuilt
  ) -> Answer {
    let facts: [Answer.Fact] = [
      .init("account", "Account", .text(dispute.account)),
      .init("contact", "Contact", .text(dispute.contact)),
      .init("lead", "Lead", .text(sales.leads.first ?? "")),
      .init("opportunity", "Opportunity", .text(sales.opportunities.first ?? "")),
      .init("ticket", "Ticket", .text(dispute.ticket)),
      .init("pipeline", "Pipeline", .text(people.pipeline)),
      .init("pool", "Pool", .text(dispute.pool)),
      .init("dispute", "Dispute", .text(dispute.dispute)),
      .init("arbitrator", "Arbitrator", .text(people.arbitrator)),
      .init("administrator", "Administrator", .text(people.administrator)),
      .init("manager", "Manager", .text(people.manager)),
      .init(
        "users", "Users",
        .list(
          [people.lin, people.zhao, people.maria, people.agent].map { .text($0) })),
      .init("teams", "Teams", .list([.text(people.eastTeam), .text(people.keyAccountsTeam)])),
      .init("events", "Events", .integer(Int64(workspace.log.size))),
      .init("digestsEqual", "Digests equal", .flag(rebuilt.isEqual)),
      .init("verified", "Verified", .flag(true)),
    ]
    var tables = funnel.tables + owners.tables
    if let table = then.tables.first {
      tables.append(
        Answer.Table("ownersOn2026-03-31", "", columns: table.columns, rows: table.rows))
    }
    return Answer(
      "The demo", facts: facts + funnel.facts.filter { $0.name != "pipelineId" }, tables: tables)
  }
}
