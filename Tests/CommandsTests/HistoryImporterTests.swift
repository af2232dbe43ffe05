import CRM
import Commands
import EventLog
import EventModel
import Schema
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct HistoryImporterTests {
  private static let source = HistorySource(name: "crm.csv", batchID: "imp_1")
  private static let start = Timestamp(microseconds: 1_600_000_000_000_000)

  private static func event(
    _ key: String, _ stream: String, _ payload: Payload, personal: PersonalPayload? = nil,
    minute: Int = 0
  ) throws -> HistoryEvent {
    HistoryEvent(
      key: key, stream: try #require(StreamName(stream)), payload: payload, personal: personal,
      actor: try #require(ActorID("usr_old")),
      occurredAt: start.advanced(byMicroseconds: Int64(minute) * 60_000_000))
  }

  private static func lead(_ number: Int) throws -> HistoryEvent {
    try event(
      "lead-\(number)", "lead-led_\(number)",
      .lead(.leadCaptured(.with { ($0.leadID, $0.companyName) = ("led_\(number)", "Acme") })),
      personal: .lead(.with { $0.personName.full = "Person \(number)" }), minute: number)
  }

  private static func assigned(_ number: Int, to user: String) throws -> HistoryEvent {
    let assigned = OwnershipAssigned.with { ($0.to, $0.method) = (.user(user), .import) }
    return try event(
      "owner-\(number)", "lead-led_\(number)", .ownership(.ownershipAssigned(assigned)),
      minute: number)
  }

  /// Leads with their owners, two events each.
  private static func history(_ count: Int) throws -> [HistoryEvent] {
    try (0..<count).flatMap { [try lead($0), try assigned($0, to: "usr_old\($0 % 7)")] }
  }

  private func tally(_ outcomes: [HistoryOutcome]) -> HistoryTally {
    outcomes.reduce(into: HistoryTally()) { $0.count($1) }
  }

  @Test func `a history is recorded in its order, marked as imported`() async throws {
    try await Workplace.run { work in
      let size = work.log.size
      let outcomes = try await work.importer.importHistory(try Self.history(40), from: Self.source)
      #expect(outcomes == (0..<80).map { .added(Position(size + UInt64($0))) })
      let events = try work.events(from: Position(size))
      let metadata = try #require(try events[0].metadata())
      #expect(metadata.channel == .import && metadata.batchID == "imp_1")
      #expect(metadata.occurredAtUs == Self.start.microseconds)
      #expect(metadata.tags == ["lead:led_0"])
      #expect(events.allSatisfy { $0.actor == "usr_old" })
      let lead = try work.state(Lead.self, "led_39")
      #expect(lead.ownership.ownerUserID == "usr_old4" && lead.status == .assigned)
      #expect(lead.profile.content.opened?.personName.full == "Person 39")
      #expect(lead.createdAt == Self.start.advanced(byMicroseconds: 39 * 60_000_000))
    }
  }

  /// Imports `history` twice and lets go of the workspace; gives the log's size.
  private func importedTwice(
    _ history: [HistoryEvent], in folder: String, _ clock: SteppingClock
  ) async throws -> UInt64 {
    let work = try Workplace(folder, clock: clock)
    let first = try await work.importer.importHistory(history, from: Self.source)
    #expect(tally(first).added == 2400)
    let size = work.log.size
    let second = try await work.importer.importHistory(history, from: Self.source)
    #expect(tally(second).alreadyThere == 2400 && work.log.size == size)
    work.close()
    return size
  }

  @Test func `importing twice adds nothing, however it is cut`() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let history = try Self.history(1200)
    let clock = SteppingClock()
    let size = try await importedTwice(history, in: folder.path, clock)
    let reopened = try Workplace(folder.path, clock: clock)
    for start in stride(from: 0, to: history.count, by: 700) {
      let slice = Array(history[start..<min(start + 700, history.count)])
      let outcomes = try await reopened.importer.importHistory(slice, from: Self.source)
      #expect(tally(outcomes).alreadyThere == slice.count)
    }
    #expect(reopened.log.size == size)
    let other = HistorySource(name: "other.csv", batchID: "imp_2")
    let foreign = try await reopened.importer.importHistory(Array(history.prefix(2)), from: other)
    #expect(tally(foreign).refused == 1 && tally(foreign).added == 1)
    reopened.close()
  }

  @Test func `half an import is completed by the whole`() async throws {
    try await Workplace.run { work in
      let history = try Self.history(900)
      _ = try await work.importer.importHistory(Array(history.prefix(777)), from: Self.source)
      let outcomes = try await work.importer.importHistory(history, from: Self.source)
      #expect(tally(outcomes).alreadyThere == 777)
      #expect(tally(outcomes).added == 1800 - 777)
      let leads = try work.events(.types([try #require(EventType("LeadCaptured"))]))
      #expect(leads.count == 900)
    }
  }

  @Test func `a history gives no rights, and decides nothing that is this system's`() async throws {
    try await Workplace.run { work in
      let granted = Payload.user(
        .userRoleGranted(
          .with { $0.roleID = BuiltInRole.administrator }))
      let provisioned = Payload.user(
        .userProvisioned(
          .with { ($0.userID, $0.roleIds) = ("usr_new", [BuiltInRole.administrator]) }))
      let skipped = Payload.organization(.readModelEventSkipped(.with { $0.model = "worklist" }))
      let opened = Payload.dispute(.disputeOpened(.with { $0.disputeID = "dsp_1" }))
      let size = work.log.size
      let outcomes = try await work.importer.importHistory(
        [
          try Self.event("1", "user-usr_ann", granted),
          try Self.event("2", "user-usr_new", provisioned),
          try Self.event("3", "organization-main", skipped),
          try Self.event("4", "dispute-dsp_1", opened),
        ], from: Self.source)
      for outcome in outcomes {
        guard case .refused(let refusal) = outcome else {
          Issue.record("\(outcome)")
          continue
        }
        #expect(refusal.code == .permissionDenied)
      }
      #expect(outcomes.count == 4 && work.log.size == size)
    }
  }

  @Test func `a history tells nothing of a record that was made here`() async throws {
    try await Workplace.run { work in
      let made = try await work.run(Sample.company())
      let stream = "account-\(made.targetID)"
      let transferred = Payload.ownership(
        .ownershipTransferred(.with { $0.to = .user("usr_bob") }))
      let legacy = Payload.import(.legacyHistoryImported(.with { $0.field = "rating" }))
      let outcomes = try await work.importer.importHistory(
        [
          try Self.event("1", stream, transferred), try Self.event("2", stream, legacy),
          try Self.lead(1), try Self.assigned(1, to: "usr_bob"),
        ], from: Self.source)
      guard case .refused(let refusal) = outcomes[0] else {
        Issue.record("\(outcomes)")
        return
      }
      #expect(refusal.code == .inconsistent && refusal.message.contains("was made here"))
      #expect(self.tally(outcomes).added == 3)
    }
  }

  @Test(arguments: [
    ("no such kind", "sale-s1", RefusalCode.format),
    ("another aggregate's stream", "ticket-tkt_1", .inconsistent),
    ("another record's stream", "lead-led_9", .inconsistent),
  ])
  func `an event that does not fit its stream is refused`(
    name: String, stream: String, code: RefusalCode
  ) async throws {
    try await Workplace.run { work in
      let payload = Payload.lead(.leadCaptured(.with { $0.leadID = "led_1" }))
      let outcomes = try await work.importer.importHistory(
        [try Self.event("k", stream, payload)], from: Self.source)
      guard case .refused(let refusal)? = outcomes.first else {
        Issue.record("\(name): \(outcomes)")
        return
      }
      #expect(refusal.code == code, "\(name)")
    }
  }

  @Test func `bad events are named, and the others go in`() async throws {
    try await Workplace.run { work in
      var history = try Self.history(600)
      history[3] = try Self.event(
        "orphan", "lead-led_none", .lead(.leadStatusChanged(.with { $0.to = .working })))
      history[700].personal = .account(.with { $0.note = "x" })
      history[701].occurredAt = Timestamp(microseconds: .max)
      history[900] = history[0]
      history[1000].key = ""
      let outcomes = try await work.importer.importHistory(history, from: Self.source)
      let codes = outcomes.map { outcome -> RefusalCode? in
        if case .refused(let refusal) = outcome { refusal.code } else { nil }
      }
      #expect(codes[3] == .notFound)
      #expect(codes[700] == .inconsistent)
      #expect(codes[701] == .range)
      #expect(outcomes[900] == .repeated)
      #expect(codes[1000] == .format)
      // An owner of a lead that was refused has no record to own.
      #expect(codes[901] == .notFound && codes[1001] == .notFound)
      #expect(tally(outcomes).added == 1200 - 7)
    }
  }

  @Test func `identifiers that others have are refused one by one`() async throws {
    try await Workplace.run { work in
      let external = ExternalId.with { ($0.system, $0.id) = ("old", "7") }
      var history: [HistoryEvent] = []
      for number in 0..<30 {
        let created = AccountCreated.with {
          ($0.accountID, $0.accountType, $0.name) = ("acc_\(number)", .organization, "A\(number)")
          if number % 3 == 0 { $0.externalIds = [external] }
        }
        history.append(
          try Self.event("a\(number)", "account-acc_\(number)", .account(.accountCreated(created))))
        let graded = AccountGraded.with { $0.to = .a }
        history.append(
          try Self.event("g\(number)", "account-acc_\(number)", .account(.accountGraded(graded))))
      }
      let outcomes = try await work.importer.importHistory(history, from: Self.source)
      let codes = outcomes.map { outcome -> RefusalCode? in
        if case .refused(let refusal) = outcome { refusal.code } else { nil }
      }
      #expect(codes[0] == nil && codes[6] == .duplicate && codes[7] == .notFound)
      #expect(tally(outcomes).refused == 18 && tally(outcomes).added == 42)
      var model: [String: Int] = [:]
      for event in try work.events(.category("account")) { model[event.stream, default: 0] += 1 }
      #expect(model.values.allSatisfy { $0 == 2 } && model.count == 21)
    }
  }

  @Test func `commands go on where a history ends, under the same key`() async throws {
    try await Workplace.run { work in
      _ = try await work.importer.importHistory([try Self.lead(1)], from: Self.source)
      let change = ChangeLeadDetails.with { ($0.leadID, $0.need) = ("led_1", "a quote") }
      try await work.run(.lead(.changeLeadDetails(change)))
      let stream = try #require(StreamName("lead-led_1"))
      let keys = try work.events(.stream(stream)).flatMap { $0.sealedSections.map(\.header.keyID) }
      #expect(keys.count == 2 && Set(keys).count == 1)
      let more = try Self.event(
        "later", "lead-led_1", .lead(.leadDetailsChanged(.init())),
        personal: .lead(.with { $0.need = "two quotes" }))
      _ = try await work.importer.importHistory([more], from: Self.source)
      let all = try work.events(.stream(stream)).flatMap { $0.sealedSections.map(\.header.keyID) }
      #expect(all.count == 3 && Set(all).count == 1)
    }
  }

  @Test func `an activity is sealed under the person it is about`() async throws {
    try await Workplace.run { work in
      let lead = try Self.lead(1)
      let logged = ActivityLogged.with {
        ($0.activityID, $0.kind) = ("act_1", .call)
        $0.subjectRefs = [RecordKey.lead("led_1").reference]
      }
      let activity = try Self.event(
        "act", "activity-act_1", .activity(.activityLogged(logged)),
        personal: .activity(.with { $0.summary = "talked" }))
      _ = try await work.importer.importHistory([lead, activity], from: Self.source)
      let events = try work.events(from: Position(work.log.size - 2))
      let keys = events.map { $0.sealedSections.first?.header.keyID }
      #expect(keys[0] != nil && keys[0] == keys[1])
      #expect(try events[1].metadata()?.sealed.map(\.subject) == ["lead:led_1"])
    }
  }
}
