package import CRM
internal import EventModel

/// Who set a field to what, and when.
package struct BlameEntry: Hashable, Sendable {
  package let event: EventSummary
  package let change: FieldDiff
}

extension Auditor {
  /// Every change of one field, the oldest first.
  ///
  /// The record is folded event by event and compared, so that derived fields have their
  /// changes too, whatever event made them.
  ///
  /// - Parameters:
  ///   - key: the record.
  ///   - field: as ``record(_:asOf:)`` names it; all fields when `nil`.
  ///   - period: which changes are listed; what came before is folded all the same.
  /// - Returns: an entry for each change of the field.
  /// - Throws: ``AuditError/unknownField(_:known:)`` when the record has never had the field.
  package func blame(
    _ key: RecordKey, field: String? = nil, in period: Period = .everything
  ) throws(AuditError) -> [BlameEntry] {
    let range = try resolve(period)
    var fold = try RecordFold(key)
    var entries: [BlameEntry] = []
    var known: Set<String> = []
    try visitStream(of: key) { decoded throws(AuditError) in
      let (summary, changes) = fold.apply(decoded)
      for change in changes {
        known.insert(change.field)
        guard field == nil || change.field == field else { continue }
        entries.append(BlameEntry(event: summary, change: change))
      }
    }
    if known.isEmpty { throw .unknownRecord(key) }
    if let field, !known.contains(field) {
      throw .unknownField(
        field, known: known.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
    guard !range.isEmpty else { return [] }
    return entries.filter {
      range.includes($0.event.position) && range.includes($0.event.occurredAt)
    }
  }
}
