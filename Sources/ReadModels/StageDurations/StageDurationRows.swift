package import EventModel

/// Where an opportunity stands: `opportunity_stage`.
package struct StagePresent: TableRow {
  package static let shape = TableShape(
    "opportunity_stage", indexes: [["pipeline_id", "stage_id"]])
  package var opportunityID = ""
  package var pipelineID = ""
  package var stageID = ""
  package var visitNo: Int64 = 0
  package var enteredPosition = Position(0)
  package var enteredAt = Timestamp(microseconds: 0)
  /// Of all events of the opportunity.
  package var firstOccurredAt = Timestamp(microseconds: 0)
  package var lastOccurredAt = Timestamp(microseconds: 0)
  package var eventCount: Int64 = 0

  package init() {}

  package var key: String { opportunityID }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("opportunity_id", &opportunityID)
    coder.code("pipeline_id", &pipelineID)
    coder.code("stage_id", &stageID)
    coder.code("visit_no", &visitNo)
    coder.code("entered_position", &enteredPosition)
    coder.code("entered_us", &enteredAt)
    coder.code("first_occurred_us", &firstOccurredAt)
    coder.code("last_occurred_us", &lastOccurredAt)
    coder.code("event_count", &eventCount)
  }
}

/// A stay in a stage that ended: `stage_visit`.
package struct StageVisit: CodedRow {
  package static let shape = TableShape(
    "stage_visit", indexes: [["opportunity_id"], ["pipeline_id", "stage_id"]])
  package var opportunityID = ""
  package var pipelineID = ""
  package var stageID = ""
  package var visitNo: Int64 = 0
  package var enteredPosition = Position(0)
  package var enteredAt = Timestamp(microseconds: 0)
  package var leftPosition = Position(0)
  package var leftAt = Timestamp(microseconds: 0)
  package var leftBy = ""
  /// Whole seconds; negative where the history claims so.
  package var seconds: Int64 = 0

  package init() {}

  init(_ present: StagePresent, leftAt event: ProjectedEvent, leftBy: String) {
    opportunityID = present.opportunityID
    pipelineID = present.pipelineID
    stageID = present.stageID
    visitNo = present.visitNo
    enteredPosition = present.enteredPosition
    enteredAt = present.enteredAt
    leftPosition = event.position
    leftAt = event.occurredAt
    self.leftBy = leftBy
    seconds = (leftAt.microseconds - enteredAt.microseconds) / 1_000_000
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("opportunity_id", &opportunityID)
    coder.code("pipeline_id", &pipelineID)
    coder.code("stage_id", &stageID)
    coder.code("visit_no", &visitNo)
    coder.code("entered_position", &enteredPosition)
    coder.code("entered_us", &enteredAt)
    coder.code("left_position", &leftPosition)
    coder.code("left_us", &leftAt)
    coder.code("left_by", &leftBy)
    coder.code("seconds", &seconds)
  }
}

/// An entry into a stage, with the stage before it: `opportunity_stage_history`.
package struct StageMove: CodedRow {
  package static let shape = TableShape("opportunity_stage_history")
  package var opportunityID = ""
  package var position = Position(0)
  package var recordedAt = Timestamp(microseconds: 0)
  package var occurredAt = Timestamp(microseconds: 0)
  package var pipelineID = ""
  /// Empty for the first entry.
  package var fromStageID = ""
  package var toStageID = ""
  package var kind = ""
  package var sourceFrom = ""
  package var sourceTo = ""
  package var actor = ""
  package var amount = MoneyColumns()

  package init() {}

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("opportunity_id", &opportunityID)
    coder.code("position", &position)
    coder.code("recorded_us", &recordedAt)
    coder.code("occurred_us", &occurredAt)
    coder.code("pipeline_id", &pipelineID)
    coder.code("from_stage_id", &fromStageID)
    coder.code("to_stage_id", &toStageID)
    coder.code("kind", &kind)
    coder.code("source_from_stage", &sourceFrom)
    coder.code("source_to_stage", &sourceTo)
    coder.code("actor", &actor)
    coder.code(&amount)
  }
}

/// The newest version's stages with their limits: `stage`.
package struct StageLimit: TableRow {
  package static let shape = TableShape("stage", keyColumnCount: 2)
  package var pipelineID = ""
  package var stageID = ""
  package var name = ""
  package var kind = ""
  package var order: Int64 = 0
  package var maxAgeDays: Int64?

  package init() {}

  package var key: TextPair { TextPair(pipelineID, stageID) }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("pipeline_id", &pipelineID)
    coder.code("stage_id", &stageID)
    coder.code("name", &name)
    coder.code("kind", &kind)
    coder.code("stage_order", &order)
    coder.code("max_age_days", &maxAgeDays)
  }
}
