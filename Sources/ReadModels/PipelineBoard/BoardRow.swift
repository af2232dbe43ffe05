internal import EventModel

/// An opportunity as the board shows it: `opportunity`.
struct BoardRow: VersionedRow {
  static let shape = TableShape(
    "opportunity", indexes: [["pipeline_id", "stage_id"], ["account_id"], ["owner_id"]])
  var opportunityID = ""
  var accountID = ""
  /// Empty where the account is an individual's: then it stands sealed.
  var name = ""
  var pipelineID = ""
  /// The version that the stage was entered with.
  var pipelineVersion: Int64 = 0
  var stageID = ""
  /// `open`, `won` or `lost`.
  var status = ""
  var amount = MoneyColumns()
  /// Decimal, 0 to 100.
  var probabilityPct = ""
  var isProbabilityOverridden = false
  /// `YYYY-MM-DD`, or empty.
  var expectedCloseDate = ""
  /// How often the date was moved later.
  var pushCount: Int64 = 0
  var forecastCategory = ""
  var owner = OwnerColumns()
  var sourceChannel = ""
  var createdPosition = Position(0)
  var createdAt = Timestamp(microseconds: 0)
  /// The last entry of the present stage.
  var enteredPosition = Position(0)
  var enteredAt = Timestamp(microseconds: 0)
  var closedAt: Timestamp?
  /// Of the closing; the first one of a win.
  var reasonCode = ""
  var isStalled = false
  var healthBand = ""
  /// 0 to 5.
  var fit: Int64 = 0
  var start = VersionStart()

  var key: String { opportunityID }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
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
