internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Staying in a stage for too long.
extension Opportunity {
  /// How many days its stage allows; `nil` for as many as it takes.
  package func stageLimitDays(in context: DecisionContext) -> UInt32? {
    let pipeline = context.records.state(Pipeline.self, pipelineID)
    guard let stage = pipeline?.version(pipelineVersion)?.stage(stageID), stage.maxAgeDays > 0
    else { return nil }
    return stage.maxAgeDays
  }

  func markStalled(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("MarkOpportunityStalled", in: context)
    guard status == .open, !isStalled, let limit = stageLimitDays(in: context) else { return [] }
    let days = daysInStage(at: context.now)
    guard days >= limit else { return [] }
    let stalled = OpportunityStalled.with {
      ($0.stageID, $0.daysInStage, $0.thresholdDays) = (stageID, days, limit)
      $0.basis = .maxAge
    }
    return [event(.opportunityStalled(stalled))]
  }

  /// Somebody looked into it; it counts its days anew from the next stage on.
  func endStall(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    guard isStalled else { return [] }
    if !context.isSystem { try context.requireReason(for: "EndOpportunityStall") }
    return [event(.opportunityStallCleared(.with { $0.stageID = stageID }))]
  }
}
