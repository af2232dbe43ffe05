internal import EventModel

/// Counts a cohort, an opportunity after the other.
struct FunnelCount {
  private struct Entry {
    let order: Int64
    let stageID: String
    let occurredAt: Int64
    let minor: Int64
    let currency: String
  }

  private struct Opportunity {
    let id: String
    let status: String
    let minor: Int64
    let currency: String
    let closedAt: Int64?
    /// Won at some time until the moment asked about.
    let wasWon: Bool
    var entries: [Entry] = []
  }

  private struct Tally {
    var reached: Int64 = 0
    var entered: Int64 = 0
    var amounts = MoneySums()
    var spans: [Int64] = []
  }

  private let stages: StageList
  private var tallies: [Tally]
  private var present: Opportunity?
  private var size: Int64 = 0
  private var won: Int64 = 0
  private var wonAmounts = MoneySums()
  private var lost: Int64 = 0
  private var open: Int64 = 0

  init(_ stages: StageList) {
    self.stages = stages
    tallies = stages.open.map { _ in Tally() }
  }

  /// Takes the next row: an opportunity with one of its entries.
  mutating func add(_ row: RowStatement) {
    let id = row.text(at: 0)
    if present?.id != id {
      finishOpportunity()
      present = Opportunity(
        id: id, status: row.text(at: 1), minor: row.integer(at: 2), currency: row.text(at: 3),
        closedAt: row.isNull(at: 4) ? nil : row.integer(at: 4), wasWon: row.integer(at: 5) != 0)
    }
    if row.isNull(at: 6) { return }
    let stageID = row.text(at: 6)
    // Won and lost stages are outcomes, counted by the status.
    guard let stage = stages[stageID], stage.kind == "open" else { return }
    present?.entries.append(
      Entry(
        order: stage.order, stageID: stageID, occurredAt: row.integer(at: 7),
        minor: row.integer(at: 8), currency: row.text(at: 9)))
  }

  private mutating func finishOpportunity() {
    guard let opportunity = present else { return }
    present = nil
    size += 1
    switch opportunity.status {
    case "won":
      won += 1
      wonAmounts.add(opportunity.minor, opportunity.currency)
    case "lost": lost += 1
    default: open += 1
    }
    let highest = opportunity.entries.map(\.order).max()
    for (index, stage) in stages.open.enumerated() {
      let isReached = opportunity.wasWon || (highest.map { $0 >= stage.order } ?? false)
      if isReached { reach(index, stage, opportunity) }
    }
  }

  private mutating func reach(_ index: Int, _ stage: StageRow, _ opportunity: Opportunity) {
    tallies[index].reached += 1
    let own = opportunity.entries.first { $0.stageID == stage.stageID }
    // A skipped stage has the amount of the next one that was entered, a won one's at last.
    let later = opportunity.entries.filter { $0.order > stage.order }.min { $0.order < $1.order }
    if let entry = own ?? later {
      tallies[index].amounts.add(entry.minor, entry.currency)
    } else {
      tallies[index].amounts.add(opportunity.minor, opportunity.currency)
    }
    guard let own else { return }
    tallies[index].entered += 1
    if index + 1 < stages.open.count {
      let nextID = stages.open[index + 1].stageID
      if let next = opportunity.entries.first(where: { $0.stageID == nextID }) {
        tallies[index].spans.append(next.occurredAt - own.occurredAt)
      }
    } else if opportunity.status == "won", let closedAt = opportunity.closedAt {
      tallies[index].spans.append(closedAt - own.occurredAt)
    }
  }

  /// The report, once all rows were taken.
  mutating func report(_ pipelineID: String, _ version: Int64) -> FunnelReport {
    finishOpportunity()
    var listed: [FunnelReport.Stage] = []
    for (index, stage) in stages.open.enumerated() {
      let tally = tallies[index]
      let isLast = index + 1 == tallies.count
      let next = isLast ? won : tallies[index + 1].reached
      let nextAmounts = isLast ? wonAmounts : tallies[index + 1].amounts
      listed.append(
        FunnelReport.Stage(
          stageID: stage.stageID, name: stage.name, order: stage.order, reached: tally.reached,
          entered: tally.entered, amounts: tally.amounts,
          conversionPct: ExactArithmetic.percent(next, of: tally.reached),
          amountConversionPct: tally.amounts.sums.map { sum in
            FunnelReport.AmountConversion(
              currency: sum.currency,
              pct: ExactArithmetic.percent(nextAmounts[sum.currency] ?? 0, of: sum.minor))
          }, medianDays: ExactArithmetic.medianDays(microseconds: tally.spans)))
    }
    let first = tallies.first?.reached ?? 0
    return FunnelReport(
      pipelineID: pipelineID, pipelineVersion: version, size: size, stages: listed, won: won,
      wonAmounts: wonAmounts, lost: lost, open: open,
      totalConversionPct: ExactArithmetic.percent(won, of: first))
  }
}
