import CRM
import EventModel
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// M-1 and M-2 against the plainest model: what a record was before is what it is afterwards.
@Suite struct MergeTests {
  /// What of an account somebody can see: its fields, owner and children.
  private struct Picture: Equatable {
    var fields: [String] = []
    var personal: AccountPersonal?
    var owner: OwnerRef?
    var status = AccountStatus.Code.accountStatusUnspecified
    var children: Set<RecordKey> = []

    init(_ id: String, in desk: Desk) {
      let account = desk.state(Account.self, id)
      fields = [
        account.name, account.legalName, account.unifiedSocialCreditCode, account.industryCode,
        account.sizeBand, account.website, account.domain,
      ]
      if case .value(let content) = account.profile.content {
        personal = content
        // What an event said changed is the event's, and no field.
        personal?.changes = []
        personal?.identityKeys = []
      }
      owner = account.ownership.owner
      status = account.status
      for (key, record) in desk.records {
        if (record as? Contact)?.accountID == id { children.insert(key) }
        if (record as? Opportunity)?.accountID == id { children.insert(key) }
      }
    }
  }

  private func account(
    _ id: String, _ random: inout SeededGenerator
  ) -> AccountCommand.OneOf_Command {
    func text(_ prefix: String) -> String {
      Bool.random(using: &random) ? "" : "\(prefix)\(Int.random(in: 1...3, using: &random))"
    }
    let (legal, industry, size) = (text("legal "), text("I"), text("S"))
    let (website, domain) = (text("https://w"), text("d"))
    var phones: [Phone] = []
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      phones.append(.with { $0.raw = "+86138001380\(Int.random(in: 10...14, using: &random))" })
    }
    let emails =
      Bool.random(using: &random) ? [Email.with { $0.address = "a\(id)@example.com" }] : []
    let city = text("city ")
    return Sample.company(id) {
      $0.name = "Company \(id)"
      ($0.legalName, $0.industryCode, $0.sizeBand) = (legal, industry, size)
      ($0.website, $0.domain) = (website, domain)
      ($0.phones, $0.emails) = (phones, emails)
      if !city.isEmpty { $0.address.city = city }
    }
  }

  private static let fields = [
    "name", "legalName", "industryCode", "sizeBand", "website", "domain", "address",
  ]

  private func resolutions(_ random: inout SeededGenerator) -> [FieldResolution] {
    Self.fields.map { field in
      let from = Bool.random(using: &random) ? "acc_1" : "acc_2"
      return .with { ($0.field, $0.chosenFrom) = (field, RecordKey.account(from).reference) }
    }
  }

  @Test(arguments: [1, 2, 3, 20_261_122, 5, 6, 7, .drawn(0)] as [UInt64])
  func `merging and taking apart gives both records back`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<20 {
      var desk = Desk.staffed()
      try desk.run(Account.self, account("acc_1", &random), desk.context(by: "usr_ann"))
      try desk.run(Account.self, account("acc_2", &random), desk.context(by: "usr_bob"))
      for number in 1...4 where Bool.random(using: &random) {
        let owner = Bool.random(using: &random) ? "acc_1" : "acc_2"
        try desk.run(
          Contact.self, Sample.contact("con_\(number)", account: owner), desk.context(by: "usr_ann")
        )
      }
      let before = (Picture("acc_1", in: desk), Picture("acc_2", in: desk))
      let chosen = resolutions(&random)
      let reasoned = try desk.context(by: "usr_boss", reason: "same customer")
      try desk.run(
        Account.self,
        .mergeAccounts(
          .with { ($0.survivorID, $0.mergedIds, $0.resolutions) = ("acc_1", ["acc_2"], chosen) }),
        reasoned, parents: ["acc_2"])
      let merged = Picture("acc_1", in: desk)
      #expect(merged.children == before.0.children.union(before.1.children), "seed \(seed)")
      #expect(merged.owner == before.0.owner)
      #expect(desk.state(Account.self, "acc_2").survivorID == "acc_1")
      try checkChosen(chosen, desk, seed)
      try desk.run(
        Account.self,
        .unmergeAccount(.with { ($0.accountID, $0.mergedID) = ("acc_1", "acc_2") }), reasoned,
        parents: ["acc_2"])
      #expect(Picture("acc_1", in: desk) == before.0, "seed \(seed)")
      #expect(Picture("acc_2", in: desk) == before.1, "seed \(seed)")
      for (key, record) in desk.records where key.type == .account {
        #expect(desk.replayed(key).map { "\($0)" } == "\(record)")
      }
    }
  }

  private func checkChosen(_ chosen: [FieldResolution], _ desk: Desk, _ seed: UInt64) throws {
    let (survivor, merged) = (desk.state(Account.self, "acc_1"), desk.state(Account.self, "acc_2"))
    let fromMerged = Set(chosen.filter { $0.chosenFrom.id == "acc_2" }.map(\.field))
    if fromMerged.contains("industryCode"), !merged.industryCode.isEmpty {
      #expect(survivor.industryCode == merged.industryCode, "seed \(seed)")
    }
    #expect((survivor.name == merged.name) == fromMerged.contains("name"), "seed \(seed)")
  }

  private func merged() throws -> Desk {
    var desk = Desk.staffed()
    try desk.run(
      Account.self, Sample.company("acc_1") { $0.name = "Acme" }, desk.context(by: "usr_ann"))
    try desk.run(
      Account.self,
      Sample.company("acc_2") { ($0.name, $0.industryCode, $0.sizeBand) = ("Acme", "I1", "S") },
      desk.context(by: "usr_bob"))
    try desk.run(
      Contact.self, Sample.contact("con_1", account: "acc_2"), desk.context(by: "usr_bob"))
    try desk.run(
      Account.self,
      .mergeAccounts(.with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_2"]) }),
      desk.context(by: "usr_boss", reason: "same"), parents: ["acc_2"])
    return desk
  }

  @Test func `what changed since a merge is left and listed`() throws {
    var desk = try merged()
    #expect(desk.state(Account.self, "acc_1").industryCode == "I1")
    try desk.run(
      Account.self,
      .changeAccountDetails(.with { ($0.accountID, $0.industryCode) = ("acc_1", "I9") }),
      desk.context(by: "usr_ann"))
    try desk.run(
      Contact.self, .moveContactToAccount(.with { ($0.contactID, $0.accountID) = ("con_1", "") }),
      desk.context(by: "usr_ann"))
    let events = try desk.run(
      Account.self, .unmergeAccount(.with { ($0.accountID, $0.mergedID) = ("acc_1", "acc_2") }),
      desk.context(by: "usr_boss", reason: "two after all"), parents: ["acc_2"])
    let account = desk.state(Account.self, "acc_1")
    #expect((account.industryCode, account.sizeBand) == ("I9", ""))
    let unmerged = events.compactMap { event in
      if case .account(.accountUnmerged(let unmerged)) = event.payload { unmerged } else { nil }
    }
    #expect(unmerged.first?.leftFields == ["industryCode"])
    #expect(unmerged.first?.leftAlone == [RecordKey.contact("con_1").reference])
  }

  @Test func `a merged record takes no change and says who answers for it`() throws {
    var desk = try merged()
    let context = try desk.context(by: "usr_bob", reason: "x")
    do {
      try desk.run(
        Account.self, .changeAccountDetails(.with { ($0.accountID, $0.website) = ("acc_2", "w") }),
        context)
      Issue.record("not refused")
    } catch let refusal as Refusal {
      #expect(refusal.code == .merged)
      #expect(refusal.message.contains("acc_1"))
    }
  }

  @Test func `the owner who is gone gets nothing back`() throws {
    var desk = try merged()
    desk.record(DecidedEvent(.user("usr_bob"), .user(.userSuspended(.init()))), by: "usr_admin")
    try desk.run(
      Account.self, .unmergeAccount(.with { ($0.accountID, $0.mergedID) = ("acc_1", "acc_2") }),
      desk.context(by: "usr_boss", reason: "two"), parents: ["acc_2"])
    #expect(desk.state(Account.self, "acc_2").ownership.ownerUserID == "usr_ann")
  }

  private static let refused: [(MergeAccounts, String?, RefusalCode)] = [
    (.with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_2"]) }, nil, .reasonRequired),
    (.with { $0.survivorID = "acc_1" }, "r", .inconsistent),
    (.with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_1"]) }, "r", .inconsistent),
    (.with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_2", "acc_2"]) }, "r", .inconsistent),
    (.with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_9"]) }, "r", .reference),
    (.with { ($0.survivorID, $0.mergedIds) = ("acc_9", ["acc_1"]) }, "r", .notFound),
    // Both say something else of the name, and nobody chose.
    (.with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_3"]) }, "r", .required),
    (.with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_4"]) }, "r", .inconsistent),
    (
      .with {
        ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_2"])
        $0.resolutions = [
          .with { ($0.field, $0.chosenFrom) = ("nonsense", RecordKey.account("acc_1").reference) }
        ]
      }, "r", .unknownCode
    ),
  ]

  @Test(arguments: refused)
  func `what can't be merged is refused`(
    command: MergeAccounts, reason: String?, code: RefusalCode
  ) throws {
    var desk = Desk.staffed()
    for (id, name) in [("acc_1", "Acme"), ("acc_2", "Acme"), ("acc_3", "Other")] {
      try desk.run(
        Account.self, Sample.company(id) { $0.name = name }, desk.context(by: "usr_ann"))
    }
    try desk.run(
      Account.self,
      Sample.company("acc_4") {
        $0.accountType = .individual
        $0.name = "Lin Yue"
      }, desk.context(by: "usr_ann"))
    let count = desk.facts.count
    let context = try desk.context(by: "usr_boss", reason: reason)
    #expect(
      try refusal {
        try desk.run(
          Account.self, .mergeAccounts(command), context, parents: command.mergedIds)
      } == code)
    #expect(desk.facts.count == count)
  }

  @Test func `a contested pair is merged only when it is settled`() throws {
    var desk = Desk.staffed()
    for id in ["acc_1", "acc_2"] {
      try desk.run(Account.self, Sample.company(id), desk.context(by: "usr_ann"))
    }
    try desk.run(
      DuplicateCase.self,
      .openDuplicateCase(
        .with {
          ($0.caseID, $0.score) = ("dup_1", "0.95")
          $0.refs = [RecordKey.account("acc_1").reference, RecordKey.account("acc_2").reference]
          $0.parties = [.user("usr_ann"), .user("usr_bob")]
        }), desk.context(by: "system:test", kind: .system))
    let merge = AccountCommand.OneOf_Command.mergeAccounts(
      .with { ($0.survivorID, $0.mergedIds) = ("acc_1", ["acc_2"]) })
    let boss = try desk.context(by: "usr_boss", reason: "settled")
    #expect(
      try refusal { try desk.run(Account.self, merge, boss, parents: ["acc_2"]) } == .collision)
    try desk.run(
      DuplicateCase.self,
      .settleCollision(.with { ($0.caseID, $0.outcome) = ("dup_1", .keepOwner) }), boss)
    try desk.run(Account.self, merge, boss, parents: ["acc_2"])
    #expect(desk.state(Account.self, "acc_2").status == .merged)
    let merged = desk.facts.compactMap { _, fact in
      if case .account(.accountMerged(let merged)) = fact.payload { merged } else { nil }
    }
    #expect(merged.map(\.duplicateCaseID) == ["dup_1"])
  }

  @Test func `of two contacts the stricter consent holds`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann", reason: "same")
    for id in ["con_1", "con_2"] {
      try desk.run(Contact.self, Sample.contact(id), context)
      for channel in ["email", "phone"] {
        try desk.run(
          Contact.self,
          .grantConsent(
            .with {
              ($0.contactID, $0.purpose, $0.channel) = (id, "news", channel)
              $0.basis = "form"
            }), context)
      }
    }
    try desk.run(
      Contact.self,
      .withdrawConsent(
        .with { ($0.contactID, $0.purpose, $0.channel) = ("con_2", "news", "phone") }), context)
    try desk.run(
      Contact.self, .mergeContacts(.with { ($0.survivorID, $0.mergedIds) = ("con_1", ["con_2"]) }),
      context, parents: ["con_2"])
    #expect(desk.state(Contact.self, "con_1").consents.map(\.channel) == ["email"])
    try desk.run(
      Contact.self, .unmergeContact(.with { ($0.contactID, $0.mergedID) = ("con_1", "con_2") }),
      context, parents: ["con_2"])
    #expect(desk.state(Contact.self, "con_2").status == .active)
  }

  @Test func `leads are merged by the same rules`() throws {
    var desk = Desk.staffed()
    let context = try desk.context(by: "usr_ann", reason: "same")
    for id in ["led_1", "led_2"] {
      try desk.run(Lead.self, Sample.lead(id, owner: "usr_ann"), context)
    }
    try desk.run(
      Lead.self, .mergeLeads(.with { ($0.survivorID, $0.mergedIds) = ("led_1", ["led_2"]) }),
      context, parents: ["led_2"])
    #expect(desk.state(Lead.self, "led_2").status == .merged)
    try desk.run(
      Lead.self, .unmergeLead(.with { ($0.leadID, $0.mergedID) = ("led_1", "led_2") }), context,
      parents: ["led_2"])
    #expect(desk.state(Lead.self, "led_2").status == .assigned)
    #expect(desk.state(Lead.self, "led_1").merges.isEmpty)
  }
}
