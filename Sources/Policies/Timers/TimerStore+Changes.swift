package import CRM
package import EventModel
package import LMDB

/// What one event does to the timers.
package struct TimerStep: Sendable {
  package let policy: String
  package let change: TimerChange
  package let position: Position
  package let recordedAt: Timestamp

  package init(policy: String, change: TimerChange, position: Position, recordedAt: Timestamp) {
    self.policy = policy
    self.change = change
    self.position = position
    self.recordedAt = recordedAt
  }
}

extension TimerStore {
  /// Applies `steps` in their order, and says that the log was read up to `through` events; both
  /// or neither.
  package func apply(_ steps: [TimerStep], through: UInt64) throws(LMDBError) {
    try environment.write { writer throws(LMDBError) in
      for step in steps { try apply(step, &writer) }
      var size: [UInt8] = []
      size.append(bigEndian: through)
      let key = Self.throughKey
      try writer.put(size.span, forKey: key.span, in: meta)
    }
  }

  private func apply(_ step: TimerStep, _ writer: inout WriteTransaction) throws(LMDBError) {
    switch step.change {
    case .arm(let record, let reference, let dueAt):
      let timer = TimerKey(policy: step.policy, record: record, reference: reference)
      let value = TimerEntry.value(dueAt: dueAt, armedBy: step.position, reference: reference)
      try put(value, dueAt, at: TimerEntry.key(timer), &writer)
    case .disarm(let record, let reference):
      let timer = TimerKey(policy: step.policy, record: record, reference: reference)
      try remove(TimerEntry.key(timer), &writer)
    case .disarmAll(let record):
      let prefix = TimerEntry.prefix(policy: step.policy, record: record)
      for (key, _) in try entries(prefix, in: writer) { try remove(key, &writer) }
    case .lookAtAll:
      for (key, old) in try entries(TimerEntry.prefix(policy: step.policy), in: writer) {
        var value: [UInt8] = []
        value.append(bigEndian: TimerEntry.sortable(step.recordedAt))
        value += old[8...]
        try put(value, step.recordedAt, at: key, &writer)
      }
    }
  }

  private func put(
    _ value: [UInt8], _ dueAt: Timestamp, at key: [UInt8], _ writer: inout WriteTransaction
  ) throws(LMDBError) {
    try removeDue(of: key, &writer)
    try writer.put(value.span, forKey: key.span, in: timers)
    let nothing: [UInt8] = []
    let dueKey = TimerEntry.dueKey(dueAt, key)
    try writer.put(nothing.span, forKey: dueKey.span, in: due)
  }

  private func remove(_ key: [UInt8], _ writer: inout WriteTransaction) throws(LMDBError) {
    try removeDue(of: key, &writer)
    try writer.delete(key.span, from: timers)
  }

  private func removeDue(of key: [UInt8], _ writer: inout WriteTransaction) throws(LMDBError) {
    guard let old = try value(at: key, in: writer) else { return }
    let dueAt = TimerEntry.time(old.span.bigEndian(at: 0))
    let dueKey = TimerEntry.dueKey(dueAt, key)
    try writer.delete(dueKey.span, from: due)
  }

  private func value(
    at key: [UInt8], in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> [UInt8]? {
    try transaction.withValue(forKey: key.span, in: timers) {
      value throws(LMDBError) -> [UInt8]? in
      guard let value, value.count >= 16 else { return nil }
      return value.copy()
    }
  }

  private func entries(
    _ prefix: [UInt8], in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> [(key: [UInt8], value: [UInt8])] {
    var found: [(key: [UInt8], value: [UInt8])] = []
    try transaction.scan(timers, from: prefix.span) { key, value throws(LMDBError) in
      guard key.count >= prefix.count, key.holds(prefix, at: 0..<prefix.count) else {
        return .stop
      }
      found.append((key.copy(), value.copy()))
      return .proceed
    }
    return found
  }
}

/// What became of timers that were looked at.
extension TimerStore {
  /// Takes away the timers of `settled` and moves those of `waiting`; a timer that an event has
  /// moved or disarmed since stays as it is.
  package func conclude(
    settled: [ArmedTimer], waiting: [(timer: ArmedTimer, until: Timestamp)]
  ) throws(LMDBError) {
    guard !settled.isEmpty || !waiting.isEmpty else { return }
    try environment.write { writer throws(LMDBError) in
      for timer in settled {
        if let key = try unchanged(timer, in: writer) { try remove(key, &writer) }
      }
      for (timer, until) in waiting {
        guard let key = try unchanged(timer, in: writer) else { continue }
        let value = TimerEntry.value(
          dueAt: until, armedBy: timer.armedBy, reference: timer.key.reference)
        try put(value, until, at: key, &writer)
      }
    }
  }

  private func unchanged(
    _ timer: ArmedTimer, in transaction: borrowing some Transaction & ~Copyable
  ) throws(LMDBError) -> [UInt8]? {
    let key = TimerEntry.key(timer.key)
    let expected = TimerEntry.value(
      dueAt: timer.dueAt, armedBy: timer.armedBy, reference: timer.key.reference)
    return try value(at: key, in: transaction) == expected ? key : nil
  }
}
