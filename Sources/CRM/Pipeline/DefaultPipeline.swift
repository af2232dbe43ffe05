package import Schema
internal import SwiftProtobuf

/// The pipeline that a new workspace begins with.
package enum DefaultPipeline {
  package static let id = "pip_default"

  /// First contact 10 %, needs 30 %, offer 50 %, negotiation 80 %, signed 100 %; and lost.
  package static let stages: [PipelineStage] = [
    stage("contact", "初步接触", 1, .open, "10"),
    stage("needs", "需求确认", 2, .open, "30"),
    stage("offer", "方案报价", 3, .open, "50"),
    stage("negotiation", "商务谈判", 4, .open, "80"),
    stage("won", "签约成交", 5, .won, "100"),
    stage("lost", "输单", 6, .lost, "0"),
  ]

  /// The command that makes it.
  package static let command = CreatePipeline.with {
    $0.pipelineID = id
    $0.name = "标准销售流程"
    $0.stages = stages
  }

  private static func stage(
    _ id: String, _ name: String, _ order: UInt32, _ kind: StageKind.Code, _ probability: String
  ) -> PipelineStage {
    .with {
      $0.stageID = id
      $0.name = name
      $0.order = order
      $0.kind = kind
      $0.defaultProbabilityPct = probability
    }
  }
}
