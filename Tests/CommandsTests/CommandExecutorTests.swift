import CRM
import Commands
import EventLog
import EventModel
import Schema
import Sealing
import SwiftProtobuf
import Testing
import Vault

@Suite struct CommandExecutorTests {
  @Test func `a command appends its events with all that the envelope says`() async throws {
    try await Workplace.run { work in
      let result = try await work.run(
        Sample.company(), key: "k1", reason: Reason(code: "fair", text: "met at the fair")
      ) {
        $0.batchID = "imp_1"
        $0.client = .with { $0.ip = "192.0.2.1" }
      }
      let first = try #require(result.first)
      let events = try work.events(from: first)
      #expect(result.count == 2 && events.count == 2 && !result.isRepeat)
      #expect(result.madeIDs == [result.targetID] && result.targetID.hasPrefix("acc_"))
      #expect(result.targetID.utf8.count == 30)
      #expect(events.map(\.type) == ["AccountCreated", "OwnershipAssigned"])
      #expect(Set(events.map(\.correlation)).count == 1)
      let metadata = try #require(try events[0].metadata())
      #expect(metadata.commandID == "k1" && metadata.commandName == "CreateAccount")
      #expect(metadata.commandEventCount == 2 && metadata.commandDigest.count == 32)
      #expect(metadata.reasonCode == "fair" && metadata.channel == .web)
      #expect(metadata.batchID == "imp_1" && metadata.actor.kind == .user)
      #expect(metadata.tags.first == "account:\(result.targetID)")
      #expect(metadata.sealed.map(\.kind) == [.reasonText, .clientData])
      #expect(metadata.sealed[0].subject == "account:\(result.targetID)")
      #expect(metadata.sealed[1].subject.hasPrefix("staff:usr_ann:20"))
      #expect(events[0].sealedSections.count == 2)
    }
  }

  @Test func `what is sealed opens with the key of its subject and no other`() async throws {
    try await Workplace.run { work in
      let result = try await work.run(Sample.lead())
      let event = try #require(try work.events(from: result.first).first)
      let sealed = try #require(event.sealedSections.first)
      let place = SectionPlace(
        eventID: event.eventID, section: sealed.section, stream: event.stream, type: event.type)
      let opened = try work.vault.open(
        event.blob(sealed.section).span, under: sealed.header.keyID, at: place)
      guard case .value(let content) = opened else {
        Issue.record("the section did not open: \(opened)")
        return
      }
      let personal = try LeadPersonal(serializedBytes: content.content)
      #expect(personal.personName.full == "Lin Yue")
      #expect(personal.phones.first?.e164 == "+8613800138000")
      let lead = try work.state(Lead.self, result.targetID)
      #expect(lead.profile.content.opened?.personName.full == "Lin Yue")
    }
  }

  @Test(
    arguments: [
      (Sample.company { $0.name = "王总" }, RefusalCode.format),
      (Sample.company { $0.owner = .user("usr_nobody") }, .reference),
      (Sample.company { $0.accountID = "acc_ä" }, .format),
      (.account(.gradeAccount(.with { ($0.accountID, $0.grade) = ("acc_9", .a) })), .notFound),
      (.account(.mergeAccounts(.with { $0.survivorID = "acc_taken" })), .inconsistent),
      (Sample.company("acc_taken"), .alreadyExists),
      (Sample.transfer(.account("acc_taken"), to: "usr_bob"), .ownershipTransfer),
      (Sample.tag("", on: .account("acc_taken")), .required),
      (Sample.tag("x", on: .user("usr_ann")), .inconsistent),
      (Sample.tag("x", on: RecordKey(.pool, "pol_1")), .inconsistent),
      (Sample.transfer(.user("usr_ann"), to: "usr_bob"), .ownershipKind),
    ] as [(CommandPayload, RefusalCode)])
  func `a refused command appends nothing`(
    command: CommandPayload, code: RefusalCode
  ) async throws {
    try await Workplace.run { work in
      try await work.run(Sample.company("acc_taken"))
      let size = work.log.size
      let found = try await work.refusal {
        try await work.run(command, reason: Reason(code: "R1"))
      }
      #expect(found == code)
      #expect(work.log.size == size)
    }
  }

  private static let faults: [(@Sendable (inout CommandContext) -> Void, RefusalCode)] = [
    ({ $0.idempotencyKey = "" }, .format),
    ({ $0.idempotencyKey = "two words" }, .format),
    ({ $0.idempotencyKey = "00000000-0000-0000-0000-000000000000" }, .format),
    ({ $0.principal = "" }, .required),
    ({ $0.occurredAt = Timestamp(microseconds: .max) }, .range),
    ({ $0.batchID = String(repeating: "x", count: 201) }, .tooLong),
    ({ $0.expectedRevision = Revision(3) }, .version),
  ]

  @Test(arguments: faults)
  func `a context that can't be is refused`(
    change: @Sendable (inout CommandContext) -> Void, code: RefusalCode
  ) async throws {
    try await Workplace.run { work in
      let size = work.log.size
      let found = try await work.refusal {
        try await work.run(Sample.company("acc_1"), change: change)
      }
      #expect(found == code)
      #expect(work.log.size == size)
    }
  }

  @Test func `nothing changes twice, and a command that changes nothing says so`() async throws {
    try await Workplace.run { work in
      let account = try await work.run(Sample.company())
      let key = RecordKey.account(account.targetID)
      try await work.run(Sample.tag("vip", on: key))
      let size = work.log.size
      let again = try await work.run(Sample.tag("vip", on: key))
      #expect(again.first == nil && again.count == 0 && again.last == nil)
      #expect(work.log.size == size)
    }
  }

  @Test func `an expected revision is the record's own`() async throws {
    try await Workplace.run { work in
      let account = try await work.run(Sample.company())
      let key = RecordKey.account(account.targetID)
      let revision = try #require(try work.executor.record(key)?.revision)
      try await work.run(Sample.tag("a", on: key)) { $0.expectedRevision = revision }
      let late = try await work.refusal {
        try await work.run(Sample.tag("b", on: key)) { $0.expectedRevision = revision }
      }
      #expect(late == .version)
    }
  }

  @Test func `a code or an external identifier belongs to one record`() async throws {
    try await Workplace.run { work in
      let coded = Sample.company("acc_1") { $0.unifiedSocialCreditCode = "91330100799655058B" }
      try await work.run(coded)
      let size = work.log.size
      let twin = Sample.company("acc_2") {
        ($0.name, $0.unifiedSocialCreditCode) = ("云图数据", "91330100799655058b")
      }
      #expect(try await work.refusal { try await work.run(twin) } == .duplicate)
      #expect(work.log.size == size)
      let change = ChangeAccountDetails.with {
        ($0.accountID, $0.unifiedSocialCreditCode) = ("acc_1", "914403001922038216")
      }
      try await work.run(.account(.changeAccountDetails(change)))
      try await work.run(twin)
      let named: (String) -> CommandPayload = { id in
        Sample.company(id) {
          $0.name = "客户 \(id)"
          $0.externalIds = [.with { ($0.system, $0.id) = ("old", "7") }]
        }
      }
      try await work.run(named("acc_3"))
      #expect(try await work.refusal { try await work.run(named("acc_4")) } == .duplicate)
    }
  }

  @Test func `a command by name and JSON refuses what it doesn't know`() async throws {
    try await Workplace.run { work in
      let ann = try #require(ActorID("usr_ann"))
      let context = CommandContext(actor: ann, channel: .console, idempotencyKey: "k1")
      let json = #"{"accountType":"organization","name":"Acme","source":{"channel":"website"}}"#
      let result = try await work.executor.execute(
        named: "CreateAccount", json: Array(json.utf8), context)
      #expect(try work.state(Account.self, result.targetID).name == "Acme")
      for (name, body) in [
        ("CreateAccount", #"{"accountTyp":"organization"}"#), ("CreateAcount", json),
        ("CreateAccount", "[]"), ("CreateAccount", #"{"accountType":"company"}"#),
      ] {
        let found = try await work.refusal {
          var other = context
          other.idempotencyKey = "k2"
          return try await work.executor.execute(named: name, json: Array(body.utf8), other)
        }
        #expect(found == .format, "\(name) \(body)")
      }
    }
  }

  @Test func `nothing personal is written about someone whose key is gone`() async throws {
    try await Workplace.run { work in
      let lead = try await work.run(Sample.lead())
      let event = try #require(try work.events(from: lead.first).first)
      let keyID = try #require(event.sealedSections.first).header.keyID
      try work.vault.destroy(keyID, receipt: Position(work.log.size))
      work.executor.forgetRecords()
      let change = ChangeLeadDetails.with { ($0.leadID, $0.need) = (lead.targetID, "more") }
      let size = work.log.size
      #expect(
        try await work.refusal { try await work.run(.lead(.changeLeadDetails(change))) } == .erased)
      let plain = ChangeLeadDetails.with { ($0.leadID, $0.region) = (lead.targetID, "福建") }
      try await work.run(.lead(.changeLeadDetails(plain)))
      #expect(work.log.size == size + 1)
    }
  }
}
