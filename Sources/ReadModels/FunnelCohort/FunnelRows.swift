internal import EventModel
internal import Schema

/// An opportunity as funnels count it: `funnel_opportunity`.
struct FunnelRow: VersionedRow {
  static let shape = TableShape(
    "funnel_opportunity", indexes: [["pipeline_id", "created_us"]])
  var opportunityID = ""
  var pipelineID = ""
  var accountID = ""
  var owner = OwnerColumns()
  var sourceChannel = ""
  var createdPosition = Position(0)
  var createdAt = Timestamp(microseconds: 0)
  /// `open`, `won` or `lost`.
  var status = "open"
  var closedAt: Timestamp?
  var reasonCode = ""
  /// The amount known last; of a win, the one won.
  var amount = MoneyColumns()
  /// Every stage entered so far, each followed by a line feed, in the order of first entry.
  var enteredStages = ""
  var start = VersionStart()

  var key: String { opportunityID }

  init() {}

  init(_ created: OpportunityCreated, _ event: ProjectedEvent) {
    opportunityID = event.recordID
    pipelineID = created.pipelineID
    accountID = created.accountID
    sourceChannel = Codes.sourceChannel[created.source.channel]
    createdPosition = event.position
    createdAt = event.occurredAt
    amount = MoneyColumns(created.amount)
  }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("opportunity_id", &opportunityID)
    coder.code("pipeline_id", &pipelineID)
    coder.code("account_id", &accountID)
    coder.code(&owner)
    coder.code("source_channel", &sourceChannel)
    coder.code("created_position", &createdPosition)
    coder.code("created_us", &createdAt)
    coder.code("status", &status)
    coder.code("closed_us", &closedAt)
    coder.code("reason_code", &reasonCode)
    coder.code(&amount)
    coder.code("entered_stages", &enteredStages)
    coder.code(&start)
  }

  /// Whether the stage was entered before; `mark` is its id with a line feed.
  func hasEntered(_ mark: String) -> Bool {
    var rest = enteredStages.utf8[...]
    while !rest.isEmpty {
      if rest.starts(with: mark.utf8) { return true }
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return false }
      rest = rest[rest.index(after: end)...]
    }
    return false
  }
}

/// The first entry of an opportunity into a stage: `funnel_stage_entry`.
struct StageEntry: CodedRow {
  static let shape = TableShape(
    "funnel_stage_entry", indexes: [["opportunity_id"]])
  var opportunityID = ""
  var pipelineID = ""
  var stageID = ""
  var position = Position(0)
  var occurredAt = Timestamp(microseconds: 0)
  /// At the entry.
  var amount = MoneyColumns()

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("opportunity_id", &opportunityID)
    coder.code("pipeline_id", &pipelineID)
    coder.code("stage_id", &stageID)
    coder.code("position", &position)
    coder.code("occurred_us", &occurredAt)
    coder.code(&amount)
  }
}

/// The steps that every lead goes through.
package enum LeadStage: String, CaseIterable, Hashable, Sendable {
  case captured, assigned, working, qualified, converted

  /// The step that `change` takes a lead to; `nil` when it takes it nowhere.
  init?(reachedBy change: LeadEvent.OneOf_Event) {
    switch change {
    case .leadCaptured: self = .captured
    case .leadFirstResponded: self = .working
    case .leadQualified: self = .qualified
    case .leadConverted: self = .converted
    case .leadStatusChanged(let changed):
      switch changed.to {
      case .assigned: self = .assigned
      case .working: self = .working
      case .qualified: self = .qualified
      case .converted: self = .converted
      case .new, .nurturing, .disqualified, .merged, .leadStatusUnspecified, .UNRECOGNIZED:
        return nil
      }
    case .leadDataNormalized, .leadScored, .leadRated, .firstResponseDeadlineSet,
      .leadFirstResponseBreached, .leadNurtureStarted, .nurtureTouchSent,
      .leadNurtureReevaluationDue, .leadNurtureReevaluated, .leadDisqualified, .leadReopened,
      .leadQualityFeedbackGiven, .leadMerged, .leadMergedInto, .leadUnmerged,
      .leadDetailsChanged:
      return nil
    }
  }
}

/// When a lead first came to each step: `funnel_lead`.
struct FunnelLead: TableRow {
  static let shape = TableShape("funnel_lead", indexes: [["captured_us"]])

  struct Reached: Hashable {
    var position: Position?
    var occurredAt: Timestamp?
  }

  var leadID = ""
  var sourceChannel = ""
  var captured = Reached()
  var assigned = Reached()
  var working = Reached()
  var qualified = Reached()
  var converted = Reached()

  var key: String { leadID }

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("lead_id", &leadID)
    coder.code("source_channel", &sourceChannel)
    coder.code("captured_position", &captured.position)
    coder.code("captured_us", &captured.occurredAt)
    coder.code("assigned_position", &assigned.position)
    coder.code("assigned_us", &assigned.occurredAt)
    coder.code("working_position", &working.position)
    coder.code("working_us", &working.occurredAt)
    coder.code("qualified_position", &qualified.position)
    coder.code("qualified_us", &qualified.occurredAt)
    coder.code("converted_position", &converted.position)
    coder.code("converted_us", &converted.occurredAt)
  }

  /// Notes the first time at `stage`; later ones change nothing.
  mutating func reach(_ stage: LeadStage, _ event: ProjectedEvent) {
    let reached = Reached(position: event.position, occurredAt: event.occurredAt)
    switch stage {
    case .captured: if captured.position == nil { captured = reached }
    case .assigned: if assigned.position == nil { assigned = reached }
    case .working: if working.position == nil { working = reached }
    case .qualified: if qualified.position == nil { qualified = reached }
    case .converted: if converted.position == nil { converted = reached }
    }
  }
}
