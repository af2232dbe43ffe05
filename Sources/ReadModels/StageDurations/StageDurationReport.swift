package import EventModel

/// How long opportunities stay in each stage of a pipeline, and which stay too long (F-08).
package struct StageDurationReport: Hashable, Sendable {
  package struct Stage: Hashable, Sendable {
    package enum ThresholdBasis: String, Hashable, Sendable {
      /// The stage's own limit.
      case maxAge
      /// The mean of those that left it forward in the last 180 days, at least 10.
      case average
      /// 14 days, where there is neither.
      case standard
    }

    package let stageID: String
    package let name: String
    /// Stays that ended.
    package let visits: Int64
    package let meanDays: String?
    package let medianDays: String?
    /// Opportunities that stand in it now.
    package let present: Int64
    package let thresholdDays: String
    package let basis: ThresholdBasis
    /// Opportunities that stand in it longer than the threshold, by id.
    package let stalled: [String]
  }

  package static let definition = "F-08/1"
  package let pipelineID: String
  package let stages: [Stage]
}

/// What an opportunity spent in one stage.
package struct StageTime: Hashable, Sendable {
  package let stageID: String
  package let visits: Int64
  /// Of the last stay; up to the moment asked about where it lasts.
  package let latestSeconds: Int64
  /// Of all stays.
  package let cumulativeSeconds: Int64
}

extension ModelReader {
  /// How long opportunities stay in each stage; ages are counted to `time`.
  package func stageDurations(
    pipeline id: String, at time: Timestamp
  ) throws(QueryError) -> Answer<StageDurationReport> {
    try ask(StageDurations.self, asOf: .latest) { model throws(StorageError) in
      let stages = try model.rows(
        StageLimit.self, from: "stage",
        where: "pipeline_id = ? AND kind = 'open' ORDER BY stage_order", [.text(id)])
      var listed: [StageDurationReport.Stage] = []
      for stage in stages { listed.append(try Self.durations(stage, time, model)) }
      return StageDurationReport(pipelineID: id, stages: listed)
    }
  }

  /// Latest and cumulative time of an opportunity in each stage, in the order of first entry.
  package func stageTimes(
    opportunity id: String, at time: Timestamp
  ) throws(QueryError) -> Answer<[StageTime]> {
    try ask(StageDurations.self, asOf: .latest) { model throws(StorageError) in
      let visits = try model.rows(
        StageVisit.self, from: "stage_visit", where: "opportunity_id = ? ORDER BY ordinal",
        [.text(id)])
      let present = try model.rows(
        StagePresent.self, from: "opportunity_stage", where: "opportunity_id = ?", [.text(id)])
      var stays = visits.map { ($0.stageID, $0.seconds) }
      for row in present {
        let age = (time.microseconds - row.enteredAt.microseconds) / 1_000_000
        stays.append((row.stageID, age))
      }
      var order: [String] = []
      for (stage, _) in stays where !order.contains(stage) { order.append(stage) }
      return order.map { stage in
        let own = stays.filter { $0.0 == stage }.map(\.1)
        return StageTime(
          stageID: stage, visits: Int64(own.count), latestSeconds: own.last ?? 0,
          cumulativeSeconds: own.reduce(0, +))
      }
    }
  }

  private static let dayMicroseconds: Int64 = 86_400_000_000

  private static func durations(
    _ stage: StageLimit, _ time: Timestamp, _ model: ModelSnapshot
  ) throws(StorageError) -> StageDurationReport.Stage {
    let own: [SQLValue] = [.text(stage.pipelineID), .text(stage.stageID)]
    let condition = "pipeline_id = ? AND stage_id = ?"
    var spans: [Int64] = []
    var forward: [Int64] = []
    let recent = time.microseconds - 180 * dayMicroseconds
    try model.scan(
      "SELECT left_us - entered_us, left_by, left_us FROM stage_visit WHERE \(condition)", own
    ) { row throws(StorageError) in
      spans.append(row.integer(at: 0))
      let isForward = ["forward", "skip", "won"].contains(row.text(at: 1))
      let left = row.integer(at: 2)
      if isForward, left > recent, left <= time.microseconds { forward.append(row.integer(at: 0)) }
    }
    // age > threshold is compared as age × count > sum, without a quotient.
    let (sum, count, basis) = threshold(stage, forward)
    let present = try model.rows(
      StagePresent.self, from: "opportunity_stage",
      where: "\(condition) ORDER BY opportunity_id", own)
    let stalled = present.filter {
      Int128(time.microseconds - $0.enteredAt.microseconds) * count > sum
    }
    let total = spans.reduce(Int128(0)) { $0 + Int128($1) }
    return StageDurationReport.Stage(
      stageID: stage.stageID, name: stage.name, visits: Int64(spans.count),
      meanDays: spans.isEmpty
        ? nil : ExactArithmetic.days(microseconds: total, over: Int128(spans.count)),
      medianDays: ExactArithmetic.medianDays(microseconds: spans), present: Int64(present.count),
      thresholdDays: ExactArithmetic.days(microseconds: sum, over: count) ?? "", basis: basis,
      stalled: stalled.map(\.opportunityID))
  }

  private static func threshold(
    _ stage: StageLimit, _ forward: [Int64]
  ) -> (sum: Int128, count: Int128, StageDurationReport.Stage.ThresholdBasis) {
    if let days = stage.maxAgeDays {
      return (Int128(days) * Int128(dayMicroseconds), 1, .maxAge)
    }
    guard forward.count >= 10 else { return (14 * Int128(dayMicroseconds), 1, .standard) }
    return (forward.reduce(Int128(0)) { $0 + Int128($1) }, Int128(forward.count), .average)
  }
}
