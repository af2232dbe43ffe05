package import EventModel
internal import Schema

/// A stage as a version of its pipeline published it: `pipeline_stage`.
package struct StageRow: TableRow {
  package static let shape = TableShape("pipeline_stage", keyColumnCount: 3)
  package var pipelineID = ""
  package var pipelineVersion: Int64 = 0
  package var stageID = ""
  package var name = ""
  package var order: Int64 = 0
  /// `open`, `won` or `lost`.
  package var kind = ""
  /// Decimal, 0 to 100.
  package var probabilityPct = ""
  package var maxAgeDays: Int64?
  package var publishedPosition = Position(0)

  package struct Key: RowKey {
    package let pipelineID: String
    package let version: Int64
    package let stageID: String

    package func isSame(as other: Key) -> Bool {
      pipelineID.isSame(as: other.pipelineID) && version == other.version
        && stageID.isSame(as: other.stageID)
    }

    package func code<Coder: RowCoder>(_ coder: inout Coder) {
      pipelineID.code(&coder)
      version.code(&coder)
      stageID.code(&coder)
    }

    package static func < (a: Self, b: Self) -> Bool {
      (a.pipelineID, a.version, a.stageID) < (b.pipelineID, b.version, b.stageID)
    }
  }

  package init() {}

  package var key: Key { Key(pipelineID: pipelineID, version: pipelineVersion, stageID: stageID) }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("pipeline_id", &pipelineID)
    coder.code("pipeline_version", &pipelineVersion)
    coder.code("stage_id", &stageID)
    coder.code("name", &name)
    coder.code("stage_order", &order)
    coder.code("kind", &kind)
    coder.code("probability_pct", &probabilityPct)
    coder.code("max_age_days", &maxAgeDays)
    coder.code("published_position", &publishedPosition)
  }
}

extension RowCache<StageRow> {
  /// Stores the stages of every version that is published.
  mutating func apply(_ change: PipelineEvent.OneOf_Event, _ event: ProjectedEvent) {
    switch change {
    case .pipelineVersionPublished(let published):
      for stage in published.stages {
        var row = StageRow()
        row.pipelineID = published.pipelineID
        row.pipelineVersion = Int64(published.version)
        row.stageID = stage.stageID
        row.name = stage.name
        row.order = Int64(stage.order)
        row.kind = Codes.stageKind[stage.kind]
        row.probabilityPct = stage.defaultProbabilityPct
        row.maxAgeDays = stage.maxAgeDays == 0 ? nil : Int64(stage.maxAgeDays)
        row.publishedPosition = event.position
        put(row)
      }
    case .pipelineCreated, .pipelineRetired: return
    }
  }
}
