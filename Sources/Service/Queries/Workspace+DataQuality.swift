internal import CRM
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// How good the data is (RM-21; F-15 to F-18).
extension Workspace {
  /// What figures of data quality are added up by.
  public enum QualityGroup: String, Sendable, CaseIterable {
    case owner, team, type
  }

  /// Completeness, follow-up, accuracy, timeliness, freshness and duplicates of the records whose
  /// owners' records the principal may list.
  ///
  /// - Parameters:
  ///   - group: by whom or what; a member of two teams counts in both.
  ///   - limit: how many records that lack something are listed beside; none for 0.
  /// - Returns: the table `scores`, and `issues`.
  /// - Throws: ``ServiceError`` when the principal may list nobody's accounts.
  public func dataQuality(
    by group: QualityGroup = .owner, issues limit: Int = 0
  ) throws(ServiceError) -> Answer {
    let gate = try gate()
    guard limit >= 0 else {
      throw ServiceError(
        .usage, code: "VALIDATION.RANGE", "--issues is \(limit): give 0 or more.")
    }
    let zone = try timeZone()
    let now = clock()
    var filter = QualityFilter(now: now, freshSince: Self.lastQuarter(before: now, in: zone))
    filter.ownerIDs = try gate.listableOwners(of: .account, path: "quality")
    let found = try asking { reader throws(QueryError) in try reader.quality(filter) }
    var totals: [String: QualityScore] = [:]
    for score in found.value {
      for name in Self.groups(of: score, by: group, gate) {
        var total = totals[name] ?? QualityScore(owner: name, recordType: score.recordType)
        total.add(score)
        totals[name] = total
      }
    }
    var tables = [
      Answer.Table(
        "scores", "", columns: Self.scoreColumns(group),
        rows: totals.sorted { $0.key < $1.key }.map { Self.row($0.key, $0.value) })
    ]
    if limit > 0 { tables.append(try issues(filter, limit, gate)) }
    try gate.record(
      .report(
        id: QualityScore.definition, parameters: ["by=\(group.rawValue)"],
        asOfSize: found.asOfPosition.map { $0.rawValue + 1 } ?? 0))
    return Answer(
      "Data quality",
      facts: [
        .init("asOf", "As of", .moment(now)),
        .init("definition", "Definition", .text(QualityScore.definition)),
      ], tables: tables, notes: gate.notes(on: filter.ownerIDs), timeZone: zone.identifier)
  }

  private func issues(
    _ filter: QualityFilter, _ limit: Int, _ gate: AccessGate
  ) throws(ServiceError) -> Answer.Table {
    let found = try asking { reader throws(QueryError) in
      try reader.qualityIssues(filter, limit: limit)
    }
    var rows: [[Value]] = []
    var seen: [String] = []
    for issue in found.value {
      guard let key = RecordKey(text: issue.record.recordKey), try gate.may(.list, key) else {
        continue
      }
      seen.append("\(key)")
      rows.append([
        .text("\(key)"),
        .named(
          issue.record.ownerID.isEmpty ? "" : "\(issue.record.ownerKind):\(issue.record.ownerID)"),
        .list(issue.kinds.map { .text($0) }),
        .list(issue.record.missing.split(separator: ",").map { .text(String($0)) }),
        .moment(issue.record.changedAt), .moment(issue.record.lastActivityAt),
      ])
    }
    try gate.record(
      .listed(
        type: "", path: "quality", records: seen.sorted(), classes: [], results: rows.count))
    return Answer.Table(
      "issues", "Records that lack something",
      columns: [
        .init("record", "Record"), .init("owner", "Owner"), .init("kinds", "What is wrong"),
        .init("missing", "Missing"), .init("changedAt", "Changed or verified"),
        .init("lastActivityAt", "Last activity"),
      ], rows: rows)
  }

  private static func groups(
    of score: QualityScore, by group: QualityGroup, _ gate: AccessGate
  ) -> [String] {
    switch group {
    case .type: return [score.recordType]
    case .owner: return [score.owner]
    case .team:
      guard score.owner.hasPrefix("user:") else { return [score.owner] }
      let teams = gate.evaluator.directory.teams(of: String(score.owner.dropFirst(5)))
      return teams.isEmpty ? [""] : teams.sorted()
    }
  }

  /// The first moment of the quarter before the one that `now` lies in.
  private static func lastQuarter(before now: Timestamp, in zone: TimeZone) -> Timestamp {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let parts = calendar.dateComponents(
      [.year, .month], from: Date(timeIntervalSince1970: Double(now.microseconds / 1_000_000)))
    let (year, month) = (parts.year ?? 1970, parts.month ?? 1)
    let first = (month - 1) / 3 * 3 + 1 - 3
    let start = DateComponents(
      year: first < 1 ? year - 1 : year, month: first < 1 ? first + 12 : first, day: 1)
    guard let date = calendar.date(from: start) else { return now }
    return Timestamp(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000)
  }

  private static func scoreColumns(_ group: QualityGroup) -> [Answer.Table.Column] {
    let title: String =
      switch group {
      case .owner: "Owner"
      case .team: "Team"
      case .type: "Type"
      }
    return [
      .init(group.rawValue, title), .init("records", "Records"),
      .init("completenessPct", "Complete %"), .init("coveragePct", "Followed up %"),
      .init("accuracyPct", "Verified contacts %"), .init("timelinessPct", "Timely %"),
      .init("nextStepPct", "With next step %"), .init("freshnessPct", "Fresh %"),
      .init("duplicatePct", "Duplicates %"), .init("contested", "Contested"),
      .init("index", "Quality index"),
    ]
  }

  private static func row(_ name: String, _ score: QualityScore) -> [Value] {
    func share(_ text: String?) -> Value { text.map { .decimal($0) } ?? .none }
    return [
      .named(name), .integer(score.records), share(score.completeness), share(score.coverage),
      share(score.accuracy), share(score.timeliness), share(score.nextStepRate),
      share(score.freshness), share(score.duplicateRate), .integer(score.contested),
      share(score.index),
    ]
  }
}
