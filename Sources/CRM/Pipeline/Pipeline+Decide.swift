internal import EventModel
package import Schema
internal import SwiftProtobuf

extension Pipeline {
  package static func target(of command: PipelineCommand.OneOf_Command) -> String {
    switch command {
    case .createPipeline(let command): command.pipelineID
    case .publishPipelineVersion(let command): command.pipelineID
    case .retirePipeline(let command): command.pipelineID
    }
  }

  package static func identify(
    _ command: inout PipelineCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .createPipeline(var create) = command, create.pipelineID.isEmpty {
      create.pipelineID = make("pip")
      command = .createPipeline(create)
    }
  }

  package func needs(
    for command: PipelineCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] { [] }

  package func decide(
    _ command: PipelineCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .createPipeline(let command) = command { return try create(command, in: context) }
    guard exists else { throw .notFound(.pipeline(Self.target(of: command))) }
    switch command {
    case .createPipeline: return []
    case .publishPipelineVersion(let command): return try publish(command, in: context)
    case .retirePipeline:
      guard !isRetired else { return [] }
      guard context.settings.defaultPipelineID != id else {
        throw Refusal(
          .status,
          "The pipeline \(id) is the organisation's default; set another defaultPipeline first.")
      }
      return [DecidedEvent(key, .pipeline(.pipelineRetired(.with { $0.pipelineID = id })))]
    }
  }

  private func create(
    _ command: CreatePipeline, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.pipeline(command.pipelineID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "pip", field: "pipelineId")
    try FieldRule.required(command.name, "name", of: "The pipeline")
    try FieldRule.text(command.name, "name")
    try FieldRule.externalIDs(command.externalIds)
    let created = PipelineCreated.with {
      $0.pipelineID = command.pipelineID
      $0.name = command.name.trimmed
      $0.externalIds = command.externalIds
    }
    let events = [DecidedEvent(key, .pipeline(.pipelineCreated(created)))]
    guard !command.stages.isEmpty else { return events }
    var pipeline = Pipeline()
    for event in events { pipeline.apply(event.fact(in: context)) }
    let publish = PublishPipelineVersion.with {
      $0.pipelineID = command.pipelineID
      $0.stages = command.stages
    }
    return events + (try pipeline.publish(publish, in: context))
  }

  private func publish(
    _ command: PublishPipelineVersion, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard !isRetired else {
      throw Refusal(.status, "The pipeline \(id) is retired; create another one.")
    }
    try FieldRule.text(command.name, "name")
    let stages = try StageRule.checked(command.stages)
    try checkReuse(of: stages)
    let effective =
      command.hasEffectiveFrom ? Timestamp(command.effectiveFrom) : context.now
    let earliest = max(context.now, versions.last?.effectiveFrom ?? context.now)
    guard effective >= earliest else {
      throw Refusal(
        .range,
        "effectiveFrom is \(effective), before \(earliest); a version takes effect behind "
          + "the one before and not in the past.", field: "effectiveFrom")
    }
    let newName = command.name.trimmed.isEmpty ? name : command.name.trimmed
    if let last = versions.last, last.stages == stages, last.name == newName { return [] }
    let published = PipelineVersionPublished.with {
      $0.pipelineID = id
      $0.version = (versions.last?.number ?? 0) + 1
      $0.name = newName
      $0.stages = stages
      $0.effectiveFrom = effective.message
    }
    return [DecidedEvent(key, .pipeline(.pipelineVersionPublished(published)))]
  }

  /// PL-1: a stage that was left out doesn't come back, and a stage keeps its kind.
  private func checkReuse(of stages: [PipelineStage]) throws(Refusal) {
    for stage in stages {
      let before = versions.flatMap(\.stages).filter { $0.stageID == stage.stageID }
      guard !before.isEmpty else { continue }
      guard let last = versions.last?.stage(stage.stageID) else {
        throw Refusal(
          .alreadyExists,
          "The stage \(stage.stageID) was in an earlier version of the pipeline \(id); use another "
            + "identifier.", field: "stages.stageId")
      }
      guard last.kind == stage.kind else {
        throw Refusal(
          .inconsistent,
          "The stage \(stage.stageID) was \(last.kind) and would be \(stage.kind); use another "
            + "identifier.", field: "stages.kind")
      }
    }
  }
}
