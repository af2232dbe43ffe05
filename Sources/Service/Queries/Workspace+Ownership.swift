internal import Audit
internal import CRM
internal import EventModel
internal import Foundation
internal import Schema

/// Who owned a record, when and by what right.
extension Workspace {
  /// The ownership ledger of a record; with `at`, only who owned it then.
  ///
  /// `withProtections` adds for whom it was protected, until when and on what basis.
  public func owners(
    of record: String, at moment: Moment?, from view: PointOfView, withProtections: Bool = false
  ) throws(ServiceError) -> Answer {
    let key = try Self.record(record)
    let gate = try gate()
    let facts = try gate.readable(key, path: .owners)
    let zone = try timeZone()
    let isEffective: Bool
    switch view {
    case .now, .recorded: isEffective = false
    case .effective: isEffective = true
    }
    let ledger = try auditing { auditor throws(AuditError) in
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
    let showsReasons =
      gate.evaluator.delivery(gate.user, of: "reasonText", .freeText, facts, on: .owners) == .value
    try gate.viewed(key, fields: showsReasons ? [.freeText] : [], path: "owners")
    let protections =
      withProtections ? [try protectionTable(of: key, at: moment, from: view, in: zone)] : []
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
          ],
          rows: intervals.map {
            Self.row(of: $0, isEffective: isEffective, showsReasons: showsReasons)
          })
      ] + protections, notes: intervals.isEmpty ? ["Nobody owned it then."] : [],
      timeZone: zone.identifier)
  }

  /// What kept the record for its holder: all that was recorded, or what was in force at a moment.
  private func protectionTable(
    of key: RecordKey, at moment: Moment?, from view: PointOfView, in zone: TimeZone
  ) throws(ServiceError) -> Answer.Table {
    if case .effective = view {
      throw ServiceError(
        .usage, code: "VALIDATION.MOMENT",
        "Protections go by what was recorded: give --as-of or --at instead of --effective.")
    }
    let limit = try moment.map { moment throws(ServiceError) in
      try recorded(moment, .end, in: zone)
    }
    let viewed = try self.moment(view, in: zone)
    let all = try auditing { auditor throws(AuditError) in
      try auditor.protections(of: key, asOf: limit ?? viewed)
    }
    let time = moment?.time(.end, in: zone)
    let shown = all.filter { protection in
      guard moment != nil else { return true }
      return protection.ended == nil && (time.map { $0 < protection.until } ?? true)
    }
    return .init(
      "protections", "Protected for",
      columns: [
        .init("holder", "Holder"), .init("basis", "Basis"), .init("basisRef", "Rests on"),
        .init("from", "From"), .init("until", "Until"), .init("position", "Position"),
        .init("ended", "Ended"), .init("endCause", "Why"), .init("protection", "Protection"),
      ],
      rows: shown.map { protection in
        [
          .text(protection.holder), .text(protection.basis), .named(protection.basisRef),
          .moment(protection.granted.recordedAt), .moment(protection.until),
          .integer(Int64(protection.granted.position.rawValue)),
          .moment(protection.ended?.recordedAt), .named(protection.cause),
          .text(protection.id),
        ]
      })
  }

  private static func began(_ interval: OwnerInterval, by limit: Audit.Moment) -> Bool {
    switch limit {
    case .position(let position): interval.began.position <= position
    case .recorded(let time): interval.began.recordedAt <= time
    case .effective(let time): interval.began.occurredAt <= time
    }
  }

  private static func row(
    of interval: OwnerInterval, isEffective: Bool, showsReasons: Bool
  ) -> [Value] {
    let began = interval.began
    let rule = interval.ruleID.isEmpty ? "" : "\(interval.ruleID)@\(interval.ruleVersion)"
    return [
      .text(interval.ownerText), .moment(isEffective ? began.occurredAt : began.recordedAt),
      .moment(isEffective ? interval.ended?.occurredAt : interval.ended?.recordedAt),
      .integer(Int64(began.position.rawValue)),
      interval.ended.map { .integer(Int64($0.position.rawValue)) } ?? .none,
      .text(interval.method), .named(interval.cause), .text(began.actor),
      .named(began.onBehalfOf), .named(began.reasonCode),
      began.reasonText.map { showsReasons ? Value($0) : .hidden } ?? .none, .named(rule),
      .named(interval.cascadedFrom),
    ]
  }
}
