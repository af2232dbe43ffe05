package import EventModel

/// Of whose records, and at which moment.
package struct QualityFilter: Hashable, Sendable {
  /// The moment that days are counted back from.
  package var now: Timestamp
  /// The first moment of the quarter before that of `now`, in the organisation's zone.
  package var freshSince: Timestamp
  /// Of these owners; of anyone when `nil`.
  package var ownerIDs: [String]?

  package init(now: Timestamp, freshSince: Timestamp) {
    (self.now, self.freshSince) = (now, freshSince)
  }
}

/// F-15 to F-18 of one owner's records, or of all of a type.
package struct QualityScore: Hashable, Sendable {
  package static let definition = "F-15/1"
  /// `user:…` or `pool:…`; empty where nobody owns them.
  package let owner: String
  package let recordType: String
  package var records: Int64 = 0
  package var required: Int64 = 0
  package var filled: Int64 = 0
  /// With an activity in the last 90 days.
  package var followedUp: Int64 = 0
  package var fresh: Int64 = 0
  package var withDuplicates: Int64 = 0
  package var contested: Int64 = 0
  /// Accounts with a primary contact, and those whose was verified in the last 180 days.
  package var withPrimary: Int64 = 0
  package var withVerifiedPrimary: Int64 = 0
  /// Of the last 90 days; counted with an owner's accounts.
  package var activities: Int64 = 0
  package var timely: Int64 = 0
  package var withNextStep: Int64 = 0

  package init(owner: String, recordType: String) {
    (self.owner, self.recordType) = (owner, recordType)
  }

  /// Counts what `other` counts as well.
  package mutating func add(_ other: QualityScore) {
    records += other.records
    required += other.required
    filled += other.filled
    followedUp += other.followedUp
    fresh += other.fresh
    withDuplicates += other.withDuplicates
    contested += other.contested
    withPrimary += other.withPrimary
    withVerifiedPrimary += other.withVerifiedPrimary
    activities += other.activities
    timely += other.timely
    withNextStep += other.withNextStep
  }

  package var completeness: String? { ExactArithmetic.percent(filled, of: required) }
  package var coverage: String? { ExactArithmetic.percent(followedUp, of: records) }
  package var accuracy: String? { ExactArithmetic.percent(withVerifiedPrimary, of: withPrimary) }
  package var timeliness: String? { ExactArithmetic.percent(timely, of: activities) }
  package var nextStepRate: String? { ExactArithmetic.percent(withNextStep, of: activities) }
  package var freshness: String? { ExactArithmetic.percent(fresh, of: records) }
  package var duplicateRate: String? { ExactArithmetic.percent(withDuplicates, of: records) }

  /// 0.4 completeness + 0.2 accuracy + 0.2 timeliness + 0.1 (1 − duplicate rate) + 0.1 freshness, in
  /// per cent; what has no whole to be a part of is left out, and the others weigh more.
  package var index: String? {
    var sum: Int128 = 0
    var weights: Int128 = 0
    let parts: [(part: Int64, whole: Int64, weight: Int128)] = [
      (filled, required, 4), (withVerifiedPrimary, withPrimary, 2), (timely, activities, 2),
      (records - withDuplicates, records, 1), (fresh, records, 1),
    ]
    for part in parts where part.whole > 0 {
      // In millionths, so that parts of different wholes add up.
      sum +=
        ExactArithmetic.rounded(Int128(part.part) * 1_000_000, Int128(part.whole)) * part.weight
      weights += part.weight
    }
    return ExactArithmetic.quotient(sum, weights * 10_000, digits: 2)
  }
}

/// A record that lacks something, and what.
package struct QualityIssue: Sendable {
  package let record: QualityRecordRow
  /// `missing`, `stale`, `uncontacted`, `duplicate` or `contested`, in this order.
  package let kinds: [String]
}

extension ModelReader {
  private static let dayMicroseconds: Int64 = 86_400_000_000

  /// A score an owner and a type of record, in the order of owners and types.
  ///
  /// - Complexity: one pass over the records that are active.
  package func quality(
    _ filter: QualityFilter
  ) throws(QueryError) -> Answer<[QualityScore]> {
    try ask(DataQuality.self, asOf: .latest) { model throws(StorageError) in
      var scores: [String: QualityScore] = [:]
      let quarterYear = filter.now.microseconds - 90 * Self.dayMicroseconds
      let halfYear = filter.now.microseconds - 180 * Self.dayMicroseconds
      let sql = """
        SELECT coalesce(nullif(r.owner_kind, ''), a.owner_kind, ''),
          coalesce(nullif(r.owner_id, ''), a.owner_id, ''), r.record_type,
          count(*), sum(r.required_count), sum(r.filled_count),
          sum(coalesce(r.last_activity_us, 0) >= \(quarterYear)),
          sum(r.changed_us >= \(filter.freshSince.microseconds)),
          sum(r.duplicate_cases > 0), sum(r.contested_cases > 0),
          sum(r.primary_contact_id <> ''),
          sum(r.primary_contact_id <> '' AND coalesce(p.verified_us, 0) >= \(halfYear))
        FROM quality_record r LEFT JOIN quality_record a ON a.record_key = 'account:' || r.account_id
          LEFT JOIN quality_record p ON p.record_key = 'contact:' || r.primary_contact_id
        WHERE r.is_active = 1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """
      try model.scan(sql) { row throws(StorageError) in
        let (kind, owner) = (row.text(at: 0), row.text(at: 1))
        guard filter.ownerIDs.map({ $0.contains(owner) }) ?? true else { return }
        let name = owner.isEmpty ? "" : "\(kind):\(owner)"
        var score = QualityScore(owner: name, recordType: row.text(at: 2))
        (score.records, score.required, score.filled) = (
          row.integer(at: 3), row.integer(at: 4), row.integer(at: 5)
        )
        (score.followedUp, score.fresh) = (row.integer(at: 6), row.integer(at: 7))
        (score.withDuplicates, score.contested) = (row.integer(at: 8), row.integer(at: 9))
        (score.withPrimary, score.withVerifiedPrimary) = (row.integer(at: 10), row.integer(at: 11))
        scores["\(name)\n\(score.recordType)"] = score
      }
      let since = filter.now.microseconds / Self.dayMicroseconds - 90
      try model.scan(
        """
        SELECT user_id, sum(activities), sum(timely), sum(with_next_step) FROM quality_logging
        WHERE day > \(since) GROUP BY 1 ORDER BY 1
        """
      ) { row throws(StorageError) in
        let owner = row.text(at: 0)
        guard filter.ownerIDs.map({ $0.contains(owner) }) ?? true else { return }
        let key = "user:\(owner)\naccount"
        var score = scores[key] ?? QualityScore(owner: "user:\(owner)", recordType: "account")
        (score.activities, score.timely, score.withNextStep) = (
          row.integer(at: 1), row.integer(at: 2), row.integer(at: 3)
        )
        scores[key] = score
      }
      return scores.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// Records that lack something, those with most missing first.
  package func qualityIssues(
    _ filter: QualityFilter, limit: Int
  ) throws(QueryError) -> Answer<[QualityIssue]> {
    try ask(DataQuality.self, asOf: .latest) { model throws(StorageError) in
      let contacted = filter.now.microseconds - 90 * Self.dayMicroseconds
      let fresh = filter.freshSince.microseconds
      var condition = """
        is_active = 1 AND (missing <> '' OR duplicate_cases > 0 OR contested_cases > 0
        OR changed_us < \(fresh)
        OR record_type = 'account' AND coalesce(last_activity_us, 0) < \(contacted))
        """
      var arguments: [SQLValue] = []
      if let owners = filter.ownerIDs {
        // A contact follows its account, here as in the scores.
        condition += """
           AND coalesce(nullif(owner_id, ''), (SELECT a.owner_id FROM quality_record a
          WHERE a.record_key = 'account:' || quality_record.account_id), '')
          IN (\(owners.map { _ in "?" }.joined(separator: ", ")))
          """
        arguments = owners.map { .text($0) }
      }
      let rows = try model.rows(
        QualityRecordRow.self, from: "quality_record",
        where: """
          \(condition) ORDER BY required_count - filled_count DESC, record_key
          LIMIT \(max(0, limit))
          """, arguments)
      return rows.map { row in
        var kinds: [String] = []
        if !row.missing.isEmpty { kinds.append("missing") }
        if row.changedAt.microseconds < fresh { kinds.append("stale") }
        let last = row.lastActivityAt?.microseconds ?? 0
        if row.recordType == "account", last < contacted { kinds.append("uncontacted") }
        if row.duplicateCases > 0 { kinds.append("duplicate") }
        if row.contestedCases > 0 { kinds.append("contested") }
        return QualityIssue(record: row, kinds: kinds)
      }
    }
  }
}
