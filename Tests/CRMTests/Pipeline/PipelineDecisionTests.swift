import CRM
import EventModel
import Schema
import SwiftProtobuf
import Testing

@Suite struct PipelineDecisionTests {
  private func publish(
    _ change: (inout [PipelineStage]) -> Void, in company: SmallCompany
  ) throws -> String {
    var stages = DefaultPipeline.stages
    change(&stages)
    return try company.outcome(
      Pipeline.self,
      .publishPipelineVersion(.with { ($0.pipelineID, $0.stages) = ("pip_default", stages) }))
  }

  @Test func `the default pipeline has the stages of the specification`() throws {
    let pipeline = try SmallCompany.founded().state(Pipeline.self, "pip_default")
    let version = try #require(pipeline.versions.first)
    #expect(version.number == 1)
    #expect(version.stages.map(\.defaultProbabilityPct) == ["10", "30", "50", "80", "100", "0"])
    #expect(version.wonStage?.forecastCategory == .closed)
    #expect(version.lostStage?.forecastCategory == .omitted)
    #expect(version.openStages.allSatisfy { $0.forecastCategory == .pipeline })
  }

  @Test(arguments: [
    // PL-1: won is 100, lost is 0, open ones don't fall and lie between 0 and 100.
    (4, "100", "PipelineVersionPublished"), (4, "99.999999", "VALIDATION.RANGE"),
    (5, "0", "PipelineVersionPublished"), (5, "0.000001", "VALIDATION.RANGE"),
    (1, "10", "PipelineVersionPublished"), (1, "9.999999", "VALIDATION.RANGE"),
    (3, "100", "PipelineVersionPublished"), (3, "100.1", "VALIDATION.RANGE"),
    (0, "-1", "VALIDATION.RANGE"), (0, "ten", "VALIDATION.RANGE"), (0, "", "VALIDATION.RANGE"),
  ])
  func `probabilities follow the order`(index: Int, text: String, outcome: String) throws {
    let company = try SmallCompany.founded()
    let found = try publish(
      { stages in
        stages[index].defaultProbabilityPct = text
        stages[0].name = "Changed"
      }, in: company)
    #expect(found == outcome)
  }

  @Test(arguments: [
    ([0, 1, 2, 3, 4], "VALIDATION.REQUIRED"), ([0, 1, 2, 3, 5], "VALIDATION.REQUIRED"),
    ([4, 5], "VALIDATION.REQUIRED"), ([], "VALIDATION.REQUIRED"),
    ([0, 4, 5], "PipelineVersionPublished"), ([0, 0, 4, 5], "VALIDATION.INCONSISTENT"),
  ])
  func `a version has open, won and lost stages, each once`(kept: [Int], outcome: String) throws {
    let company = try SmallCompany.founded()
    #expect(try publish({ stages in stages = kept.map { stages[$0] } }, in: company) == outcome)
  }

  @Test func `a stage left out doesn't come back and keeps its kind`() throws {
    var company = try SmallCompany.founded()
    #expect(try publish({ $0[3].kind = .won }, in: company) == "VALIDATION.RANGE")
    let swapped = try publish(
      { stages in
        stages[3].kind = .won
        stages[3].defaultProbabilityPct = "100"
      }, in: company)
    #expect(swapped == "VALIDATION.INCONSISTENT")
    var fewer = DefaultPipeline.stages
    fewer.remove(at: 1)
    try company.run(
      Pipeline.self,
      .publishPipelineVersion(.with { ($0.pipelineID, $0.stages) = ("pip_default", fewer) }))
    #expect(try publish({ _ in }, in: company) == "STATE.ALREADY_EXISTS")
    #expect(try publish({ $0[1].stageID = "needs-2" }, in: company) == "PipelineVersionPublished")
  }

  @Test func `the same version again changes nothing`() throws {
    let company = try SmallCompany.founded()
    #expect(try publish({ _ in }, in: company) == "")
    #expect(try publish({ $0.reverse() }, in: company) == "")
  }

  @Test(arguments: [
    (-1, "VALIDATION.RANGE"), (0, "PipelineVersionPublished"), (60, "PipelineVersionPublished"),
  ])
  func `a version takes effect now or later`(seconds: Int64, outcome: String) throws {
    let company = try SmallCompany.founded()
    let at = company.now.advanced(byMicroseconds: seconds * 1_000_000)
    let found = try company.outcome(
      Pipeline.self,
      .publishPipelineVersion(
        .with {
          ($0.pipelineID, $0.name, $0.stages) = ("pip_default", "New", DefaultPipeline.stages)
          $0.effectiveFrom = at.message
        }))
    #expect(found == outcome)
  }

  @Test func `the organisation's default pipeline can't be retired`() throws {
    var company = try SmallCompany.founded()
    let retire = PipelineCommand.OneOf_Command.retirePipeline(
      .with { $0.pipelineID = "pip_default" })
    #expect(try company.outcome(Pipeline.self, retire) == "STATE.STATUS")
    try company.run(
      Pipeline.self, .createPipeline(.with { ($0.pipelineID, $0.name) = ("pip_2", "Second") }))
    let second = PipelineCommand.OneOf_Command.retirePipeline(.with { $0.pipelineID = "pip_2" })
    #expect(try company.run(Pipeline.self, second) == ["PipelineRetired"])
    #expect(try company.run(Pipeline.self, second) == [])
  }

  @Test(arguments: [
    ("amount > 0", true), ("amount > 0 and expectedCloseDate set", true),
    ("contactRole:economicBuyer set", true), ("deliverable:offer set", true), ("fit >= 3", true),
    ("probabilityPct <= 80.5", true), ("lines = 2", true), ("", false), ("amount", false),
    ("amount > ", false), ("amount > x", false), ("amount >> 1", false), ("and", false),
    ("amount > 0 and", false), ("contactRole:boss set", false), ("competitor > 1", false),
    ("nosuch set", false), ("amount set and and fit set", false),
  ])
  func `an expression is checked when it is published`(text: String, isRight: Bool) throws {
    let company = try SmallCompany.founded()
    let found = try publish(
      { stages in
        stages[0].exitCriteria = [
          .with {
            ($0.criterionID, $0.text, $0.kind, $0.expression) = ("c1", "c", .predicate, text)
          }
        ]
      }, in: company)
    #expect(found == (isRight ? "PipelineVersionPublished" : "VALIDATION.FORMAT"))
  }
}
