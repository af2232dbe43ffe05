internal import Audit
internal import EventModel
internal import Foundation

/// Who owned a record, when and by what right.
extension Workspace {
  /// The ownership ledger of a record; with `at`, only who owned it then.
  public func owners(
    of record: String, at moment: Moment?, from view: PointOfView
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let zone = try timeZone()
    let isEffective: Bool
    switch view {
    case .now, .recorded: isEffective = false
    case .effective: isEffective = true
    }
    let ledger = try audited { auditor throws(AuditError) in
      try auditor.owners(of: key, by: isEffective ? .effective : .recorded)
    }
    guard !ledger.intervals.isEmpty else {
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "No owner of \(key) is recorded: check the identifier, or ask for the record it follows.")
    }
    var intervals = ledger.intervals
    if let moment {
      let asked =
        isEffective
        ? try self.moment(.effective(moment), in: zone) : try recorded(moment, .end, in: zone)
      intervals = ledger.owner(at: asked).map { [$0] } ?? []
    } else if let limit = try self.moment(view, in: zone) {
      intervals = intervals.filter { Self.began($0, by: limit) }
    }
    return Answer(
      "Owners of \(key)",
      tables: [
        .init(
          "owners", "",
          columns: [
            .init("owner", "Owner"), .init("from", "From"), .init("to", "To"),
            .init("fromPosition", "Position"), .init("toPosition", "To position"),
            .init("method", "How"), .init("cause", "Cause"), .init("actor", "By"),
            .init("onBehalfOf", "For"), .init("reason", "Reason"),
            .init("reasonText", "In words"), .init("rule", "Rule"),
            .init("cascadedFrom", "With"),
          ], rows: intervals.map { Self.row(of: $0, isEffective: isEffective) })
      ], notes: intervals.isEmpty ? ["Nobody owned it then."] : [], timeZone: zone.identifier)
  }

  private static func began(_ interval: OwnerInterval, by limit: Audit.Moment) -> Bool {
    switch limit {
    case .position(let position): interval.began.position <= position
    case .recorded(let time): interval.began.recordedAt <= time
    case .effective(let time): interval.began.occurredAt <= time
    }
  }

  private static func row(of interval: OwnerInterval, isEffective: Bool) -> [Value] {
    let began = interval.began
    let rule = interval.ruleID.isEmpty ? "" : "\(interval.ruleID)@\(interval.ruleVersion)"
    return [
      .text(interval.ownerText), .moment(isEffective ? began.occurredAt : began.recordedAt),
      .moment(isEffective ? interval.ended?.occurredAt : interval.ended?.recordedAt),
      .integer(Int64(began.position.rawValue)),
      interval.ended.map { .integer(Int64($0.position.rawValue)) } ?? .none,
      .text(interval.method), .named(interval.cause), .text(began.actor),
      .named(began.onBehalfOf), .named(began.reasonCode),
      began.reasonText.map(Value.init) ?? .none, .named(rule), .named(interval.cascadedFrom),
    ]
  }
}
