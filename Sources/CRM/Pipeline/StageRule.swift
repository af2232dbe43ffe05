internal import Schema

/// PL-1: what the stages of a version must be.
enum StageRule {
  static let countLimit = 50

  /// The stages in their order, with forecast categories where none was given.
  static func checked(_ stages: [PipelineStage]) throws(Refusal) -> [PipelineStage] {
    guard stages.count <= countLimit else {
      throw Refusal(
        .range, "The version has \(stages.count) stages; give \(countLimit) at the most.",
        field: "stages")
    }
    var criteria: Set<String> = []
    for stage in stages { try check(stage, &criteria) }
    guard Set(stages.map(\.stageID)).count == stages.count else {
      throw Refusal(.inconsistent, "stages has an identifier twice; keep one.", field: "stages")
    }
    guard Set(stages.map(\.order)).count == stages.count else {
      throw Refusal(
        .inconsistent, "stages has an order twice; number the stages in one row.",
        field: "stages.order")
    }
    let ordered = stages.sorted { $0.order < $1.order }
    for kind in [StageKind.Code.open, .won, .lost]
    where !ordered.contains(where: { $0.kind == kind }) {
      throw Refusal(
        .required, "The version has no stage of kind \(kind); give at least one.", field: "stages")
    }
    try checkProbabilities(ordered)
    return ordered.map(completed)
  }

  private static func completed(_ stage: PipelineStage) -> PipelineStage {
    guard stage.forecastCategory == .forecastCategoryUnspecified else { return stage }
    var completed = stage
    completed.forecastCategory =
      switch stage.kind {
      case .won: .closed
      case .lost: .omitted
      case .open, .stageKindUnspecified, .UNRECOGNIZED: .pipeline
      }
    return completed
  }

  private static func check(
    _ stage: PipelineStage, _ criteria: inout Set<String>
  ) throws(Refusal) {
    try FieldRule.required(stage.stageID, "stages.stageId", of: "The stage")
    try FieldRule.text(stage.stageID, "stages.stageId", limit: 80)
    try FieldRule.required(stage.name, "stages.name", of: "The stage \(stage.stageID)")
    try FieldRule.text(stage.name, "stages.name")
    switch stage.kind {
    case .open, .won, .lost: break
    case .stageKindUnspecified: throw .required("kind", of: "The stage \(stage.stageID)")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "stages.kind")
    }
    if case .UNRECOGNIZED(let value) = stage.forecastCategory {
      throw .unknownCode("\(value)", field: "stages.forecastCategory")
    }
    for criterion in stage.entryCriteria + stage.exitCriteria {
      try check(criterion, of: stage.stageID)
      guard criteria.insert(criterion.criterionID).inserted else {
        throw Refusal(
          .inconsistent,
          "The criterion \(criterion.criterionID) stands twice in the version; name each once.",
          field: "stages.criteria")
      }
    }
    for code in stage.requiredDeliverables {
      try FieldRule.required(code, "stages.requiredDeliverables", of: "The stage \(stage.stageID)")
    }
  }

  private static func check(
    _ criterion: StageCriterion, of stageID: String
  ) throws(Refusal) {
    let thing = "A criterion of the stage \(stageID)"
    try FieldRule.required(criterion.criterionID, "criterionId", of: thing)
    try FieldRule.required(criterion.text, "text", of: thing)
    switch criterion.kind {
    case .predicate: _ = try StagePredicate(criterion.expression)
    case .attestation:
      guard criterion.expression.isEmpty else {
        throw Refusal(
          .inconsistent,
          "The criterion \(criterion.criterionID) is an attestation with an expression; make it a "
            + "predicate, or leave the expression out.", field: "expression")
      }
    case .criterionKindUnspecified: throw .required("kind", of: thing)
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "criteria.kind")
    }
  }

  private static func checkProbabilities(_ stages: [PipelineStage]) throws(Refusal) {
    var last = ExactDecimal.zero
    for stage in stages {
      guard let probability = ExactDecimal(percentage: stage.defaultProbabilityPct) else {
        throw Refusal(
          .range,
          "The stage \(stage.stageID) has the probability “\(stage.defaultProbabilityPct)”; give 0 "
            + "to 100.", field: "stages.defaultProbabilityPct")
      }
      switch stage.kind {
      case .won where probability != .hundred, .lost where probability != .zero:
        throw Refusal(
          .range,
          "The stage \(stage.stageID) is \(stage.kind) with the probability \(probability); won is "
            + "100 and lost is 0.", field: "stages.defaultProbabilityPct")
      case .open where probability < last:
        throw Refusal(
          .range,
          "The stage \(stage.stageID) has the probability \(probability), less than \(last) before "
            + "it; probabilities don't fall.", field: "stages.defaultProbabilityPct")
      case .open: last = probability
      case .won, .lost, .stageKindUnspecified, .UNRECOGNIZED: break
      }
    }
  }
}
