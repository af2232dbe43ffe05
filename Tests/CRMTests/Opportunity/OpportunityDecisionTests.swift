import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct OpportunityDecisionTests {
  typealias Command = OpportunityCommand.OneOf_Command

  private static func create(_ change: (inout CreateOpportunity) -> Void = { _ in }) -> Command {
    var command = CreateOpportunity.with {
      ($0.opportunityID, $0.accountID, $0.name) = ("opp_1", "acc_1", "ERP")
      $0.source.channel = .website
    }
    change(&command)
    return .createOpportunity(command)
  }

  private static func company(amount: Int64 = 0) throws -> SmallCompany {
    var company = try SmallCompany.founded()
    try company.run(
      Opportunity.self, create { if amount > 0 { $0.amount = yuan(amount) } })
    return company
  }

  private static func yuan(_ minor: Int64) -> Money {
    .with { ($0.amountMinor, $0.currency) = (minor, "CNY") }
  }

  @Test func `an opportunity begins in the first stage of the default pipeline with its owner`()
    throws
  {
    let company = try Self.company()
    let opportunity = try company.state(Opportunity.self, "opp_1")
    #expect(opportunity.stageID == "contact")
    #expect(opportunity.pipelineVersion == 1)
    #expect(opportunity.ownership.isOwned(by: "usr_1"))
    #expect(opportunity.subject == .account("acc_1"))
  }

  @Test(arguments: [
    ("name", "", "VALIDATION.REQUIRED"), ("accountID", "", "VALIDATION.REQUIRED"),
    ("accountID", "acc_8", "VALIDATION.REFERENCE"), ("pipelineID", "pip_8", "VALIDATION.REFERENCE"),
    ("stageID", "won", "VALIDATION.UNKNOWN_CODE"), ("stageID", "nosuch", "VALIDATION.UNKNOWN_CODE"),
    ("date", "2026-02-30", "VALIDATION.FORMAT"),
    ("date", "2026-02-28", "OpportunityCreated OwnershipAssigned"),
    ("lead", "led_8", "VALIDATION.REFERENCE"), ("partner", "par_1", "STATE.NOT_AVAILABLE"),
    ("registration", "reg_1", "VALIDATION.REFERENCE"), ("pool", "pol_1", "OWNERSHIP.KIND"),
    ("owner", "usr_8", "VALIDATION.REFERENCE"), ("id", "acc_7", "VALIDATION.FORMAT"),
  ])
  func `what an opportunity is made of is checked`(
    field: String, value: String, outcome: String
  ) throws {
    let command = Self.create { command in
      switch field {
      case "name": command.name = value
      case "accountID": command.accountID = value
      case "pipelineID": command.pipelineID = value
      case "stageID": command.stageID = value
      case "date": command.expectedCloseDate = value
      case "lead": command.sourceLeadID = value
      case "partner": command.partnerID = value
      case "registration": command.registrationID = value
      case "pool": command.owner = .pool(value)
      case "owner": command.owner = .user(value)
      case _: command.opportunityID = value
      }
    }
    #expect(try SmallCompany.founded().outcome(Opportunity.self, command) == outcome)
  }

  @Test func `an individual's opportunity has its name sealed, an organisation's has it plain`()
    throws
  {
    let company = try SmallCompany.founded()
    for (account, isSealed) in [("acc_1", false), ("acc_2", true)] {
      let event = try #require(
        try company.decide(
          Opportunity.self,
          Self.create { ($0.accountID, $0.name) = (account, "Kitchen of Anna") }
        ).first)
      #expect(try event.payload.json().contains("Kitchen of Anna") != isSealed)
      #expect(event.personal.map(\.subject) == (isSealed ? [.account(account)] : []))
    }
  }

  @Test func `an archived account has no new business`() throws {
    var company = try SmallCompany.founded()
    try company.run(Account.self, .archiveAccount(.with { $0.accountID = "acc_1" }))
    #expect(try company.outcome(Opportunity.self, Self.create()) == "STATE.ARCHIVED")
  }

  @Test func `an account protected for another owner collides`() throws {
    var company = try SmallCompany.founded()
    try company.record(
      DecidedEvent(
        .account("acc_1"),
        .ownership(
          .protectionGranted(
            .with {
              $0.protectionID = "prt_1"
              $0.holder = .user("usr_2")
              $0.until = company.now.advanced(byMicroseconds: 1_000_000).message
            }))))
    #expect(try company.outcome(Opportunity.self, Self.create()) == "CONFLICT.COLLISION")
    let holders = Self.create { $0.owner = .user("usr_2") }
    #expect(
      try company.outcome(Opportunity.self, holders) == "OpportunityCreated OwnershipAssigned")
    company.advance(seconds: 1)
    #expect(
      try company.outcome(Opportunity.self, Self.create())
        == "OpportunityCreated OwnershipAssigned")
  }

  @Test(
    arguments: [
      (0, "VALIDATION.REQUIRED"), (1, "OpportunityWon"), (1_000_000_000_000_000, "OpportunityWon"),
    ] as [(Int64, String)])
  func `only what has an amount is won`(amount: Int64, outcome: String) throws {
    let company = try Self.company(amount: amount)
    let win = Command.winOpportunity(.with { $0.opportunityID = "opp_1" })
    #expect(try company.outcome(Opportunity.self, win) == outcome)
  }

  @Test(
    arguments: [
      (-1, "VALIDATION.RANGE"), (0, "VALIDATION.RANGE"), (1, "OpportunityWon"),
      (1_000_000_000_000_001, "VALIDATION.RANGE"),
    ] as [(Int64, String)])
  func `the amount won is more than nothing and bounded`(amount: Int64, outcome: String) throws {
    let company = try Self.company()
    let win = Command.winOpportunity(
      .with { ($0.opportunityID, $0.amount) = ("opp_1", Self.yuan(amount)) })
    #expect(try company.outcome(Opportunity.self, win) == outcome)
  }

  @Test func `a loss says why`() throws {
    let company = try Self.company()
    func lose(_ code: String) -> Command {
      .loseOpportunity(.with { ($0.opportunityID, $0.reasonCode) = ("opp_1", code) })
    }
    #expect(try company.outcome(Opportunity.self, lose(" ")) == "VALIDATION.REQUIRED")
    #expect(try company.outcome(Opportunity.self, lose("price")) == "OpportunityLost")
  }

  @Test func `what is closed stays as it is until it is reopened for a reason`() throws {
    var company = try Self.company(amount: 500)
    let win = Command.winOpportunity(.with { $0.opportunityID = "opp_1" })
    try company.run(Opportunity.self, win)
    #expect(try company.state(Opportunity.self, "opp_1").probability == .hundred)
    for command: Command in [
      win, .loseOpportunity(.with { ($0.opportunityID, $0.reasonCode) = ("opp_1", "price") }),
      .changeStage(.with { ($0.opportunityID, $0.toStageID) = ("opp_1", "needs") }),
      .changeAmount(.with { ($0.opportunityID, $0.amount) = ("opp_1", Self.yuan(1)) }),
      .rateFit(.with { ($0.opportunityID, $0.fit) = ("opp_1", 3) }),
    ] {
      #expect(try company.outcome(Opportunity.self, command) == "STATE.STATUS")
    }
    let reopen = Command.reopenOpportunity(.with { $0.opportunityID = "opp_1" })
    company.reason = nil
    #expect(try company.outcome(Opportunity.self, reopen) == "VALIDATION.REASON_REQUIRED")
    company.reason = Reason(code: "mistake")
    #expect(try company.run(Opportunity.self, reopen) == ["OpportunityReopened"])
    let opportunity = try company.state(Opportunity.self, "opp_1")
    #expect(opportunity.status == .open)
    #expect(opportunity.stageID == "contact")
    #expect(opportunity.probability == ExactDecimal(10))
    #expect(try company.run(Opportunity.self, reopen) == [])
  }

  @Test func `a first value needs no reason, to replace it does`() throws {
    var company = try Self.company()
    company.reason = nil
    func date(_ text: String) -> Command {
      .setExpectedCloseDate(
        .with { ($0.opportunityID, $0.expectedCloseDate) = ("opp_1", text) })
    }
    func amount(_ minor: Int64) -> Command {
      .changeAmount(.with { ($0.opportunityID, $0.amount) = ("opp_1", Self.yuan(minor)) })
    }
    #expect(
      try company.run(Opportunity.self, date("2026-03-01")) == ["OpportunityCloseDateChanged"])
    #expect(try company.outcome(Opportunity.self, date("2026-03-01")) == "")
    #expect(
      try company.outcome(Opportunity.self, date("2026-03-02")) == "VALIDATION.REASON_REQUIRED")
    #expect(try company.run(Opportunity.self, amount(5)) == ["OpportunityAmountChanged"])
    #expect(try company.outcome(Opportunity.self, amount(6)) == "VALIDATION.REASON_REQUIRED")
    company.reason = Reason(code: "later")
    for (text, pushes) in [("2026-03-02", 1), ("2026-02-01", 1), ("2026-04-01", 2), ("", 2)] {
      try company.run(Opportunity.self, date(text))
      #expect(try company.state(Opportunity.self, "opp_1").pushCount == UInt32(pushes))
    }
  }

  @Test(arguments: [
    ("-0.1", "VALIDATION.RANGE"), ("0", "OpportunityProbabilityOverridden"),
    ("100", "OpportunityProbabilityOverridden"), ("100.1", "VALIDATION.RANGE"),
    ("half", "VALIDATION.RANGE"),
  ])
  func `a probability lies between 0 and 100`(text: String, outcome: String) throws {
    let company = try Self.company()
    let command = Command.overrideProbability(
      .with { ($0.opportunityID, $0.probabilityPct) = ("opp_1", text) })
    #expect(try company.outcome(Opportunity.self, command) == outcome)
  }

  @Test func `an override outlives the stage and gives way to the new stage's own`() throws {
    var company = try Self.company()
    try company.run(
      Opportunity.self,
      .overrideProbability(.with { ($0.opportunityID, $0.probabilityPct) = ("opp_1", "66.6") }))
    try company.run(
      Opportunity.self,
      .changeStage(.with { ($0.opportunityID, $0.toStageID) = ("opp_1", "needs") }))
    #expect(try company.state(Opportunity.self, "opp_1").probability == ExactDecimal("66.6"))
    try company.run(
      Opportunity.self, .removeProbabilityOverride(.with { $0.opportunityID = "opp_1" }))
    #expect(try company.state(Opportunity.self, "opp_1").probability == ExactDecimal(30))
  }

  @Test(
    arguments: [
      (-3, "VALIDATION.RANGE"), (-2, "OpportunityContactRoleSet"), (2, "OpportunityContactRoleSet"),
      (3, "VALIDATION.RANGE"),
    ] as [(Int32, String)])
  func `a stance lies between against and for`(stance: Int32, outcome: String) throws {
    let company = try Self.company()
    func set(_ contact: String) -> Command {
      .setOpportunityContactRole(
        .with {
          ($0.opportunityID, $0.contactID, $0.role) = ("opp_1", contact, .champion)
          $0.stance = stance
        })
    }
    #expect(try company.outcome(Opportunity.self, set("con_1")) == outcome)
    guard outcome != "VALIDATION.RANGE" else { return }
    #expect(try company.outcome(Opportunity.self, set("con_2")) == "VALIDATION.REFERENCE")
    #expect(try company.outcome(Opportunity.self, set("con_8")) == "VALIDATION.REFERENCE")
  }

  @Test(
    arguments: [(5, "OpportunityFitRated"), (6, "VALIDATION.RANGE"), (0, "")] as [(UInt32, String)])
  func `fit lies between 0 and 5`(fit: UInt32, outcome: String) throws {
    let company = try Self.company()
    let rate = Command.rateFit(.with { ($0.opportunityID, $0.fit) = ("opp_1", fit) })
    #expect(try company.outcome(Opportunity.self, rate) == outcome)
  }
}

@Suite struct OpportunityLineTests {
  typealias Command = OpportunityCommand.OneOf_Command

  private func line(
    _ id: String, _ quantity: String, _ price: Int64, _ discount: String = "",
    currency: String = "CNY"
  ) -> OpportunityLine {
    .with {
      ($0.lineID, $0.productID, $0.quantity) = (id, "prd_1", quantity)
      $0.unitPrice = .with { ($0.amountMinor, $0.currency) = (price, currency) }
      $0.discountPct = discount
    }
  }

  private func add(_ line: OpportunityLine) -> Command {
    .addOpportunityLine(.with { ($0.opportunityID, $0.line) = ("opp_1", line) })
  }

  private func company() throws -> SmallCompany {
    var company = try SmallCompany.founded()
    try company.run(
      Opportunity.self,
      .createOpportunity(
        .with {
          ($0.opportunityID, $0.accountID, $0.name) = ("opp_1", "acc_1", "ERP")
          $0.source.channel = .website
        }))
    return company
  }

  @Test(
    arguments: [
      // quantity, price, discount, sum: halves go to the even neighbour
      ("1", 5, "50", 2), ("1", 7, "50", 4), ("1", 15, "50", 8), ("3", 3, "", 9),
      ("0.333333", 3, "0", 1), ("1.5", 1, "0", 2), ("2.5", 1, "0", 2), ("1", 100, "100", 0),
    ] as [(String, Int64, String, Int64)])
  func `a line is rounded half to even`(
    quantity: String, price: Int64, discount: String, sum: Int64
  ) throws {
    var company = try company()
    try company.run(Opportunity.self, add(line("lin_1", quantity, price, discount)))
    try company.run(
      Opportunity.self, .setAmountMode(.with { ($0.opportunityID, $0.mode) = ("opp_1", .lines) }))
    #expect(try company.state(Opportunity.self, "opp_1").amount?.amountMinor == sum)
  }

  @Test func `the amount follows its lines`() throws {
    var company = try company()
    let mode = Command.setAmountMode(.with { ($0.opportunityID, $0.mode) = ("opp_1", .lines) })
    #expect(try company.outcome(Opportunity.self, mode) == "VALIDATION.INCONSISTENT")
    try company.run(Opportunity.self, add(line("lin_1", "2", 100)))
    #expect(try company.state(Opportunity.self, "opp_1").amount == nil)
    try company.run(Opportunity.self, mode)
    #expect(
      try company.run(Opportunity.self, add(line("lin_2", "1", 50)))
        == ["OpportunityLineAdded", "OpportunityAmountChanged"])
    #expect(try company.state(Opportunity.self, "opp_1").amount?.amountMinor == 250)
    let change = Command.changeAmount(
      .with {
        $0.opportunityID = "opp_1"
        $0.amount = .with { ($0.amountMinor, $0.currency) = (1, "CNY") }
      })
    #expect(try company.outcome(Opportunity.self, change) == "VALIDATION.INCONSISTENT")
    func remove(_ id: String) -> Command {
      .removeOpportunityLine(.with { ($0.opportunityID, $0.lineID) = ("opp_1", id) })
    }
    try company.run(Opportunity.self, remove("lin_1"))
    #expect(try company.state(Opportunity.self, "opp_1").amount?.amountMinor == 50)
    #expect(try company.outcome(Opportunity.self, remove("lin_2")) == "VALIDATION.INCONSISTENT")
    #expect(try company.outcome(Opportunity.self, remove("lin_1")) == "STATE.NOT_FOUND")
  }

  @Test func `a line that makes no sense is refused`() throws {
    var company = try company()
    try company.run(Opportunity.self, add(line("lin_1", "1", 1)))
    for (line, outcome) in [
      (line("lin_1", "1", 1), "STATE.ALREADY_EXISTS"), (line("lin_2", "0", 1), "VALIDATION.RANGE"),
      (line("lin_2", "0.000001", 1), "OpportunityLineAdded"),
      (line("lin_2", "1", -1), "VALIDATION.RANGE"),
      (line("lin_2", "1", 1, "100.1"), "VALIDATION.RANGE"),
      (line("lin_2", "1", 1, currency: "EUR"), "VALIDATION.CURRENCY"),
      (line("lin_2", "999999999999", 1_000_000_000_000_000), "VALIDATION.RANGE"),
    ] {
      #expect(try company.outcome(Opportunity.self, add(line)) == outcome)
    }
  }
}
