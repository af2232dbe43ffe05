internal import EventLog
package import EventModel
internal import LMDB

/// A point in the past.
package enum Moment: Hashable, Sendable {
  /// After the event at this position.
  case position(Position)
  /// As the log knew it at this time.
  case recorded(Timestamp)
  /// With everything that is said to have happened by this time, whenever it was recorded.
  case effective(Timestamp)
}

/// Which part of the past: both ends belong to it.
package struct Period: Hashable, Sendable {
  package var from: Moment?
  package var through: Moment?

  package init(from: Moment? = nil, through: Moment? = nil) {
    self.from = from
    self.through = through
  }

  /// All there is.
  package static let everything = Period()
}

/// A period as the log can look it up.
struct PositionRange {
  var from: Position?
  var through: Position?
  var occurredFrom: Timestamp?
  var occurredThrough: Timestamp?
  /// Nothing was recorded in the period.
  var isEmpty = false

  /// Whether an event of this time is in the period, as far as `occurredAt` says.
  func includes(_ occurredAt: Timestamp) -> Bool {
    (occurredFrom.map { $0 <= occurredAt } ?? true)
      && (occurredThrough.map { occurredAt <= $0 } ?? true)
  }

  /// Whether an event at this position is in the period.
  func includes(_ position: Position) -> Bool {
    (from.map { $0 <= position } ?? true) && (through.map { position <= $0 } ?? true)
  }
}

extension Auditor {
  func resolve(_ period: Period) throws(AuditError) -> PositionRange {
    var range = PositionRange()
    switch period.from {
    case .position(let position): range.from = position
    case .recorded(let time):
      let before = try position(at: time.advanced(byMicroseconds: -1))
      range.from = before?.next
    case .effective(let time): range.occurredFrom = time
    case nil: break
    }
    switch period.through {
    case .position(let position): range.through = position
    case .recorded(let time):
      range.through = try position(at: time)
      range.isEmpty = range.through == nil
    case .effective(let time): range.occurredThrough = time
    case nil: break
    }
    if let from = range.from, let through = range.through, through < from { range.isEmpty = true }
    return range
  }

  private func position(at time: Timestamp) throws(AuditError) -> Position? {
    do throws(LMDBError) { return try log.position(at: time) } catch { throw .storage(error) }
  }
}
