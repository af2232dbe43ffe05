internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// One event as programs get it.
public struct DeliveredEvent: Sendable, Hashable {
  /// Where it stands in the log.
  public let position: UInt64
  /// What happened.
  public let type: String
  /// The event as CloudEvents 1.0 JSON, on one line.
  public let json: String
}

/// Some events behind a position, and how far was looked.
public struct EventPage: Sendable, Hashable {
  /// In the order of the log.
  public let events: [DeliveredEvent]
  /// The last position that was looked at; `nil` when there was none.
  public let through: UInt64?
  /// How many events the log had.
  public let size: UInt64
  /// Whether everything up to `size` was looked at.
  public let isAtEnd: Bool
}

extension Workspace {
  /// How many events one page looks at for each that it may give, at the most.
  private static let lookFactor = 20

  /// Up to `limit` events of `filter` behind `after`, as far as the principal may see them, and how
  /// far was looked; the filter's period is not used.
  ///
  /// Events that the principal may not see are passed over. A page looks at a bounded number of
  /// events, so that it may be empty and yet not the last.
  public func events(
    _ filter: EventFilter, after: UInt64?, limit: Int
  ) throws(ServiceError) -> EventPage {
    let size = log.size
    let start = after.map { $0 &+ 1 } ?? 0
    var selected = try replayFilter(filter, in: try timeZone())
    let gate = try gate()
    try gate.require(.replay, .account, path: "events")
    guard start < size, limit > 0 else {
      let last = size == 0 ? nil : after.map { min($0, size - 1) } ?? size - 1
      return EventPage(events: [], through: last, size: size, isAtEnd: start >= size)
    }
    selected.period = Audit.Period(
      from: .position(Position(start)), through: .position(Position(size - 1)))
    var filterer = EventFilterer(gate, .replay)
    var events: [DeliveredEvent] = []
    var looked = 0
    var last: UInt64?
    let origin = log.origin
    var failure: ServiceError?
    try auditing { auditor throws(AuditError) in
      try auditor.replay(selected) { event throws(AuditError) in
        looked += 1
        last = event.event.position.rawValue
        do throws(ServiceError) {
          if let seen = try filterer.filtered(event) {
            events.append(
              DeliveredEvent(
                position: seen.event.position.rawValue, type: seen.event.type,
                json: ExportLine.cloudEvent(seen, origin: origin)))
          }
        } catch {
          failure = error
          return .stop
        }
        return events.count < limit && looked < limit * Self.lookFactor ? .proceed : .stop
      }
    }
    if let failure { throw failure }
    let isWhole = events.count < limit && looked < limit * Self.lookFactor
    // What the log says of itself is no record: else looking at it would go on for ever.
    if !filterer.records.isEmpty {
      try gate.record(
        .listed(
          type: "", path: "events", records: filterer.records.map(\.description).sorted(),
          classes: [], results: events.count))
    }
    return EventPage(
      events: events, through: isWhole ? size - 1 : last, size: size,
      isAtEnd: isWhole || last == size - 1)
  }

  /// Waits until the log has more than `size` events; `false` when it never will, because it was
  /// closed or the task cancelled.
  public func waitForEvents(beyond size: UInt64) async -> Bool {
    await log.waitForGrowth(beyond: size)
  }

  /// Waits at most so long for the log to have more than `size` events; whether it has.
  public func waitForEvents(beyond size: UInt64, within duration: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.waitForEvents(beyond: size) }
      group.addTask {
        do { try await Task.sleep(for: duration) } catch {
          // Cancelled: the other one has answered, or nobody waits.
        }
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}
