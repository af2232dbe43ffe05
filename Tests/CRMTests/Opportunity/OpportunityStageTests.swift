import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct OpportunityStageTests {
  typealias Command = OpportunityCommand.OneOf_Command

  /// An opportunity in the pipeline whose stages `change` makes.
  private func company(
    in stage: String = "contact", _ change: (inout [PipelineStage]) -> Void = { _ in }
  ) throws -> SmallCompany {
    var company = try SmallCompany.founded()
    var stages = DefaultPipeline.stages
    change(&stages)
    try company.run(
      Pipeline.self,
      .createPipeline(.with { ($0.pipelineID, $0.name, $0.stages) = ("pip_2", "Two", stages) }))
    try company.run(
      Opportunity.self,
      .createOpportunity(
        .with {
          ($0.opportunityID, $0.accountID, $0.name) = ("opp_1", "acc_1", "ERP")
          ($0.pipelineID, $0.stageID) = ("pip_2", stage)
          $0.source.channel = .website
        }))
    return company
  }

  private func move(_ stage: String, _ attested: [String] = []) -> Command {
    .changeStage(
      .with {
        ($0.opportunityID, $0.toStageID) = ("opp_1", stage)
        $0.attestations = attested.map { id in .with { $0.criterionID = id } }
      })
  }

  @Test(arguments: [
    // OP-5: only the next open stage is reached without a reason.
    ("needs", "contact", "VALIDATION.REASON_REQUIRED"), ("needs", "needs", ""),
    ("needs", "offer", "OpportunityStageChanged"),
    ("needs", "negotiation", "VALIDATION.REASON_REQUIRED"),
    ("needs", "won", "STATE.STATUS"), ("needs", "lost", "STATE.STATUS"),
    ("needs", "nosuch", "VALIDATION.UNKNOWN_CODE"),
  ])
  func `a step back or over a stage needs a reason`(
    from: String, to: String, outcome: String
  ) throws {
    var company = try company(in: from)
    company.reason = nil
    #expect(try company.outcome(Opportunity.self, move(to)) == outcome)
    guard outcome == "VALIDATION.REASON_REQUIRED" else { return }
    company.reason = Reason(code: "skipped")
    #expect(try company.outcome(Opportunity.self, move(to)) == "OpportunityStageChanged")
  }

  @Test func `a step says where it went, how likely it is and how long the last one took`() throws {
    var company = try company()
    company.advance(days: 3, seconds: -1)
    guard
      case .opportunity(.opportunityStageChanged(let changed))? =
        try company.decide(Opportunity.self, move("needs")).first?.payload
    else {
      Issue.record("no step was decided")
      return
    }
    #expect(changed.direction == .forward)
    #expect(changed.daysInFromStage == 2)
    #expect(changed.probabilityBeforePct == "10")
    #expect(changed.probabilityAfterPct == "30")
    #expect(changed.pipelineVersion == 1)
  }

  @Test func `the newest version counts for every new stage`() throws {
    var company = try company()
    var stages = DefaultPipeline.stages
    stages[1].defaultProbabilityPct = "35"
    try company.run(
      Pipeline.self,
      .publishPipelineVersion(.with { ($0.pipelineID, $0.stages) = ("pip_2", stages) }))
    #expect(try company.state(Opportunity.self, "opp_1").pipelineVersion == 1)
    try company.run(Opportunity.self, move("needs"))
    let opportunity = try company.state(Opportunity.self, "opp_1")
    #expect(opportunity.pipelineVersion == 2)
    #expect(opportunity.probability == ExactDecimal(35))
  }

  private func criterion(_ id: String, _ expression: String = "") -> StageCriterion {
    .with {
      ($0.criterionID, $0.text) = (id, "Text of \(id)")
      $0.kind = expression.isEmpty ? .attestation : .predicate
      $0.expression = expression
    }
  }

  @Test func `criteria of the stage left and of the stage entered are asked for`() throws {
    var company = try company { stages in
      stages[0].exitCriteria = [criterion("budget")]
      stages[1].entryCriteria = [criterion("sized", "amount >= 100")]
    }
    #expect(try company.outcome(Opportunity.self, move("needs")) == "STATE.CRITERIA")
    #expect(try company.outcome(Opportunity.self, move("needs", ["budget"])) == "STATE.CRITERIA")
    for (amount, outcome) in [
      (99, "STATE.CRITERIA"), (100, "OpportunityStageChanged"), (101, "OpportunityStageChanged"),
    ] as [(Int64, String)] {
      try company.run(
        Opportunity.self,
        .changeAmount(
          .with {
            $0.opportunityID = "opp_1"
            $0.amount = .with { ($0.amountMinor, $0.currency) = (amount, "CNY") }
          }))
      #expect(try company.outcome(Opportunity.self, move("needs", ["budget"])) == outcome)
      #expect(try company.outcome(Opportunity.self, move("needs")) == "STATE.CRITERIA")
    }
    let unknown = try company.outcome(Opportunity.self, move("needs", ["budget", "sized"]))
    #expect(unknown == "VALIDATION.UNKNOWN_CODE")
  }

  @Test func `a stage isn't left forward without its deliverables, but backward`() throws {
    var company = try company(in: "needs") { stages in
      stages[1].requiredDeliverables = ["analysis"]
    }
    #expect(try company.outcome(Opportunity.self, move("offer")) == "STATE.DELIVERABLES")
    #expect(try company.outcome(Opportunity.self, move("contact")) == "OpportunityStageChanged")
    func submit(_ code: String) -> Command {
      .submitDeliverable(
        .with {
          ($0.opportunityID, $0.deliverableCode) = ("opp_1", code)
          $0.attachment.attachmentID = "att_1"
        })
    }
    #expect(try company.outcome(Opportunity.self, submit("poem")) == "VALIDATION.UNKNOWN_CODE")
    try company.run(Opportunity.self, submit("analysis"))
    #expect(try company.outcome(Opportunity.self, submit("analysis")) == "")
    #expect(try company.outcome(Opportunity.self, move("offer")) == "OpportunityStageChanged")
    try company.run(
      Opportunity.self,
      .rejectDeliverable(
        .with { ($0.opportunityID, $0.deliverableCode) = ("opp_1", "analysis") }))
    #expect(try company.outcome(Opportunity.self, move("offer")) == "STATE.DELIVERABLES")
  }

  @Test func `an approved override isn't available yet`() throws {
    let company = try company()
    let command = Command.changeStage(
      .with {
        ($0.opportunityID, $0.toStageID, $0.overrideApprovalID) = ("opp_1", "needs", "apr_1")
      })
    #expect(try company.outcome(Opportunity.self, command) == "STATE.NOT_AVAILABLE")
  }
}
