internal import CRM
package import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// Reads the log and arms timers: the whole of what a replay does to them.
///
/// It knows no executor, so that it can't carry anything out.
package struct TimerFold: Sendable {
  private let log: EventLog
  private let store: TimerStore

  /// How many events are applied in one transaction.
  static let batchLimit = 4096

  package init(log: EventLog, store: TimerStore) {
    self.log = log
    self.store = store
  }

  /// Arms what the log's events arm, up to its end.
  ///
  /// - Returns: the log's size that was reached.
  @discardableResult
  package func catchUp() throws(TimerError) -> UInt64 {
    var next = try reading { () throws(LMDBError) in try store.through() }
    let size = log.size
    if next > size {
      // An older log was restored: its timers are others.
      try reading { () throws(LMDBError) in try store.reset() }
      next = 0
    }
    while next < size {
      let selection = EventSelection(
        .types(TimerPolicies.eventTypes), from: Position(next), through: Position(size - 1),
        limit: Self.batchLimit)
      let events = try reading { () throws(LMDBError) in try log.events(selection) }
      let isLast = events.count < Self.batchLimit
      let through = isLast ? size : (events.last?.position.next.rawValue ?? size)
      var steps: [TimerStep] = []
      for event in events { try append(event, to: &steps) }
      try reading { () throws(LMDBError) in try store.apply(steps, through: through) }
      next = through
    }
    return size
  }

  private func append(_ event: RecordedEvent, to steps: inout [TimerStep]) throws(TimerError) {
    let payload: Payload?
    do { payload = try event.payload() } catch { throw .unreadable(error) }
    guard let payload, let stream = StreamName(event.stream), let record = RecordKey(stream) else {
      return
    }
    for (policy, change) in TimerPolicies.changes(
      after: payload, of: record, at: event.recordedAt)
    {
      steps.append(
        TimerStep(
          policy: policy, change: change, position: event.position, recordedAt: event.recordedAt))
    }
  }

  private func reading<Result>(
    _ body: () throws(LMDBError) -> Result
  ) throws(TimerError) -> Result {
    do { return try body() } catch { throw .storage(error) }
  }
}
