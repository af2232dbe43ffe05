package import EventModel

/// The open opportunities of a pipeline by stage (F-01), as of a position.
package struct PipelineSnapshot: Hashable, Sendable {
  package struct Stage: Hashable, Sendable {
    package let stageID: String
    package let name: String
    package let order: Int64
    package let count: Int64
    package let amounts: MoneySums
    /// Σ amount × probability / 100, rounded half to even once.
    package let weighted: MoneySums
    /// Mean seconds since the present stage was entered, rounded; `nil` for no opportunity.
    package let meanAgeSeconds: Int64?
    package let stalledCount: Int64
  }

  package static let definition = "F-01/1"
  package let pipelineID: String
  package let pipelineVersion: Int64
  /// The open stages of the newest version, in their order, and behind them those that only
  /// earlier versions had, where an opportunity still stands in one.
  package let stages: [Stage]
}

extension ModelReader {
  /// How many open opportunities stand in each stage, with which amounts, and how old at `time`.
  package func pipeline(
    _ id: String, asOf moment: AsOf = .latest, at time: Timestamp
  ) throws(QueryError) -> Answer<PipelineSnapshot> {
    let answer = try ask(PipelineBoard.self, asOf: moment) { model throws(StorageError) in
      let stages = try StageList(pipeline: id, in: model)
      var tallies: [String: StageTally] = [:]
      let open = try model.present(
        BoardRow.self, where: "pipeline_id = ? AND status = 'open'", [.text(id)])
      for row in open { tallies[row.stageID, default: StageTally()].add(row, at: time) }
      return stages.version.map { version in
        let known = stages.open.map(\.stageID)
        let others = tallies.keys.filter { !known.contains($0) }.sorted()
        let listed = known + others
        return PipelineSnapshot(
          pipelineID: id, pipelineVersion: version,
          stages: listed.map { stageID in
            (tallies[stageID] ?? StageTally()).stage(stageID, stages[stageID])
          })
      }
    }
    guard let snapshot = answer.value else { throw .unknownPipeline(id) }
    return Answer(
      value: snapshot, asOfPosition: answer.asOfPosition, model: answer.model,
      projectorVersion: answer.projectorVersion)
  }

  /// The opportunities of a pipeline, of one stage or of all, by id.
  package func opportunities(
    pipeline id: String, stage: String? = nil, asOf moment: AsOf = .latest, limit: Int = 1000
  ) throws(QueryError) -> Answer<[BoardRow]> {
    try ask(PipelineBoard.self, asOf: moment) { model throws(StorageError) in
      let condition = stage == nil ? "" : " AND stage_id = ?"
      return try model.present(
        BoardRow.self,
        where: "pipeline_id = ?\(condition) ORDER BY opportunity_id LIMIT \(max(0, limit))",
        [.text(id)] + (stage.map { [.text($0)] } ?? []))
    }
  }

  /// The opportunity `id` as it stood; `nil` when there was none.
  package func opportunity(
    _ id: String, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<BoardRow?> {
    try ask(PipelineBoard.self, asOf: moment) { model throws(StorageError) in
      try model.present(BoardRow.self, where: "opportunity_id = ?", [.text(id)]).first
    }
  }
}

/// What adds up in one stage.
private struct StageTally {
  private var count: Int64 = 0
  private var amounts = MoneySums()
  /// Amount times per cent times a million, by currency.
  private var weighted: [(currency: String, sum: Int128)] = []
  private var ages: Int128 = 0
  private var stalledCount: Int64 = 0

  mutating func add(_ row: BoardRow, at time: Timestamp) {
    count += 1
    amounts.add(row.amount.minor, row.amount.currency)
    let product =
      Int128(row.amount.minor) * Int128(probability(of: row))
    if let index = weighted.firstIndex(where: { $0.currency == row.amount.currency }) {
      weighted[index].sum += product
    } else {
      weighted.append((row.amount.currency, product))
    }
    ages += Int128(time.microseconds) - Int128(row.enteredAt.microseconds)
    if row.isStalled { stalledCount += 1 }
  }

  /// In millionths of a per cent; what an imported history has above a hundred counts as that.
  private func probability(of row: BoardRow) -> Int64 {
    min(ExactArithmetic.millionths(row.probabilityPct) ?? 0, 100_000_000)
  }

  func stage(_ id: String, _ known: StageRow?) -> PipelineSnapshot.Stage {
    var sums = MoneySums()
    for (currency, sum) in weighted {
      sums.add(ExactArithmetic.rounded(sum, 100_000_000), currency)
    }
    let age =
      count == 0 ? nil : Int64(clamping: ExactArithmetic.rounded(ages, Int128(count) * 1_000_000))
    return PipelineSnapshot.Stage(
      stageID: id, name: known?.name ?? id, order: known?.order ?? 0, count: count,
      amounts: amounts, weighted: sums, meanAgeSeconds: age, stalledCount: stalledCount)
  }
}
