package import EventModel

/// Which opportunities make the cohort.
package struct FunnelFilter: Hashable, Sendable {
  package var pipelineID: String
  /// Created (by `occurredAt`) at this moment or later; from the first one when `nil`.
  package var createdFrom: Timestamp?
  /// Created before this moment; to the last one when `nil`.
  package var createdBefore: Timestamp?
  /// Of this owner at the moment asked about; of anyone when `nil`.
  package var ownerID: String?
  package var sourceChannel: String?
  /// Of one of these owners at that moment; of anyone when `nil`.
  package var ownerIDs: [String]?

  package init(pipelineID: String) { self.pipelineID = pipelineID }
}

/// How far the opportunities of a cohort came (F-02), each counted once in every stage that it
/// reached, whatever happened later.
package struct FunnelReport: Hashable, Sendable {
  package struct Stage: Hashable, Sendable {
    package let stageID: String
    package let name: String
    package let order: Int64
    /// E_s: how many reached the stage; a skipped one counts as reached.
    package let reached: Int64
    /// How many really entered it.
    package let entered: Int64
    /// At the first entry; of a skipped stage, at the next one entered.
    package let amounts: MoneySums
    /// E_{s+1} / E_s in per cent, or `nil` for a division by zero.
    ///
    /// For the last stage it is won / E_s.
    package let conversionPct: String?
    /// The same of amounts, a currency each.
    package let amountConversionPct: [AmountConversion]
    /// Days from the first entry to that of the next stage (to the win, for the last one), over
    /// those that entered both.
    package let medianDays: String?
  }

  package struct AmountConversion: Hashable, Sendable {
    package let currency: String
    package let pct: String?
  }

  package static let definition = "F-02/1"
  package let pipelineID: String
  package let pipelineVersion: Int64
  /// How many the cohort has.
  package let size: Int64
  package let stages: [Stage]
  /// Won(C): those that stand won.
  package let won: Int64
  package let wonAmounts: MoneySums
  package let lost: Int64
  package let open: Int64
  /// Won(C) / E_1 in per cent.
  package let totalConversionPct: String?
}

extension ModelReader {
  /// The funnel of a cohort.
  ///
  /// - Complexity: one pass over the cohort's opportunities and their first entries; memory for
  ///   one time span for each opportunity and stage.
  package func funnel(
    _ filter: FunnelFilter, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<FunnelReport> {
    let answer = try ask(FunnelCohort.self, asOf: moment) { model throws(StorageError) in
      let stages = try StageList(pipeline: filter.pipelineID, in: model)
      guard let version = stages.version else { return FunnelReport?.none }
      var count = FunnelCount(stages)
      try model.scan(
        Self.cohort(filter, model), Self.arguments(filter)
      ) { row throws(StorageError) in
        count.add(row)
      }
      return count.report(filter.pipelineID, version)
    }
    guard let report = answer.value else { throw .unknownPipeline(filter.pipelineID) }
    return Answer(
      value: report, asOfPosition: answer.asOfPosition, model: answer.model,
      projectorVersion: answer.projectorVersion)
  }

  /// The cohort's opportunities with their first entries, an entry a row, ordered by opportunity.
  private static func cohort(_ filter: FunnelFilter, _ model: ModelSnapshot) -> String {
    var conditions = ["o.pipeline_id = ?", "o.created_position <= \(model.limit)"]
    if filter.createdFrom != nil { conditions.append("o.created_us >= ?") }
    if filter.createdBefore != nil { conditions.append("o.created_us < ?") }
    if filter.ownerID != nil { conditions.append("o.owner_id = ?") }
    if let owners = filter.ownerIDs {
      let marks = owners.map { _ in "?" }.joined(separator: ", ")
      conditions.append("o.owner_id IN (\(marks))")
    }
    if filter.sourceChannel != nil { conditions.append("o.source_channel = ?") }
    return """
      SELECT o.opportunity_id, o.status, o.amount_minor, o.currency, o.closed_us,
        o.status = 'won' OR EXISTS (SELECT 1 FROM funnel_opportunity_closed c
          WHERE c.opportunity_id = o.opportunity_id AND c.status = 'won'
          AND c.valid_from <= \(model.limit)),
        e.stage_id, e.occurred_us, e.amount_minor, e.currency
      FROM \(model.relation(FunnelRow.self)) o LEFT JOIN funnel_stage_entry e
        ON e.opportunity_id = o.opportunity_id AND e.position <= \(model.limit)
      WHERE \(conditions.joined(separator: " AND "))
      ORDER BY o.opportunity_id, e.position
      """
  }

  private static func arguments(_ filter: FunnelFilter) -> [SQLValue] {
    var arguments: [SQLValue] = [.text(filter.pipelineID)]
    if let from = filter.createdFrom { arguments.append(.integer(from.microseconds)) }
    if let before = filter.createdBefore { arguments.append(.integer(before.microseconds)) }
    if let owner = filter.ownerID { arguments.append(.text(owner)) }
    if let owners = filter.ownerIDs { arguments += owners.map { .text($0) } }
    if let channel = filter.sourceChannel { arguments.append(.text(channel)) }
    return arguments
  }
}
