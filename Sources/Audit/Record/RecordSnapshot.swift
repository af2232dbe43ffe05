package import CRM
internal import EventLog
internal import EventModel
internal import LMDB

/// A record as it was at some moment.
package struct RecordSnapshot: Sendable {
  package let key: RecordKey
  /// Whether it had been created by then.
  package let exists: Bool
  /// The last event that counts; `nil` when there was none.
  package let last: EventSummary?
  package let eventCount: Int
  package let fields: [RecordField]
  package let state: any Aggregate
}

extension Auditor {
  /// The record as of `moment`, or as it is now, folded from its own stream.
  ///
  /// - Complexity: O(events of the record).
  package func record(
    _ key: RecordKey, asOf moment: Moment? = nil
  ) throws(AuditError) -> RecordSnapshot {
    var fold = try RecordFold(key)
    try visitStream(of: key, Period(through: moment)) { decoded throws(AuditError) in
      _ = fold.apply(decoded)
    }
    return RecordSnapshot(
      key: key, exists: fold.state.exists, last: fold.last, eventCount: fold.eventCount,
      fields: fold.fields, state: fold.state)
  }

  /// Visits the record's own events of a period, in the order of the log.
  func visitStream(
    of key: RecordKey, _ period: Period = .everything,
    _ body: (DecodedEvent) throws(AuditError) -> Void
  ) throws(AuditError) {
    guard let stream = key.stream else { throw .badIdentifier(key.id) }
    let range = try resolve(period)
    guard !range.isEmpty else { return }
    let selection = EventSelection(.stream(stream), from: range.from, through: range.through)
    try visit(selection) { decoded throws(AuditError) in
      if range.includes(decoded.occurredAt) { try body(decoded) }
      return .proceed
    }
  }
}
