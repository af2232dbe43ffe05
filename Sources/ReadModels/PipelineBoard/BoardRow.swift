package import EventModel

/// An opportunity as the board shows it: `opportunity`.
package struct BoardRow: VersionedRow {
  package static let shape = TableShape(
    "opportunity", indexes: [["pipeline_id", "stage_id"], ["account_id"], ["owner_id"]])
  package var opportunityID = ""
  package var accountID = ""
  /// Empty where the account is an individual's: then it stands sealed.
  package var name = ""
  package var pipelineID = ""
  /// The version that the stage was entered with.
  package var pipelineVersion: Int64 = 0
  package var stageID = ""
  /// `open`, `won` or `lost`.
  package var status = ""
  package var amount = MoneyColumns()
  /// Decimal, 0 to 100.
  package var probabilityPct = ""
  package var isProbabilityOverridden = false
  /// `YYYY-MM-DD`, or empty.
  package var expectedCloseDate = ""
  /// How often the date was moved later.
  package var pushCount: Int64 = 0
  package var forecastCategory = ""
  package var owner = OwnerColumns()
  package var sourceChannel = ""
  package var createdPosition = Position(0)
  package var createdAt = Timestamp(microseconds: 0)
  /// The last entry of the present stage.
  package var enteredPosition = Position(0)
  package var enteredAt = Timestamp(microseconds: 0)
  package var closedAt: Timestamp?
  /// Of the closing; the first one of a win.
  package var reasonCode = ""
  package var isStalled = false
  package var healthBand = ""
  /// 0 to 5.
  package var fit: Int64 = 0
  package var start = VersionStart()

  package init() {}

  package var key: String { opportunityID }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("opportunity_id", &opportunityID)
    coder.code("account_id", &accountID)
    coder.code("name", &name)
    coder.code("pipeline_id", &pipelineID)
    coder.code("pipeline_version", &pipelineVersion)
    coder.code("stage_id", &stageID)
    coder.code("status", &status)
    coder.code(&amount)
    coder.code("probability_pct", &probabilityPct)
    coder.code("is_probability_overridden", &isProbabilityOverridden)
    coder.code("expected_close_date", &expectedCloseDate)
    coder.code("push_count", &pushCount)
    coder.code("forecast_category", &forecastCategory)
    coder.code(&owner)
    coder.code("source_channel", &sourceChannel)
    coder.code("created_position", &createdPosition)
    coder.code("created_us", &createdAt)
    coder.code("stage_entered_position", &enteredPosition)
    coder.code("stage_entered_us", &enteredAt)
    coder.code("closed_us", &closedAt)
    coder.code("reason_code", &reasonCode)
    coder.code("is_stalled", &isStalled)
    coder.code("health_band", &healthBand)
    coder.code("fit", &fit)
    coder.code(&start)
  }
}
