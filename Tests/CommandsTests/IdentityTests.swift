import CRM
import Commands
import EventLog
import EventModel
import Matching
import Schema
import SwiftProtobuf
import Testing

/// Customers who are there already, on a real log.
@Suite struct IdentityTests {
  private static func company(
    _ id: String, _ name: String, phone: String = ""
  ) -> CommandPayload {
    Sample.company(id) {
      $0.name = name
      if !phone.isEmpty { $0.phones = [.with { $0.raw = phone }] }
    }
  }

  private func cases(_ work: Workplace) throws -> [DuplicateCase] {
    let types = ["DuplicateSuspected", "CollisionDetected"].compactMap(EventType.init)
    return try work.events(.types(types)).compactMap { event in
      guard let stream = StreamName(event.stream) else { return nil }
      return try work.state(DuplicateCase.self, stream.id)
    }
  }

  @Test func `a collision is refused and stands as one contested case`() async throws {
    try await Workplace.run { work in
      try await work.run(Self.company("acc_1", "码上科技", phone: "+86 138 0013 8000"))
      let claim = Self.company("acc_2", "Other Name", phone: "+8613800138000")
      let size = work.log.size
      #expect(try await work.refusal { try await work.run(claim, by: "usr_bob") } == .collision)
      #expect(work.log.size == size + 1)
      let found = try #require(try cases(work).first)
      #expect(found.isContested && found.isOpen && found.refusedType == .account)
      #expect(found.parties == [.user("usr_bob"), .user("usr_ann")])
      #expect(found.keys == [.phone])
      // The same claim again is refused again, and is no second case.
      #expect(try await work.refusal { try await work.run(claim, by: "usr_bob") } == .collision)
      #expect(try cases(work).count == 1)
      #expect(try work.executor.record(.account("acc_2")) == nil)
    }
  }

  @Test func `of many who make one customer at once, one succeeds`() async throws {
    try await Workplace.run { work in
      let outcomes = try await withThrowingTaskGroup(of: RefusalCode?.self) { group in
        for number in 1...32 {
          group.addTask {
            try await work.refusal {
              try await work.run(
                Self.company("acc_\(number)", "Firm \(number * 7919)", phone: "+8613800138000"),
                by: number.isMultiple(of: 2) ? "usr_ann" : "usr_bob")
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 == nil } == 1)
      #expect(outcomes.allSatisfy { [nil, .duplicate, .collision].contains($0) })
      let made = try work.events(.types(["AccountCreated"].compactMap(EventType.init)))
      #expect(made.count == 1)
    }
  }

  @Test func `different customers made at once don't wait for each other`() async throws {
    try await Workplace.run { work in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...32 {
          group.addTask {
            _ = try await work.run(
              Self.company("acc_\(number)", "客户 \(number)", phone: "+861380013\(8000 + number)"))
          }
        }
        try await group.waitForAll()
      }
      let made = try work.events(.types(["AccountCreated"].compactMap(EventType.init)))
      #expect(made.count == 32)
    }
  }

  @Test func `the survivor answers for the merged record's keys, also after a restart`()
    async throws
  {
    try await Workplace.run { work in
      try await work.run(
        Sample.company("acc_1") { ($0.name, $0.industryCode) = ("码上科技", "I1") })
      try await work.run(
        Sample.company("acc_2") {
          ($0.name, $0.unifiedSocialCreditCode) = ("云图数据", "91330100799655058B")
          $0.phones = [.with { $0.raw = "+86 138 0013 8000" }]
        })
      let reason = Reason(code: "same")
      let merge = MergeAccounts.with {
        ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_2"])
        $0.resolutions = ["name", "unifiedSocialCreditCode", "phones"].map { field in
          .with { ($0.field, $0.chosenFrom) = (field, RecordKey.account("acc_1").reference) }
        }
      }
      try await work.run(.account(.mergeAccounts(merge)), reason: reason)
      let restarted = CommandExecutor(
        log: work.log, vault: work.vault, clock: { work.clock.read() }, random: .system)
      let probe = MatchProbe(
        record: .account(""),
        profile: MatchProfile(
          companyName: "Nobody", keys: [MatchKey(.phone, "+8613800138000")]), types: [.account])
      for executor in [work.executor, restarted] {
        #expect(try executor.findings(of: probe).all.map(\.record) == [.account("acc_1")])
      }
      let twin = Sample.company("acc_3") {
        ($0.name, $0.unifiedSocialCreditCode) = ("星河软件", "91330100799655058B")
      }
      #expect(try await work.refusal { try await work.run(twin, by: "usr_bob") } == .collision)
      try await work.run(
        .account(.unmergeAccount(.with { ($0.accountID, $0.mergedID) = ("acc_1", "acc_2") })),
        reason: reason)
      #expect(try work.executor.findings(of: probe).all.map(\.record) == [.account("acc_2")])
      try checkGuards(work)
    }
  }

  /// What the events say of the guards is what stands in them.
  private func checkGuards(_ work: Workplace) throws {
    var model = GuardModel()
    for event in try work.events() {
      for change in try GuardDefinitions.changes(of: event) { model.apply(change) }
    }
    for (key, members) in model.standing {
      #expect(Set(try work.log.standing(at: key).members) == Set(members), "\(key)")
    }
    let code = try work.log.standing(at: GuardKey("G-IDENT", "uscc:91330100799655058B"))
    #expect(code.members == [Array("account:acc_2".utf8)])
    let owned = try work.log.standing(at: GuardKey("G-OWN", "usr_ann"))
    #expect(Set(owned.members) == Set(["account:acc_1", "account:acc_2"].map { Array($0.utf8) }))
  }

  @Test func `an import is noted, and a sweep raises no pair twice`() async throws {
    try await Workplace.run { work in
      try await work.run(Self.company("acc_1", "码上科技有限公司"))
      try await work.run(Self.company("acc_2", "码上科技")) { context in
        context.channel = .import
      }
      #expect(try cases(work).map(\.status) == [.open])
      #expect(try await work.executor.sweepDuplicates(.account).isEmpty)
      try await work.run(Sample.lead("led_1"))
      try await work.run(Sample.lead("led_2")) { context in context.channel = .import }
      let count = try cases(work).count
      #expect(try await work.executor.sweepDuplicates(.lead).isEmpty)
      #expect(try cases(work).count == count)
    }
  }

  @Test func `an organisation may do without the comparison`() async throws {
    try await Workplace.run { work in
      let off = ConfigureOrganization.with {
        ($0.name, $0.timeZone, $0.baseCurrency) = ("Deed", "UTC", "CNY")
        $0.policySwitches = [.with { ($0.name, $0.value) = ("duplicateCheck", "off") }]
      }
      try await work.run(.organization(.configureOrganization(off)), by: "usr_admin")
      try await work.run(Self.company("acc_1", "码上科技"))
      try await work.run(Self.company("acc_2", "码上科技"))
      #expect(try cases(work).isEmpty)
      // A sweep finds what nobody was asked about.
      #expect(try await work.executor.sweepDuplicates(.account).count == 1)
      #expect(try await work.executor.sweepDuplicates(.account).isEmpty)
    }
  }
}
