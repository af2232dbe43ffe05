internal import Audit
internal import CRM
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// How far opportunities came (F-01, F-02).
extension Workspace {
  /// The funnel of a cohort in one pipeline.
  public func funnel(
    pipeline: String?, cohort: Period, from view: PointOfView
  ) throws(ServiceError) -> Answer {
    let zone = try timeZone()
    let moment = try moment(view, in: zone)
    let gate = try gate()
    var filter = FunnelFilter(pipelineID: "")
    filter.ownerIDs = try gate.listableOwners(of: .opportunity, path: "funnel")
    let showsAmounts = gate.evaluator.mayUse(gate.user, "amount", of: .opportunity)
    if let pipeline {
      filter.pipelineID = pipeline
    } else {
      filter.pipelineID = try defaultPipeline()
    }
    filter.createdFrom = try day(cohort.from, .start, zone)
    filter.createdBefore = try day(cohort.to, .end, zone)?.advanced(byMicroseconds: 1)
    let found = try answer(to: filter, moment)
    let report = found.value
    let stages = Answer.Table(
      "stages", "",
      columns: [
        .init("stageId", "Stage"), .init("stage", "Name"), .init("reached", "Reached"),
        .init("conversionPct", "Went on %"), .init("medianDays", "Median days"),
        .init("amounts", "Amounts"),
      ],
      rows: report.stages.map { stage in
        [
          .text(stage.stageID), .text(stage.name), .integer(stage.reached),
          stage.conversionPct.map { .decimal($0) } ?? .none,
          stage.medianDays.map { .decimal($0) } ?? .none,
          showsAmounts ? Value(stage.amounts) : .hidden,
        ]
      })
    try gate.record(
      .report(
        id: FunnelReport.definition, parameters: ["pipeline=\(filter.pipelineID)"],
        asOfSize: found.asOfPosition.map { $0.rawValue + 1 } ?? 0))
    return Answer(
      "Funnel of \(report.pipelineID)",
      facts: [
        .init("pipelineId", "Pipeline", .text(report.pipelineID)),
        .init("pipelineVersion", "Pipeline version", .integer(report.pipelineVersion)),
        .init("opportunities", "Opportunities", .integer(report.size)),
        .init("won", "Won", .integer(report.won)), .init("lost", "Lost", .integer(report.lost)),
        .init("open", "Open", .integer(report.open)),
        .init(
          "wonAmounts", "Won amounts", showsAmounts ? Value(report.wonAmounts) : .hidden),
        .init(
          "totalConversionPct", "Won of all %",
          report.totalConversionPct.map { .decimal($0) } ?? .none),
        .init(
          "asOfPosition", "As of position",
          found.asOfPosition.map { .integer(Int64($0.rawValue)) } ?? .none),
        .init("projectorVersion", "Projector version", .integer(Int64(found.projectorVersion))),
        .init("definitionVersion", "Definition", .text(FunnelReport.definition)),
      ], tables: [stages], notes: gate.notes(on: filter.ownerIDs), timeZone: zone.identifier)
  }

  private func answer(
    to filter: FunnelFilter, _ moment: Audit.Moment?
  ) throws(ServiceError) -> ReadModels.Answer<FunnelReport> {
    if case .effective(let time) = moment {
      return try effectively(by: time, FunnelCohort.self) { reader throws(QueryError) in
        try reader.funnel(filter)
      }
    }
    let asOf = try modelMoment(moment)
    return try asking { reader throws(QueryError) in try reader.funnel(filter, asOf: asOf) }
  }

  private func day(
    _ moment: Moment?, _ end: DayEnd, _ zone: TimeZone
  ) throws(ServiceError) -> Timestamp? {
    guard let moment else { return nil }
    guard let time = moment.time(end, in: zone) else {
      throw ServiceError(
        .usage, code: "VALIDATION.MOMENT", "A cohort goes by days: give a day such as 2026-01-01.")
    }
    return time
  }

  /// The pipeline that the organisation set as default, or the one it began with.
  package func defaultPipeline() throws(ServiceError) -> String {
    let state = try auditing { auditor throws(AuditError) in
      try auditor.record(Organization.key)
    }.state
    return (state as? Organization)?.settings.defaultPipelineID ?? DefaultPipeline.id
  }
}

extension Value {
  init(_ sums: MoneySums) {
    self = .list(sums.sums.map { .money(minor: $0.minor, currency: $0.currency) })
  }

  init(_ amount: MoneyColumns) {
    self =
      amount.currency.isEmpty
      ? .none : .money(minor: Int128(amount.minor), currency: amount.currency)
  }
}
